// SPDX-License-Identifier: BSD-3-Clause
#include "support/message_of.hpp"

#include <kovar/core/error.hpp>
#include <kovar/optim/adam.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace {

using kovar::optim::Adam;
using kovar::optim::AdamOptions;
using kovar::optim::AdamState;
using kovar::test::message_of;

/// Gradient of (x0 - 1)^2 + 10 x0 x1 + 50 x1^2, as an example with coupled parameters.
std::vector<double> gradient_at(std::vector<double> const& x)
{
  return {2 * (x[0] - 1) + 10 * x[1], 10 * x[0] + 100 * x[1]};
}

void take_steps(Adam& adam, std::vector<double>& point, int n)
{
  for (int k = 0; k < n; ++k) adam.step(point, gradient_at(point));
}

/// The formula written for one parameter, with everything recomputed from all gradients so far.
double reference_step(std::vector<double> const& gradients, double rate)
{
  double m = 0;
  double v = 0;
  auto const t = gradients.size();
  for (std::size_t k = 0; k < t; ++k) {
    m += 0.1 * std::pow(0.9, static_cast<double>(t - 1 - k)) * gradients[k];
    v += 0.001 * std::pow(0.999, static_cast<double>(t - 1 - k)) * gradients[k] * gradients[k];
  }
  double const n = static_cast<double>(t);
  return rate * (m / (1 - std::pow(0.9, n))) / (std::sqrt(v / (1 - std::pow(0.999, n))) + 1e-8);
}

TEST(OptimAdam, TakesTheStepsOfItsFormula)
{
  std::vector<double> point = {3, -2};
  std::vector<double> expected = point;
  std::vector<double> history0;
  std::vector<double> history1;
  Adam adam({}, 2);
  for (int k = 0; k < 10; ++k) {
    adam.step(point, gradient_at(point));
    auto const gradient = gradient_at(expected);
    history0.push_back(gradient[0]);
    history1.push_back(gradient[1]);
    expected[0] -= reference_step(history0, 0.1);
    expected[1] -= reference_step(history1, 0.1);
    // Ten steps of a few roundings each; 1 - 0.999^t loses three digits.
    EXPECT_NEAR(point[0], expected[0], 1e-12) << "step " << k;
    EXPECT_NEAR(point[1], expected[1], 1e-12) << "step " << k;
  }
  EXPECT_EQ(adam.state().n_steps, 10);
}

TEST(OptimAdam, BeginsWithAStepOfTheLearningRate)
{
  std::vector<double> point = {0, 0, 0};
  AdamOptions options;
  options.learning_rate = 0.25;
  Adam adam(options, 3);
  adam.step(point, {1e-3, -40, 0});
  EXPECT_NEAR(point[0], -0.25, 0.25 * 1e-4);  // epsilon is 1e-5 of the derivative
  EXPECT_NEAR(point[1], 0.25, 1e-9);
  EXPECT_EQ(point[2], 0);
}

TEST(OptimAdam, GoesOnFromAKeptStateAsIfNothingHadBeenBetween)
{
  std::vector<double> whole = {3, -2};
  Adam one({}, 2);
  take_steps(one, whole, 20);

  std::vector<double> parts = {3, -2};
  Adam first({}, 2);
  take_steps(first, parts, 7);
  Adam second({}, first.state());
  take_steps(second, parts, 13);
  EXPECT_EQ(parts, whole);
  EXPECT_EQ(second.state().n_steps, 20);
}

TEST(OptimAdam, FollowsAScheduleOfLearningRates)
{
  std::vector<double> point = {0};
  Adam adam({}, 1);
  adam.set_learning_rate(0.5);
  adam.step(point, {1});
  EXPECT_NEAR(point[0], -0.5, 1e-7);
}

TEST(OptimAdam, TakesNoParameters)
{
  std::vector<double> none;
  Adam adam({}, 0);
  adam.step(none, {});
  EXPECT_EQ(adam.state().n_steps, 1);
}

TEST(OptimAdam, LeavesAllAsItWasWhereADerivativeIsNotFinite)
{
  std::vector<double> point = {1, 2};
  Adam adam({}, 2);
  EXPECT_THROW(adam.step(point, {1, std::numeric_limits<double>::quiet_NaN()}), kovar::InputError);
  EXPECT_EQ(point, (std::vector<double>{1, 2}));
  EXPECT_EQ(adam.state().n_steps, 0);
  EXPECT_EQ(adam.state().first_moment, (std::vector<double>{0, 0}));
}

TEST(OptimAdam, NamesWhatCannotBeUsed)
{
  AdamOptions options;
  options.beta2 = 1;
  EXPECT_NE(message_of<kovar::InputError>([&] { Adam(options, 1); }).find("a beta is 1"),
            std::string::npos);
  options = {};
  options.epsilon = 0;
  EXPECT_NE(message_of<kovar::InputError>([&] { Adam(options, 1); }).find("epsilon is 0"),
            std::string::npos);
  options = {};
  options.learning_rate = -1;
  EXPECT_NE(message_of<kovar::InputError>([&] { Adam(options, 1); }).find("learning_rate is -1"),
            std::string::npos);
  EXPECT_NE(message_of<kovar::InputError>([] {
              Adam({}, AdamState{{1, 2}, {1}, 3});
            }).find("2 first and 1 second"),
            std::string::npos);
  std::vector<double> point = {1};
  Adam adam({}, 2);
  EXPECT_NE(message_of<kovar::InputError>([&] {
              adam.step(point, {1, 2});
            }).find("1 parameters and 2 derivatives"),
            std::string::npos);
}

}  // namespace
