// SPDX-License-Identifier: BSD-3-Clause
#include "profile_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/boundary.hpp>
#include <kovar/fit/scan.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitScan : public ::testing::Test {
};
TYPED_TEST_SUITE(FitScan, test::ExecSpaces);

TYPED_TEST(FitScan, HasTheListedValues)
{
  for (auto const& [name, config, parameter] : test::profile_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config + ", " + parameter);
    test::FittedCase<TypeParam> problem(name, config, 1);
    auto const path = problem.path + "/fit/scan/" + parameter;
    auto const values = problem.file.array(path + "/values").values;
    auto const expected = problem.file.array(path + "/dnll").values;
    auto const column = problem.column(parameter);
    auto const i = static_cast<std::size_t>(problem.likelihood.parameters().index(parameter));
    ScanOptions options;
    options.n_points = static_cast<int>(values.size());
    options.range = 2;
    auto const found = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                            parameter, column, options);
    ASSERT_EQ(found.values.size(), values.size());
    for (std::size_t k = 0; k < values.size(); ++k) {
      // The fits end at slightly different minima: their distance times the slope is what is left.
      EXPECT_NEAR(found.values[k], values[k], 1e-5 * std::sqrt(column[i]));
      EXPECT_NEAR(found.loss[k], expected[k], 1e-6 * std::max(1.0, expected[k])) << k;
      EXPECT_EQ(found.status[k], optim::TrustRegionStatus::converged) << k;
    }
  }
}

TYPED_TEST(FitScan, IsTheSameOnAnyGroups)
{
  test::FittedCase<TypeParam> one("bblite", "gamma", 1);
  auto const expected =
      scan(one.space, one.groups, one.likelihood, one.minimum, "tilt", one.column("tilt"));
  ASSERT_EQ(expected.loss.size(), 15U);
  EXPECT_NEAR(expected.values[14] - expected.values[0],
              6 * std::sqrt(one.column(
                      "tilt")[static_cast<std::size_t>(one.likelihood.parameters().index("tilt"))]),
              1e-12);
  EXPECT_NEAR(expected.loss[7], 0, 1e-9);
  for (int const n_groups : {2, 3, 4}) {
    test::FittedCase<TypeParam> several("bblite", "gamma", n_groups);
    ScanOptions options;
    std::vector<std::int64_t> done;
    options.progress = [&](std::int64_t n_done, std::int64_t) { done.push_back(n_done); };
    auto const found = scan(several.space, several.groups, several.likelihood, several.minimum,
                            "tilt", several.column("tilt"), options);
    for (std::size_t k = 0; k < 15; ++k) {
      EXPECT_NEAR(found.values[k], expected.values[k], 1e-6);
      EXPECT_NEAR(found.loss[k], expected.loss[k], 1e-6 * std::max(1.0, expected.loss[k])) << k;
    }
    EXPECT_EQ(done.back(), 15);
    EXPECT_EQ(static_cast<int>(done.size()),
              (14 + several.groups.n_groups()) / several.groups.n_groups());
  }
}

TYPED_TEST(FitScan, TakesAnyNumberOfPoints)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 2);
  auto const column = problem.column("tilt");
  auto const i = static_cast<std::size_t>(problem.likelihood.parameters().index("tilt"));
  for (int const n : {1, 2, 4}) {
    ScanOptions options;
    options.n_points = n;
    options.range = 1;
    auto const found = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                            "tilt", column, options);
    ASSERT_EQ(found.loss.size(), static_cast<std::size_t>(n));
    if (n == 1) {
      EXPECT_EQ(found.values[0], problem.minimum.x[i]);
      EXPECT_NEAR(found.loss[0], 0, 1e-9);
      continue;
    }
    EXPECT_NEAR(found.values.back() - problem.minimum.x[i], std::sqrt(column[i]), 1e-12);
    EXPECT_NEAR(found.loss.front(), 0.5, 0.05);  // nearly a parabola
    EXPECT_NEAR(found.loss.back(), 0.5, 0.05);
  }
}

