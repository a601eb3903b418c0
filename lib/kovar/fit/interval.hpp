// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_INTERVAL_HPP
#define KOVAR_FIT_INTERVAL_HPP

#include <kovar/dist/rank_groups.hpp>
#include <kovar/fit/minimum.hpp>

#include <string>
#include <vector>

/// \file
/// Confidence intervals where the profile likelihood has risen by a given amount.

namespace kovar::fit {

enum class CrossingStatus {
  found,
  at_boundary,    ///< a strength that cannot be negative reaches 0 below the level
  no_crossing,    ///< the profile stays below the level as far as was looked
  refit_failed,   ///< the refits on the way did not converge
  lower_minimum,  ///< a refit ended below the minimum: fit again from its x
};

/// An end of an interval.
struct Crossing {
  CrossingStatus status = CrossingStatus::refit_failed;
  double value = 0;       ///< of the parameter, raw: of a strength kept as its root the root
  double loss = 0;        ///< there, above that of the minimum
  std::vector<double> x;  ///< all parameters there
  int n_refits = 0;
};

/// Does the interval end there?
inline bool has_value(Crossing const& end)
{
  return end.status == CrossingStatus::found || end.status == CrossingStatus::at_boundary;
}

struct Interval {
  std::string parameter;
  double level = 1;  ///< of 2 (loss - loss at the minimum)
  Crossing lower;
  Crossing upper;
};

struct IntervalOptions {
  double level = 1;        ///< 1: one standard deviation, 3.84: 95 % of one parameter
  double max_range = 100;  ///< how far is looked, in Gaussian guesses of the distance
  int max_refits = 50;     ///< for an end
  MinimumOptions minimum;  ///< of the refits: frozen parameters, tolerances; its start is not read
  dist::JobProgress progress;  ///< may be empty; told on all ranks
};

/// The values of a parameter nearest to the minimum at which the profile reaches the level, on either side:
/// Newton's method on the square root of the rise, which is straight where the likelihood is Gaussian, from
/// the distance that the variance tells, kept within brackets.
/// \param likelihood  made with groups.mine(); the two ends are two jobs
/// \param minimum     of the likelihood; that of rank 0 counts
/// \param column      covariances of the parameter with all parameters (covariance_row()), one each
/// \throws InputError if there is no such parameter, it is frozen, its variance or the level is not positive
/// Cost: about 3 fits an end near a Gaussian.
template <class ExecSpace>
Interval interval(ExecSpace const& space, dist::RankGroups const& groups,
                  Likelihood<ExecSpace>& likelihood, Minimum const& minimum,
                  std::string const& parameter, std::vector<double> const& column,
                  IntervalOptions const& options = {});

}  // namespace kovar::fit

#endif
