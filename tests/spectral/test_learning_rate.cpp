// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/spectral/learning_rate.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace kovar::spectral {
namespace {

double one_cycle(std::int64_t epoch, std::int64_t n_epochs)
{
  return learning_rate(Schedule::one_cycle, 2.0, epoch, n_epochs);
}

TEST(LearningRate, StaysWhereItIsConstant)
{
  for (std::int64_t const epoch : {0, 1, 99})
    EXPECT_EQ(learning_rate(Schedule::constant, 0.25, epoch, 100), 0.25);
}

TEST(LearningRate, GoesThroughTheCornersOfTheCycle)
{
  // 30 epochs: the top is epoch 2, the end epoch 29.
  EXPECT_DOUBLE_EQ(one_cycle(0, 30), 2.0 / 25);
  EXPECT_DOUBLE_EQ(one_cycle(1, 30), 2.0 * (1 + 1.0 / 25) / 2);
  EXPECT_DOUBLE_EQ(one_cycle(2, 30), 2.0);
  EXPECT_NEAR(one_cycle(29, 30), 2.0 / 250000, 1e-15);
  // 20 epochs: from epoch 1 to 19, the middle of the way down is 10.
  EXPECT_DOUBLE_EQ(one_cycle(1, 20), 2.0);
  EXPECT_DOUBLE_EQ(one_cycle(10, 20), 2.0 * (1 + 1.0 / 250000) / 2);
}

TEST(LearningRate, TopMayLieBetweenTwoEpochs)
{
  // 25 epochs: the top is at 1.5, 22.5 epochs before the end.
  EXPECT_DOUBLE_EQ(one_cycle(1, 25), 2.0 * (0.04 + 0.96 / 1.5));
  EXPECT_DOUBLE_EQ(one_cycle(2, 25), 2.0 * (1 - (1 - 1.0 / 250000) * 0.5 / 22.5));
}

TEST(LearningRate, FewEpochsStartAtTheTop)
{
  EXPECT_EQ(one_cycle(0, 1), 2.0);
  EXPECT_EQ(one_cycle(0, 10), 2.0);
  EXPECT_NEAR(one_cycle(9, 10), 2.0 / 250000, 1e-15);
}

}  // namespace
}  // namespace kovar::spectral
