// SPDX-License-Identifier: BSD-3-Clause
#include "support/failing_allocation.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>

#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

namespace kovar::dist {
namespace {

TEST(Blocks, CoverEverythingOnceAndDifferByAtMostOne)
{
  for (std::int64_t const n : {0, 1, 2, 3, 10, 13})
    for (std::int64_t const parts : {1, 2, 3, 4, 7}) {
      Blocks const blocks{n, parts};
      EXPECT_EQ(blocks.begin(0), 0);
      EXPECT_EQ(blocks.end(parts - 1), n);
      for (std::int64_t r = 0; r < parts; ++r) {
        EXPECT_EQ(blocks.end(r), blocks.begin(r + 1));
        EXPECT_GE(blocks.size(r), n / parts);
        EXPECT_LE(blocks.size(r), n / parts + 1);
      }
    }
}

TEST(Communicator, AloneIsRankZeroOfOne)
{
  Communicator const alone;
  EXPECT_EQ(alone.rank(), 0);
  EXPECT_EQ(alone.size(), 1);
  EXPECT_TRUE(alone.is_root());
}

TEST(Communicator, SumsAndMaximaReachAllRanks)
{
  auto const comm = Communicator::world();
  int const p = comm.size();
  std::vector<double> values = {1.0, static_cast<double>(comm.rank())};
  comm.sum_to_all(values.data(), 2);
  EXPECT_EQ(values, (std::vector<double>{static_cast<double>(p), p * (p - 1) / 2.0}));
  std::vector<float> floats = {1.5F};
  comm.sum_to_all(floats.data(), 1);
  EXPECT_EQ(floats[0], 1.5F * static_cast<float>(p));
  std::int64_t largest = comm.rank();
  comm.max_to_all(&largest, 1);
  EXPECT_EQ(largest, p - 1);
}

template <class Scalar>
void expect_messages_keep_their_order()
{
  auto const comm = Communicator::world();
  if (comm.size() == 1) return;
  int const next = (comm.rank() + 1) % comm.size();
  int const before = (comm.rank() + comm.size() - 1) % comm.size();
  auto const mine = static_cast<Scalar>(comm.rank());
  // Longer than what MPI sends without waiting for its receiver.
  std::vector<Scalar> const first(100000, mine);
  std::vector<Scalar> const second = {mine + 1, mine + 2};
  auto long_one = comm.start_sending(first.data(), 100000, next);
  auto none = comm.start_sending(first.data(), 0, next);
  auto short_one = comm.start_sending(second.data(), 2, next);
  std::vector<Scalar> received(100002, Scalar(-1));
  comm.receive(received.data(), 100000, before);
  comm.receive(received.data(), 0, before);
  comm.receive(received.data() + 100000, 2, before);
  long_one.wait();
  long_one.wait();  // nothing is left to wait for
  short_one.wait();
  auto const theirs = static_cast<Scalar>(before);
  std::vector<Scalar> expected(100000, theirs);
  expected.push_back(theirs + 1);
  expected.push_back(theirs + 2);
  EXPECT_EQ(received, expected);
}

TEST(Communicator, MessagesBetweenTwoRanksKeepTheirOrder)
{
  expect_messages_keep_their_order<double>();
  expect_messages_keep_their_order<float>();
}

TEST(Communicator, RootSumIsCompleteOnRankZero)
{
  auto const comm = Communicator::world();
  double value = comm.rank() + 1;
  comm.sum_to_root(&value, 1);
  if (comm.is_root()) {
    EXPECT_EQ(value, comm.size() * (comm.size() + 1) / 2.0);
  }
}

TEST(Communicator, BroadcastsFromAnyRank)
{
  auto const comm = Communicator::world();
  for (int root = 0; root < comm.size(); ++root) {
    double value = comm.rank() == root ? 42.0 + root : 0.0;
    comm.broadcast(&value, 1, root);
    EXPECT_EQ(value, 42.0 + root);
  }
}

TEST(Communicator, BroadcastsWhileOtherCollectivesGoOn)
{
  auto const comm = Communicator::world();
  std::vector<PendingMessages> coming;
  std::vector<std::vector<float>> values;
  for (int root = 0; root < comm.size(); ++root)
    values.emplace_back(100000, comm.rank() == root ? 42.0f + static_cast<float>(root) : 0.0f);
  for (int root = 0; root < comm.size(); ++root) {
    auto& mine = values[static_cast<std::size_t>(root)];
    coming.push_back(comm.start_broadcast(mine.data(), 100000, root));
  }
  double other = 1;
  comm.sum_to_all(&other, 1);
  EXPECT_EQ(other, comm.size());
  for (PendingMessages& messages : coming) {
    messages.wait();
    messages.wait();  // there is nothing left to wait for
  }
  for (int root = 0; root < comm.size(); ++root)
    EXPECT_EQ(values[static_cast<std::size_t>(root)],
              std::vector<float>(100000, 42.0f + static_cast<float>(root)));
}

TEST(Communicator, EndsABroadcastWithItsLastHandle)
{
  auto const comm = Communicator::world();
  double value = comm.is_root() ? 42.0 : 0.0;
  {
    auto const coming = comm.start_broadcast(&value, 1);
  }
  EXPECT_EQ(value, 42.0);
}

TEST(Communicator, BroadcastsTextsOfAnyRank)
{
  auto const comm = Communicator::world();
  for (int root = 0; root < comm.size(); ++root)
    for (std::string const& text :
         {std::string(), std::string("a\0b", 3), std::string(1000, 'x')}) {
      std::string const mine =
          comm.rank() == root ? text : "of rank " + std::to_string(comm.rank());
      EXPECT_EQ(broadcast_text(comm, mine, root), text);
    }
}

TEST(Collectives, BroadcastOfAViewGivesAllRanksThatOfRankZero)
{
  auto const comm = Communicator::world();
  using Space = Kokkos::DefaultExecutionSpace;
  for (std::int64_t const n : {0, 1, 33}) {
    auto const of_root = test::random_matrix(n, 5, 1);
    auto const mine = test::random_matrix(n, 5, 1 + static_cast<std::uint64_t>(comm.rank()));
    auto const view = test::to_space<double, Space>(mine);
    broadcast(Space(), comm, view);
    EXPECT_EQ(test::to_host(view).values, of_root.values) << n;
  }
}

TEST(Collectives, GatherColumnsPutsRanksSideBySideAlsoWithEmptyOnes)
{
  auto const comm = Communicator::world();
  using Space = Kokkos::DefaultExecutionSpace;
  // Rank r gives 2 - r columns (none from rank 2 on) of value 10 r + column.
  std::int64_t const n_mine = std::max(0, 2 - comm.rank());
  test::HostMatrix mine(3, n_mine);
  for (std::int64_t j = 0; j < n_mine; ++j)
    for (std::int64_t i = 0; i < 3; ++i) mine(i, j) = 10.0 * comm.rank() + static_cast<double>(j);
  auto const all =
      test::to_host(gather_columns(Space(), comm, test::to_space<double, Space>(mine)));
  std::vector<double> const expected =
      comm.size() == 1 ? std::vector<double>{0, 1} : std::vector<double>{0, 1, 10};
  ASSERT_EQ(all.n_cols, static_cast<std::int64_t>(expected.size()));
  for (std::size_t j = 0; j < expected.size(); ++j)
    for (std::int64_t i = 0; i < 3; ++i)
      EXPECT_EQ(all(i, static_cast<std::int64_t>(j)), expected[j]);
}

TEST(Collectives, GatherColumnsTellsAllRanksThatOneHasNoRoom)
{
  auto const comm = Communicator::world();
  if (comm.size() == 1) GTEST_SKIP() << "one rank gathers nothing";
  using Space = Kokkos::DefaultExecutionSpace;
  Matrix<double, Space> const mine("test::mine", 3, 2);
  test::expect_all_learn_of_no_memory(comm, "test::mine_of_all_ranks",
                                      [&] { gather_columns(Space(), comm, mine); });
}

TEST(Agree, ThrowsTheErrorOfTheLowestFailingRankOnAllRanks)
{
  auto const comm = Communicator::world();
  // The last rank always fails, and so does the one before it: the lower one speaks.
  int const first_failing = std::max(0, comm.size() - 2);
  try {
    agree(comm, [&] {
      if (comm.rank() >= first_failing) throw InputError("rank " + std::to_string(comm.rank()));
    });
    FAIL() << "no error on rank " << comm.rank();
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()), "rank " + std::to_string(first_failing));
    EXPECT_TRUE(e.on_all_ranks());
  }
}

TEST(Agree, KeepsTheKindOfError)
{
  auto const comm = Communicator::world();
  EXPECT_THROW(agree(comm,
                     [&] {
                       if (comm.is_root()) throw std::bad_alloc();
                     }),
               BackendError);
  EXPECT_THROW(agree(comm,
                     [&] {
                       if (comm.is_root()) throw std::runtime_error("x");
                     }),
               BackendError);
  EXPECT_NO_THROW(agree(comm, [] {}));
}

}  // namespace
}  // namespace kovar::dist
