// SPDX-License-Identifier: BSD-3-Clause
// How 'kovar gsn estimate' decides to read responses, from numbers alone.
#include "gsn_estimate_plan.hpp"

#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/streamed_blocks.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace kovar::apps {
namespace {

using dist::Communicator;

io::ResponseDataset responses(std::int64_t n_units, std::int64_t n_conditions,
                              std::int64_t n_trials, std::int64_t conditions_per_chunk)
{
  io::ResponseDataset shape;
  shape.n_units = n_units;
  shape.n_conditions = n_conditions;
  shape.n_trials = n_trials;
  shape.conditions_per_chunk = conditions_per_chunk;
  return shape;
}

EstimateRequest request(double memory_for_data)
{
  EstimateRequest request;
  request.memory_for_data = static_cast<std::int64_t>(memory_for_data);
  request.matrices = MatrixPlace::root;
  return request;
}

constexpr double plenty = 1e15;

/// Numbers of the README.
TEST(PlanOfReading, FillsTheStatedMemoryWithBlocks)
{
  auto const shape = responses(1000, 1'000'000, 3, 1);
  Communicator const alone;
  ReadingPlan const plan = plan_reading(alone, request(8e9), shape, sizeof(float), true, plenty);
  EXPECT_DOUBLE_EQ(plan.data_bytes, 84e9);
  EXPECT_EQ(plan.conditions_per_block, 95238);
  EXPECT_EQ(plan.n_blocks, 11);
  EXPECT_LE(plan.block_bytes, 8e9);
  EXPECT_FALSE(plan.cuts_chunks);
  EXPECT_FALSE(plan_reading(alone, request(84e9), shape, sizeof(float), true, plenty).by_blocks());
}

TEST(PlanOfReading, CutsChunksThatAreLongerThanBlocks)
{
  Communicator const alone;
  double const one = gsn::bytes_per_condition(10, 3, sizeof(double));
  auto const plan_of = [&](std::int64_t chunk) {
    return plan_reading(alone, request(20 * one), responses(10, 100, 3, chunk), sizeof(double),
                        true, plenty);
  };
  EXPECT_EQ(plan_of(8).conditions_per_block, 16);
  EXPECT_FALSE(plan_of(8).cuts_chunks);
  EXPECT_EQ(plan_of(50).conditions_per_block, 20);
  EXPECT_TRUE(plan_of(50).cuts_chunks);
}

TEST(PlanOfReading, TellsOfBlocksThatTakeMoreThanTheyMay)
{
  Communicator const alone;
  double const one = gsn::bytes_per_condition(10, 3, sizeof(double));
  auto const plan_of = [&](double memory) {
    return plan_reading(alone, request(memory), responses(10, 100, 3, 1), sizeof(double), true,
                        plenty);
  };
  EXPECT_FALSE(plan_of(1.5 * one).is_over_limit);
  EXPECT_TRUE(plan_of(0.5 * one).is_over_limit);
  EXPECT_EQ(plan_of(0.5 * one).conditions_per_block, 1);
  EXPECT_NE(reading_line(plan_of(0.5 * one)).find("takes more than --memory_for_data"),
            std::string::npos);
}

TEST(PlanOfReading, CountsOfSeveralRanksWhatEachHolds)
{
  Communicator const comm = Communicator::world();
  auto const shape = responses(100, 3000, 4, 1);
  double const own = 100.0 * 3000 * 4 * sizeof(float) / comm.size();
  double const columns =
      gsn::column_bytes(gsn::Path::even, comm.size(), 100, 3000, 4, gsn::Options());
  auto const plan_of = [&](double memory) {
    return plan_reading(comm, request(memory), shape, sizeof(float), true, plenty);
  };
  EXPECT_DOUBLE_EQ(plan_of(1).data_bytes, own + columns);
  EXPECT_FALSE(plan_of(own + columns + 1).by_blocks());
  ReadingPlan const tight = plan_of(own + columns - 1);
  EXPECT_TRUE(tight.by_blocks());
  EXPECT_EQ(plan_of(1).conditions_per_block, 1);
  EXPECT_EQ(plan_of(1).n_blocks, (3000 + comm.size() - 1) / comm.size());
}

TEST(PlanOfReading, IsThatOfTheRankWithTheLeastMemory)
{
  Communicator const comm = Communicator::world();
  auto const shape = responses(100, 3000, 4, 1);
  double const matrices = gsn::needed_bytes_streamed(true, 1, 100, sizeof(float), gsn::Options());
  double const little = matrices + 2 * 50 * gsn::bytes_per_condition(100, 4, sizeof(float));
  bool const is_last = comm.rank() == comm.size() - 1;
  ReadingPlan const plan =
      plan_reading(comm, request(0), shape, sizeof(float), true, is_last ? little : plenty);
  EXPECT_EQ(plan.conditions_per_block, 50);  // half of what the matrices leave
  EXPECT_FALSE(plan_reading(comm, request(0), shape, sizeof(float), true, plenty).by_blocks());
}

}  // namespace
}  // namespace kovar::apps
