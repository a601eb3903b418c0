// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STANDARDIZED_PROBLEM_HPP
#define KOVAR_GSN_STANDARDIZED_PROBLEM_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Held-out points and training data on the scale of correlations.

namespace kovar::gsn {

/// Which units take part in the choice of a level.
struct ScoredUnits {
  std::vector<std::int64_t> units;     ///< those that vary in the training data
  std::vector<std::int64_t> constant;  ///< the others (rule K4)
  bool variances_are_finite = true;

  /// Can levels be told apart? Not without a unit, with infinite variances, or with constant units
  /// where these make every level singular.
  bool can_be_scored(ZeroVariance rule) const
  {
    return !units.empty() && variances_are_finite &&
           (rule == ZeroVariance::exclude || constant.empty());
  }
};

/// \param variances         of all units, in the training data
/// \param largest_response  of all units: what a variance is held against
template <class ExecSpace>
ScoredUnits scored_units(ExecSpace const& space, std::vector<double> const& variances,
                         Vector<double, ExecSpace> const& largest_response);

/// A problem on the scale of correlations, without constant units: R = sum over ranks of Y Y^T.
template <class ExecSpace>
struct StandardizedProblem {
  std::int64_t n_units = 0;              ///< units that are not constant
  Matrix<double, ExecSpace> training;    ///< Y
  Matrix<double, ExecSpace> validation;  ///< D^-1/2 Z
  double log_variances = 0;              ///< sum of log D_ii
  std::int64_t largest_rank = 0;         ///< of R
  std::int64_t n_points = 0;             ///< number of held-out points
};

template <class ExecSpace>
StandardizedProblem<ExecSpace> standardize(ExecSpace const& space,
                                           LevelProblem<ExecSpace> const& problem,
                                           std::vector<double> const& variances,
                                           std::vector<std::int64_t> const& units);

constexpr double log_two_pi = 1.8378770664093454836;

/// nll from the sum over points of a quadratic form and from the log determinant of a R + (1-a) I.
template <class ExecSpace>
double nll_of(double log_determinant, double quadratic_sum, StandardizedProblem<ExecSpace> const& p)
{
  return 0.5 * (quadratic_sum / static_cast<double>(p.n_points) + log_determinant +
                p.log_variances + static_cast<double>(p.n_units) * log_two_pi);
}

}  // namespace kovar::gsn

#endif
