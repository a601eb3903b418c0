// SPDX-License-Identifier: BSD-3-Clause
// Estimates from blocks of conditions against estimate() on one rank, which holds all responses.
//
// Tolerances are those of the specification (section 21): matrices to 1e-11 of their largest entry; levels and
// iteration counts are equal.

#include "gsn/streamed_cases.hpp"
#include "gsn/whole_matrix.hpp"
#include "support/spaces.hpp"

#include <kovar/core/config.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/streamed_blocks.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace kovar::test {
namespace {

using dist::Communicator;

template <class ExecSpace>
class EstimateStreamed : public ::testing::Test {
};
TYPED_TEST_SUITE(EstimateStreamed, ExecSpaces);

void expect_near(HostMatrix const& found, HostMatrix const& expected, StreamedCase const& one)
{
  ASSERT_EQ(found.n_rows, expected.n_rows);
  EXPECT_LE(largest_difference(found, expected), leeway(one) * tolerance_of(expected));
}

TYPED_TEST(EstimateStreamed, IsTheEstimateOfAllResponses)
{
  Communicator const comm = Communicator::world();
  for (StreamedCase const& one : streamed_cases()) {
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);
    for (std::int64_t const size : block_sizes(one.responses.n_conditions)) {
      SCOPED_TRACE(one.name + ", blocks of " + std::to_string(size));
      BlockSource source(one.responses);

      auto const found =
          gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, source, size, one.options);

      EXPECT_LE(source.largest_count, size);
      expect_summary(found, expected, one.options.level_search == gsn::LevelSearch::continuous);
      if (!comm.is_root()) continue;
      expect_near(to_host(found.noise_covariance), to_host(expected.noise_covariance), one);
      expect_near(to_host(found.signal_covariance), to_host(expected.signal_covariance), one);
      expect_near(to_host(found.noise_covariance_psd), to_host(expected.noise_covariance_psd), one);
      expect_near(to_host(found.signal_covariance_psd), to_host(expected.signal_covariance_psd),
                  one);
      EXPECT_EQ(found.eigenvalues_difference.extent(0), expected.eigenvalues_difference.extent(0));
    }
  }
}

TYPED_TEST(EstimateStreamed, IsTheSameWithMatricesOverRanks)
{
  Communicator const comm = Communicator::world();
#ifndef KOVAR_ENABLE_SCALAPACK
  if (comm.size() > 1) GTEST_SKIP() << "ranks share matrices by ScaLAPACK";
#endif
  for (StreamedCase const& one : streamed_cases()) {
    auto const expected =
        estimate_on<double, TypeParam>(Communicator(), one.responses, one.options);
    for (std::int64_t const size : {3, 50}) {
      SCOPED_TRACE(one.name + ", blocks of " + std::to_string(size));
      BlockSource source(one.responses);

      auto const found = gsn::estimate_streamed_over_ranks<double, TypeParam>(
          TypeParam(), comm, source, size, one.options);

      expect_summary(found, expected, one.options.level_search == gsn::LevelSearch::continuous);
      expect_near(whole(found.noise_covariance), to_host(expected.noise_covariance), one);
      expect_near(whole(found.signal_covariance), to_host(expected.signal_covariance), one);
      expect_near(whole(found.noise_covariance_psd), to_host(expected.noise_covariance_psd), one);
      expect_near(whole(found.signal_covariance_psd), to_host(expected.signal_covariance_psd), one);
    }
  }
}

TYPED_TEST(EstimateStreamed, WorksInSinglePrecision)
{
  Responses const responses = random_responses(9, 50, 3, 21);
  Kokkos::View<float***, Kokkos::LayoutLeft, Kokkos::HostSpace> const all("test::all", 9, 50, 3);
  for (std::int64_t i = 0; i < 9; ++i)
    for (std::int64_t c = 0; c < 50; ++c)
      for (std::int64_t t = 0; t < 3; ++t) all(i, c, t) = static_cast<float>(responses(i, c, t));
  gsn::ConditionsInMemory<float> source{ConstCube<float, Kokkos::HostSpace>(all)};
  auto const expected = estimate_on<float, TypeParam>(Communicator(), responses);

  auto const found =
      gsn::estimate_streamed<float, TypeParam>(TypeParam(), Communicator(), source, 8);

  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  HostMatrix const noise = to_host(expected.noise_covariance);
  // Sums of 100 products of single precision.
  EXPECT_LE(largest_difference(to_host(found.noise_covariance), noise),
            1e-5 * largest_magnitude(noise));
}

