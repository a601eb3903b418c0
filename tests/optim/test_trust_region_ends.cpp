// SPDX-License-Identifier: BSD-3-Clause
#include "plain_objective.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/optim/trust_region.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

// How searches end that find no minimum.

namespace kovar::optim {
namespace {

using test::by;
using test::List;
using test::minimize;
using test::Plain;
using test::solvers;

double line(List const& x, List& g)
{
  g = {1};
  return x[0];
}

List flat(List const&, List const&) { return {0}; }

template <class ExecSpace>
class TrustRegionEndsTest : public ::testing::Test {
};
TYPED_TEST_SUITE(TrustRegionEndsTest, test::ExecSpaces);

TYPED_TEST(TrustRegionEndsTest, SaysThatItReachedItsLimitOrWasStopped)
{
  auto downhill = Plain<TypeParam>(1, line, flat);
  for (auto const solver : solvers) {
    auto options = by(solver);
    options.max_iterations = 5;
    EXPECT_EQ(minimize<TypeParam>(downhill, {0}, options).result.status,
              TrustRegionStatus::iteration_limit);
    options.on_iteration = [](TrustRegionIterate const& at) { return at.iteration < 3; };
    auto const stopped = minimize<TypeParam>(downhill, {0}, options).result;
    EXPECT_EQ(stopped.status, TrustRegionStatus::stopped);
    EXPECT_EQ(stopped.n_iterations, 3);
  }
}

TYPED_TEST(TrustRegionEndsTest, SaysThatTheStartHasNoValueOrNoGradient)
{
  auto nowhere = Plain<TypeParam>(
      1, [](List const&, List&) { return NAN; }, flat);
  EXPECT_EQ(minimize<TypeParam>(nowhere, {0}).result.status, TrustRegionStatus::start_failed);
  auto steep = Plain<TypeParam>(
      1,
      [](List const&, List& g) {
        g = {NAN};
        return 1.0;
      },
      flat);
  EXPECT_EQ(minimize<TypeParam>(steep, {0}).result.status, TrustRegionStatus::start_failed);
}

// A gradient of the wrong sign: no step keeps its promise. One restart with the first radius, then the end.
TYPED_TEST(TrustRegionEndsTest, RestartsAStalledSearchOnce)
{
  auto const wrong = [](List const& x, List& g) {
    g = {-2 * x[0]};
    return x[0] * x[0];
  };
  auto uphill =
      Plain<TypeParam>(1, wrong, [](List const&, List const& u) { return List{2 * u[0]}; });
  for (auto const solver : solvers) {
    auto const lost = minimize<TypeParam>(uphill, {1.0}, by(solver));
    EXPECT_EQ(lost.result.status, TrustRegionStatus::no_progress);
    EXPECT_EQ(lost.x[0], 1);
    ASSERT_EQ(lost.result.trace.size(), 40U);
    EXPECT_EQ(lost.result.trace[20].radius, lost.result.trace[0].radius);
    EXPECT_LT(lost.result.trace[19].radius, 1e-10 * lost.result.trace[0].radius);
  }
}

TYPED_TEST(TrustRegionEndsTest, SaysThatTheHessianIsIndefiniteWhereItStalls)
{
  auto const wrong = [](List const& x, List& g) {
    g = {-2 * x[0]};
    return x[0] * x[0];
  };
  auto uphill =
      Plain<TypeParam>(1, wrong, [](List const&, List const& u) { return List{-2 * u[0]}; });
  for (auto const solver : solvers)
    EXPECT_EQ(minimize<TypeParam>(uphill, {1.0}, by(solver)).result.status,
              TrustRegionStatus::indefinite);
}

TYPED_TEST(TrustRegionEndsTest, EndsWithTheLastGoodPointWhereProductsAreNotFinite)
{
  // x^4, of which the second derivative is lost once x is below 1.
  auto broken = Plain<TypeParam>(
      1,
      [](List const& x, List& g) {
        g = {4 * x[0] * x[0] * x[0]};
        return std::pow(x[0], 4);
      },
      [](List const& x, List const& u) { return List{x[0] < 1 ? NAN : 12 * x[0] * x[0] * u[0]}; });
  for (auto const solver : solvers) {
    auto const found = minimize<TypeParam>(broken, {2.0}, by(solver));
    EXPECT_EQ(found.result.status, TrustRegionStatus::not_finite);
    EXPECT_LT(found.x[0], 1);
    EXPECT_EQ(found.result.value, std::pow(found.x[0], 4));
    EXPECT_EQ(found.gradient[0], 4 * found.x[0] * found.x[0] * found.x[0]);
  }
}

// Beyond 3 there is a value and no gradient: the minimum at 4 is not to be had, nor is such a point taken.
TYPED_TEST(TrustRegionEndsTest, NeverAcceptsAPointWithoutAGradient)
{
  auto cliff = Plain<TypeParam>(
      1,
      [](List const& x, List& g) {
        g = {x[0] > 3 ? NAN : 2 * (x[0] - 4)};
        return (x[0] - 4) * (x[0] - 4);
      },
      [](List const&, List const& u) { return List{2 * u[0]}; });
  for (auto const solver : solvers) {
    auto const found = minimize<TypeParam>(cliff, {0.0}, by(solver));
    EXPECT_NE(found.result.status, TrustRegionStatus::converged);
    EXPECT_LE(found.x[0], 3);
    EXPECT_TRUE(std::isfinite(found.gradient[0]));
  }
}

// The slope is below the roundings of the value: steps are accepted and change nothing. Five, a restart, and
// five more.
TYPED_TEST(TrustRegionEndsTest, EndsWhereTheValueStaysTheSame)
{
  auto coarse = Plain<TypeParam>(
      1,
      [](List const&, List& g) {
        g = {1e-3};
        return 1e9;
      },
      [](List const&, List const& u) { return u; });
  for (auto const solver : solvers) {
    auto const found = minimize<TypeParam>(coarse, {0.0}, by(solver));
    EXPECT_EQ(found.result.status, TrustRegionStatus::no_progress);
    EXPECT_EQ(found.result.n_iterations, 10);
    EXPECT_EQ(found.result.value, 1e9);
  }
}

}  // namespace
}  // namespace kovar::optim
