// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/gsn/spectral_curve.hpp>
#include <kovar/gsn/tridiagonal_score.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace kovar::gsn {
namespace {

/// Range of the eigenvalues of R = Y Y^T, from those of Y^T Y.
SpectrumRange range_of_product(std::vector<double> const& gram_values, std::int64_t n_units,
                               std::int64_t largest_rank)
{
  auto const k = static_cast<std::int64_t>(gram_values.size());
  bool const full_rank = largest_rank >= n_units && k >= n_units;
  return {full_rank ? gram_values.front() : 0.0, gram_values.empty() ? 0.0 : gram_values.back()};
}

/// Scores of the levels from the tridiagonal form of Y^T Y and the points Q^T Y^T z in u.
template <class ExecSpace>
FoldScore score_levels(ExecSpace const& space, linalg::Tridiagonal<double, ExecSpace> const& t,
                       Matrix<double, ExecSpace> const& u, double squares,
                       StandardizedProblem<ExecSpace> const& p, std::vector<double> const& levels)
{
  std::int64_t const k = t.diagonal.extent(0);
  FoldScore score;
  score.nll = mark_singular(levels, p.n_units, [&] {
    return range_of_product(linalg::eigenvalues(space, t), p.n_units, p.largest_rank);
  });
  RegularLevels const regular = regular_levels(levels, score.nll);
  auto const scores = score_tridiagonal(space, t, u, regular.level);
  for (std::size_t s = 0; s < scores.size(); ++s) {
    double const a = regular.level[s];
    double const b = 1 - a;
    double const quadratic = (squares - a * scores[s].quadratic_sum) / b;
    double const log_determinant =
        scores[s].log_determinant + static_cast<double>(p.n_units - k) * std::log(b);
    score.nll[regular.place[s]] = nll_of(log_determinant, quadratic, p);
  }
  return score;
}

/// The curve over all levels. Eigenvectors of R are Y q / sqrt(g) for the eigenpairs (g, q) of Y^T Y;
/// what the points have outside of them belongs to the eigenvalue 0 of R. Eigenvalues g that are
/// rounding errors count as 0, and so does a remainder of the points that is one.
template <class ExecSpace>
FoldScore score_curve(ExecSpace const& space, linalg::Tridiagonal<double, ExecSpace> const& t,
                      Matrix<double, ExecSpace> const& u, double squares,
                      StandardizedProblem<ExecSpace> const& p, std::vector<double> const& levels)
{
  PointSpectrum const gram = point_spectrum(space, t, u);
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

  SpectrumRange const range = range_of_product(gram.eigenvalue, p.n_units, p.largest_rank);
  FoldScore score;
  score.curve = SpectralCurve::curve(std::move(spectrum), largest_regular_level(range, p.n_units));
  score.nll =
      values_at(score.curve, levels, mark_singular(levels, p.n_units, [&] { return range; }));
  return score;
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
  auto const gram = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_matrix", k, k);
  auto const u = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::projected_points", k, m);
  linalg::syrk(space, linalg::Op::transpose, 1.0, y_mine, 0.0, gram);
  linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, 1.0, y_mine, z_mine, 0.0, u);
  dist::sum_to_root(space, comm, gram);
  dist::sum_to_root(space, comm, u);

  double squares = 0;  // sum_j |z_j|^2
  Kokkos::parallel_reduce(
      "kovar::gsn::squared_lengths",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, m),
      KOKKOS_LAMBDA(std::int64_t j, double& sum) {
        double column = 0;
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(z.extent(0)); ++i)
          column += z(i, j) * z(i, j);
        sum += column;
      },
      squares);

  FoldScore score;
  score.nll.assign(rule.levels.size(), 0.0);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    auto const t = linalg::tridiagonalize(space, gram);
    linalg::apply_q_transposed(space, gram, t, u);
    score = rule.search == LevelSearch::grid ? score_levels(space, t, u, squares, p, rule.levels)
                                             : score_curve(space, t, u, squares, p, rule.levels);
  });
  comm.broadcast(score.nll.data(), static_cast<std::int64_t>(score.nll.size()));
  return score;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                             \
  template FoldScore score_low_rank(ExecSpace const&, dist::Communicator const&, \
                                    StandardizedProblem<ExecSpace> const&, LevelRule const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
