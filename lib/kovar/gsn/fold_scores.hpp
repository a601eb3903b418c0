// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FOLD_SCORES_HPP
#define KOVAR_GSN_FOLD_SCORES_HPP

#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/level_curve.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/standardized_problem.hpp>

/// \file
/// Three ways to score shrinkage levels on one split; the costs are those of choose_level(). Each is
/// collective.

namespace kovar::gsn {

/// Scores from the Gram matrix Y^T Y (k x k): (a Y Y^T + b I)^-1 = [I - a Y (b I + a Y^T Y)^-1 Y^T] / b
/// with b = 1 - a, and n - k eigenvalues of a Y Y^T + b I are b. Level 1 is singular for k < n.
template <class ExecSpace>
FoldScore score_low_rank(ExecSpace const& space, dist::Communicator const& comm,
                         StandardizedProblem<ExecSpace> const& p, LevelRule const& rule);

/// The same where ranks hold rows (units) instead of columns: sums of k x k and k x m numbers, nothing of
/// the length of N. n_units and log_variances of the problem are those over all ranks.
template <class ExecSpace>
FoldScore score_low_rank_by_rows(ExecSpace const& space, dist::Communicator const& comm,
                                 StandardizedProblem<ExecSpace> const& p, LevelRule const& rule);

/// Scores from one tridiagonal form Q T Q^T of R.
template <class ExecSpace>
FoldScore score_decomposition(ExecSpace const& space, dist::Communicator const& comm,
                              StandardizedProblem<ExecSpace> const& p, LevelRule const& rule);

/// Scores by a Cholesky factor per level; each rank takes a block of the levels. Grid search only.
template <class ExecSpace>
FoldScore score_cholesky(ExecSpace const& space, dist::Communicator const& comm,
                         StandardizedProblem<ExecSpace> const& p, LevelRule const& rule);

/// This rank's part of the lower triangle of R.
template <class ExecSpace>
Matrix<double, ExecSpace> correlation_matrix(ExecSpace const& space,
                                             StandardizedProblem<ExecSpace> const& p);

/// The diagonal of R is 1 exactly, not to rounding: levels that tie must tie in every bit.
template <class ExecSpace>
void set_unit_diagonal(ExecSpace const& space, Matrix<double, ExecSpace> const& r);

/// Values of the curve at the levels that are not marked by NaN.
std::vector<double> values_at(LevelCurve const& curve, std::vector<double> const& levels,
                              std::vector<double> const& marks);

}  // namespace kovar::gsn

#endif