// A root and its negative are one strength: beyond 0 everything came twice.
TYPED_TEST(FitScan, OfARootEndsAtZero)
{
  for (double const sign : {1.0, -1.0}) {
    test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 1);
    ASSERT_TRUE(problem.likelihood.parameters().strengths_are_squared);
    auto const column = problem.column("sig");
    double const root = std::fabs(problem.minimum.x[0]);
    double const sigma = std::sqrt(column[0]);
    problem.minimum.x[0] = sign * root;
    ScanOptions options;
    options.n_points = 5;
    options.range = 6;
    ASSERT_GT(options.range * sigma, root);
    auto const found = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                            "sig", column, options);
    double const up = 6 * sigma;
    std::vector<double> const expected = {0, root / 2, root, root + up / 2, root + up};
    ASSERT_EQ(found.values.size(), expected.size());
    for (std::size_t k = 0; k < expected.size(); ++k) {
      EXPECT_NEAR(sign * found.values[k], expected[k], 1e-12) << k;
      EXPECT_EQ(found.status[k], optim::TrustRegionStatus::converged) << k;
    }
    EXPECT_GT(found.loss[0], found.loss[1]);
    EXPECT_GT(found.loss[1], 1e-3);
    EXPECT_NEAR(found.loss[2], 0, 1e-9);
    options.range = 1;  // away from 0 nothing is cut
    auto const near = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                           "sig", column, options);
    EXPECT_NEAR(sign * near.values[0], root - sigma, 1e-12);
  }
}

// negative_norm_clipped ends with its strength at 0.
TYPED_TEST(FitScan, OfAStrengthAtZeroGoesUpOnly)
{
  test::FittedCase<TypeParam> problem("negative_norm_clipped", "nominal", 2);
  auto const& name = problem.likelihood.parameters().names[0];
  auto const column = problem.column(name);
  ASSERT_TRUE(is_at_boundary(problem.likelihood.parameters(), 0, problem.minimum.x[0],
                             std::sqrt(column[0])));
  for (int const n : {1, 2, 5}) {
    ScanOptions options;
    options.n_points = n;
    options.range = 2;
    auto const found = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                            name, column, options);
    ASSERT_EQ(found.values.size(), static_cast<std::size_t>(n));
    EXPECT_EQ(found.values[0], problem.minimum.x[0]);
    EXPECT_NEAR(found.loss[0], 0, 1e-9);
    for (std::size_t k = 1; k < found.values.size(); ++k) {
      double const way = 2 * std::sqrt(column[0]) * static_cast<double>(k) / (n - 1);
      EXPECT_NEAR(std::fabs(found.values[k] - problem.minimum.x[0]), way, 1e-12) << k;
      EXPECT_GT(found.loss[k], found.loss[k - 1]) << k;
      EXPECT_EQ(found.status[k], optim::TrustRegionStatus::converged) << k;
    }
  }
}

