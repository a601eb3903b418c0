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

TYPED_TEST(FitMinimum, OfAnEarlierFitIsTheSame)
{
  TypeParam const space;
  auto const tensor = test::chain_problem(3);
  Likelihood<TypeParam> likelihood(space, dist::Communicator::world(), tensor, {});
  MinimumOptions options;
  options.frozen = {"s1"};
  auto const expected = find_minimum(space, likelihood, options);
  Likelihood<TypeParam> other(space, dist::Communicator::world(), tensor, {});
  auto const found = minimum_at(space, other, expected.x, options.frozen);
  EXPECT_EQ(found.search.status, TrustRegionStatus::converged);
  EXPECT_EQ(found.x, expected.x);
  EXPECT_EQ(found.free, expected.free);
  EXPECT_EQ(found.gradient, expected.gradient);  // the same sums
  EXPECT_EQ(found.loss.total(), expected.loss.total());
  EXPECT_EQ(found.search.value, found.loss.total());
  EXPECT_EQ(covariance(space, other, found).distance,
            covariance(space, likelihood, expected).distance);
  try {
    minimum_at(space, other, {1, 2});
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "likelihood: x has 2 entries for 4 parameters (one each is needed)");
  }
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

/// What find_minimum() refuses, or "nothing".
template <class ExecSpace>
std::string refusal(TemplateTensor const& tensor, MinimumOptions const& options = {})
{
  ExecSpace const space;
  Likelihood<ExecSpace> likelihood(space, dist::Communicator::world(), tensor, {});
  try {
    find_minimum(space, likelihood, options);
  } catch (InputError const& error) {
    return error.what();
  }
  return "nothing";
}

/// The chain with one free systematic more, the first, which changes nothing and stands in no term.
TemplateTensor with_idle_systematic()
{
  auto tensor = test::chain_problem(30);
  tensor.systematics.insert(tensor.systematics.begin(), "idle");
  tensor.constraint_weights.insert(tensor.constraint_weights.begin(), 0);
  auto& variations = tensor.variations;
  variations.n_columns = 31;
  for (std::size_t k = 0; k < variations.column.extent(0); ++k) ++variations.column(k);
  return tensor;
}

TYPED_TEST(FitMinimum, NamesFreeParametersThatNothingHolds)
{
  auto tensor = with_idle_systematic();
  EXPECT_EQ(refusal<TypeParam>(tensor),
            "fit: nothing holds the free parameter 'idle' (no yield of a fitted bin, constraint or "
            "external Hessian knows it); freeze or remove it");
  MinimumOptions options;
  options.frozen = {"idle"};
  EXPECT_EQ(refusal<TypeParam>(tensor, options), "nothing");
  tensor.constraint_weights[0] = 1;
  EXPECT_EQ(refusal<TypeParam>(tensor), "nothing");
}

// Up and down the same: at 0 the smooth magnitude has no slope.
TYPED_TEST(FitMinimum, NamesFreeParametersThatMatterNotAtTheStart)
{
  auto tensor = with_idle_systematic();
  tensor.is_symmetric = false;
  auto const means = test::dense(tensor.variations);
  test::HostMatrix variations(means.n_rows, 2 * means.n_cols);
  for (std::int64_t i = 0; i < means.n_rows; ++i)
    for (std::int64_t j = 0; j < means.n_cols; ++j) variations(i, j) = means(i, j);
  variations(7, means.n_cols) = 0.2;
  tensor.variations = test::sparse(variations);
  EXPECT_EQ(refusal<TypeParam>(tensor),
            "fit: nothing at the start depends on 'idle' (to first order no bin, and no constraint "
            "and no external Hessian does); start elsewhere, constrain or freeze it");
  MinimumOptions options;
  options.start = std::vector<double>(32, 0.1);
  options.start[0] = 1;
  EXPECT_EQ(refusal<TypeParam>(tensor, options), "nothing");
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
