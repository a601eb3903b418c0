// SPDX-License-Identifier: BSD-3-Clause
#include "fit_case.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/minimum.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kovar::fit {
namespace {

template <class ExecSpace>
class FitMinimumOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(FitMinimumOracle, test::ExecSpaces);

// The listed minimum that a fit ended in: the one of the nearest value.
std::size_t nearest_minimum(std::vector<double> const& values, double value)
{
  std::size_t nearest = 0;
  for (std::size_t k = 1; k < values.size(); ++k)
    if (std::fabs(values[k] - value) < std::fabs(values[nearest] - value)) nearest = k;
  return nearest;
}

// A root and its negative are the same strength.
double distance(Parameters const& parameters, std::size_t i, double a, double b)
{
  bool const is_root =
      parameters.strengths_are_squared && static_cast<std::int64_t>(i) < parameters.n_strengths;
  return is_root ? std::fabs(std::fabs(a) - std::fabs(b)) : std::fabs(a - b);
}

TYPED_TEST(FitMinimumOracle, IsOneOfTheListed)
{
  TypeParam const space;
  for (auto const& [name, config] : test::fit_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto const tensor = test::tensor_of(file);
    std::string const path = std::string("config/") + config;
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), file, config, tensor);
    MinimumOptions options;
    options.frozen = test::frozen_of(file, path);
    auto const found = find_minimum(space, likelihood, options);
    EXPECT_EQ(found.search.status, optim::TrustRegionStatus::converged);
    EXPECT_LT(found.search.distance, 1e-9);

    auto const values = file.array(path + "/fit/local_minima_nll").values;
    auto const points = file.array(path + "/fit/local_minima_x");
    auto const n = static_cast<std::size_t>(points.shape[1]);
    std::size_t const nearest = nearest_minimum(values, found.loss.total());
    EXPECT_NEAR(found.loss.total(), values[nearest], 1e-8);
    auto const covariance = file.array(path + "/fit/cov").values;
    for (std::size_t i = 0; i < n; ++i) {
      double const sigma = std::sqrt(covariance[i * n + i]);
      double const expected = points.values[nearest * n + i];
      EXPECT_LE(distance(likelihood.parameters(), i, found.x[i], expected),
                sigma > 0 ? 1e-4 * sigma : 0)
          << likelihood.parameters().names[i];
    }
  }
}

TYPED_TEST(FitMinimumOracle, HasTheListedHessianAndCovariance)
{
  TypeParam const space;
  for (auto const& [name, config] : test::fit_cases) {
    SCOPED_TRACE(std::string(name) + ", " + config);
    test::OracleFile const file("binned_fit/" + std::string(name) + ".h5");
    auto const tensor = test::tensor_of(file);
    std::string const path = std::string("config/") + config;
    auto likelihood = test::likelihood_of(space, dist::Communicator::world(), file, config, tensor);
    MinimumOptions options;
    options.frozen = test::frozen_of(file, path);
    options.start = file.array(path + "/fit/x").values;  // of several minima the listed one
    auto const minimum = find_minimum(space, likelihood, options);
    auto const found = covariance(space, likelihood, minimum);
    ASSERT_EQ(found.bad_minor, 0);
    EXPECT_LT(found.distance, 1e-9);
    auto const expected = file.array(path + "/fit/cov").values;
    auto const n = options.start.size();
    auto const matrix = test::to_host(found.matrix);
    auto const n_free = static_cast<std::int64_t>(minimum.free.size());
    for (std::int64_t i = 0; i < n_free; ++i)
      for (std::int64_t j = 0; j < n_free; ++j) {
        auto const row = static_cast<std::size_t>(minimum.free[static_cast<std::size_t>(i)]);
        auto const column = static_cast<std::size_t>(minimum.free[static_cast<std::size_t>(j)]);
        double const scale = std::sqrt(expected[row * n + row] * expected[column * n + column]);
        EXPECT_NEAR(matrix(i, j), expected[row * n + column], 1e-6 * scale)
            << row << ", " << column;
      }
  }
}

TYPED_TEST(FitMinimumOracle, NamesBinsWithDataThatNothingIsExpectedIn)
{
  TypeParam const space;
  test::OracleFile const file("binned_fit/dense_tiny.h5");
  auto tensor = test::tensor_of(file);
  auto const options = test::options_of(file, "nominal", tensor);
  for (std::size_t e = 0; e < tensor.entry_yield.size(); ++e)
    if (e >= static_cast<std::size_t>(tensor.bin_start[2]) &&
        e < static_cast<std::size_t>(tensor.bin_start[3]))
      tensor.entry_yield[e] = 0;
  tensor.data[2] = 17;
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, options);
  try {
    find_minimum(space, likelihood);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "fit: at the start no events are expected in bins that have some: 2 (17 events, 0 "
                 "expected); add a background, mask these bins or start elsewhere");
  }
}

}  // namespace
}  // namespace kovar::fit
