// SPDX-License-Identifier: BSD-3-Clause
// Leave-one-out predictions against posteriors without the point; gradients against differences.

#include "plain_process.hpp"
#include "support/typed.hpp"

#include <kovar/gp/leave_one_out.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

namespace {

using namespace kovar;

template <class On>
class LeaveOneOutOn : public ::testing::Test {
};
TYPED_TEST_SUITE(LeaveOneOutOn, test::ScalarsAndSpaces);

template <class On>
using LeaveOneOutOf = gp::LeaveOneOut<typename On::Scalar, typename On::ExecSpace>;

template <class On>
LeaveOneOutOf<On> make(test::PlainData const& data, gp::Model const& model,
                       gp::TrainingOptions const& options = {})
{
  return LeaveOneOutOf<On>(
      {}, test::to_training_set<typename On::Scalar, typename On::ExecSpace>(data), model, options);
}

/// Sum over the targets of the pseudo-likelihood, from the inverse of K^.
double plain_pseudo_likelihood(gp::Model const& model, test::PlainData const& data)
{
  std::int64_t const n = data.n();
  auto const l = test::slow_cholesky(test::plain_noisy_covariance(model, data));
  test::HostMatrix unit(n, n);
  for (std::int64_t i = 0; i < n; ++i) unit(i, i) = 1;
  auto const inverse = test::plain_backward(l, test::plain_forward(l, unit));
  auto const alpha = test::product(inverse, test::plain_residual(model, data));
  double sum = 0;
  for (std::int64_t t = 0; t < alpha.n_cols; ++t) {
    sum += gp::log_prior(model);
    for (std::int64_t i = 0; i < n; ++i) {
      double const kappa = inverse(i, i);
      sum += 0.5 * (std::log(kappa) - alpha(i, t) * alpha(i, t) / kappa - std::log(2 * M_PI));
    }
  }
  return sum / static_cast<double>(n);
}

/// Derivative of the pseudo-likelihood by a number, by central differences.
template <class Change>
double difference(gp::Model const& model, test::PlainData const& data, Change const& change)
{
  double const step = 1e-5;
  double value[2];
  for (int side = 0; side < 2; ++side) {
    gp::Model changed_model = model;
    test::PlainData changed_data = data;
    change(changed_model, changed_data, side == 0 ? -step : step);
    value[side] = plain_pseudo_likelihood(changed_model, changed_data);
  }
  return (value[1] - value[0]) / (2 * step);
}

gp::Model with_priors(gp::Model model)
{
  for (auto const& named : gp::parameters_of(model))
    named.parameter->prior = gp::Prior::normal(0.3, 2);
  return model;
}

template <class On>
void compare_gradient(gp::Model const& model, std::int64_t n, std::int64_t q)
{
  SCOPED_TRACE("n = " + std::to_string(n));
  auto data = test::random_data(n, 3, q, 3);
  data.x = test::as<typename On::Scalar>(data.x);
  data.y = test::as<typename On::Scalar>(data.y);
  data.noise_variance.assign(static_cast<std::size_t>(n), 0.25);
  gp::LikelihoodGradient gradient;
  gradient.wants_inputs = true;

  auto const value = make<On>(data, model).evaluate({}, model, gradient);

  // Differences are right to 1e-8; in float, K^ with its noise of 0.3 has a condition of some hundreds.
  double const tolerance = std::max(1e-7, 1e4 * On::epsilon);
  EXPECT_NEAR(value.total(), plain_pseudo_likelihood(model, data), tolerance);
  auto const values = gp::values_of(model);
  ASSERT_EQ(gradient.values.size(), values.size());
  for (std::size_t k = 0; k < values.size(); ++k)
    EXPECT_NEAR(gradient.values[k],
                difference(model, data,
                           [&](gp::Model& changed, test::PlainData&, double step) {
                             auto moved = values;
                             moved[k] += step;
                             gp::set_values(changed, moved);
                           }),
                tolerance)
        << "value " << k;
  for (std::int64_t i = 0; i < n; i += std::max<std::int64_t>(1, n - 1)) {  // the first, the last
    auto const row = static_cast<std::size_t>(i);
    for (std::int64_t t = 0; t < q; ++t)
      EXPECT_NEAR(gradient.y[static_cast<std::size_t>(t * n + i)],
                  difference(model, data,
                             [&](gp::Model&, test::PlainData& changed, double step) {
                               changed.y(i, t) += step;
                             }),
                  tolerance)
          << "y " << i << ", " << t;
    EXPECT_NEAR(gradient.noise_variance[row],
                difference(model, data,
                           [&](gp::Model&, test::PlainData& changed, double step) {
                             changed.noise_variance[row] += step;
                           }),
                tolerance)
        << "noise " << i;
    for (std::int64_t c = 0; c < 3; ++c)
      EXPECT_NEAR(gradient.x[static_cast<std::size_t>(i * 3 + c)],
                  difference(model, data,
                             [&](gp::Model&, test::PlainData& changed, double step) {
                               changed.x(i, c) += step;
                             }),
                  tolerance)
          << "x " << i << ", " << c;
  }
}

TYPED_TEST(LeaveOneOutOn, PredictsAsWithoutThePoint)
{
  using Scalar = typename TypeParam::Scalar;
  gp::Model const model = test::models_of_three_columns()[1].second;
  double const tolerance = 1e5 * TypeParam::epsilon;  // a condition of some thousands
  std::int64_t const n = 30;
  auto data = test::random_data(n, 3, 2, 3);
  data.x = test::as<Scalar>(data.x);
  data.y = test::as<Scalar>(data.y);

  auto const value = make<TypeParam>(data, model).evaluate({}, model);

  for (std::int64_t const i : {0, 11, 29}) {
    test::PlainData others = {test::HostMatrix(n - 1, 3), test::HostMatrix(n - 1, 2), {}};
    for (std::int64_t k = 0; k + 1 < n; ++k) {
      for (std::int64_t c = 0; c < 3; ++c) others.x(k, c) = data.x(k < i ? k : k + 1, c);
      for (std::int64_t t = 0; t < 2; ++t) others.y(k, t) = data.y(k < i ? k : k + 1, t);
    }
    auto const expected = test::plain_prediction(model, others, test::some_rows(data.x, i, i + 1));
    double const variance =
        expected.covariance(0, 0) + 0.05;  // the noise of models_of_three_columns
    EXPECT_NEAR(value.variance[std::size_t(i)], variance, tolerance);
    for (std::int64_t t = 0; t < 2; ++t) {
      double const miss = data.y(i, t) - expected.mean(0, t);
      EXPECT_NEAR(value.mean[std::size_t(t * n + i)], expected.mean(0, t), tolerance);
      EXPECT_NEAR(value.log_density[std::size_t(t * n + i)],
                  -0.5 * (std::log(2 * M_PI * variance) + miss * miss / variance), tolerance);
    }
  }
}

TYPED_TEST(LeaveOneOutOn, OfOnePointIsThePrior)
{
  gp::Model const model = test::models_of_three_columns()[0].second;
  auto const value = make<TypeParam>(test::random_data(1, 3, 1, 3), model).evaluate({}, model);
  EXPECT_NEAR(value.mean[0], 0, 10 * TypeParam::epsilon);
  EXPECT_NEAR(value.variance[0], 1.6 + 0.05, 10 * TypeParam::epsilon);
}

TYPED_TEST(LeaveOneOutOn, GradientsAreDifferencesWithKernelsAndMeansOfManyKinds)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    compare_gradient<TypeParam>(with_priors(model), 20, 2);
  }
}

