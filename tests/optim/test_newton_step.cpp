// SPDX-License-Identifier: BSD-3-Clause
#include "plain_objective.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/optim/newton_step.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kovar::optim {
namespace {

using test::Found;
using test::HostMatrix;
using test::List;
using test::Plain;
using test::quadratic;

template <class ExecSpace>
Found step_from(NewtonObjective<ExecSpace>& objective, List const& start,
                LinearSolveOptions const& options = {})
{
  ExecSpace const space;
  auto const x = to_space(space, start, "test::x");
  Vector<double, ExecSpace> const gradient("test::gradient", start.size());
  auto const result = take_newton_step(space, objective, x, gradient, options);
  return {result, to_list(space, x), to_list(space, gradient)};
}

/// x - 2 ln x, infinite at x <= 0.
template <class ExecSpace>
Plain<ExecSpace> half_line()
{
  return {1,
          [](List const& x, List& g) {
            if (x[0] <= 0) return HUGE_VAL;
            g = {1 - 2 / x[0]};
            return x[0] - 2 * std::log(x[0]);
          },
          [](List const& x, List const& u) { return List{2 / (x[0] * x[0]) * u[0]}; }};
}

template <class ExecSpace>
class NewtonStepTest : public ::testing::Test {
};
TYPED_TEST_SUITE(NewtonStepTest, test::ExecSpaces);

TYPED_TEST(NewtonStepTest, EndsAtTheMinimumOfAQuadraticFunction)
{
  for (std::int64_t const n : {0, 1, 2, 33}) {
    SCOPED_TRACE(n);
    auto const a = test::random_symmetric(n, 3, 0.5);
    auto const b = test::random_matrix(n, 1, 4).values;
    auto objective = quadratic<TypeParam>(a, b);
    auto const found = step_from<TypeParam>(objective, List(static_cast<std::size_t>(n), 2.0));
    EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
    EXPECT_EQ(found.result.n_iterations, 1);
    EXPECT_EQ(found.result.n_values, 2);
    double value = 0;  // A x = g + b
    for (std::size_t i = 0; i < b.size(); ++i) value += found.x[i] * (found.gradient[i] - b[i]) / 2;
    EXPECT_NEAR(found.result.value, value, 1e-12 * static_cast<double>(n + 1));
    for (double const entry : found.gradient) EXPECT_NEAR(entry, 0, 1e-8);
    EXPECT_LE(found.result.distance, 1e-16 * static_cast<double>(n + 1));
  }
}

TYPED_TEST(NewtonStepTest, TellsTheDistanceThatIsLeftOfAnotherFunction)
{
  auto objective = half_line<TypeParam>();
  auto const found = step_from<TypeParam>(objective, {1.5});  // to 1.5 (2 - 1.5 / 2)
  EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
  EXPECT_NEAR(found.x[0], 1.875, 1e-12);
  EXPECT_NEAR(found.gradient[0], 1 - 2 / 1.875, 1e-12);
  EXPECT_NEAR(found.result.distance, found.gradient[0] * found.gradient[0] / 2, 1e-15);
  ASSERT_EQ(found.result.trace.size(), 1U);
  EXPECT_TRUE(found.result.trace[0].is_accepted);
}

// From 5 Newton's step goes to -2.5, where there is no value.
TYPED_TEST(NewtonStepTest, StaysWhereTheValueWouldRise)
{
  auto objective = half_line<TypeParam>();
  auto const found = step_from<TypeParam>(objective, {5});
  EXPECT_EQ(found.result.status, TrustRegionStatus::no_progress);
  EXPECT_EQ(found.x[0], 5);
  EXPECT_EQ(found.gradient[0], 1 - 2 / 5.0);
  EXPECT_EQ(found.result.value, 5 - 2 * std::log(5.0));
  EXPECT_FALSE(found.result.trace.at(0).is_accepted);
}

TYPED_TEST(NewtonStepTest, SaysWhyThereIsNoStep)
{
  HostMatrix a(2, 2);
  a(0, 0) = 2;
  a(1, 1) = -1;
  auto indefinite = quadratic<TypeParam>(a, {1, 1});
  auto const found = step_from<TypeParam>(indefinite, {3, 4});
  EXPECT_EQ(found.result.status, TrustRegionStatus::indefinite);
  EXPECT_EQ(found.x, (List{3, 4}));
  auto nowhere = half_line<TypeParam>();
  EXPECT_EQ(step_from<TypeParam>(nowhere, {-1}).result.status, TrustRegionStatus::start_failed);
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  auto broken = Plain<TypeParam>(
      1,
      [](List const& x, List& g) {
        g = {x[0]};
        return x[0] * x[0] / 2;
      },
      [](List const&, List const&) { return List{nan}; });
  EXPECT_EQ(step_from<TypeParam>(broken, {1}).result.status, TrustRegionStatus::not_finite);
}

// What a solve has found by then lowers the value, and is kept.
TYPED_TEST(NewtonStepTest, GoesAsFarAsProductsAllow)
{
  HostMatrix a(30, 30);
  for (std::int64_t i = 0; i < 30; ++i) a(i, i) = 1 + static_cast<double>(i);
  auto objective = quadratic<TypeParam>(a, List(30, 1.0));
  auto const found = step_from<TypeParam>(objective, List(30, 0.0), {1e-10, 5});
  EXPECT_EQ(found.result.status, TrustRegionStatus::iteration_limit);
  EXPECT_LT(found.result.value, 0);
  EXPECT_EQ(found.result.n_products, 5 + 1);
}

TYPED_TEST(NewtonStepTest, RefusesVectorsOfOtherLengths)
{
  TypeParam const space;
  auto objective = half_line<TypeParam>();
  Vector<double, TypeParam> const one("test::one", 1);
  Vector<double, TypeParam> const two("test::two", 2);
  try {
    take_newton_step(space, objective, one, two);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "take_newton_step: x and gradient have 1 and 2 entries for 1 parameters (one each "
                 "is needed)");
  }
  EXPECT_THROW(take_newton_step(space, objective, two, one), InputError);
}

}  // namespace
}  // namespace kovar::optim
