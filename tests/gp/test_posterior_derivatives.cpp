// SPDX-License-Identifier: BSD-3-Clause
// Derivatives of predictions by the test points, against differences of plain loops.

#include "plain_process.hpp"
#include "support/typed.hpp"

#include <kovar/gp/posterior_derivatives.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace {

using namespace kovar;

template <class On>
class PosteriorDerivatives : public ::testing::Test {
};
TYPED_TEST_SUITE(PosteriorDerivatives, test::ScalarsAndSpaces);

template <class On>
void compare_with_differences(gp::Model const& model, std::int64_t n, std::int64_t m)
{
  SCOPED_TRACE("n = " + std::to_string(n) + ", m = " + std::to_string(m));
  using Scalar = typename On::Scalar;
  using ExecSpace = typename On::ExecSpace;
  ExecSpace const space;
  auto data = test::random_data(n, 3, 2, 3);
  data.x = test::as<Scalar>(data.x);
  data.y = test::as<Scalar>(data.y);
  auto const x = test::as<Scalar>(test::random_matrix(m, 3, 9));
  gp::Posterior<Scalar, ExecSpace> const posterior(
      space, test::to_training_set<Scalar, ExecSpace>(data), model);

  auto const found = gp::input_derivatives(space, posterior, test::to_inputs<Scalar, ExecSpace>(x));

  auto const mean = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, found.mean);
  auto const variance = test::to_host(found.variance);
  ASSERT_EQ(mean.extent(0), std::size_t(m));
  // Some points are enough: of the first block, and of the last one.
  std::vector<std::int64_t> rows;
  for (std::int64_t i = 0; i < m; ++i)
    if (i < 3 || i >= m - 2) rows.push_back(i);
  test::HostMatrix chosen(static_cast<std::int64_t>(rows.size()), 3);
  for (std::size_t k = 0; k < rows.size(); ++k)
    for (std::int64_t c = 0; c < 3; ++c) chosen(static_cast<std::int64_t>(k), c) = x(rows[k], c);
  double const step = 1e-5;  // differences are right to step^2 and epsilon / step: 1e-10
  double const tolerance = std::max(1e-7, 1e5 * On::epsilon);
  for (std::int64_t c = 0; c < 3; ++c) {
    auto up = chosen;
    auto down = chosen;
    for (std::int64_t k = 0; k < chosen.n_rows; ++k) {
      up(k, c) += step;
      down(k, c) -= step;
    }
    auto const above = test::plain_prediction(model, data, up);
    auto const below = test::plain_prediction(model, data, down);
    for (std::int64_t k = 0; k < chosen.n_rows; ++k) {
      std::int64_t const i = rows[static_cast<std::size_t>(k)];
      for (std::int64_t t = 0; t < 2; ++t)
        EXPECT_NEAR(mean(i, c, t), (above.mean(k, t) - below.mean(k, t)) / (2 * step), tolerance)
            << "mean of point " << i << ", column " << c << ", target " << t;
      EXPECT_NEAR(variance(i, c), (above.covariance(k, k) - below.covariance(k, k)) / (2 * step),
                  tolerance)
          << "variance of point " << i << ", column " << c;
    }
  }
}

TYPED_TEST(PosteriorDerivatives, AreDifferencesWithKernelsAndMeansOfManyKinds)
{
  for (auto const& [name, model] : test::models_of_three_columns()) {
    SCOPED_TRACE(name);
    compare_with_differences<TypeParam>(model, 40, 5);
  }
}

TYPED_TEST(PosteriorDerivatives, AreDifferencesAtAwkwardSizes)
{
  auto const models = test::models_of_three_columns();
  for (std::int64_t const n : {1, 63, 64, 65, 130})
    compare_with_differences<TypeParam>(models[1].second, n, 1);
  for (std::int64_t const m : {0, 1, 255, 257})
    compare_with_differences<TypeParam>(models[2].second, 20, m);
}

TYPED_TEST(PosteriorDerivatives, AreThePriorsWithoutObservations)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  gp::Model model = test::models_of_three_columns()[2].second;  // a plane as mean
  model.kernel = gp::linear(3);
  model.kernel.parameters[0].value = {0.25, 0.5, 2};
  auto const x = test::as<Scalar>(test::random_matrix(70, 3, 9));
  gp::Posterior<Scalar, ExecSpace> const prior({}, model, 3);

  auto const found = gp::input_derivatives({}, prior, test::to_inputs<Scalar, ExecSpace>(x));

  auto const mean = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, found.mean);
  auto const variance = test::to_host(found.variance);
  for (std::int64_t i = 0; i < 70; ++i)
    for (std::int64_t c = 0; c < 3; ++c) {
      auto const column = static_cast<std::size_t>(c);
      EXPECT_EQ(mean(i, c, 0), Scalar(model.mean.parameters[0].value[column]));
      EXPECT_EQ(variance(i, c), 2 * model.kernel.parameters[0].value[column] * x(i, c));
    }
}

TYPED_TEST(PosteriorDerivatives, AreFiniteWhereMatern12MeetsATrainingPoint)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::PlainData data = test::random_data(2, 1, 1, 3);
  data.x(0, 0) = 0;
  data.x(1, 0) = 1;
  gp::Model const model = {gp::zero_mean(), gp::matern12(),
                           test::models_of_three_columns()[0].second.noise};
  gp::Posterior<Scalar, ExecSpace> const posterior(
      {}, test::to_training_set<Scalar, ExecSpace>(data), model);
  auto const found = gp::input_derivatives(
      {}, posterior, test::to_inputs<Scalar, ExecSpace>(test::HostMatrix(1, 1)));  // at 0
  // Of the point at 0 nothing; of the one at 1: alpha d exp(-|x - 1| / l) / dx = alpha k / l at 0.
  double const length = model.kernel.parameters[0].value[0];
  auto const alpha = test::to_host(posterior.alpha());
  auto const mean = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, found.mean);
  EXPECT_NEAR(mean(0, 0, 0), alpha(1, 0) * std::exp(-1 / length) / length,
              100 * TypeParam::epsilon);
}

}  // namespace
