// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/rank_lists.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace kovar::dist {
namespace {

TEST(RankLists, CountsAreThoseOfEachRank)
{
  auto const comm = Communicator::world();
  auto const counts = counts_of_ranks(comm, 10 * comm.rank());
  ASSERT_EQ(counts.size(), static_cast<std::size_t>(comm.size()));
  for (int rank = 0; rank < comm.size(); ++rank)
    EXPECT_EQ(counts[static_cast<std::size_t>(rank)], 10 * rank);
}

// Rank r has r numbers: the first has none.
TEST(RankLists, StandOneBehindTheOther)
{
  auto const comm = Communicator::world();
  std::vector<double> const mine(static_cast<std::size_t>(comm.rank()), 0.5 + comm.rank());
  std::vector<double> expected;
  for (int rank = 0; rank < comm.size(); ++rank)
    expected.insert(expected.end(), static_cast<std::size_t>(rank), 0.5 + rank);
  EXPECT_EQ(of_all_ranks(comm, mine), expected);
  EXPECT_EQ(of_all_ranks(Communicator(), {1.0, 2.0}), (std::vector<double>{1.0, 2.0}));
  EXPECT_TRUE(of_all_ranks(comm, {}).empty());
}

}  // namespace
}  // namespace kovar::dist
