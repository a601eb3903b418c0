// SPDX-License-Identifier: BSD-3-Clause
#include "functions.hpp"

#include <kovar/optim/lbfgs.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

namespace {

using kovar::optim::LbfgsOptions;
using kovar::optim::LbfgsResult;
using kovar::optim::LbfgsStatus;
using kovar::optim::minimize_lbfgs;
using kovar::test::half_space;
using kovar::test::Quadratic;
using kovar::test::rosenbrock;
using kovar::test::rosenbrock_start;

constexpr double infinity = std::numeric_limits<double>::infinity();

LbfgsOptions within(std::size_t n, double lower, double upper)
{
  LbfgsOptions options;
  options.lower.assign(n, lower);
  options.upper.assign(n, upper);
  return options;
}

LbfgsOptions by_gradient(LbfgsOptions options, double tolerance)
{
  options.value_tolerance = 0;
  options.gradient_tolerance = tolerance;
  return options;
}

/// Minimize, and see that no point outside of the bounds is evaluated.
template <class Function>
LbfgsResult minimize_within(Function const& function, std::vector<double> const& start,
                            LbfgsOptions const& options)
{
  auto const objective = [&](std::vector<double> const& x, std::vector<double>& gradient) {
    for (std::size_t i = 0; i < x.size(); ++i) {
      EXPECT_GE(x[i], options.lower.empty() ? -infinity : options.lower[i]);
      EXPECT_LE(x[i], options.upper.empty() ? infinity : options.upper[i]);
    }
    return function(x, gradient);
  };
  return minimize_lbfgs(objective, start, options);
}

// Numbers of evaluations are those of SciPy 1.17.1, as in test_lbfgs.cpp.

TEST(LbfgsBounds, CutTheMinimumOfADiagonalQuadratic)
{
  struct Case {
    std::size_t n;
    int scipy;
  };
  for (auto const [n, scipy] : {Case{1, 2}, Case{2, 2}, Case{50, 25}, Case{1000, 36}}) {
    std::vector<double> const start(n, 0.0);
    auto const options = within(n, -0.5, 0.25);
    auto const result = minimize_within(Quadratic{100}, start, options);
    EXPECT_LE(result.n_evaluations, 3 * scipy / 2) << "n " << n;

    auto const sharp = minimize_within(Quadratic{100}, start, by_gradient(options, 1e-9));
    EXPECT_EQ(sharp.status, LbfgsStatus::converged_gradient);
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_NEAR(sharp.point[i], std::clamp(Quadratic::minimum(i), -0.5, 0.25), 1e-9);
    EXPECT_LT(result.value - sharp.value, 1e-7 * sharp.value);
  }
}

TEST(LbfgsBounds, HoldRosenbrocksFunctionInItsValley)
{
  // x <= 1/2: the best y is x^2, and (1 - x)^2 is left.
  LbfgsOptions options;
  options.lower = {-2, -2};
  options.upper = {0.5, 2};
  auto const result = minimize_within(rosenbrock, rosenbrock_start(2), options);
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  EXPECT_EQ(result.point[0], 0.5);
  EXPECT_NEAR(result.point[1], 0.25, 1e-6);  // curvature 200, gradient 1e-5
  EXPECT_NEAR(result.value, 0.25, 1e-9);
  EXPECT_LE(result.n_evaluations, 45);  // SciPy: 30
}

TEST(LbfgsBounds, ThatAreFarAwayChangeNothing)
{
  auto const result =
      minimize_within(rosenbrock, rosenbrock_start(10), by_gradient(within(10, -100, 100), 1e-8));
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  for (double const x : result.point) EXPECT_NEAR(x, 1, 1e-6);

  // Infinite ones are none, to the bit.
  auto const infinite =
      minimize_lbfgs(rosenbrock, rosenbrock_start(10), within(10, -infinity, infinity));
  EXPECT_EQ(infinite.point, minimize_lbfgs(rosenbrock, rosenbrock_start(10)).point);
}

/// A string of n masses, pulled down by 8, above a floor: coupled neighbours and a long active set.
double string(std::vector<double> const& x, std::vector<double>& gradient)
{
  std::size_t const n = x.size();
  double const h = 1 / (static_cast<double>(n) + 1);
  double value = 0;
  for (std::size_t i = 0; i < n; ++i) {
    double const left = i > 0 ? x[i - 1] : 0;
    double const right = i + 1 < n ? x[i + 1] : 0;
    double const tension = (2 * x[i] - left - right) / h;
    gradient[i] = tension + 8 * h;
    value += x[i] * tension / 2 + 8 * h * x[i];
  }
  return value;
}

TEST(LbfgsBounds, HoldAStringAboveTheFloor)
{
  std::size_t const n = 99;
  LbfgsOptions options;
  options.lower.assign(n, -0.5);
  auto const rough = minimize_within(string, std::vector<double>(n, 0.0), options);
  EXPECT_LE(rough.n_evaluations, 129);  // SciPy: 86 at n = 100

  auto const sharp =
      minimize_within(string, std::vector<double>(n, 0.0), by_gradient(options, 1e-9));
  EXPECT_EQ(sharp.status, LbfgsStatus::converged_gradient);
  // Free parts are parabolas of curvature 8 that touch the floor smoothly: u(t) = -1/2 + 4 (c - t)^2
  // with u(0) = 0, hence c = sqrt(1/8). On the grid the last free mass is within one h of c.
  double const c = std::sqrt(0.125);
  double const h = 1 / (static_cast<double>(n) + 1);
  for (std::size_t i = 0; i < n; ++i) {
    double const t = std::min(static_cast<double>(i) + 1, static_cast<double>(n - i)) * h;
    double const expected = t < c ? -0.5 + 4 * (c - t) * (c - t) : -0.5;
    EXPECT_NEAR(sharp.point[i], expected, 4 * h * h) << "mass " << i;
  }
}

TEST(LbfgsBounds, AreLeftAgainByAStartOnThem)
{
  auto const result = minimize_within(Quadratic{10}, {-2, 2, -2}, within(3, -2, 2));
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(result.point[i], Quadratic::minimum(i), 1e-5);
}

TEST(LbfgsBounds, TakeInAStartThatIsOutside)
{
  auto const result = minimize_within(Quadratic{10}, {7, -7}, within(2, 0.9, 0.95));
  EXPECT_EQ(result.point[0], 0.9);
  EXPECT_NEAR(result.point[1], Quadratic::minimum(1), 1e-5);
}

TEST(LbfgsBounds, ThatAreEqualHoldAParameter)
{
  LbfgsOptions options;
  options.lower = {-infinity, 2};
  options.upper = {infinity, 2};
  auto const result = minimize_within(rosenbrock, {0.5, 2}, options);
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  EXPECT_EQ(result.point[1], 2);
  // 400 x^3 - 798 x - 2 = 0 is left of the gradient.
  double const x = result.point[0];
  EXPECT_NEAR(400 * x * x * x - 798 * x - 2, 0, 1e-5);
}

TEST(LbfgsBounds, OnOneSideAreEnough)
{
  LbfgsOptions options;
  options.lower.assign(3, 0.5);
  auto const result = minimize_within(Quadratic{10}, {1, 1, 1}, options);
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_NEAR(result.point[i], std::max(Quadratic::minimum(i), 0.5), 1e-5);
}

TEST(LbfgsBounds, GoTogetherWithFailures)
{
  std::size_t const n = 20;
  auto const result =
      minimize_within(half_space, std::vector<double>(n, 3.0), by_gradient(within(n, -1, 5), 1e-6));
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  EXPECT_GT(result.n_failures, 0);
  for (std::size_t i = 0; i < n; ++i)
    EXPECT_NEAR(result.point[i], 1 / (static_cast<double>(i) + 1), 1e-6);
}

TEST(LbfgsBounds, GiveTheSameToTheBitEachTime)
{
  auto const options = within(37, -1.5, 0.8);
  auto const one = minimize_lbfgs(rosenbrock, rosenbrock_start(37), options);
  auto const two = minimize_lbfgs(rosenbrock, rosenbrock_start(37), options);
  EXPECT_EQ(one.point, two.point);
  EXPECT_EQ(one.n_evaluations, two.n_evaluations);
}

}  // namespace
