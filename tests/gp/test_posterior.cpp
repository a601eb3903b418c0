// SPDX-License-Identifier: BSD-3-Clause
// Predictions against plain loops, at the edges of tiles and blocks, and what they refuse.

#include "plain_process.hpp"
#include "support/message_of.hpp"
#include "support/typed.hpp"

#include <kovar/gp/posterior.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace {

using kovar::test::message_of;
using namespace kovar;

template <class On>
class PosteriorOn : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorOn, test::ScalarsAndSpaces);

/// Noise of 0.05 and variances of a few units: a condition of some thousands at most.
template <class On>
constexpr double tolerance = 1e5 * On::epsilon;

template <class On>
auto make_posterior(test::PlainData const& data, gp::Model const& model,
                    gp::TrainingOptions const& options = {})
{
  using Scalar = typename On::Scalar;
  using ExecSpace = typename On::ExecSpace;
  return gp::Posterior<Scalar, ExecSpace>(
      ExecSpace{}, test::to_training_set<Scalar, ExecSpace>(data), model, options);
}

template <class On>
auto inputs(test::HostMatrix const& x)
{
  return test::to_inputs<typename On::Scalar, typename On::ExecSpace>(x);
}

test::HostMatrix diagonal(test::HostMatrix const& a)
{
  test::HostMatrix result(a.n_rows, 1);
  for (std::int64_t i = 0; i < a.n_rows; ++i) result(i, 0) = a(i, i);
  return result;
}

template <class Vector>
test::HostMatrix column(Vector const& v)
{
  test::HostMatrix result(static_cast<std::int64_t>(v.extent(0)), 1);
  result.values = test::to_vector(v);
  return result;
}

template <class On>
void compare_with_plain_loops(gp::Model const& model, std::int64_t n, std::int64_t m)
{
  SCOPED_TRACE("n = " + std::to_string(n) + ", m = " + std::to_string(m));
  using Scalar = typename On::Scalar;
  typename On::ExecSpace const space;
  test::PlainData data = test::random_data(n, 3, 2, 7);
  data.x = test::as<Scalar>(data.x);
  data.y = test::as<Scalar>(data.y);
  test::HostMatrix const x = test::as<Scalar>(test::random_matrix(m, 3, 11));
  auto const expected = test::plain_prediction(model, data, x);
  auto const posterior = make_posterior<On>(data, model);

  auto const prediction = posterior.predict(space, inputs<On>(x), gp::Uncertainty::covariance);
  auto const variance_only = posterior.predict(space, inputs<On>(x));
  auto const mean_only = posterior.predict(space, inputs<On>(x), gp::Uncertainty::none);

  EXPECT_LT(test::largest_difference(test::to_host(prediction.mean), expected.mean), tolerance<On>);
  EXPECT_LT(test::largest_difference(test::to_host(prediction.covariance), expected.covariance),
            tolerance<On>);
  EXPECT_LT(test::largest_difference(column(prediction.variance), diagonal(expected.covariance)),
            tolerance<On>);
  EXPECT_EQ(prediction.n_clamped, 0);
  EXPECT_EQ(test::to_host(variance_only.mean).values, test::to_host(prediction.mean).values);
  EXPECT_EQ(test::to_vector(variance_only.variance), test::to_vector(prediction.variance));
  EXPECT_EQ(variance_only.covariance.extent(0), 0);
  EXPECT_EQ(test::to_host(mean_only.mean).values, test::to_host(prediction.mean).values);
  EXPECT_EQ(mean_only.variance.extent(0), 0);
}

TYPED_TEST(PosteriorOn, PredictsAsPlainLoopsAtAwkwardSizes)
{
  auto const models = test::models_of_three_columns();
  for (std::int64_t const n : {1, 63, 64, 65, 130})
    compare_with_plain_loops<TypeParam>(models[1].second, n, 65);
  for (std::int64_t const m : {0, 1, 255, 257})
    compare_with_plain_loops<TypeParam>(models[0].second, 65, m);
}

TYPED_TEST(PosteriorOn, PredictsWithKernelsAndMeansOfManyKinds)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    compare_with_plain_loops<TypeParam>(model, 40, 30);
  }
}

