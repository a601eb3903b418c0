// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/trial_splits.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace kovar::gsn {
namespace {

using Sizes = std::vector<std::int64_t>;

TEST(SplitSizesOf, FollowTheRule)
{
  EXPECT_EQ(split_sizes(SplitSizes::half, 2), Sizes({1}));
  EXPECT_EQ(split_sizes(SplitSizes::half, 9), Sizes({4}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 2), Sizes({1}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 3), Sizes({1}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 4), Sizes({1, 2}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 7), Sizes({1, 2, 3}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 8), Sizes({1, 2, 4}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 10), Sizes({1, 2, 4, 5}));
  EXPECT_EQ(split_sizes(SplitSizes::powers_of_two, 35), Sizes({1, 2, 4, 8, 16, 17}));
  EXPECT_EQ(split_sizes(SplitSizes::quarter_and_half, 2), Sizes({1}));
  EXPECT_EQ(split_sizes(SplitSizes::quarter_and_half, 3), Sizes({1}));
  EXPECT_EQ(split_sizes(SplitSizes::quarter_and_half, 4), Sizes({1, 2}));
  EXPECT_EQ(split_sizes(SplitSizes::quarter_and_half, 10), Sizes({2, 5}));
}

// With chunks of 50, GSN draws at random for 7 trials and from 9 on, and for 8 where it splits by
// other sizes than the half, too.
TEST(TakesAllSplits, WhereThereAreFewOfThem)
{
  for (std::int64_t t = 2; t <= 40; ++t) {
    EXPECT_EQ(takes_all_splits(split_sizes(SplitSizes::half, t), t, 50), t != 7 && t < 9) << t;
    EXPECT_EQ(takes_all_splits(split_sizes(SplitSizes::powers_of_two, t), t, 50), t < 7) << t;
  }
  // At the bounds: 3 pairs of 2 trials among 4, 6 sets of 2.
  EXPECT_TRUE(takes_all_splits({2}, 4, 3));
  EXPECT_FALSE(takes_all_splits({2}, 4, 2));
  EXPECT_FALSE(takes_all_splits({500}, 1000, 1000000));
}

std::int64_t choose(std::int64_t n, std::int64_t k)
{
  return k == 0 ? 1 : choose(n - 1, k - 1) * n / k;
}

void expect_disjoint(TrialSplit const& split, std::int64_t n_trials, std::int64_t size)
{
  EXPECT_EQ(split.first.size(), static_cast<std::size_t>(size));
  EXPECT_EQ(split.second.size(), static_cast<std::size_t>(size));
  std::set<std::int64_t> together(split.first.begin(), split.first.end());
  together.insert(split.second.begin(), split.second.end());
  EXPECT_EQ(together.size(), static_cast<std::size_t>(2 * size));
  EXPECT_GE(*together.begin(), 0);
  EXPECT_LT(*together.rbegin(), n_trials);
}

TEST(AllSplits, AreEveryUnorderedPairOnce)
{
  for (std::int64_t t = 2; t <= 8; ++t)
    for (std::int64_t size = 1; 2 * size <= t; ++size) {
      auto const splits = all_splits(t, size);
      EXPECT_EQ(static_cast<std::int64_t>(splits.size()),
                choose(t, size) * choose(t - size, size) / 2);
      std::set<std::set<Sizes>> distinct;
      for (TrialSplit const& split : splits) {
        expect_disjoint(split, t, size);
        distinct.insert({split.first, split.second});
      }
      EXPECT_EQ(distinct.size(), splits.size());
    }
}

// K13: one generator that is not started again. 1000 draws among 70 pairs hit all of them about
// equally often; each count is within six standard deviations of its mean.
TEST(RandomSplits, AreDrawnIndependentlyAndEvenly)
{
  std::map<std::set<Sizes>, int> count;
  for (std::int64_t i = 0; i < 7000; ++i) {
    TrialSplit const split = random_split(7, 3, 11, i);
    expect_disjoint(split, 7, 3);
    ++count[{split.first, split.second}];
  }
  EXPECT_EQ(count.size(), 70U);
  for (auto const& entry : count) EXPECT_NEAR(entry.second, 100, 60);
}

TEST(RandomSplits, OfManyTrialsDoNotRepeat)
{
  std::set<Sizes> seen;
  for (std::int64_t i = 0; i < 2000; ++i) seen.insert(random_split(60, 30, 11, i).first);
  EXPECT_EQ(seen.size(), 2000U);
}

TEST(RandomSplits, DependOnSeedSizeAndIndexAlone)
{
  EXPECT_EQ(random_split(60, 30, 5, 3).first, random_split(60, 30, 5, 3).first);
  EXPECT_NE(random_split(60, 30, 5, 3).first, random_split(60, 30, 6, 3).first);
  EXPECT_NE(random_split(60, 30, 5, 3).first, random_split(60, 30, 5, 4).first);
  EXPECT_NE(random_split(60, 30, 5, 3).first, random_split(60, 30, (1ULL << 40U) + 5, 3).first);
}

}  // namespace
}  // namespace kovar::gsn
