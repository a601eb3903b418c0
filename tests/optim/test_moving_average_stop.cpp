// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/moving_average_stop.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using kovar::optim::MovingAverageOptions;
using kovar::optim::MovingAverageStop;
using Verdict = kovar::optim::MovingAverageVerdict;

/// Step at which losses end the fit, counted from 1.
template <class Loss>
int end_of(MovingAverageStop& stop, Loss const& loss, Verdict& verdict)
{
  for (int step = 1;; ++step)
    if ((verdict = stop.update(loss(step))) != Verdict::go_on) return step;
}

/// The rule written out: step at which the average of ten falls by less than 1e-5 of itself.
template <class Loss>
int reference_end(Loss const& loss)
{
  auto const average = [&](int last) {
    double sum = 0;
    double weights = 0;
    for (int i = 0; i < 10; ++i) {
      double const weight = std::exp(-1 + i / 9.0);
      sum += weight * loss(last - 9 + i);
      weights += weight;
    }
    return sum / weights;
  };
  int step = 11;
  while ((average(step - 1) - average(step)) / std::abs(average(step - 1)) >= 1e-5) ++step;
  return step;
}

TEST(MovingAverageStop, EndsWhereTheRuleSays)
{
  auto const above = [](int step) { return 2 + std::exp(-0.05 * step); };
  auto const below = [](int step) { return -3 + std::exp(-0.03 * step); };
  Verdict verdict = Verdict::go_on;
  MovingAverageStop stop;
  EXPECT_EQ(end_of(stop, above, verdict), reference_end(above));
  EXPECT_EQ(verdict, Verdict::converged);
  MovingAverageStop other;
  EXPECT_EQ(end_of(other, below, verdict), reference_end(below));
  EXPECT_EQ(verdict, Verdict::converged);
}

TEST(MovingAverageStop, NeedsOneLossMoreThanItAverages)
{
  Verdict verdict = Verdict::go_on;
  MovingAverageStop stop;
  EXPECT_EQ(end_of(
                stop, [](int) { return 1.0; }, verdict),
            11);
  EXPECT_EQ(verdict, Verdict::converged);
}

TEST(MovingAverageStop, EndsWhereLossesGrow)
{
  Verdict verdict = Verdict::go_on;
  MovingAverageStop stop;
  EXPECT_EQ(end_of(
                stop, [](int step) { return 1.0 * step; }, verdict),
            11);
  EXPECT_EQ(verdict, Verdict::converged);
}

TEST(MovingAverageStop, EndsAtTheLimitOfSteps)
{
  MovingAverageOptions options;
  options.max_steps = 25;
  Verdict verdict = Verdict::go_on;
  MovingAverageStop stop(options);
  EXPECT_EQ(end_of(
                stop, [](int step) { return std::exp(-1.0 * step); }, verdict),
            25);
  EXPECT_EQ(verdict, Verdict::step_limit);
}

TEST(MovingAverageStop, BeginsAnewAfterAStepThatFailed)
{
  Verdict verdict = Verdict::go_on;
  MovingAverageStop stop;
  auto const loss = [](int step) {
    return step == 8 ? std::numeric_limits<double>::infinity() : 1.0;
  };
  EXPECT_EQ(end_of(stop, loss, verdict), 8 + 11);
  EXPECT_EQ(verdict, Verdict::converged);
}

TEST(MovingAverageStop, GoesOnFromWhatWasKept)
{
  auto const loss = [](int step) { return 2 + std::exp(-0.05 * step); };
  MovingAverageStop first;
  for (int step = 1; step <= 30; ++step) ASSERT_EQ(first.update(loss(step)), Verdict::go_on);
  EXPECT_EQ(first.recent().size(), 11U);
  MovingAverageStop second;
  second.restore(first.n_steps(), first.recent());
  Verdict verdict = Verdict::go_on;
  EXPECT_EQ(30 + end_of(
                     second, [&](int step) { return loss(30 + step); }, verdict),
            reference_end(loss));
}

TEST(MovingAverageStop, RefusesWhatCannotBe)
{
  MovingAverageOptions options;
  options.relative_decrease = -1;
  EXPECT_THROW(MovingAverageStop{options}, kovar::InputError);
  options = {};
  options.n_averaged = 0;
  EXPECT_THROW(MovingAverageStop{options}, kovar::InputError);
  MovingAverageStop stop;
  EXPECT_THROW(stop.restore(2, {1, 2, 3}), kovar::InputError);
  EXPECT_THROW(stop.restore(20, std::vector<double>(12, 1.0)), kovar::InputError);
}

}  // namespace
