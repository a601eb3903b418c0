// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/rank_groups.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace kovar::dist {
namespace {

TEST(Split, PutsRanksOfAGroupInTheirOrder)
{
  auto const world = Communicator::world();
  int const group = world.rank() % 2;
  auto const part = world.split(group, -world.rank());  // the last rank first
  int const n_even = (world.size() + 1) / 2;
  int const size = group == 0 ? n_even : world.size() - n_even;
  EXPECT_EQ(part.size(), size);
  EXPECT_EQ(part.rank(), size - 1 - world.rank() / 2);
  double sum = world.rank();
  part.sum_to_all(&sum, 1);
  double expected = 0;
  for (int r = group; r < world.size(); r += 2) expected += r;
  EXPECT_EQ(sum, expected);
  // A part can be split again, and the whole still works.
  EXPECT_EQ(part.split(part.rank(), 0).size(), 1);
  double one = 1;
  world.sum_to_all(&one, 1);
  EXPECT_EQ(one, world.size());
}

TEST(Split, OfThisProcessAloneIsThisProcessAlone)
{
  auto const part = Communicator().split(7, 3);
  EXPECT_EQ(part.size(), 1);
  EXPECT_EQ(part.rank(), 0);
}

TEST(Split, RefusesANegativeGroupOnAllRanks)
{
  auto const world = Communicator::world();
  int const last = world.size() - 1;
  try {
    world.split(world.rank() == last ? -2 : 0, 0);
    FAIL() << "no error on rank " << world.rank();
  } catch (InputError const& error) {
    EXPECT_EQ(std::string(error.what()),
              "split: the group of rank " + std::to_string(last) + " is -2 (groups count from 0)");
  }
}

TEST(RankGroups, HaveSizesThatDifferByAtMostOne)
{
  auto const world = Communicator::world();
  for (int const asked : {1, 2, 3, 4, 9}) {
    RankGroups const groups(world, asked);
    int const n_groups = std::min(asked, world.size());
    EXPECT_EQ(groups.n_groups(), n_groups);
    EXPECT_GE(groups.mine().size(), world.size() / n_groups);
    EXPECT_LE(groups.mine().size(), world.size() / n_groups + 1);
    std::vector<double> members(static_cast<std::size_t>(n_groups), 0);
    members[static_cast<std::size_t>(groups.group())] = 1;
    world.sum_to_all(members.data(), n_groups);
    EXPECT_EQ(members[static_cast<std::size_t>(groups.group())], groups.mine().size());
  }
}

TEST(RankGroups, RefuseToBeNone)
{
  try {
    RankGroups(Communicator::world(), 0);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "groups of ranks: 0 are asked for; at least 1");
  }
}

TEST(RunJobs, GivesAllRanksTheNumbersOfAllJobs)
{
  auto const world = Communicator::world();
  for (int const n_groups : {1, 2, 3, 4})
    for (std::int64_t const n_jobs : {0, 1, 2, 5, 8}) {
      RankGroups const groups(world, n_groups);
      std::vector<std::pair<std::int64_t, std::int64_t>> told;
      auto const found = run_jobs(
          groups, n_jobs,
          [&](std::int64_t job) {
            // Job k gives k numbers, which take all ranks of the group.
            double ranks = 1;
            groups.mine().sum_to_all(&ranks, 1);
            EXPECT_EQ(ranks, groups.mine().size());
            return std::vector<double>(static_cast<std::size_t>(job), static_cast<double>(job));
          },
          [&](std::int64_t done, std::int64_t n) { told.emplace_back(done, n); });
      ASSERT_EQ(static_cast<std::int64_t>(found.size()), n_jobs);
      for (std::size_t job = 0; job < found.size(); ++job)
        EXPECT_EQ(found[job], std::vector<double>(job, static_cast<double>(job)));
      std::int64_t const step = groups.n_groups();
      ASSERT_EQ(static_cast<std::int64_t>(told.size()), (n_jobs + step - 1) / step);
      for (std::size_t k = 0; k < told.size(); ++k)
        EXPECT_EQ(
            told[k],
            std::make_pair(std::min(n_jobs, (static_cast<std::int64_t>(k) + 1) * step), n_jobs));
    }
}

TEST(RunJobs, ThrowsTheErrorOfAJobOnAllRanks)
{
  auto const world = Communicator::world();
  RankGroups const groups(world, 2);
  int n_run = 0;
  try {
    run_jobs(groups, 6, [&](std::int64_t job) {
      ++n_run;
      if (job == 1) throw InputError("job 1 went wrong");
      return std::vector<double>{1};
    });
    FAIL() << "no error on rank " << world.rank();
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "job 1 went wrong");
  }
  EXPECT_EQ(n_run, groups.n_groups() == 1 ? 2 : 1);  // nothing after the round of the error
}

TEST(RunJobs, ThrowsOnAllRanksWhatProgressThrowsOnOne)
{
  auto const world = Communicator::world();
  RankGroups const groups(world, 3);
  EXPECT_THROW(run_jobs(
                   groups, 6, [](std::int64_t) { return std::vector<double>(); },
                   [&](std::int64_t, std::int64_t) {
                     if (world.rank() == world.size() - 1) throw std::runtime_error("enough");
                   }),
               BackendError);
}

}  // namespace
}  // namespace kovar::dist
