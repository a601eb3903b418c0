// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/condition_split.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace kovar::gsn {
namespace {

std::string error_of(std::int64_t n, int n_folds)
{
  try {
    split_conditions(n, n_folds, 0);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(ConditionFolds, OneFoldIsTheSplitOfGsn)
{
  for (std::int64_t const n : {0, 1, 2, 3, 10, 23}) {
    EXPECT_EQ(split_conditions(n, 1, 0).order, split_conditions(n).order);
    EXPECT_EQ(split_conditions(n, 1, 0).n_held_out, split_conditions(n).n_held_out);
  }
}

TEST(ConditionFolds, TheFirstOfFiveIsTheSplitOfGsn)
{
  for (std::int64_t const n : {5, 10, 45}) {
    EXPECT_EQ(split_conditions(n, 5, 0).order, split_conditions(n).order);
    EXPECT_EQ(split_conditions(n, 5, 0).n_held_out, split_conditions(n).n_held_out);
  }
}

TEST(ConditionFolds, HoldOutEveryConditionOnceAndTrainOnTheOthers)
{
  for (std::int64_t const n : {3, 4, 7, 11, 24})
    for (int n_folds = 2; n_folds <= n; ++n_folds) {
      if (n - (n + n_folds - 1) / n_folds < 2) continue;
      std::vector<int> n_held_out(static_cast<std::size_t>(n), 0);
      for (int fold = 0; fold < n_folds; ++fold) {
        ConditionSplit const split = split_conditions(n, n_folds, fold);
        for (std::int64_t k = 0; k < split.n_held_out; ++k)
          ++n_held_out[static_cast<std::size_t>(split.order[static_cast<std::size_t>(k)])];
        auto sorted = split.order;
        std::sort(sorted.begin(), sorted.end());
        for (std::int64_t c = 0; c < n; ++c) ASSERT_EQ(sorted[static_cast<std::size_t>(c)], c);
      }
      for (int const count : n_held_out) EXPECT_EQ(count, 1) << n << " in " << n_folds;
    }
}

TEST(ConditionFolds, NumbersThatCannotBeSplitAreRefused)
{
  EXPECT_EQ(
      error_of(10, 0),
      "folds: 0 (1 is one split of the conditions, k > 1 are k splits); give a positive number");
  EXPECT_EQ(
      error_of(10, 11),
      "folds: 11 for 10 conditions (each fold holds out a condition or more); take at most 10, "
      "or 1");
  EXPECT_EQ(error_of(3, 2),
            "folds: 2 folds of 3 conditions leave 1 for training (a covariance needs 2); take more "
            "conditions or one fold");
  EXPECT_EQ(error_of(3, 3), "no error");
}

}  // namespace
}  // namespace kovar::gsn
