// SPDX-License-Identifier: BSD-3-Clause
// Observations added to a posterior: the same as starting with all of them.

#include "plain_process.hpp"
#include "support/typed.hpp"

#include <kovar/gp/posterior.hpp>

#include <gtest/gtest.h>

#include <string>

namespace {

using namespace kovar;

template <class On>
class PosteriorUpdate : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorUpdate, test::ScalarsAndSpaces);

test::PlainData part_of(test::PlainData const& data, std::int64_t first, std::int64_t end)
{
  test::PlainData part = {
      test::some_rows(data.x, first, end), test::some_rows(data.y, first, end), {}};
  if (!data.noise_variance.empty())
    part.noise_variance.assign(data.noise_variance.begin() + first,
                               data.noise_variance.begin() + end);
  return part;
}

/// A posterior of the first n points to which m are added, against one of all.
template <class On>
void compare(gp::Model const& model, std::int64_t n, std::int64_t m, bool with_known_noise)
{
  SCOPED_TRACE(std::to_string(n) + " and " + std::to_string(m));
  using Scalar = typename On::Scalar;
  using ExecSpace = typename On::ExecSpace;
  ExecSpace const space;
  auto data = test::random_data(n + m, 3, 2, 3);
  for (int i = 0; i < n + m && with_known_noise; ++i) data.noise_variance.push_back(0.01 * i);
  gp::TrainingOptions options;
  options.jitter.always = 0.015625;
  auto const set = [](test::PlainData const& some) {
    return test::to_training_set<Scalar, ExecSpace>(some);
  };
  gp::Posterior<Scalar, ExecSpace> const whole(space, set(data), model, options);
  auto const start =
      n == 0 ? gp::Posterior<Scalar, ExecSpace>(space, model, 3, 2, options)
             : gp::Posterior<Scalar, ExecSpace>(space, set(part_of(data, 0, n)), model, options);
  auto const x = test::to_inputs<Scalar, ExecSpace>(test::random_matrix(40, 3, 9));
  auto const before =
      n == 0 ? std::vector<double>() : test::to_vector(start.predict(space, x).variance);

  auto const grown = start.with_observations(space, set(part_of(data, n, n + m)));

  // Condition of some thousands: K^ has 0.065 at least on top of a diagonal of a few units.
  double const tolerance = 1e5 * On::epsilon;
  EXPECT_EQ(grown.n(), n + m);
  EXPECT_EQ(grown.report().jitter, 0.015625);
  EXPECT_NEAR(grown.report().log_determinant, whole.report().log_determinant, tolerance);
  EXPECT_NEAR(grown.report().condition / whole.report().condition, 1, tolerance);
  EXPECT_LT(test::largest_difference(test::to_host(grown.factor()), test::to_host(whole.factor()),
                                     test::Triangle::lower),
            tolerance);
  auto const found = grown.predict(space, x);
  auto const expected = whole.predict(space, x);
  EXPECT_LT(test::largest_difference(test::to_host(found.mean), test::to_host(expected.mean)),
            tolerance);
  for (std::size_t i = 0; i < 40; ++i)
    EXPECT_NEAR(test::to_vector(found.variance)[i], test::to_vector(expected.variance)[i],
                tolerance);
  if (n > 0) {
    EXPECT_EQ(test::to_vector(start.predict(space, x).variance), before) << "it was changed";
  }
}

TYPED_TEST(PosteriorUpdate, EqualsAPosteriorFromScratch)
{
  auto const models = test::models_of_three_columns();
  for (auto const& [n, m] : {std::pair<int, int>{1, 1}, {63, 2}, {64, 64}, {65, 1}, {1, 130}})
    compare<TypeParam>(models[1].second, n, m, false);
  compare<TypeParam>(models[2].second, 30, 7, true);
}

TYPED_TEST(PosteriorUpdate, GrowsFromThePrior)
{
  compare<TypeParam>(test::models_of_three_columns()[2].second, 0, 33, false);
}

TYPED_TEST(PosteriorUpdate, GrowsAgain)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  auto const model = test::models_of_three_columns()[0].second;
  auto const data = test::random_data(12, 3, 1, 3);
  auto const x = test::random_matrix(5, 3, 9);
  gp::Posterior<Scalar, ExecSpace> grown(space, model, 3);
  for (int i = 0; i < 12; i += 4)
    grown = grown.with_observations(
        space, test::to_training_set<Scalar, ExecSpace>(part_of(data, i, i + 4)));
  auto const found = grown.predict(space, test::to_inputs<Scalar, ExecSpace>(x));
  auto const expected = test::plain_prediction(model, data, x);
  EXPECT_LT(test::largest_difference(test::to_host(found.mean), expected.mean),
            1e5 * TypeParam::epsilon);
}

TYPED_TEST(PosteriorUpdate, TakesJitterWhereAPointComesTwice)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  auto data = test::random_data(3, 1, 1, 3);
  for (std::int64_t i = 0; i < 3; ++i) data.x(i, 0) = 100 * static_cast<double>(i);
  auto const set = test::to_training_set<Scalar, ExecSpace>(data);
  gp::Model const model = {gp::zero_mean(), gp::rbf(), gp::no_noise()};
  gp::TrainingOptions options;
  gp::Posterior<Scalar, ExecSpace> const start(space, set, model, options);

  auto const grown = start.with_observations(space, set);  // K22 - L21 L21^T = 0

  EXPECT_TRUE(grown.report());
  EXPECT_EQ(grown.report().n_tries, 1);
  EXPECT_EQ(grown.report().jitter, sizeof(Scalar) == 4 ? 1e-6 : 1e-8);
  options.jitter.n_tries = 0;
  gp::Posterior<Scalar, ExecSpace> const strict(space, set, model, options);
  EXPECT_EQ(strict.with_observations(space, set).report().outcome,
            gp::FactorOutcome::not_positive_definite);
  EXPECT_TRUE(strict.report());
}

TYPED_TEST(PosteriorUpdate, RelativeJitterIsRelativeToThePrior)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  auto data = test::random_data(3, 1, 1, 3);
  for (std::int64_t i = 0; i < 3; ++i) data.x(i, 0) = 100 * static_cast<double>(i);
  auto const set = test::to_training_set<Scalar, ExecSpace>(data);
  gp::Model model = {gp::zero_mean(), gp::scale(gp::rbf()), gp::no_noise()};
  model.kernel.parameter("outputscale").value = {4};
  gp::TrainingOptions options;
  options.jitter.is_relative = true;
  gp::Posterior<Scalar, ExecSpace> const start(space, set, model, options);

  auto const grown = start.with_observations(space, set);  // K22 - L21 L21^T = 0, K22 has 4

  EXPECT_TRUE(grown.report());
  EXPECT_EQ(grown.report().n_tries, 1);
  EXPECT_DOUBLE_EQ(grown.report().jitter, sizeof(Scalar) == 4 ? 4e-6 : 4e-8);
}

TYPED_TEST(PosteriorUpdate, NamesWhatDiffers)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  gp::Posterior<Scalar, ExecSpace> const start(space, test::models_of_three_columns()[0].second, 3,
                                               1);
  try {
    start.with_observations(
        space, test::to_training_set<Scalar, ExecSpace>(test::random_data(4, 2, 5, 1)));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("2 columns and 5 targets and the others 3 and 1"),
              std::string::npos)
        << error.what();
  }
}

}  // namespace
