// SPDX-License-Identifier: BSD-3-Clause
#include "profile_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/interval.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitInterval : public ::testing::Test {
};
TYPED_TEST_SUITE(FitInterval, test::ExecSpaces);

template <class ExecSpace>
Interval interval_of(test::FittedCase<ExecSpace>& problem, std::string const& parameter,
                     IntervalOptions const& options = {})
{
  return interval(problem.space, problem.groups, problem.likelihood, problem.minimum, parameter,
                  problem.column(parameter), options);
}

TYPED_TEST(FitInterval, IsTheListedOneWithAllParametersAtItsEnds)
{
  for (auto const& [name, config, parameter] : test::profile_cases)
    for (int const n_groups : {1, 2}) {
      SCOPED_TRACE(std::string(name) + ", " + config + ", " + parameter);
      test::FittedCase<TypeParam> problem(name, config, n_groups);
      auto const path = problem.path + "/fit/scan/" + parameter;
      auto const offsets = problem.file.array(path + "/interval_1sigma").values;
      auto const contour = problem.file.array(path + "/contour_x");
      auto const found = interval_of(problem, parameter);
      auto const n = static_cast<std::size_t>(contour.shape[1]);
      auto const i = static_cast<std::size_t>(problem.likelihood.parameters().index(parameter));
      auto const covariance = problem.file.array(problem.path + "/fit/cov").values;
      auto const listed = problem.file.array(problem.path + "/fit/x").values[i];
      std::size_t row = 0;
      for (auto const& end : {found.lower, found.upper}) {
        EXPECT_EQ(end.status, CrossingStatus::found);
        EXPECT_NEAR(2 * end.loss, 1, 1e-8);
        EXPECT_EQ(end.value, end.x[i]);
        EXPECT_LE(end.n_refits, 8);
        double const sigma = std::sqrt(covariance[i * n + i]);
        EXPECT_NEAR(end.value, listed + offsets[row], 1e-6 * sigma);
        for (std::size_t j = 0; j < n; ++j) {
          double const scale = std::sqrt(covariance[j * n + j]);
          EXPECT_NEAR(end.x[j], contour.values[row * n + j], 1e-4 * scale)
              << problem.likelihood.parameters().names[j];
        }
        ++row;
      }
    }
}

TYPED_TEST(FitInterval, GrowsWithItsLevel)
{
  test::FittedCase<TypeParam> problem("bblite", "gamma", 1);
  double last = 0;
  for (double const level : {0.01, 1.0, 3.84, 25.0}) {
    IntervalOptions options;
    options.level = level;
    auto const found = interval_of(problem, "tilt", options);
    EXPECT_EQ(found.level, level);
    EXPECT_EQ(found.upper.status, CrossingStatus::found);
    EXPECT_EQ(found.lower.status, CrossingStatus::found);
    EXPECT_NEAR(2 * found.upper.loss, level, 1e-8 * std::max(1.0, level));
    EXPECT_GT(found.upper.value - found.lower.value, last);
    last = found.upper.value - found.lower.value;
  }
}

/// One bin of one signal without background: the likelihood of the strength mu is that of a single count.
TemplateTensor counting_problem(double n, double expected)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  TemplateTensor t;
  t.channels = {{"only", 0, 1}};
  t.processes = {"signal"};
  t.n_signals = 1;
  t.n_bins = 1;
  t.data = {n};
  t.bin_start = {0, 1};
  t.entry_process = {0};
  t.entry_yield = {expected};
  t.sum_of_weights = {expected};
  t.sum_of_squared_weights = {0};
  t.variations.n_columns = 0;
  t.variations.row_start = Vector<std::int64_t, Host>("test::row_start", 2);
  return t;
}

template <class ExecSpace>
Interval counting_interval(double n, double expected, SignalRange range,
                           IntervalOptions const& options)
{
  ExecSpace const space;
  auto const tensor = counting_problem(n, expected);
  LikelihoodOptions likelihood_options;
  likelihood_options.parameters.signal_range = range;
  dist::RankGroups const groups(dist::Communicator::world(), 2);
  Likelihood<ExecSpace> likelihood(space, groups.mine(), tensor, likelihood_options);
  auto const minimum = find_minimum(space, likelihood);
  auto const found = covariance(space, likelihood, minimum);
  return interval(space, groups, likelihood, minimum, "signal", covariance_row(space, found, 0),
                  options);
}

// The roots of 2 (mu s - n - n ln(mu s / n)) = q, by bisection.
double counting_root(double n, double s, double q, double low, double high)
{
  auto const rise = [&](double mu) { return 2 * (mu * s - n - n * std::log(mu * s / n)) - q; };
  for (int k = 0; k < 200; ++k) {
    double const middle = (low + high) / 2;
    ((rise(middle) > 0) == (rise(high) > 0) ? high : low) = middle;
  }
  return low;
}

