// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "support/spaces.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/shared_covariance.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

/// The condition number of the Hessians here, up to 4e4, times the rounding of a factor and an inverse.
constexpr double tolerance = 1e-10;

template <class ExecSpace>
class SharedCovarianceTest : public ::testing::Test {
};
TYPED_TEST_SUITE(SharedCovarianceTest, test::ExecSpaces);

TYPED_TEST(SharedCovarianceTest, IsTheCovarianceOfOneRank)
{
  TypeParam const space;
  for (std::int64_t const n : {1, 2, 20, 150}) {
    auto const tensor = test::chain_problem(n);
    Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
    MinimumOptions options;
    options.trust_region.max_iterations = 1;  // short of the minimum: the distance is not 0
    if (n == 20) options.frozen = {"s4"};
    auto const minimum = find_minimum(space, likelihood, options);
    auto const expected = covariance(space, likelihood, minimum);
    auto const found = shared_covariance(space, likelihood, minimum);
    ASSERT_EQ(expected.bad_minor, 0);
    ASSERT_EQ(found.bad_minor, 0);
    EXPECT_EQ(found.free, expected.free);
    EXPECT_NEAR(found.distance, expected.distance, tolerance * expected.distance);

    auto const expected_variances = variances(space, expected);
    auto const found_variances = variances(found);
    ASSERT_EQ(found_variances.size(), expected_variances.size());
    for (std::size_t i = 0; i < found_variances.size(); ++i)
      EXPECT_NEAR(found_variances[i], expected_variances[i], tolerance * expected_variances[i]);
    for (std::int64_t const parameter : {std::int64_t{0}, n / 2, std::int64_t{5}, n}) {
      if (parameter > n) continue;
      auto const expected_row = covariance_row(space, expected, parameter);
      auto const row = covariance_row(found, parameter);
      ASSERT_EQ(row.size(), expected_row.size());
      double const own = expected_variances[static_cast<std::size_t>(parameter)];
      for (std::size_t j = 0; j < row.size(); ++j)
        EXPECT_NEAR(row[j], expected_row[j], tolerance * std::sqrt(own * expected_variances[j]))
            << parameter << ", " << j;
    }
  }
}

TYPED_TEST(SharedCovarianceTest, SaysOnAllRanksThatTheHessianIsNotDefinite)
{
  TypeParam const space;
  auto tensor = test::chain_problem(2);
  test::HostMatrix hessian(2, 2);
  hessian(0, 1) = hessian(1, 0) = 100;
  tensor.constraint_weights = {1, 1};
  tensor.external_terms[0].hessian = linalg::upper_half(test::sparse(hessian));
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.trust_region.max_iterations = 1;
  auto const at = find_minimum(space, likelihood, options);
  EXPECT_GT(covariance(space, likelihood, at).bad_minor, 0);
  auto const found = shared_covariance(space, likelihood, at);
  EXPECT_EQ(found.bad_minor, covariance(space, likelihood, at).bad_minor);
  try {
    variances(found);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_EQ(error.what(), "variances: there is no covariance of the parameters (leading minor " +
                                std::to_string(found.bad_minor) +
                                " of the Hessian is not positive); fit until it is, or freeze what "
                                "the data do not tell");
  }
}

TYPED_TEST(SharedCovarianceTest, RefusesAParameterThatIsNone)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(2);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  auto const found = shared_covariance(space, likelihood, find_minimum(space, likelihood));
  for (std::int64_t const parameter : {-1, 3}) try {
      covariance_row(found, parameter);
      FAIL() << "no error";
    } catch (InputError const& error) {
      EXPECT_EQ(error.what(),
                "covariance_row: there is no parameter " + std::to_string(parameter) + " among 3");
      EXPECT_TRUE(error.on_all_ranks());
    }
}

}  // namespace
}  // namespace kovar::fit