// Near the minimum the profile of two parameters is the quadratic form of the inverse of their covariance, and
// it is nowhere below that of one of them.
TYPED_TEST(FitScan, OverTwoParametersMeetsThatOverEach)
{
  for (int const n_groups : {1, 2, 3}) {
    test::FittedCase<TypeParam> problem("poi_noi", "negpoi", n_groups);
    std::string const names[2] = {"sig_a", "mass"};
    std::vector<double> const columns[2] = {problem.column(names[0]), problem.column(names[1])};
    ScanOptions options;
    options.n_points = 5;
    options.range = 0.2;
    auto const found = scan_2d(problem.space, problem.groups, problem.likelihood, problem.minimum,
                               names, columns, options);
    ASSERT_EQ(found.loss.size(), 25U);
    for (auto const status : found.status) EXPECT_EQ(status, optim::TrustRegionStatus::converged);
    EXPECT_NEAR(found.loss[12], 0, 1e-9);
    auto const& parameters = problem.likelihood.parameters();
    auto const a = static_cast<std::size_t>(parameters.index(names[0]));
    auto const b = static_cast<std::size_t>(parameters.index(names[1]));
    double const determinant = columns[0][a] * columns[1][b] - columns[0][b] * columns[1][a];
    for (std::size_t k = 0; k < 5; ++k)
      for (std::size_t l = 0; l < 5; ++l) {
        double const u = found.values[0][k] - problem.minimum.x[a];
        double const v = found.values[1][l] - problem.minimum.x[b];
        double const expected =
            (columns[1][b] * u * u - 2 * columns[0][b] * u * v + columns[0][a] * v * v) /
            (2 * determinant);
        // Third derivatives: some per cent at a fifth of a standard deviation.
        EXPECT_NEAR(found.loss[5 * k + l], expected, 0.15 * expected + 1e-9) << k << ", " << l;
      }
    // The row of the first parameter's minimum is lowest near the profile of the second.
    auto const along = scan(problem.space, problem.groups, problem.likelihood, problem.minimum,
                            names[1], columns[1], options);
    for (std::size_t l = 0; l < 5; ++l)
      for (std::size_t k = 0; k < 5; ++k)
        EXPECT_GE(found.loss[5 * k + l], along.loss[l] - 1e-9) << k << ", " << l;
  }
}

TYPED_TEST(FitScan, RefusesWhatCannotBeScanned)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 2);
  auto const column = problem.column("tilt");
  auto const refusal = [&](std::string const& name, std::vector<double> const& of_name,
                           ScanOptions const& options) -> std::string {
    try {
      scan(problem.space, problem.groups, problem.likelihood, problem.minimum, name, of_name,
           options);
    } catch (InputError const& error) {
      return error.what();
    }
    return "no error";
  };
  ScanOptions options;
  EXPECT_EQ(refusal("tillt", column, options),
            "there is no parameter 'tillt'; did you mean 'tilt'?");
  EXPECT_EQ(refusal("tilt", {1}, options),
            "profile: a column of the covariance has 1 numbers for 5 parameters (one each is "
            "needed)");
  EXPECT_EQ(
      refusal("tilt", std::vector<double>(5, 0.0), options),
      "profile: the variance of 'tilt' is 0 (it tells how far to look); scan a parameter that "
      "is free and that the data or a constraint hold");
  options.n_points = 0;
  EXPECT_EQ(refusal("tilt", column, options), "scan: 0 points are asked for; at least 1");
  options.n_points = 3;
  options.range = -1;
  EXPECT_EQ(refusal("tilt", column, options),
            "scan: the range is -1 standard deviations (it must be above 0)");
  std::string const twice[2] = {"tilt", "tilt"};
  std::vector<double> const columns[2] = {column, column};
  try {
    scan_2d(problem.space, problem.groups, problem.likelihood, problem.minimum, twice, columns);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "profile: 'tilt' is named twice (two parameters are scanned)");
  }
}

TYPED_TEST(FitScan, RefusesAFrozenParameter)
{
  test::FittedCase<TypeParam> problem("dense_tiny", "nominal", 1);
  MinimumOptions options;
  options.frozen = {"tilt"};
  problem.minimum = find_minimum(problem.space, problem.likelihood, options);
  problem.covariance = covariance(problem.space, problem.likelihood, problem.minimum);
  auto const column = problem.column("sig");
  auto const tilt = static_cast<std::size_t>(problem.likelihood.parameters().index("tilt"));
  EXPECT_EQ(column[tilt], 0);
  try {
    scan(problem.space, problem.groups, problem.likelihood, problem.minimum, "tilt",
         problem.column("tilt"));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(
        error.what(),
        "profile: the variance of 'tilt' is 0 (it tells how far to look); scan a parameter that "
        "is free and that the data or a constraint hold");
  }
}

}  // namespace
}  // namespace kovar::fit
