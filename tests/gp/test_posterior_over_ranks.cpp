// SPDX-License-Identifier: BSD-3-Clause
// Predictions with the factor over ranks against those of one process.

#include "dist/block_matrices.hpp"
#include "over_ranks_errors.hpp"
#include "plain_process.hpp"

#include <kovar/gp/posterior_over_ranks.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>

namespace {

using namespace kovar;
using dist::Communicator;
using dist::Host;
using test::HostMatrix;
using test::PlainData;

/// Noise of 0.05 and variances of a few units: a condition of some thousands at most.
template <class Scalar>
constexpr double tolerance = 1e5 * test::epsilon<Scalar>;

template <class Scalar>
gp::PosteriorOverRanks<Scalar> over_ranks(PlainData const& data, gp::Model const& model,
                                          gp::TrainingOptions const& options = {})
{
  return {Host(), Communicator::world(), test::to_training_set<Scalar, Host>(data), model, options};
}

template <class Vector>
HostMatrix column(Vector const& v)
{
  HostMatrix result(static_cast<std::int64_t>(v.extent(0)), 1);
  result.values = test::to_vector(v);
  return result;
}

template <class Scalar>
void compare_with_one_process(gp::Model const& model, std::int64_t n, std::int64_t m)
{
  SCOPED_TRACE("n = " + std::to_string(n) + ", m = " + std::to_string(m));
  PlainData const data = test::random_data(n, 3, 2, 7);
  auto const x = test::to_inputs<Scalar, Host>(test::random_matrix(m, 3, 11));
  gp::Posterior<Scalar, Host> const whole(Host(), test::to_training_set<Scalar, Host>(data), model);
  auto const expected = whole.predict(Host(), x);

  auto const posterior = over_ranks<Scalar>(data, model);
  auto const found = posterior.predict(Host(), x);
  auto const mean = posterior.predict(Host(), x, gp::Uncertainty::none);

  double const error = tolerance<Scalar>;
  EXPECT_EQ(posterior.report().jitter, whole.report().jitter);
  EXPECT_LE(test::largest_difference(test::to_host(found.mean), test::to_host(expected.mean)),
            error);
  EXPECT_LE(test::largest_difference(test::to_host(mean.mean), test::to_host(found.mean)), 0);
  EXPECT_EQ(mean.variance.extent(0), 0u);
  EXPECT_LE(test::largest_difference(column(found.variance), column(expected.variance)), error);
  EXPECT_EQ(found.n_clamped, expected.n_clamped);

  Vector<Scalar, Host> const noise("test::noise", static_cast<std::size_t>(m));
  Kokkos::deep_copy(noise, Scalar(0.25));
  EXPECT_LE(
      test::largest_difference(column(posterior.observed_variance(Host(), found.variance, noise)),
                               column(whole.observed_variance(Host(), expected.variance, noise))),
      error);
  EXPECT_LE(test::largest_difference(column(posterior.observed_variance(Host(), found.variance)),
                                     column(whole.observed_variance(Host(), expected.variance))),
            error);
}

template <class Scalar>
class PosteriorOverRanks : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorOverRanks, test::Scalars);

TYPED_TEST(PosteriorOverRanks, IsThatOfOneProcess)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    for (std::int64_t const n : {1, 2, 3, 17, 64, 65, 130})
      for (std::int64_t const m : {1, 5, 65}) compare_with_one_process<TypeParam>(model, n, m);
  }
}

TYPED_TEST(PosteriorOverRanks, TakesAnyNumberOfPoints)
{
  gp::Model const model = test::models_of_three_columns().at(1).second;
  for (std::int64_t const m : {0, 511, 512, 513, 1100})
    compare_with_one_process<TypeParam>(model, 66, m);
}

/// Against plain loops: an error that both ways share would show.
TYPED_TEST(PosteriorOverRanks, MeetsPlainLoops)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    PlainData data = test::random_data(67, 3, 2, 5);
    data.x = test::as<TypeParam>(data.x);
    data.y = test::as<TypeParam>(data.y);
    HostMatrix const x = test::as<TypeParam>(test::random_matrix(9, 3, 12));
    auto const expected = test::plain_prediction(model, data, x);
    auto const found =
        over_ranks<TypeParam>(data, model).predict(Host(), test::to_inputs<TypeParam, Host>(x));
    EXPECT_LE(test::largest_difference(test::to_host(found.mean), expected.mean),
              tolerance<TypeParam>);
    for (std::int64_t i = 0; i < 9; ++i)
      EXPECT_NEAR(found.variance(i), expected.covariance(i, i), tolerance<TypeParam>);
  }
}

