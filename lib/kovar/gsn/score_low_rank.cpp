// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/score_by_form.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/product.hpp>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

/// The Gram matrix G = Y^T Y (k x k) of R = Y Y^T was reduced, and the points are Y^T z.
template <class ExecSpace>
struct GramForm {
  StandardizedProblem<ExecSpace> const& p;
  std::int64_t k;  ///< order of G
  double squares;  ///< sum_j |z_j|^2

  SpectrumRange range(std::vector<double> const& eigenvalues) const
  {
    bool const full_rank = p.largest_rank >= p.n_units && k >= p.n_units;
    return {full_rank ? eigenvalues.front() : 0.0, eigenvalues.empty() ? 0.0 : eigenvalues.back()};
  }

  double nll(double a, TridiagonalScore const& score) const
  {
    double const b = 1 - a;
    double const quadratic = (squares - a * score.quadratic_sum) / b;
    double const log_determinant =
        score.log_determinant + static_cast<double>(p.n_units - k) * std::log(b);
    return nll_of(log_determinant, quadratic, p);
  }

  /// Eigenvectors of R are Y q / sqrt(g) for the eigenpairs (g, q) of G; what the points have outside
  /// of them belongs to the eigenvalue 0 of R. Eigenvalues g that are rounding errors count as 0, and so
  /// does a remainder of the points that is one.
  SpectralCurve spectrum(PointSpectrum const& gram) const
  {
    auto const n_points = static_cast<double>(p.n_points);
    double const noise = static_cast<double>(p.n_units) * std::numeric_limits<double>::epsilon();
    SpectralCurve spectrum;
    spectrum.constant = nll_of(0, 0, p);
    double remainder = squares;
    for (std::size_t i = 0; i < gram.eigenvalue.size(); ++i) {
      if (gram.eigenvalue[i] <= noise * gram.eigenvalue.back()) continue;
      double const explained = gram.squares[i] / gram.eigenvalue[i];
      remainder -= explained;
      spectrum.eigenvalue.push_back(gram.eigenvalue[i]);
      spectrum.weight.push_back(explained / n_points);
      spectrum.multiplicity.push_back(1);
    }
    spectrum.multiplicity.push_back(static_cast<double>(p.n_units) -
                                    static_cast<double>(spectrum.eigenvalue.size()));
    spectrum.eigenvalue.push_back(0);
    spectrum.weight.push_back(remainder > noise * squares ? remainder / n_points : 0);
    return spectrum;
  }
};

/// sum_j |z_j|^2, columns added in order: the score does not depend on the number of threads.
template <class ExecSpace>
double sum_of_squares(ExecSpace const& space, Matrix<double, ExecSpace> const& z)
{
  std::int64_t const n = z.extent(0);
  std::int64_t const m = z.extent(1);
  auto const lengths = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::squared_lengths", m);
  Kokkos::parallel_for(
      "kovar::gsn::squared_lengths",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, m),
      KOKKOS_LAMBDA(std::int64_t j) {
        double column = 0;
        for (std::int64_t i = 0; i < n; ++i) column += z(i, j) * z(i, j);
        lengths(j) = column;
      });
  double sum = 0;
  for (double const length : to_list(space, lengths)) sum += length;
  return sum;
}

}  // namespace

template <class ExecSpace>
FoldScore score_low_rank(ExecSpace const& space, dist::Communicator const& comm,
                         StandardizedProblem<ExecSpace> const& p, LevelRule const& rule)
{
  Region const region("kovar::gsn::score_low_rank");
  auto const y = dist::gather_columns(space, comm, p.training);
  auto const z = dist::gather_columns(space, comm, p.validation);
  std::int64_t const k = y.extent(1);
  std::int64_t const m = z.extent(1);

  // Each rank multiplies a block of units; k x k and k x m numbers are summed.
  dist::Blocks const blocks{p.n_units, comm.size()};
  auto const my_units = std::make_pair(blocks.begin(comm.rank()), blocks.end(comm.rank()));
  auto const y_mine = Kokkos::subview(y, my_units, Kokkos::ALL);
  auto const z_mine = Kokkos::subview(z, my_units, Kokkos::ALL);
  Matrix<double, ExecSpace> gram;
  Matrix<double, ExecSpace> u;
  double squares = 0;
  dist::agree(comm, [&] {
    gram = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_matrix", k, k);
    u = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::projected_points", k, m);
    linalg::syrk(space, linalg::Op::transpose, 1.0, y_mine, 0.0, gram);
    linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, y_mine, z_mine, 0.0, u);
    if (comm.is_root()) squares = sum_of_squares(space, z);
  });
  dist::sum_to_root(space, comm, gram);
  dist::sum_to_root(space, comm, u);
  return score_by_form(space, comm, gram, u, p.n_units, rule, GramForm<ExecSpace>{p, k, squares});
}

template <class ExecSpace>
FoldScore score_low_rank_by_rows(ExecSpace const& space, dist::Communicator const& comm,
                                 StandardizedProblem<ExecSpace> const& p, LevelRule const& rule)
{
  Region const region("kovar::gsn::score_low_rank_by_rows");
  std::int64_t const k = p.training.extent(1);
  auto const gram = tall_gram(space, comm, p.training);
  auto const u = tall_product(space, comm, p.training, p.validation);
  double squares = 0;
  dist::agree(comm, [&] { squares = sum_of_squares(space, p.validation); });
  comm.sum_to_all(&squares, 1);
  return score_by_form(space, comm, gram, u, p.n_units, rule, GramForm<ExecSpace>{p, k, squares});
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                          \
  template FoldScore score_low_rank(ExecSpace const&, dist::Communicator const&,              \
                                    StandardizedProblem<ExecSpace> const&, LevelRule const&); \
  template FoldScore score_low_rank_by_rows(ExecSpace const&, dist::Communicator const&,      \
                                            StandardizedProblem<ExecSpace> const&,            \
                                            LevelRule const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