// Far from a parabola: three counts, four standard deviations.
TYPED_TEST(FitInterval, OfASingleCountIsThatOfItsClosedForm)
{
  for (double const q : {1.0, 4.0, 16.0}) {
    IntervalOptions options;
    options.level = q;
    double const n = 3;
    double const s = 2;
    double const lower = counting_root(n, s, q, 1e-12, n / s);
    double const upper = counting_root(n, s, q, n / s, 100);
    auto const plain = counting_interval<TypeParam>(n, s, SignalRange::any, options);
    EXPECT_EQ(plain.lower.status, CrossingStatus::found);
    EXPECT_EQ(plain.upper.status, CrossingStatus::found);
    EXPECT_NEAR(plain.lower.value, lower, 1e-7 * lower);
    EXPECT_NEAR(plain.upper.value, upper, 1e-7 * upper);
    auto const root = counting_interval<TypeParam>(n, s, SignalRange::not_negative, options);
    EXPECT_EQ(root.lower.status, CrossingStatus::found);
    EXPECT_NEAR(root.lower.value * root.lower.value, lower, 1e-7 * lower);
    EXPECT_NEAR(root.upper.value * root.upper.value, upper, 1e-7 * upper);
  }
}

// negative_norm_clipped ends with its strength at 0.
TYPED_TEST(FitInterval, OfAStrengthAtZeroHasNoLowerEnd)
{
  test::FittedCase<TypeParam> problem("negative_norm_clipped", "nominal", 1);
  auto const& parameters = problem.likelihood.parameters();
  auto const& name = parameters.names[0];
  ASSERT_TRUE(parameters.strengths_are_squared);
  ASSERT_NEAR(problem.minimum.x[0], 0, 1e-5);
  auto const found = interval_of(problem, name);
  EXPECT_EQ(found.lower.status, CrossingStatus::at_boundary);
  EXPECT_NEAR(found.lower.value, 0, 1e-12);
  EXPECT_EQ(found.upper.status, CrossingStatus::found);
  EXPECT_GT(found.upper.value, 0);
  EXPECT_NEAR(2 * found.upper.loss, 1, 1e-8);
}

TYPED_TEST(FitInterval, SaysWhereNothingIsCrossed)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 2);
  IntervalOptions options;
  options.level = 9;
  // Far too narrow a variance: 10 of its guesses are not where the profile rises.
  auto column = problem.column("tilt");
  for (double& c : column) c *= 1e-4;
  options.max_range = 10;
  auto const found = interval(problem.space, problem.groups, problem.likelihood, problem.minimum,
                              "tilt", column, options);
  EXPECT_EQ(found.lower.status, CrossingStatus::no_crossing);
  EXPECT_EQ(found.upper.status, CrossingStatus::no_crossing);
  EXPECT_LT(2 * found.upper.loss, 9);
  options.max_range = 100;
  options.max_refits = 2;
  EXPECT_EQ(interval(problem.space, problem.groups, problem.likelihood, problem.minimum, "tilt",
                     column, options)
                .upper.status,
            CrossingStatus::refit_failed);
}

TYPED_TEST(FitInterval, FindsItsWayFromABadVariance)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 1);
  auto const expected = interval_of(problem, "tilt");
  for (double const factor : {0.01, 100.0}) {
    auto column = problem.column("tilt");
    for (double& c : column) c *= factor;
    auto const found = interval(problem.space, problem.groups, problem.likelihood, problem.minimum,
                                "tilt", column);
    EXPECT_EQ(found.upper.status, CrossingStatus::found);
    EXPECT_NEAR(found.upper.value, expected.upper.value, 1e-7);
    EXPECT_NEAR(found.lower.value, expected.lower.value, 1e-7);
  }
}

TYPED_TEST(FitInterval, SaysThatTheMinimumWasNone)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 1);
  auto const column = problem.column("tilt");
  problem.minimum.loss.data += 10;
  auto const found =
      interval(problem.space, problem.groups, problem.likelihood, problem.minimum, "tilt", column);
  EXPECT_EQ(found.upper.status, CrossingStatus::lower_minimum);
  EXPECT_EQ(found.upper.x.size(), problem.minimum.x.size());
}

TYPED_TEST(FitInterval, RefusesWhatHasNone)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 2);
  auto const refusal = [&](IntervalOptions const& options) -> std::string {
    try {
      interval_of(problem, "tilt", options);
    } catch (InputError const& error) {
      return error.what();
    }
    return "no error";
  };
  IntervalOptions options;
  options.level = 0;
  EXPECT_EQ(refusal(options), "interval: the level is 0 (the loss rises from 0); give one above 0");
  options = {};
  options.max_range = 0.5;
  EXPECT_EQ(refusal(options),
            "interval: the range is 0.5 (it counts Gaussian distances); give at least 1");
  options = {};
  options.max_refits = 0;
  EXPECT_EQ(refusal(options), "interval: 0 refits are allowed; at least 1");
}

}  // namespace
}  // namespace kovar::fit
