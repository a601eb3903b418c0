// SPDX-License-Identifier: BSD-3-Clause
#include "functions.hpp"

#include <kovar/optim/lbfgs.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <vector>

namespace {

using kovar::optim::LbfgsIterate;
using kovar::optim::LbfgsOptions;
using kovar::optim::LbfgsResult;
using kovar::optim::LbfgsStatus;
using kovar::optim::minimize_lbfgs;
using kovar::optim::NextIteration;
using kovar::test::half_space;
using kovar::test::Quadratic;
using kovar::test::rosenbrock;
using kovar::test::rosenbrock_start;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Stops by the gradient only, so that errors of the point follow from its norm.
LbfgsOptions by_gradient(double tolerance)
{
  LbfgsOptions options;
  options.value_tolerance = 0;
  options.gradient_tolerance = tolerance;
  return options;
}

// Numbers of evaluations are those of SciPy 1.17.1 (L-BFGS-B, maxcor=10, ftol=2.2e-9, gtol=1e-5) from
// the same start; half as many again are allowed.

TEST(Lbfgs, FindsTheMinimumOfQuadratics)
{
  struct Case {
    std::size_t n;
    int scipy;
  };
  for (auto const [n, scipy] : {Case{1, 3}, Case{2, 11}, Case{50, 65}, Case{1000, 77}}) {
    auto const result = minimize_lbfgs(Quadratic{100}, std::vector<double>(n, 0.0));
    EXPECT_LE(result.n_evaluations, 3 * scipy / 2) << "n " << n;
    EXPECT_LT(result.value, 1e-7) << "n " << n;

    auto const sharp =
        minimize_lbfgs(Quadratic{100}, std::vector<double>(n, 0.0), by_gradient(1e-9));
    EXPECT_EQ(sharp.status, LbfgsStatus::converged_gradient);
    // The smallest curvature is 1: no entry is farther off than its derivative.
    for (std::size_t i = 0; i < n; ++i)
      EXPECT_NEAR(sharp.point[i], Quadratic::minimum(i), 1e-9) << "n " << n;
  }
}

TEST(Lbfgs, FindsTheMinimumOfRosenbrocksFunction)
{
  struct Case {
    std::size_t n;
    int scipy;
  };
  for (auto const [n, scipy] : {Case{2, 44}, Case{10, 88}, Case{100, 601}}) {
    auto const result = minimize_lbfgs(rosenbrock, rosenbrock_start(n));
    EXPECT_LE(result.n_evaluations, 3 * scipy / 2) << "n " << n;
    EXPECT_LT(result.value, 1e-8) << "n " << n;

    auto const sharp = minimize_lbfgs(rosenbrock, rosenbrock_start(n), by_gradient(1e-8));
    EXPECT_EQ(sharp.status, LbfgsStatus::converged_gradient);
    for (double const x : sharp.point) EXPECT_NEAR(x, 1, 1e-6);
  }
}

TEST(Lbfgs, StepsBackWhereTheObjectiveFails)
{
  auto const result = minimize_lbfgs(half_space, std::vector<double>(5, 3.0), by_gradient(1e-8));
  EXPECT_EQ(result.status, LbfgsStatus::converged_gradient);
  EXPECT_GT(result.n_failures, 0);
  for (std::size_t i = 0; i < 5; ++i)
    EXPECT_NEAR(result.point[i], 1 / (static_cast<double>(i) + 1), 1e-8);  // curvature >= 1
}

TEST(Lbfgs, TakesNanAndBadGradientsForFailures)
{
  auto const with = [](double bad_value, double bad_derivative) {
    return [=](std::vector<double> const& x, std::vector<double>& gradient) {
      double const value = half_space(x, gradient);
      if (std::isfinite(value)) return value;
      std::fill(gradient.begin(), gradient.end(), bad_derivative);
      return bad_value;
    };
  };
  std::vector<double> const start(5, 3.0);
  double const nan = std::numeric_limits<double>::quiet_NaN();
  auto const expected = minimize_lbfgs(half_space, start);
  for (auto const& objective : {with(nan, 1), with(-infinity, 1), with(0, nan), with(0, infinity)})
    EXPECT_EQ(minimize_lbfgs(objective, start).point, expected.point);
}

TEST(Lbfgs, EvaluatesOnceAtAPoint)
{
  std::vector<std::vector<double>> points;
  auto const objective = [&](std::vector<double> const& x, std::vector<double>& gradient) {
    points.push_back(x);
    return rosenbrock(x, gradient);
  };
  auto const result = minimize_lbfgs(objective, rosenbrock_start(4));
  EXPECT_EQ(static_cast<int>(points.size()), result.n_evaluations);
  std::sort(points.begin(), points.end());
  EXPECT_EQ(std::adjacent_find(points.begin(), points.end()), points.end());
}

TEST(Lbfgs, IsTheSameToTheBitEachTime)
{
  auto const one = minimize_lbfgs(rosenbrock, rosenbrock_start(37));
  auto const two = minimize_lbfgs(rosenbrock, rosenbrock_start(37));
  EXPECT_EQ(one.point, two.point);
  EXPECT_EQ(one.value, two.value);
  EXPECT_EQ(one.n_evaluations, two.n_evaluations);
}

TEST(Lbfgs, ReportsAStartWithoutAValue)
{
  auto const result = minimize_lbfgs(half_space, {1, -1});
  EXPECT_EQ(result.status, LbfgsStatus::start_failed);
  EXPECT_EQ(result.point, (std::vector<double>{1, -1}));
  EXPECT_EQ(result.value, infinity);
  EXPECT_EQ(result.gradient_norm, infinity);
  EXPECT_EQ(result.n_evaluations, 1);
  EXPECT_EQ(result.n_failures, 1);
  EXPECT_TRUE(result.trace.empty());
}

TEST(Lbfgs, EndsAtOnceAtAMinimumAndWithoutParameters)
{
  auto const there = minimize_lbfgs(rosenbrock, {1, 1});
  EXPECT_EQ(there.status, LbfgsStatus::converged_gradient);
  EXPECT_EQ(there.n_iterations, 0);
  EXPECT_EQ(there.n_evaluations, 1);

  auto const none = minimize_lbfgs([](auto const& /*x*/, auto& /*gradient*/) { return 4.0; }, {});
  EXPECT_EQ(none.status, LbfgsStatus::converged_gradient);
  EXPECT_EQ(none.value, 4);
  EXPECT_TRUE(none.point.empty());
}

TEST(Lbfgs, StopsAtTheLimitOfIterations)
{
  LbfgsOptions options;
  options.max_iterations = 7;
  auto const result = minimize_lbfgs(rosenbrock, rosenbrock_start(10), options);
  EXPECT_EQ(result.status, LbfgsStatus::iteration_limit);
  EXPECT_EQ(result.n_iterations, 7);
  options.max_iterations = 0;
  EXPECT_EQ(minimize_lbfgs(rosenbrock, rosenbrock_start(10), options).n_evaluations, 1);
}

TEST(Lbfgs, TracesAndCallsBackAfterEachIteration)
{
  std::vector<double> values;
  LbfgsOptions options;
  options.on_iteration = [&](LbfgsIterate const& now) {
    EXPECT_EQ(now.iteration, static_cast<int>(values.size()) + 1);
    std::vector<double> gradient;
    EXPECT_EQ(now.value, rosenbrock(now.point, gradient));
    EXPECT_EQ(now.gradient, gradient);
    values.push_back(now.value);
    return NextIteration::go_on;
  };
  auto const result = minimize_lbfgs(rosenbrock, rosenbrock_start(10), options);
  ASSERT_EQ(result.trace.size(), values.size() + 1);
  EXPECT_EQ(result.n_iterations, static_cast<int>(values.size()));
  for (std::size_t k = 0; k < values.size(); ++k) {
    EXPECT_EQ(result.trace[k + 1].value, values[k]);
    EXPECT_LE(result.trace[k + 1].value, result.trace[k].value);
  }
  EXPECT_EQ(result.trace.back().value, result.value);
  EXPECT_EQ(result.trace.back().gradient_norm, result.gradient_norm);
}

TEST(Lbfgs, StopsWhenToldTo)
{
  LbfgsOptions options;
  options.on_iteration = [](LbfgsIterate const& now) {
    return now.iteration == 3 ? NextIteration::stop : NextIteration::go_on;
  };
  auto const result = minimize_lbfgs(rosenbrock, rosenbrock_start(10), options);
  EXPECT_EQ(result.status, LbfgsStatus::stopped);
  EXPECT_EQ(result.n_iterations, 3);
}

TEST(Lbfgs, ReturnsTheBestPointIfNoLowerOneIsFound)
{
  // The gradient points the wrong way: nothing is found along it.
  auto const objective = [](std::vector<double> const& x, std::vector<double>& gradient) {
    gradient[0] = -2 * (x[0] - 1);
    return (x[0] - 1) * (x[0] - 1);
  };
  auto const result = minimize_lbfgs(objective, {3});
  EXPECT_EQ(result.status, LbfgsStatus::line_search_failed);
  EXPECT_EQ(result.point[0], 3);
  EXPECT_EQ(result.value, 4);
  EXPECT_LE(result.n_evaluations, 21);

  // Failures all around the start.
  auto const island = [](std::vector<double> const& x, std::vector<double>& gradient) {
    gradient[0] = 1;
    return x[0] == 3 ? 5 : infinity;
  };
  auto const alone = minimize_lbfgs(island, {3});
  EXPECT_EQ(alone.status, LbfgsStatus::line_search_failed);
  EXPECT_EQ(alone.value, 5);
  EXPECT_EQ(alone.n_failures, 20);
}

TEST(Lbfgs, LetsExceptionsThrough)
{
  int n_calls = 0;
  auto const objective = [&](std::vector<double> const& x, std::vector<double>& gradient) {
    if (++n_calls == 5) throw std::runtime_error("out of memory");
    return rosenbrock(x, gradient);
  };
  EXPECT_THROW(minimize_lbfgs(objective, rosenbrock_start(2)), std::runtime_error);
}

}  // namespace
