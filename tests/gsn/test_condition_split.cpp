// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/condition_split.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

std::string error_of(std::int64_t n, int n_folds)
{
  try {
    require_folds(n, n_folds);
  } catch (InputError const& e) {
    return e.what();
  }
  return "no error";
}

TEST(ConditionFolds, OneFoldHoldsOutTheFirstFifthRounded)
{
  std::int64_t const expected[] = {0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 3};
  for (std::int64_t n = 0; n < 14; ++n) {
    EXPECT_EQ(held_out_places(n, 1, 0).begin, 0);
    EXPECT_EQ(held_out_places(n, 1, 0).end, expected[n]) << n;
  }
}

TEST(ConditionFolds, TheFirstOfFiveIsTheSplitOfGsn)
{
  for (std::int64_t const n : {5, 10, 45}) {
    EXPECT_EQ(held_out_places(n, 5, 0).begin, 0);
    EXPECT_EQ(held_out_places(n, 5, 0).end, held_out_places(n, 1, 0).end);
  }
}

TEST(ConditionFolds, HoldOutEveryPlaceOnce)
{
  for (std::int64_t const n : {3, 4, 7, 11, 24})
    for (int n_folds = 2; n_folds <= n; ++n_folds) {
      std::vector<int> n_held_out(static_cast<std::size_t>(n), 0);
      for (int fold = 0; fold < n_folds; ++fold) {
        HeldOut const places = held_out_places(n, n_folds, fold);
        EXPECT_LE(places.size(), held_out_places(n, n_folds, 0).size());
        for (std::int64_t place = places.begin; place < places.end; ++place)
          ++n_held_out.at(static_cast<std::size_t>(place));
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
  EXPECT_EQ(error_of(0, 1), "no error");
}

}  // namespace
}  // namespace kovar::gsn
