// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "fit_case.hpp"
#include "support/spaces.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/fit/selected_covariance.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using optim::LinearSolveStatus;

template <class ExecSpace>
class SelectedCovarianceTest : public ::testing::Test {
};
TYPED_TEST_SUITE(SelectedCovarianceTest, test::ExecSpaces);

TYPED_TEST(SelectedCovarianceTest, HasTheListedRows)
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
    options.start = file.array(path + "/fit/x").values;
    auto const minimum = find_minimum(space, likelihood, options);
    auto rows = parameters_of_interest(likelihood.parameters(), tensor);
    auto const n = options.start.size();
    rows.push_back(static_cast<std::int64_t>(n) - 1);
    auto const found = selected_covariance(space, likelihood, minimum, rows);
    ASSERT_EQ(found.status, LinearSolveStatus::solved);
    EXPECT_LT(found.distance, 1e-9);
    auto const expected = file.array(path + "/fit/cov").values;
    for (std::size_t k = 0; k < rows.size(); ++k) {
      auto const i = static_cast<std::size_t>(rows[k]);
      for (std::size_t j = 0; j < n; ++j) {
        double const scale = std::sqrt(expected[i * n + i] * expected[j * n + j]);
        EXPECT_NEAR(found.rows[k][j], expected[i * n + j], 1e-6 * scale) << i << ", " << j;
      }
      EXPECT_EQ(found.variances[i], found.rows[k][i]);
    }
  }
}

TYPED_TEST(SelectedCovarianceTest, KnowsVariancesOfItsRowsAlone)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(20);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.frozen = {"s4"};
  auto const minimum = find_minimum(space, likelihood, options);
  auto const found = selected_covariance(space, likelihood, minimum, {0, 5, 7});
  EXPECT_GT(found.variances[0], 0);
  EXPECT_EQ(found.variances[5], 0);  // s4 is frozen
  EXPECT_EQ(found.rows[1], std::vector<double>(21, 0.0));
  EXPECT_EQ(found.rows[0][5], 0);
  EXPECT_GT(found.variances[7], 0);
  EXPECT_TRUE(std::isnan(found.variances[1]));
  // A matrix and its transpose.
  EXPECT_NEAR(found.rows[0][7], found.rows[2][0], 1e-9 * std::fabs(found.rows[0][7]));
}

#ifdef KOVAR_ENABLE_EIGEN
TYPED_TEST(SelectedCovarianceTest, IsTheSameByAnyPreconditioner)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(300);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  auto const minimum = find_minimum(space, likelihood);
  auto const expected = selected_covariance(space, likelihood, minimum, {0, 17});
  SelectedCovarianceOptions options;
  options.preconditioner = {PreconditionerKind::sparse_cholesky, tensor.external_terms, {}};
  auto const found = selected_covariance(space, likelihood, minimum, {0, 17}, options);
  ASSERT_EQ(expected.status, LinearSolveStatus::solved);
  ASSERT_EQ(found.status, LinearSolveStatus::solved);
  EXPECT_LT(found.n_products, expected.n_products / 5);
  for (std::size_t k = 0; k < 2; ++k)
    for (std::size_t j = 0; j < found.rows[k].size(); ++j)
      EXPECT_NEAR(found.rows[k][j], expected.rows[k][j],
                  1e-8 * std::sqrt(expected.variances[k == 0 ? 0 : 17]));
}
#endif

TYPED_TEST(SelectedCovarianceTest, SaysWhatWasNotSolvedAndKeepsTheRest)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(50);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  auto const minimum = find_minimum(space, likelihood);
  SelectedCovarianceOptions options;
  options.solve.max_products = 3;
  auto const found = selected_covariance(space, likelihood, minimum, {2}, options);
  EXPECT_EQ(found.status, LinearSolveStatus::product_limit);
  EXPECT_EQ(found.failed, "the distance to the minimum");
  EXPECT_TRUE(std::isnan(found.distance));
  EXPECT_TRUE(std::isnan(found.variances[2]));
}

// Far from the minimum of asymmetric systematics there is negative curvature.
TYPED_TEST(SelectedCovarianceTest, SaysThatTheHessianIsNotDefinite)
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
  auto const minimum = find_minimum(space, likelihood, options);
  auto const found = selected_covariance(space, likelihood, minimum, {1});
  EXPECT_EQ(found.status, LinearSolveStatus::indefinite);
  EXPECT_STREQ(optim::name_of(found.status), "Hessian not positive definite");
}

TYPED_TEST(SelectedCovarianceTest, RefusesParametersThatAreNone)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(5);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  auto const minimum = find_minimum(space, likelihood);
  try {
    selected_covariance(space, likelihood, minimum, {6});
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "selected_covariance: parameter 6 is asked for and there are 6; count from 0");
  }
}

TEST(FitWithoutHessian, RefusesWhatNeedsTheWholeCovariance)
{
  require_none_without_hessian({});
  auto const refusal = [](std::vector<std::string> const& wanted) {
    try {
      require_none_without_hessian(wanted);
    } catch (InputError const& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal({"impacts"}),
            "fit without the Hessian: impacts needs the covariance of all parameters (only rows of "
            "the parameters of interest are made); leave it out, or fit with the Hessian");
  EXPECT_EQ(refusal({"impacts", "variations"}),
            "fit without the Hessian: impacts, variations need the covariance of all parameters "
            "(only rows of the parameters of interest are made); leave them out, or fit with the "
            "Hessian");
}

}  // namespace
}  // namespace kovar::fit
