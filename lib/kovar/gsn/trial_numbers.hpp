// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TRIAL_NUMBERS_HPP
#define KOVAR_GSN_TRIAL_NUMBERS_HPP

#include <kovar/core/error.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/level_folds.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// How many whole trials conditions have, and whether these suffice.

namespace kovar::gsn {

/// Trial numbers that enter the formulas (section 12); on complete data all are T.
struct TrialNumbers {
  std::int64_t fewest = 0;      ///< Tmin: trials in every condition mean
  double mean = 0;              ///< d': over conditions
  double mean_of_repeated = 0;  ///< sum of T_c where T_c >= 2, over C
};

inline TrialNumbers trial_numbers(std::vector<std::int64_t> const& n_valid)
{
  TrialNumbers numbers;
  numbers.fewest = *std::min_element(n_valid.begin(), n_valid.end());
  double total = 0;
  double repeated = 0;
  for (std::int64_t const t : n_valid) {
    total += static_cast<double>(t);
    if (t >= 2) repeated += static_cast<double>(t);
  }
  numbers.mean = total / static_cast<double>(n_valid.size());
  numbers.mean_of_repeated = repeated / static_cast<double>(n_valid.size());
  return numbers;
}

/// Refuse data whose noise cannot be estimated. All ranks know all counts.
inline void require_repeated_trials(std::vector<std::int64_t> const& n_valid,
                                    std::vector<std::int64_t> const& order, int n_folds)
{
  auto const n = static_cast<std::int64_t>(order.size());
  for (std::int64_t c = 0; c < n; ++c)
    if (n_valid[static_cast<std::size_t>(c)] == 0)
      throw InputError(
          "estimate: condition " + std::to_string(c) +
              " has no trial in which every unit is present (uneven=fast drops a trial "
              "if one unit is missing); leave the condition or the unit out, or use "
              "uneven=missing",
          true);
  std::vector<std::int64_t> in_order;
  for (std::int64_t const c : order) in_order.push_back(n_valid[static_cast<std::size_t>(c)]);
  for (int fold = 0; fold < n_folds; ++fold) {
    HeldOut const held_out = held_out_places(n, n_folds, fold);
    if (!has_repeated_trials(in_order, held_out, Side::training))
      throw InputError(
          "estimate: no training condition has two trials in which every unit is present (noise is "
          "what differs between them); add trials, or use uneven=missing",
          true);
    if (!has_repeated_trials(in_order, held_out, Side::held_out))
      throw InputError(
          "estimate: no held-out condition has two trials in which every unit is present (they "
          "choose the noise's shrinkage level); add trials or conditions, or use uneven=missing",
          true);
  }
}

/// Says so where the weights of the loop are those of one trial because there are fewer.
inline void warn_of_few_trials(double mean_of_repeated, std::vector<Warning>& warnings)
{
  if (mean_of_repeated >= 1) return;
  warnings.push_back(
      {Warning::Code::few_trials,
       "on average a condition has " + std::to_string(mean_of_repeated) +
           " trials from conditions with two whole trials or more; the weights of the loop that "
           "makes both covariances semidefinite are those of one trial"});
}

}  // namespace kovar::gsn

#endif
