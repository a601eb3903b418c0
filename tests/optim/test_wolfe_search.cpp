// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/optim/wolfe_search.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>

namespace {

using kovar::optim::LinePoint;
using kovar::optim::wolfe_search;
using kovar::optim::WolfeOptions;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Counts evaluations of a function of the step.
struct Line {
  std::function<LinePoint(double)> function;
  int n_evaluations = 0;

  LinePoint search(double first_step, WolfeOptions const& options = {})
  {
    auto const at = [this](double step) {
      ++n_evaluations;
      return function(step);
    };
    return wolfe_search(at, function(0), first_step, options);
  }
};

/// (step - 3)^2
LinePoint parabola(double step) { return {step, (step - 3) * (step - 3), 2 * (step - 3)}; }

/// The parabola up to an end, beyond which it fails.
std::function<LinePoint(double)> parabola_until(double end)
{
  return [end](double step) {
    double const nan = std::numeric_limits<double>::quiet_NaN();
    return step > end ? LinePoint{step, infinity, nan} : parabola(step);
  };
}

void expect_strong_wolfe(LinePoint const& found, LinePoint const& start,
                         WolfeOptions const& options)
{
  EXPECT_LE(found.value, start.value + options.sufficient_decrease * found.step * start.slope);
  EXPECT_LE(std::abs(found.slope), options.curvature * std::abs(start.slope));
}

TEST(WolfeSearch, TakesTheFirstStepIfItWillDo)
{
  Line line{parabola};
  EXPECT_EQ(line.search(2).step, 2);
  EXPECT_EQ(line.n_evaluations, 1);
}

TEST(WolfeSearch, FindsTheMinimumOfAParabolaInOneStepBack)
{
  Line line{parabola};
  WolfeOptions options;
  options.curvature = 0.01;
  LinePoint const found = line.search(5.9, options);
  EXPECT_NEAR(found.step, 3, 1e-12);
  EXPECT_EQ(line.n_evaluations, 2);
}

TEST(WolfeSearch, FulfilsTheConditionsFromAnyFirstStep)
{
  // A quartic with two minima and a wave on it.
  auto const function = [](double s) {
    return LinePoint{s, std::pow(s - 2, 4) - 3 * (s - 2) * (s - 2) + 0.3 * std::sin(5 * s),
                     4 * std::pow(s - 2, 3) - 6 * (s - 2) + 1.5 * std::cos(5 * s)};
  };
  for (double const curvature : {0.9, 0.1, 0.001})
    for (double first = 1e-4; first < 1e4; first *= 3) {
      Line line{function};
      WolfeOptions options;
      options.curvature = curvature;
      LinePoint const found = line.search(first, options);
      ASSERT_GT(found.step, 0) << "first step " << first;
      expect_strong_wolfe(found, function(0), options);
      EXPECT_LE(line.n_evaluations, 20);
    }
}

TEST(WolfeSearch, GoesFartherWhileTheFunctionFalls)
{
  Line line{parabola};
  LinePoint const found = line.search(1e-3);
  expect_strong_wolfe(found, parabola(0), {});
  EXPECT_LE(line.n_evaluations, 6);
}

TEST(WolfeSearch, StopsAtTheLongestStepWhereTheFunctionStillFalls)
{
  Line line{parabola};
  WolfeOptions options;
  options.curvature = 0.1;
  options.max_step = 1.5;
  EXPECT_EQ(line.search(1, options).step, 1.5);
  EXPECT_EQ(line.n_evaluations, 2);
}

TEST(WolfeSearch, StepsBackFromFailuresToAFiniteValue)
{
  for (double const end : {2.9, 1.0, 1e-3}) {
    Line line{parabola_until(end)};
    LinePoint const found = line.search(100);
    EXPECT_GT(found.step, end / 4) << "end " << end;
    EXPECT_LE(found.step, end);
    EXPECT_LT(found.value, 9);
  }
}

TEST(WolfeSearch, DoesNotSearchOnAtTheBrinkOfFailure)
{
  // It falls all the way to where it fails: no step is flat, and the first one that falls is taken.
  Line line{parabola_until(0.1)};
  EXPECT_GT(line.search(1).step, 0);
  EXPECT_EQ(line.n_evaluations, 3);  // 1, 1/4, 1/16
}

TEST(WolfeSearch, GivesUpAfterItsEvaluations)
{
  Line line{parabola_until(0)};
  EXPECT_EQ(line.search(1).step, 0);
  EXPECT_EQ(line.n_evaluations, 20);

  Line rising{[](double step) { return LinePoint{step, step, -1}; }};  // the slope is wrong
  EXPECT_EQ(rising.search(1).step, 0);
  EXPECT_LE(rising.n_evaluations, 20);
}

TEST(WolfeSearch, GoesBySlopesWhereValuesAreRoundings)
{
  // The value rises by less than the noise; the slope falls to a tenth.
  auto const line = [](double step) {
    return LinePoint{step, 1 + 1e-13 * step, -1e-9 * (1 - 0.9 * step)};
  };
  Line rounded{line};
  EXPECT_EQ(rounded.search(1).step, 1);
  EXPECT_EQ(rounded.n_evaluations, 1);

  WolfeOptions options;
  options.noise = 0;
  Line exact{line};
  EXPECT_EQ(exact.search(1, options).step, 0);
}

TEST(WolfeSearch, TakesWhatFallsIfEvaluationsRunOut)
{
  Line line{parabola};
  WolfeOptions options;
  options.curvature = 1e-3;
  options.max_evaluations = 2;
  LinePoint const found = line.search(1e-3, options);
  EXPECT_EQ(line.n_evaluations, 2);
  EXPECT_GT(found.step, 1e-3);
  EXPECT_LT(found.value, 9);
}

}  // namespace