TYPED_TEST(LeaveOneOutOn, GradientsAreDifferencesAtAwkwardSizes)
{
  for (std::int64_t const n : {1, 63, 64, 65, 130})
    compare_gradient<TypeParam>(test::models_of_three_columns()[0].second, n, 1);
}

TYPED_TEST(LeaveOneOutOn, RepeatsItselfBitForBit)
{
  gp::Model const model = test::models_of_three_columns()[2].second;
  auto leave_one_out = make<TypeParam>(test::random_data(70, 3, 1, 3), model);
  gp::LikelihoodGradient first;
  gp::LikelihoodGradient second;
  first.wants_inputs = second.wants_inputs = true;
  auto const once = leave_one_out.evaluate({}, model, first);
  auto const twice = leave_one_out.evaluate({}, model, second);
  EXPECT_EQ(once.log_density, twice.log_density);
  EXPECT_EQ(first.values, second.values);
  EXPECT_EQ(first.x, second.x);
}

TYPED_TEST(LeaveOneOutOn, LeavesOutPointsThatMissATargetAndDividesByAll)
{
  gp::Model const model = test::models_of_three_columns()[0].second;
  auto data = test::random_data(21, 3, 1, 3);
  data.y(20, 0) = std::numeric_limits<double>::quiet_NaN();
  gp::TrainingOptions options;
  options.missing = gp::MissingTargets::drop;
  test::PlainData const others = {
      test::some_rows(data.x, 0, 20), test::some_rows(data.y, 0, 20), {}};
  gp::LikelihoodGradient gradient;
  gp::LikelihoodGradient expected_gradient;

  auto const value = make<TypeParam>(data, model, options).evaluate({}, model, gradient);
  auto const expected = make<TypeParam>(others, model).evaluate({}, model, expected_gradient);

  EXPECT_EQ(value.log_density[7], expected.log_density[7]);
  EXPECT_TRUE(std::isnan(value.mean[20]));
  EXPECT_TRUE(std::isnan(value.variance[20]));
  EXPECT_NEAR(value.pseudo_likelihood[0], expected.pseudo_likelihood[0] * 20 / 21, 1e-14);
  ASSERT_EQ(gradient.y.size(), 21);
  EXPECT_EQ(gradient.y[20], 0);
  for (std::size_t k = 0; k < gradient.values.size(); ++k)
    EXPECT_NEAR(gradient.values[k], expected_gradient.values[k] * 20 / 21,
                1e-14 * std::abs(expected_gradient.values[k]));
}

TYPED_TEST(LeaveOneOutOn, IsNotANumberWhereTheMatrixHasNoFactor)
{
  gp::Model const model = {gp::zero_mean(), gp::linear(), gp::no_noise()};
  gp::TrainingOptions options;
  options.jitter.n_tries = 0;
  auto data = test::random_data(3, 1, 1, 3);
  for (std::int64_t i = 0; i < 3; ++i) data.x(i, 0) = 1;  // three times the same point
  gp::LikelihoodGradient gradient;
  auto const value = make<TypeParam>(data, model, options).evaluate({}, model, gradient);
  EXPECT_EQ(value.factor.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_TRUE(std::isnan(value.total()));
  EXPECT_EQ(value.mean.size(), 3);
  ASSERT_EQ(gradient.values.size(), 1);
  EXPECT_TRUE(std::isnan(gradient.values[0]));
}

}  // namespace
