// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PER_UNIT_STATISTICS_HPP
#define KOVAR_GSN_PER_UNIT_STATISTICS_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <vector>

/// \file
/// The part of the estimate with losses per unit that makes no covariance of pairs of units.

namespace kovar::gsn {

/// What is known of units and conditions, on all ranks.
template <class ExecSpace>
struct PerUnitStatistics {
  Matrix<double, ExecSpace> means;    ///< N x C, all conditions; NaN where a unit lost all trials
  Vector<double, ExecSpace> largest;  ///< N: largest magnitude of a unit's responses
  double mean_trials =
      1;  ///< q: mean number of trials over the units and conditions that have any; 1 where none has
};

/// Make them, and choose both levels, which go into the result. Collective. Nothing N x N is made but by the scoring of
/// levels.
template <class Scalar, class ExecSpace>
PerUnitStatistics<ExecSpace> per_unit_statistics(Task<Scalar, ExecSpace> const& task,
                                                 ResponseCensus const& census);

/// Diagonals of the matrices over pairs, one number per unit.
struct PairDiagonals {
  std::vector<double> noise_covariance;
  std::vector<double> data_covariance;
  std::vector<double> noise_share;
};

/// The units that vary; means, ratios and warnings of units without any response go into the result.
/// \throws InputError, on all ranks, if a variance overflows
template <class ExecSpace>
ActiveUnits per_unit_variances(ExecSpace const& space,
                               PerUnitStatistics<ExecSpace> const& statistics,
                               PairDiagonals const& diagonals, EstimateSummary& result);

}  // namespace kovar::gsn

#endif
