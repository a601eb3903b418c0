// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/dist/rank_spread.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::dist {
namespace {

TEST(RankSpread, OfRankNumbersIsThatOfAnArithmeticSequence)
{
  auto const comm = Communicator::world();
  double const last = comm.size() - 1;
  auto const spreads = spread_over_ranks(comm, {1.5, 2.0 * comm.rank(), -1.0 * comm.rank()});
  ASSERT_EQ(spreads.size(), 3U);
  EXPECT_EQ(spreads[0].min, 1.5);
  EXPECT_EQ(spreads[0].mean, 1.5);
  EXPECT_EQ(spreads[0].max, 1.5);
  EXPECT_EQ(spreads[1].min, 0);
  EXPECT_EQ(spreads[1].mean, last);
  EXPECT_EQ(spreads[1].max, 2 * last);
  EXPECT_EQ(spreads[2].min, -last);
  EXPECT_EQ(spreads[2].mean, -last / 2);
  EXPECT_EQ(spreads[2].max, 0);
}

TEST(RankSpread, OfNothingIsNothing)
{
  EXPECT_TRUE(spread_over_ranks(Communicator::world(), {}).empty());
}

TEST(RankSpread, DifferentNumbersAreRefusedOnAllRanks)
{
  auto const comm = Communicator::world();
  if (comm.size() == 1) GTEST_SKIP() << "one rank cannot differ from itself";
  std::vector<double> const mine(comm.rank() == 1 ? 3 : 2);
  try {
    spread_over_ranks(comm, mine);
    ADD_FAILURE() << "no error";
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
    EXPECT_EQ(std::string(e.what()),
              "spread_over_ranks: ranks give between 2 and 3 numbers (each is compared with those "
              "of the other ranks); give as many on every rank");
  }
}

}  // namespace
}  // namespace kovar::dist
