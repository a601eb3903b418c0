// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONDITION_SPLIT_HPP
#define KOVAR_GSN_CONDITION_SPLIT_HPP

#include <kovar/core/error.hpp>
#include <kovar/dist/communicator.hpp>

#include <cstdint>
#include <string>

/// \file
/// Which conditions train the shrunken covariance and which are held out to choose its level.

namespace kovar::gsn {

/// Places [begin, end) of permutation(n) whose conditions a fold holds out; the others train.
struct HeldOut {
  std::int64_t begin = 0;
  std::int64_t end = 0;
  std::int64_t size() const { return end - begin; }
};

/// One fold: GSN's split, the first fifth, rounded; none for n <= 2. More: fold f holds out block f of
/// n_folds, so that each condition is held out once; of 5 folds of 5 k conditions the first is GSN's split.
/// \param n        conditions
/// \param n_folds  such that require_folds(n, n_folds) accepts it
/// \param fold     0 .. n_folds - 1
inline HeldOut held_out_places(std::int64_t n, int n_folds, int fold)
{
  if (n_folds == 1) return {0, (n + 2) / 5};
  dist::Blocks const blocks{n, n_folds};
  return {blocks.begin(fold), blocks.end(fold)};
}

/// \throws InputError, on all ranks together, if there is no fold
inline void require_folds(int n_folds)
{
  if (n_folds >= 1) return;
  throw InputError("folds: " + std::to_string(n_folds) +
                       " (1 is one split of the conditions, k > 1 are k splits); give a positive "
                       "number",
                   true);  // every rank is given the same number
}

/// \throws InputError if there is no fold, if there are more folds than conditions, or if a fold leaves
///         fewer than two training conditions
inline void require_folds(std::int64_t n, int n_folds)
{
  require_folds(n_folds);
  if (n_folds == 1) return;
  KOVAR_REQUIRE(n_folds <= n, "folds: " << n_folds << " for " << n
                                        << " conditions (each fold holds out a condition or more); "
                                           "take at most "
                                        << n << ", or 1");
  std::int64_t const n_training =
      n - held_out_places(n, n_folds, 0).size();  // no fold holds out more
  KOVAR_REQUIRE(n_training >= 2, "folds: " << n_folds << " folds of " << n << " conditions leave "
                                           << n_training
                                           << " for training (a covariance needs 2); take more "
                                              "conditions or one fold");
}

}  // namespace kovar::gsn

#endif