TYPED_TEST(PosteriorOverRanks, RaisesVariancesThatRoundingMadeTooSmall)
{
  PlainData const data = test::random_data(12, 1, 1, 3);
  gp::Model model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  model.kernel.children.at(0).parameter("lengthscale").value = {3};
  auto const posterior = over_ranks<TypeParam>(data, model);
  ASSERT_TRUE(posterior.report());
  ASSERT_GT(posterior.report().jitter, 0) << "the matrix is singular but for rounding";
  auto const found = posterior.predict(Host(), test::to_inputs<TypeParam, Host>(data.x));
  double const smallest = sizeof(TypeParam) == 4 ? 1e-6 : 1e-10;
  std::int64_t n_smallest = 0;
  for (std::int64_t i = 0; i < data.n(); ++i) {
    EXPECT_GE(found.variance(i), static_cast<TypeParam>(smallest));
    EXPECT_LE(found.variance(i), 10 * posterior.report().jitter);
    if (found.variance(i) == static_cast<TypeParam>(smallest)) ++n_smallest;
  }
  EXPECT_EQ(found.n_clamped, n_smallest);
}

TEST(PosteriorOverRanksErrors, BadInputIsOneErrorOnAllRanks)
{
  int const n_ranks = Communicator::world().size();
  gp::Model const model = test::models_of_three_columns().at(0).second;
  PlainData const data = test::random_data(5, 3, 1, 7);
  auto const posterior = over_ranks<double>(data, model);
  auto const error = [&](HostMatrix const& x, gp::Uncertainty uncertainty) {
    auto const inputs = test::to_inputs<double, Host>(x);
    return test::collective_error_of([&] { posterior.predict(Host(), inputs, uncertainty); });
  };
  HostMatrix const good = test::random_matrix(4, 3, 1);
  HostMatrix const narrow = test::random_matrix(4, 2, 1);
  EXPECT_EQ(error(good, gp::Uncertainty::variance), "no error");
  EXPECT_EQ(error(test::is_last_rank() ? narrow : good, gp::Uncertainty::variance),
            "posterior: the inputs are 4 x 2 and the training inputs 5 x 3 (as many columns are "
            "needed)");
  EXPECT_EQ(error(good, gp::Uncertainty::covariance),
            "posterior over ranks: the covariance of predictions is wanted (ranks give means and "
            "variances); ask for the variance, or take Posterior on one rank");
  if (n_ranks > 1) {
    std::string const expected = "gp over ranks: rank " + std::to_string(n_ranks - 1) +
                                 " has another list of points to predict than rank 0 (ranks that "
                                 "share a matrix need the same, whole)";
    EXPECT_EQ(
        error(test::random_matrix(test::is_last_rank() ? 5 : 4, 3, 1), gp::Uncertainty::variance),
        expected);
    EXPECT_EQ(error(good, test::is_last_rank() ? gp::Uncertainty::none : gp::Uncertainty::variance),
              expected);
  }
  Vector<double, Host> const variance("test::variance", 3);
  Vector<double, Host> const noise("test::noise", 2);
  std::string text;
  try {
    posterior.observed_variance(Host(), variance, noise);
  } catch (InputError const& e) {
    text = e.what();
  }
  EXPECT_EQ(text, "observed_variance: 2 noise variances for 3 points (one for each, or none)");
}

TEST(PosteriorOverRanksErrors, AMatrixThatCannotBeFactoredPredictsNothing)
{
  PlainData data = test::random_data(6, 1, 1, 2);
  for (double& x : data.x.values) x = 0;  // a matrix of ones
  gp::Model const model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  gp::TrainingOptions options;
  options.jitter.n_tries = 0;
  auto const posterior = over_ranks<double>(data, model, options);
  EXPECT_EQ(posterior.report().outcome, gp::FactorOutcome::not_positive_definite);
  auto const x = test::to_inputs<double, Host>(data.x);
  EXPECT_EQ(test::collective_error_of([&] { posterior.predict(Host(), x); }),
            "posterior: " + gp::text_of(posterior.report()));
}

}  // namespace
