// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/minimum.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using optim::TrustRegionStatus;

template <class ExecSpace>
class FitMinimum : public ::testing::Test {
};
TYPED_TEST_SUITE(FitMinimum, test::ExecSpaces);

/// Chi square, strengths as they are, additive systematics.
LikelihoodOptions linear_options(BinConstraint constraint)
{
  LikelihoodOptions options;
  options.data_term = DataTerm::chi_square;
  options.parameters.signal_range = SignalRange::any;
  options.bin_statistics.constraint = constraint;
  return options;
}

TemplateTensor linear_problem(std::int64_t n)
{
  auto tensor = test::chain_problem(n);
  tensor.type = SystematicType::additive;
  for (std::size_t k = 0; k < tensor.variations.value.extent(0); ++k)
    tensor.variations.value(k) *= 200;
  return tensor;
}

TYPED_TEST(FitMinimum, KnowsWhatIsQuadratic)
{
  TypeParam const space;
  auto const is_quadratic = [&](TemplateTensor const& tensor, LikelihoodOptions const& options) {
    return Likelihood<TypeParam>(space, dist::Communicator::world(), tensor, options)
        .is_quadratic();
  };
  auto const linear = linear_problem(3);
  EXPECT_TRUE(is_quadratic(linear, linear_options(BinConstraint::none)));
  EXPECT_TRUE(is_quadratic(linear, linear_options(BinConstraint::normal_additive)));
  EXPECT_FALSE(is_quadratic(linear, linear_options(BinConstraint::gamma)));
  auto options = linear_options(BinConstraint::none);
  options.parameters.signal_range = SignalRange::not_negative;
  EXPECT_FALSE(is_quadratic(linear, options));
  options.parameters.model = ParameterModel::ones;  // no strength, no root
  EXPECT_TRUE(is_quadratic(linear, options));
  options = linear_options(BinConstraint::none);
  options.data_term = DataTerm::poisson;
  EXPECT_FALSE(is_quadratic(linear, options));
  EXPECT_FALSE(is_quadratic(test::chain_problem(3), linear_options(BinConstraint::none)));
}

TYPED_TEST(FitMinimum, TakesOneStepWhereTheLikelihoodIsQuadratic)
{
  TypeParam const space;
  auto const tensor = linear_problem(80);
  for (auto const constraint : {BinConstraint::none, BinConstraint::normal_additive}) {
    Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor,
                                     linear_options(constraint));
    auto const found = find_minimum(space, likelihood);
    EXPECT_EQ(found.search.status, TrustRegionStatus::converged);
    EXPECT_EQ(found.search.n_iterations, 1);
    EXPECT_EQ(found.search.n_values, 2);
    EXPECT_LT(covariance(space, likelihood, found).distance, 1e-12);
    MinimumOptions many;
    many.steps = NewtonSteps::many;
    auto const expected = find_minimum(space, likelihood, many);
    EXPECT_GT(expected.search.n_iterations, 1);
    for (std::size_t i = 0; i < found.x.size(); ++i) EXPECT_NEAR(found.x[i], expected.x[i], 1e-6);
  }
}

TYPED_TEST(FitMinimum, TakesOneStepOfAnyLikelihoodOnDemand)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(30);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.steps = NewtonSteps::one;
  auto const found = find_minimum(space, likelihood, options);
  EXPECT_EQ(found.search.n_iterations, 1);
  auto const expected = find_minimum(space, likelihood);
  EXPECT_GT(found.loss.total(), expected.loss.total());
  EXPECT_LT(found.loss.total(), expected.search.trace.front().value + 1);
  EXPECT_NEAR(found.x[0], expected.x[0], 0.1);
}

TYPED_TEST(FitMinimum, NamesParametersThatNothingDependsOn)
{
  TypeParam const space;
  auto tensor = test::chain_problem(30);
  tensor.systematics.insert(tensor.systematics.begin(), "idle");
  tensor.constraint_weights.insert(tensor.constraint_weights.begin(), 0);
  auto& variations = tensor.variations;
  variations.n_columns = 31;
  for (std::size_t k = 0; k < variations.column.extent(0); ++k) ++variations.column(k);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  try {
    find_minimum(space, likelihood);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "fit: nothing at the start depends on 'idle' (no bin, no constraint, no external "
                 "Hessian: any value is as good as any other); freeze what changes nothing or "
                 "constrain it");
  }
  MinimumOptions options;
  options.frozen = {"idle"};
  EXPECT_EQ(find_minimum(space, likelihood, options).search.status, TrustRegionStatus::converged);
}

// Whatever is asked of it, a fit that is not done says so and keeps the best point.
TYPED_TEST(FitMinimum, KeepsTheBestPointAtALimit)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(90);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.trust_region.max_iterations = 2;
  auto const found = find_minimum(space, likelihood, options);
  EXPECT_EQ(found.search.status, TrustRegionStatus::iteration_limit);
  EXPECT_EQ(found.search.trace.size(), 2U);
  EXPECT_NEAR(found.loss.total(), found.search.trace.back().value, 1e-9);
}

TYPED_TEST(FitMinimum, RefusesCheckpointsWithoutIterationsBetween)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(3);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.n_iterations_to_checkpoint = 0;
  try {
    find_minimum(space, likelihood, options);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "find_minimum: 0 iterations to a checkpoint (one at least lies between two)");
  }
}

}  // namespace
}  // namespace kovar::fit
