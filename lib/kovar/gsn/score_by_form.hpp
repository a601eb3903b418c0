// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SCORE_BY_FORM_HPP
#define KOVAR_GSN_SCORE_BY_FORM_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/gsn/spectral_curve.hpp>
#include <kovar/gsn/tridiagonal_score.hpp>
#include <kovar/linalg/eigen.hpp>

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// Scores of levels from one tridiagonal form, be it that of R or that of a smaller matrix with the same
/// spectrum but for zeros.
///
/// A Form tells how R follows from the matrix A = Q T Q^T that was reduced:
///     SpectrumRange range(std::vector<double> const& eigenvalues)  of R, from those of A
///     double nll(double level, TridiagonalScore const& score)      from a T + (1-a) I and Q^T u
///     SpectralCurve spectrum(PointSpectrum const& points)          of R, from A's

namespace kovar::gsn {

/// What rank 0 scores: all ranks get the values at the levels, rank 0 alone the curve. Collective.
template <class Score>
FoldScore score_on_root(dist::Communicator const& comm, std::size_t n_levels, Score const& score)
{
  FoldScore result;
  dist::agree(comm, [&] {
    if (comm.is_root()) result = score();
  });
  result.nll.resize(n_levels);
  comm.broadcast(result.nll.data(), static_cast<std::int64_t>(n_levels));
  return result;
}

/// The levels of the list only, by a sweep each.
template <class ExecSpace, class Form>
FoldScore score_levels(ExecSpace const& space, linalg::Tridiagonal<double, ExecSpace> const& t,
                       Matrix<double, ExecSpace> const& u, std::int64_t n_units,
                       std::vector<double> const& levels, Form const& form)
{
  FoldScore score;
  score.nll =
      mark_singular(levels, n_units, [&] { return form.range(linalg::eigenvalues(space, t)); });
  RegularLevels const regular = regular_levels(levels, score.nll);
  auto const scores = score_tridiagonal(space, t, u, regular.level);
  for (std::size_t s = 0; s < scores.size(); ++s)
    score.nll[regular.place[s]] = form.nll(regular.level[s], scores[s]);
  return score;
}

/// The curve over all levels, and its values at those of the list.
template <class Form>
FoldScore score_spectrum(PointSpectrum const& points, std::int64_t n_units,
                         std::vector<double> const& levels, Form const& form)
{
  SpectrumRange const range = form.range(points.eigenvalue);
  FoldScore score;
  score.curve = SpectralCurve::curve(form.spectrum(points), largest_regular_level(range, n_units));
  score.nll = values_at(score.curve, levels, mark_singular(levels, n_units, [&] { return range; }));
  return score;
}

/// Reduce A and score, on rank 0. Collective.
/// \param a  A, lower triangle on rank 0; destroyed
/// \param u  points as A's coordinates see them, on rank 0; destroyed
template <class ExecSpace, class Form>
FoldScore score_by_form(ExecSpace const& space, dist::Communicator const& comm,
                        Matrix<double, ExecSpace> const& a, Matrix<double, ExecSpace> const& u,
                        std::int64_t n_units, LevelRule const& rule, Form const& form)
{
  return score_on_root(comm, rule.levels.size(), [&] {
    auto const t = linalg::tridiagonalize(space, a);
    linalg::apply_q_transposed(space, a, t, u);
    return rule.search == LevelSearch::grid
               ? score_levels(space, t, u, n_units, rule.levels, form)
               : score_spectrum(point_spectrum(space, t, u), n_units, rule.levels, form);
  });
}

}  // namespace kovar::gsn

#endif
