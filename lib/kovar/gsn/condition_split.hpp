// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_SPLIT_HPP
#define KOVAR_GSN_CONDITION_SPLIT_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/dist/communicator.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

/// \file
/// Which conditions train the shrunken covariance and which validate its level.

namespace kovar::gsn {

/// The split of n conditions: the first n_held_out entries of order validate, the others train.
struct ConditionSplit {
  std::vector<std::int64_t> order;  ///< permutation(n), the held-out ones first
  std::int64_t n_held_out = 0;  ///< one fifth, rounded; 0 for n <= 2; with folds a block of them

  std::int64_t n() const { return static_cast<std::int64_t>(order.size()); }
  std::int64_t n_training() const { return n() - n_held_out; }
};

/// GSN's split: a fifth is held out.
inline ConditionSplit split_conditions(std::int64_t n) { return {permutation(n), (n + 2) / 5}; }

/// One split of several. One fold: GSN's split. Else fold f holds out block f of n_folds of the permuted
/// conditions, so that each is held out once; of 5 folds of 5 k conditions the first is GSN's split.
/// \param fold  0 .. n_folds - 1
/// \throws InputError if n_folds < 1, if there are more folds than conditions, or if a fold leaves
///         fewer than two training conditions
inline ConditionSplit split_conditions(std::int64_t n, int n_folds, int fold)
{
  KOVAR_REQUIRE(n_folds >= 1, "folds: " << n_folds
                                        << " (1 is one split of the conditions, k > 1 are k "
                                           "splits); give a positive number");
  if (n_folds == 1) return split_conditions(n);
  KOVAR_REQUIRE(n_folds <= n, "folds: " << n_folds << " for " << n
                                        << " conditions (each fold holds out a condition or more); "
                                           "take at most "
                                        << n << ", or 1");
  dist::Blocks const blocks{n, n_folds};
  KOVAR_REQUIRE(n - blocks.size(0) >= 2,
                "folds: " << n_folds << " folds of " << n << " conditions leave "
                          << n - blocks.size(0)
                          << " for training (a covariance needs 2); take more conditions or one "
                             "fold");
  KOVAR_REQUIRE(fold >= 0 && fold < n_folds,
                "split_conditions: fold " << fold << " of " << n_folds << " (they count from 0)");
  ConditionSplit split = {permutation(n), blocks.size(fold)};
  std::rotate(split.order.begin(), split.order.begin() + blocks.begin(fold),
              split.order.begin() + blocks.end(fold));
  return split;
}

}  // namespace kovar::gsn

#endif