TYPED_TEST(EstimateStreamed, ReadsCompleteDataOnceAndOthersTwice)
{
  Communicator const comm = Communicator::world();
  Responses responses = random_responses(4, 40, 3, 22);
  std::int64_t const n_mine = dist::Blocks{40, comm.size()}.size(comm.rank());
  BlockSource complete(responses);
  gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, complete, 6);
  EXPECT_EQ(complete.n_read, n_mine);
  lose_trials(responses);
  BlockSource lossy(responses);
  gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, lossy, 6);
  EXPECT_EQ(lossy.n_read, 2 * n_mine);
}

TEST(ConditionBlocks, EndWhereChunksEnd)
{
  auto const blocks = gsn::condition_blocks(5, 47, 20, 8);
  std::vector<std::int64_t> first;
  for (auto const& block : blocks) first.push_back(block.first);
  EXPECT_EQ(first, (std::vector<std::int64_t>{5, 24, 40}));
  EXPECT_EQ(blocks.back().first + blocks.back().count, 47);
  // Chunks longer than a block are cut.
  EXPECT_EQ(gsn::condition_blocks(0, 10, 4, 100).size(), 3U);
  EXPECT_TRUE(gsn::condition_blocks(3, 3, 4, 1).empty());
}

TEST(ConditionBlocks, TakeTheBytesThatTheyMay)
{
  double const one = gsn::bytes_per_condition(10, 3, sizeof(float));
  EXPECT_EQ(one, 10 * 3 * (4 + 24));
  EXPECT_EQ(gsn::conditions_of_block(25 * one, 10, 1000, 3, sizeof(float), 8), 24);
  EXPECT_EQ(gsn::conditions_of_block(5 * one, 10, 1000, 3, sizeof(float), 8), 5);
  EXPECT_EQ(gsn::conditions_of_block(1e9 * one, 10, 1000, 3, sizeof(float), 8), 1000);
  EXPECT_EQ(gsn::conditions_of_block(0, 10, 1000, 3, sizeof(float), 8), 1);
}

/// Calls and says what the error was, on each rank.
template <class Call>
std::string error_of(Call const& call)
{
  try {
    call();
  } catch (std::exception const& error) {
    return error.what();
  }
  return "none";
}

TYPED_TEST(EstimateStreamed, TellsErrorsOnAllRanks)
{
  Communicator const comm = Communicator::world();
  auto const run = [&](Responses const& responses, std::int64_t size, gsn::Options const& options,
                       std::int64_t fails_at = -1) {
    return error_of([&] {
      BlockSource source(responses);
      source.fails_at = fails_at;
      gsn::estimate_streamed<double, TypeParam>(TypeParam(), comm, source, size, options);
    });
  };
  auto const says = [](std::string const& text, std::string const& part) {
    EXPECT_NE(text.find(part), std::string::npos) << text;
  };
  Responses const good = random_responses(3, 30, 3, 23);
  gsn::Options options;
  says(run(good, 0, options), "blocks of 0 conditions (nothing would be read); give 1 or more");
  says(run(good, 4, options, 29), "the disk is gone");
  options.scoring = gsn::Scoring::low_rank;
  says(run(good, 4, options), "scoring=low_rank takes the responses of all conditions at once");
  options.scoring = gsn::Scoring::cholesky;
  says(run(good, 4, options), "take scoring=auto");
  options.scoring = gsn::Scoring::automatic;
  Responses infinite = good;
  infinite(2, 28, 1) = std::numeric_limits<double>::infinity();
  says(run(infinite, 4, options), "infinite at unit 2, condition 28, trial 1");
  Responses lost = good;
  lost(1, 17, 2) = lost_response;
  options.uneven = gsn::Uneven::missing;
  says(run(lost, 4, options), "uneven=missing counts trials for each pair of units");
  options.uneven = gsn::Uneven::fast;
  for (std::int64_t t = 0; t < 3; ++t) lost(0, 21, t) = lost_response;
  says(run(lost, 4, options), "condition 21 has no trial in which every unit is present");
  options.n_folds = 31;
  says(run(good, 4, options), "folds: 31 for 30 conditions");
}

}  // namespace
}  // namespace kovar::test
