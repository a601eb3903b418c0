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

std::vector<double> values_at(LevelCurve const& curve, std::vector<double> const& levels,
                              std::vector<double> const& marks)
{
  RegularLevels const regular = regular_levels(levels, marks);
  auto const values = curve.evaluate(regular.level);
  std::vector<double> nll = marks;
  for (std::size_t s = 0; s < values.size(); ++s) nll[regular.place[s]] = values[s].nll();
  return nll;
}

template <class ExecSpace>
Matrix<double, ExecSpace> correlation_matrix(ExecSpace const& space,
                                             StandardizedProblem<ExecSpace> const& p)
{
  auto const r = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::training_correlation",
                                                     p.n_units, p.n_units);
  linalg::syrk(space, linalg::Op::none, 1.0, p.training, 0.0, r);
  return r;
}

template <class ExecSpace>
void set_unit_diagonal(ExecSpace const& space, Matrix<double, ExecSpace> const& r)
{
  Kokkos::parallel_for(
      "kovar::gsn::set_unit_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, r.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) { r(i, i) = 1; });
}

namespace {

template <class ExecSpace>
FoldScore score_levels(ExecSpace const& space, linalg::Tridiagonal<double, ExecSpace> const& t,
                       Matrix<double, ExecSpace> const& u, StandardizedProblem<ExecSpace> const& p,
                       std::vector<double> const& levels)
{
  FoldScore score;
  score.nll = mark_singular(levels, p.n_units, [&] {
    auto const values = linalg::eigenvalues(space, t);
    return SpectrumRange{p.largest_rank < p.n_units ? 0.0 : values.front(), values.back()};
  });
  RegularLevels const regular = regular_levels(levels, score.nll);
  auto const scores = score_tridiagonal(space, t, u, regular.level);
  for (std::size_t s = 0; s < scores.size(); ++s)
    score.nll[regular.place[s]] = nll_of(scores[s].log_determinant, scores[s].quadratic_sum, p);
  return score;
}

/// The curve over all levels, from the eigenvectors of T.
template <class ExecSpace>
FoldScore score_curve(ExecSpace const& space, linalg::Tridiagonal<double, ExecSpace> const& t,
                      Matrix<double, ExecSpace> const& u, StandardizedProblem<ExecSpace> const& p,
                      std::vector<double> const& levels)
{
  PointSpectrum const points = point_spectrum(space, t, u);
  SpectrumRange const range = {p.largest_rank < p.n_units ? 0.0 : points.eigenvalue.front(),
                               points.eigenvalue.back()};
  SpectralCurve spectrum;
  spectrum.constant = nll_of(0, 0, p);
  spectrum.multiplicity.assign(points.eigenvalue.size(), 1.0);
  for (std::size_t k = 0; k < points.eigenvalue.size(); ++k) {
    spectrum.eigenvalue.push_back(std::max(0.0, points.eigenvalue[k]));
    spectrum.weight.push_back(points.squares[k] / static_cast<double>(p.n_points));
  }
  FoldScore score;
  score.curve = SpectralCurve::curve(std::move(spectrum), largest_regular_level(range, p.n_units));
  score.nll =
      values_at(score.curve, levels, mark_singular(levels, p.n_units, [&] { return range; }));
  return score;
}

}  // namespace

template <class ExecSpace>
FoldScore score_decomposition(ExecSpace const& space, dist::Communicator const& comm,
                              StandardizedProblem<ExecSpace> const& p, LevelRule const& rule)
{
  Region const region("kovar::gsn::score_decomposition");
  auto const r = correlation_matrix(space, p);
  dist::sum_to_root(space, comm, r);
  auto const z = dist::gather_columns(space, comm, p.validation);

  FoldScore score;
  score.nll.assign(rule.levels.size(), 0.0);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    set_unit_diagonal(space, r);
    auto const t = linalg::tridiagonalize(space, r);
    linalg::apply_q_transposed(space, r, t, z);
    score = rule.search == LevelSearch::grid ? score_levels(space, t, z, p, rule.levels)
                                             : score_curve(space, t, z, p, rule.levels);
  });
  comm.broadcast(score.nll.data(), static_cast<std::int64_t>(score.nll.size()));
  return score;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template FoldScore score_decomposition(ExecSpace const&, dist::Communicator const&,              \
                                         StandardizedProblem<ExecSpace> const&, LevelRule const&); \
  template Matrix<double, ExecSpace> correlation_matrix(ExecSpace const&,                          \
                                                        StandardizedProblem<ExecSpace> const&);    \
  template void set_unit_diagonal(ExecSpace const&, Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