TYPED_TEST(PosteriorOn, RepeatsItselfBitForBit)
{
  auto const data = test::random_data(130, 3, 1, 3);
  auto const x = inputs<TypeParam>(test::random_matrix(300, 3, 5));
  auto const posterior = make_posterior<TypeParam>(data, test::models_of_three_columns()[2].second);
  auto const first = posterior.predict({}, x);
  auto const second = posterior.predict({}, x);
  EXPECT_EQ(test::to_host(first.mean).values, test::to_host(second.mean).values);
  EXPECT_EQ(test::to_vector(first.variance), test::to_vector(second.variance));
}

TYPED_TEST(PosteriorOn, IsThePriorWithoutObservations)
{
  using Scalar = typename TypeParam::Scalar;
  gp::Model const model = test::models_of_three_columns()[2].second;
  auto const x = test::as<Scalar>(test::random_matrix(70, 3, 5));
  gp::Posterior<Scalar, typename TypeParam::ExecSpace> const prior({}, model, 3, 2);

  auto const prediction = prior.predict({}, inputs<TypeParam>(x), gp::Uncertainty::covariance);

  auto const covariance = test::plain_covariance(model.kernel, x, x);
  test::HostMatrix mean(70, 2);
  for (std::int64_t i = 0; i < 70; ++i)
    mean(i, 0) = mean(i, 1) = test::plain_mean(model.mean, x, i);
  EXPECT_LT(test::largest_difference(test::to_host(prediction.mean), mean),
            20 * TypeParam::epsilon);  // a sum of four numbers of a few units
  EXPECT_LT(test::largest_difference(test::to_host(prediction.covariance), covariance),
            100 * TypeParam::epsilon);
  EXPECT_LT(test::largest_difference(column(prediction.variance), diagonal(covariance)),
            100 * TypeParam::epsilon);
}

TYPED_TEST(PosteriorOn, RaisesVariancesThatRoundingTookAway)
{
  // Points so far apart that the covariance is the unit matrix: at them nothing is uncertain.
  test::PlainData data = test::random_data(5, 1, 1, 3);
  for (std::int64_t i = 0; i < 5; ++i) data.x(i, 0) = 100 * static_cast<double>(i);
  auto const posterior =
      make_posterior<TypeParam>(data, {gp::zero_mean(), gp::rbf(), gp::no_noise()});
  test::HostMatrix x = data.x;
  x(3, 0) = 50;  // far from all

  auto const prediction = posterior.predict({}, inputs<TypeParam>(x));

  double const smallest = sizeof(typename TypeParam::Scalar) == 4 ? double(1e-6F) : 1e-10;
  EXPECT_EQ(prediction.n_clamped, 4);
  EXPECT_EQ(test::to_vector(prediction.variance),
            (std::vector<double>{smallest, smallest, smallest, 1, smallest}));
}

TYPED_TEST(PosteriorOn, AddsNoiseForObservations)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const posterior = make_posterior<TypeParam>(test::random_data(5, 3, 1, 3),
                                                   test::models_of_three_columns()[0].second);
  auto const latent = to_space(ExecSpace{}, std::vector<Scalar>{1, 2, 3}, "test::latent");
  auto const known = to_space(ExecSpace{}, std::vector<Scalar>{0, 0.5, 4}, "test::known");

  auto const learned_only = test::to_vector(posterior.observed_variance({}, latent));
  auto const both = test::to_vector(posterior.observed_variance({}, latent, known));

  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(learned_only[i], double(Scalar(double(i) + 1 + 0.05)));
    EXPECT_EQ(both[i], double(Scalar(double(i) + 1 + 0.05 + (i == 0 ? 0 : i == 1 ? 0.5 : 4))));
  }
  EXPECT_NE(message_of<InputError>([&] {
              posterior.observed_variance(
                  {}, latent, to_space(ExecSpace{}, std::vector<Scalar>{1}, "test::one"));
            }).find("1 noise variances for 3 points"),
            std::string::npos);
}

