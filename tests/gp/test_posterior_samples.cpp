// SPDX-License-Identifier: BSD-3-Clause
// Functions drawn from a posterior, against plain loops.

#include "plain_process.hpp"
#include "support/typed.hpp"

#include <kovar/gp/posterior_samples.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace kovar;

template <class On>
class PosteriorSamplesOn : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorSamplesOn, test::ScalarsAndSpaces);

template <class On>
using PosteriorOf = gp::Posterior<typename On::Scalar, typename On::ExecSpace>;

template <class On>
auto inputs(test::HostMatrix const& x)
{
  return test::to_inputs<typename On::Scalar, typename On::ExecSpace>(x);
}

template <class On>
PosteriorOf<On> make_posterior(test::PlainData const& data, gp::Model const& model)
{
  return PosteriorOf<On>(
      {}, test::to_training_set<typename On::Scalar, typename On::ExecSpace>(data), model);
}

TYPED_TEST(PosteriorSamplesOn, AreMeanAndFactorTimesTheGivenNumbers)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  gp::Model const model = test::models_of_three_columns()[0].second;
  auto const data = test::random_data(20, 3, 2, 3);
  for (std::int64_t const m : {1, 33}) {
    auto const x = test::random_matrix(m, 3, 9);
    auto const epsilon = test::random_matrix(m, 6, 21);  // three samples of each of two targets

    auto const samples =
        gp::sample({}, make_posterior<TypeParam>(data, model), inputs<TypeParam>(x),
                   test::to_space<Scalar, ExecSpace>(epsilon));

    auto const plain = test::plain_prediction(model, data, x);
    auto expected = test::product(test::slow_cholesky(plain.covariance), epsilon);
    for (std::int64_t k = 0; k < 6; ++k)
      for (std::int64_t i = 0; i < m; ++i) expected(i, k) += plain.mean(i, k / 3);
    EXPECT_EQ(samples.report.n_tries, 0);
    // The factor of a covariance whose condition is some thousands.
    EXPECT_LT(test::largest_difference(test::to_host(samples.values), expected),
              1e5 * TypeParam::epsilon);
  }
}

TYPED_TEST(PosteriorSamplesOn, OfASeedAreThoseOfItsNormalNumbers)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const posterior = make_posterior<TypeParam>(test::random_data(20, 3, 1, 3),
                                                   test::models_of_three_columns()[0].second);
  auto const x = inputs<TypeParam>(test::random_matrix(7, 3, 9));
  test::HostMatrix epsilon(7, 4);
  for (std::int64_t k = 0; k < 4; ++k)
    for (std::int64_t i = 0; i < 7; ++i) {
      auto const pair =
          normal_pair(1234567890123, static_cast<std::uint32_t>(k), std::uint64_t(i / 2));
      epsilon(i, k) = i % 2 == 0 ? pair.first : pair.second;
    }
  auto const expected = test::to_host(
      gp::sample({}, posterior, x, test::to_space<Scalar, ExecSpace>(epsilon)).values);

  auto const four = test::to_host(gp::sample({}, posterior, x, 4, 1234567890123).values);
  auto const one = test::to_host(gp::sample({}, posterior, x, 1, 1234567890123).values);

  // Logarithms and sines of host and device may differ in the last digit.
  EXPECT_LT(test::largest_difference(four, expected), 100 * TypeParam::epsilon);
  // So may sums of a product with more columns.
  for (std::int64_t i = 0; i < 7; ++i) EXPECT_NEAR(one(i, 0), four(i, 0), 100 * TypeParam::epsilon);
}

TYPED_TEST(PosteriorSamplesOn, TakeJitterWhereAPointComesTwice)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  gp::Model const model = {gp::zero_mean(), gp::rbf(), gp::no_noise()};
  gp::TrainingOptions options;
  PosteriorOf<TypeParam> const prior({}, model, 1, 1, options);
  auto const x = inputs<TypeParam>(test::HostMatrix(2, 1));  // the covariance is all ones
  test::HostMatrix epsilon(2, 1);
  epsilon(0, 0) = 0.5;
  epsilon(1, 0) = 2;
  auto const on_device = test::to_space<Scalar, ExecSpace>(epsilon);

  auto const samples = gp::sample({}, prior, x, on_device);

  double const jitter = sizeof(Scalar) == 4 ? 1e-6 : 1e-8;
  EXPECT_EQ(samples.report.n_tries, 1);
  EXPECT_EQ(samples.report.jitter, jitter);
  auto const values = test::to_host(samples.values);
  EXPECT_NEAR(values(0, 0), 0.5, jitter);
  // The second pivot is sqrt(2 jitter), of which rounding of 1 + jitter leaves some digits.
  EXPECT_NEAR(values(1, 0), 0.5 + 2 * std::sqrt(2 * jitter), 0.1 * std::sqrt(jitter));

  options.jitter.n_tries = 0;
  PosteriorOf<TypeParam> const strict({}, model, 1, 1, options);
  auto const none = gp::sample({}, strict, x, on_device);
  EXPECT_EQ(none.report.outcome, gp::FactorOutcome::not_positive_definite);
  EXPECT_EQ(none.values.extent(0), 0);
}

TYPED_TEST(PosteriorSamplesOn, RelativeJitterIsRelativeToThePrior)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto data = test::random_data(3, 1, 1, 3);
  for (std::int64_t i = 0; i < 3; ++i) data.x(i, 0) = 100 * static_cast<double>(i);
  gp::Model model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  model.kernel.parameter("outputscale").value = {4};
  gp::TrainingOptions options;
  options.jitter.is_relative = true;
  PosteriorOf<TypeParam> const posterior({}, test::to_training_set<Scalar, ExecSpace>(data), model,
                                         options);

  // The covariance is zero at points that were observed without noise.
  auto const samples = gp::sample({}, posterior, inputs<TypeParam>(data.x), 2, 1);

  double const jitter = sizeof(Scalar) == 4 ? 4e-6 : 4e-8;
  EXPECT_TRUE(samples.report);
  EXPECT_EQ(samples.report.n_tries, 1);
  EXPECT_DOUBLE_EQ(samples.report.jitter, jitter);
  auto const values = test::to_host(samples.values);
  ASSERT_EQ(values.n_rows, 3);
  for (std::int64_t i = 0; i < 3; ++i)
    EXPECT_NEAR(values(i, 0), data.y(i, 0), 6 * std::sqrt(jitter));
}

TYPED_TEST(PosteriorSamplesOn, OfNoPointsAreNone)
{
  auto const posterior = make_posterior<TypeParam>(test::random_data(5, 3, 1, 3),
                                                   test::models_of_three_columns()[0].second);
  auto const samples = gp::sample({}, posterior, inputs<TypeParam>(test::HostMatrix(0, 3)), 4, 1);
  EXPECT_TRUE(samples.report);
  EXPECT_EQ(samples.values.extent(0), 0);
  EXPECT_EQ(samples.values.extent(1), 4);
}

TYPED_TEST(PosteriorSamplesOn, NameShapesThatDisagree)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const posterior = make_posterior<TypeParam>(test::random_data(5, 3, 2, 3),
                                                   test::models_of_three_columns()[0].second);
  try {
    gp::sample({}, posterior, inputs<TypeParam>(test::HostMatrix(4, 3)),
               test::to_space<Scalar, ExecSpace>(test::HostMatrix(4, 3)));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("epsilon is 4 x 3 and the test inputs 4 x 3"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