TYPED_TEST(PosteriorOn, UsesKnownNoiseAndJitter)
{
  gp::Model model = test::models_of_three_columns()[0].second;
  test::PlainData data = test::random_data(20, 3, 1, 3);
  for (int i = 0; i < 20; ++i) data.noise_variance.push_back(0.1 + 0.01 * i);
  gp::TrainingOptions options;
  options.jitter.always = 0.125;
  auto const x = test::random_matrix(10, 3, 9);
  auto const found =
      make_posterior<TypeParam>(data, model, options).predict({}, inputs<TypeParam>(x));
  for (double& variance : data.noise_variance) variance += 0.125;
  auto const expected = test::plain_prediction(model, data, x);
  EXPECT_LT(test::largest_difference(test::to_host(found.mean), expected.mean),
            tolerance<TypeParam>);
}

TYPED_TEST(PosteriorOn, LeavesOutPointsThatMissATarget)
{
  gp::Model const model = test::models_of_three_columns()[1].second;
  auto const data = test::random_data(70, 3, 2, 3);
  test::PlainData with_holes = data;
  test::PlainData without;
  std::vector<std::int64_t> const holes = {0, 17, 69};
  without.x = test::HostMatrix(67, 3);
  without.y = test::HostMatrix(67, 2);
  for (std::int64_t i = 0, k = 0; i < 70; ++i) {
    if (i == holes[0] || i == holes[1] || i == holes[2]) {
      with_holes.y(i, i % 2) = std::numeric_limits<double>::quiet_NaN();
      continue;
    }
    for (std::int64_t c = 0; c < 3; ++c) without.x(k, c) = data.x(i, c);
    for (std::int64_t t = 0; t < 2; ++t) without.y(k, t) = data.y(i, t);
    ++k;
  }
  auto const x = inputs<TypeParam>(test::random_matrix(10, 3, 9));
  gp::TrainingOptions options;
  options.missing = gp::MissingTargets::drop;

  auto const found = make_posterior<TypeParam>(with_holes, model, options).predict({}, x);
  auto const expected = make_posterior<TypeParam>(without, model).predict({}, x);

  EXPECT_EQ(test::to_host(found.mean).values, test::to_host(expected.mean).values);
  EXPECT_EQ(test::to_vector(found.variance), test::to_vector(expected.variance));
  options.missing = gp::MissingTargets::propagate;
  auto const all = make_posterior<TypeParam>(with_holes, model, options).predict({}, x);
  EXPECT_TRUE(std::isnan(test::to_host(all.mean)(0, 0)));
  EXPECT_FALSE(std::isnan(test::to_vector(all.variance)[0]));
}

TYPED_TEST(PosteriorOn, NamesShapesThatDisagree)
{
  auto const posterior = make_posterior<TypeParam>(test::random_data(5, 3, 1, 3),
                                                   test::models_of_three_columns()[0].second);
  auto const text = message_of<InputError>(
      [&] { posterior.predict({}, inputs<TypeParam>(test::HostMatrix(7, 2))); });
  EXPECT_NE(text.find("7 x 2"), std::string::npos) << text;
  EXPECT_NE(text.find("5 x 3"), std::string::npos) << text;
}

TYPED_TEST(PosteriorOn, WithoutObservationsChecksJitterToo)
{
  gp::TrainingOptions options;
  options.jitter.always = -1;
  auto const text = message_of<InputError>([&] {
    gp::Posterior<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(
        {}, test::models_of_three_columns()[0].second, 3, 1, options);
  });
  EXPECT_NE(text.find("jitter of -1 always"), std::string::npos) << text;
}

TYPED_TEST(PosteriorOn, SaysWhyItCannotPredict)
{
  gp::TrainingOptions options;
  options.jitter.n_tries = 0;
  test::PlainData data = test::random_data(3, 1, 1, 3);
  for (std::int64_t i = 0; i < 3; ++i) data.x(i, 0) = 1;  // three times the same point
  auto const posterior =
      make_posterior<TypeParam>(data, {gp::zero_mean(), gp::linear(), gp::no_noise()}, options);
  EXPECT_EQ(posterior.report().outcome, gp::FactorOutcome::not_positive_definite);
  auto const text =
      message_of<InputError>([&] { posterior.predict({}, inputs<TypeParam>(data.x)); });
  EXPECT_NE(text.find("not positive definite"), std::string::npos) << text;
}

}  // namespace
