// SPDX-License-Identifier: BSD-3-Clause
#include "plain_objective.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/optim/trust_region.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::optim {
namespace {

using test::by;
using test::List;
using test::minimize;
using test::Plain;
using test::quadratic;
using test::solvers;

template <class ExecSpace>
class TrustRegionTest : public ::testing::Test {
};
TYPED_TEST_SUITE(TrustRegionTest, test::ExecSpaces);

TYPED_TEST(TrustRegionTest, SolvesQuadraticProblems)
{
  for (auto const solver : solvers)
    for (std::int64_t const n : {1, 2, 33, 120}) {
      auto const a = test::random_symmetric(n, 3, 0.5);
      auto const b = test::random_matrix(n, 1, 4).values;
      auto objective = quadratic<TypeParam>(a, b);
      auto const found =
          minimize<TypeParam>(objective, List(static_cast<std::size_t>(n), 0.0), by(solver));
      EXPECT_EQ(found.result.status, TrustRegionStatus::converged) << n;
      for (double const entry : found.gradient) EXPECT_NEAR(entry, 0, 1e-6) << n;
      EXPECT_LE(found.result.distance, 1e-10);
    }
}

// With M = H conjugate gradients are done after one product.
TYPED_TEST(TrustRegionTest, NeedsOneProductWhereThePreconditionerIsTheHessian)
{
  auto const options = by(TrustRegionSolver::conjugate_gradients);
  test::HostMatrix a(40, 40);
  List inverse;
  for (std::int64_t i = 0; i < 40; ++i) {
    a(i, i) = std::pow(10.0, static_cast<double>(i) / 8);
    inverse.push_back(1 / a(i, i));
  }
  auto objective = quadratic<TypeParam>(a, test::random_matrix(40, 1, 4).values);
  objective.inverse_diagonal = inverse;
  auto const found = minimize<TypeParam>(objective, List(40, 0.0), options);
  EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
  EXPECT_LE(found.result.n_products, 3);
}

// sum_i cosh(c_i x_i) - b_i x_i, whose minimum is known; conditioned badly enough to take many products.
template <class ExecSpace>
test::Plain<ExecSpace> chains(std::int64_t n)
{
  auto const c = [](std::size_t i) { return 1 + 0.3 * static_cast<double>(i); };
  return {n,
          [c](List const& x, List& g) {
            double value = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
              value += std::cosh(c(i) * x[i]) - 3 * x[i];
              g[i] = c(i) * std::sinh(c(i) * x[i]) - 3;
            }
            return value;
          },
          [c](List const& x, List const& u) {
            List p(u.size());
            for (std::size_t i = 0; i < u.size(); ++i)
              p[i] = c(i) * c(i) * std::cosh(c(i) * x[i]) * u[i];
            return p;
          }};
}

TYPED_TEST(TrustRegionTest, EndsAtTheToleranceWithFewerProducts)
{
  auto options = by(TrustRegionSolver::conjugate_gradients);
  options.distance_tolerance = 1e-6;
  auto objective = chains<TypeParam>(60);
  double minimum = 0;
  for (std::size_t i = 0; i < 60; ++i) {
    double const c = 1 + 0.3 * static_cast<double>(i);
    minimum += std::sqrt(1 + 9 / (c * c)) - 3 / c * std::asinh(3 / c);
  }
  auto const far = minimize<TypeParam>(objective, List(60, 0.0), options).result;
  options.end = TrustRegionEnd::at_tolerance;
  auto const near = minimize<TypeParam>(objective, List(60, 0.0), options).result;
  for (auto const* const found : {&far, &near}) {
    EXPECT_EQ(found->status, TrustRegionStatus::converged);
    EXPECT_LE(found->distance, 1e-6);
    EXPECT_NEAR(found->value, minimum, 1e-6);
  }
  EXPECT_NEAR(far.value, minimum, 1e-13 * minimum);  // roundings of 60 terms
  EXPECT_LT(4 * near.n_products, 3 * far.n_products);
}

// Where eigenvalues are small a residual hides a distance that is 10^5 times as long.
TYPED_TEST(TrustRegionTest, EndsAtTheToleranceWhereTheHessianIsBadlyConditioned)
{
  auto options = by(TrustRegionSolver::conjugate_gradients);
  options.distance_tolerance = 1e-8;
  options.end = TrustRegionEnd::at_tolerance;
  auto const r = test::random_matrix(40, 1, 4).values;
  test::HostMatrix a(40, 40);
  List b;
  double minimum = 0;
  for (std::int64_t i = 0; i < 40; ++i) {
    a(i, i) = std::pow(10.0, -static_cast<double>(i) / 8);
    double const x = r[static_cast<std::size_t>(i)];
    b.push_back(a(i, i) * x);
    minimum -= a(i, i) * x * x / 2;
  }
  auto objective = quadratic<TypeParam>(a, b);
  auto const found = minimize<TypeParam>(objective, List(40, 0.0), options).result;
  EXPECT_EQ(found.status, TrustRegionStatus::converged);
  EXPECT_NEAR(found.value, minimum, 1e-8);
}

TYPED_TEST(TrustRegionTest, TellsTheObjectiveTheWholeStep)
{
  auto const a = test::random_symmetric(7, 3, 0.5);
  auto objective = quadratic<TypeParam>(a, test::random_matrix(7, 1, 4).values);
  List const start(7, 0.5);
  auto options = by(TrustRegionSolver::conjugate_gradients);
  options.max_iterations = 1;
  for (double const radius : {0.01, 100.0}) {  // ends at the boundary, and inside
    options.initial_radius = radius;
    auto const found = minimize<TypeParam>(objective, start, options);
    for (std::size_t i = 0; i < 7; ++i)
      EXPECT_NEAR(objective.step[i], found.x[i] - start[i], 1e-14);
  }
}

TYPED_TEST(TrustRegionTest, FindsTheEndOfRosenbrocksValley)
{
  auto objective = Plain<TypeParam>(
      2,
      [](List const& x, List& g) {
        double const a = x[1] - x[0] * x[0];
        double const b = 1 - x[0];
        g = {-400 * x[0] * a - 2 * b, 200 * a};
        return 100 * a * a + b * b;
      },
      [](List const& x, List const& u) {
        return List{(1200 * x[0] * x[0] - 400 * x[1] + 2) * u[0] - 400 * x[0] * u[1],
                    -400 * x[0] * u[0] + 200 * u[1]};
      });
  for (auto const solver : solvers) {
    auto const found = minimize<TypeParam>(objective, {-1.2, 1}, by(solver));
    EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
    EXPECT_NEAR(found.x[0], 1, 1e-7);
    EXPECT_NEAR(found.x[1], 1, 1e-7);
    for (std::size_t k = 1; k < found.result.trace.size(); ++k)
      EXPECT_LE(found.result.trace[k].value, found.result.trace[k - 1].value);
  }
}

// At 0.1 the curvature of x^4 - x^2 is negative.
TYPED_TEST(TrustRegionTest, LeavesNegativeCurvature)
{
  auto objective = Plain<TypeParam>(
      1,
      [](List const& x, List& g) {
        g = {4 * x[0] * x[0] * x[0] - 2 * x[0]};
        return std::pow(x[0], 4) - x[0] * x[0];
      },
      [](List const& x, List const& u) { return List{(12 * x[0] * x[0] - 2) * u[0]}; });
  for (auto const solver : solvers) {
    auto const found = minimize<TypeParam>(objective, {0.1}, by(solver));
    EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
    EXPECT_NEAR(found.x[0], std::sqrt(0.5), 1e-8);
  }
}

// x - 2 ln x has no value at x <= 0, where the first Newton step from 5 goes.
TYPED_TEST(TrustRegionTest, StepsBackFromWhereThereIsNoValue)
{
  auto objective = Plain<TypeParam>(
      1,
      [](List const& x, List& g) {
        if (x[0] <= 0) return HUGE_VAL;
        g = {1 - 2 / x[0]};
        return x[0] - 2 * std::log(x[0]);
      },
      [](List const& x, List const& u) { return List{2 / (x[0] * x[0]) * u[0]}; });
  for (auto const solver : solvers) {
    auto options = by(solver);
    options.initial_radius = 100;
    auto const found = minimize<TypeParam>(objective, {5}, options);
    EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
    EXPECT_NEAR(found.x[0], 2, 1e-8);
    EXPECT_FALSE(found.result.trace.front().is_accepted);
  }
}

TYPED_TEST(TrustRegionTest, IsAtOnceDoneAtTheMinimumAndWithoutParameters)
{
  auto objective = quadratic<TypeParam>(test::random_symmetric(3, 1, 1), List(3, 0.0));
  auto const found =
      minimize<TypeParam>(objective, List(3, 0.0), by(TrustRegionSolver::conjugate_gradients));
  EXPECT_EQ(found.result.status, TrustRegionStatus::converged);
  EXPECT_EQ(found.result.n_products, 0);
  auto const exact = minimize<TypeParam>(objective, List(3, 0.0), by(TrustRegionSolver::exact));
  EXPECT_EQ(exact.result.status, TrustRegionStatus::converged);
  EXPECT_EQ(exact.result.n_iterations, 1);
  auto none = quadratic<TypeParam>(test::HostMatrix(0, 0), {});
  EXPECT_EQ(minimize<TypeParam>(none, {}).result.status, TrustRegionStatus::converged);
}

// Kept after some iterations and begun anew from there: the same bits.
TYPED_TEST(TrustRegionTest, GoesOnFromAKeptStateOnTheSamePath)
{
  std::size_t const n = 12;
  auto const chain = [n](List const& x, List& g) {
    g.assign(n, 0.0);
    double value = 0;
    for (std::size_t i = 0; i + 1 < n; ++i) {
      double const a = x[i + 1] - x[i] * x[i];
      double const b = 1 - x[i];
      g[i] += -400 * x[i] * a - 2 * b;
      g[i + 1] += 200 * a;
      value += 100 * a * a + b * b;
    }
    return value;
  };
  auto const product = [n](List const& x, List const& u) {
    List p(n, 0.0);
    for (std::size_t i = 0; i + 1 < n; ++i) {
      p[i] += (1200 * x[i] * x[i] - 400 * x[i + 1] + 2) * u[i] - 400 * x[i] * u[i + 1];
      p[i + 1] += -400 * x[i] * u[i] + 200 * u[i + 1];
    }
    return p;
  };
  for (auto const solver : solvers)
    for (auto const end : {TrustRegionEnd::at_roundings, TrustRegionEnd::at_tolerance}) {
      auto objective = Plain<TypeParam>(static_cast<std::int64_t>(n), chain, product);
      TypeParam const space;
      auto const x = to_space(space, List(n, -0.9), "test::x");
      Vector<double, TypeParam> const gradient("test::gradient", n);
      auto options = by(solver);
      options.end = end;
      options.n_to_keep = 4;
      std::vector<TrustRegionState> states;
      std::vector<List> points;
      options.keep = [&](TrustRegionState const& state) {
        states.push_back(state);
        points.push_back(to_list(space, x));
      };
      auto const whole = minimize_trust_region<TypeParam>(space, objective, x, gradient, options);
      ASSERT_EQ(whole.status, TrustRegionStatus::converged);
      ASSERT_GE(states.size(), 2U);
      for (std::size_t k = 0; k < states.size(); ++k) {
        auto rest = by(solver);
        rest.end = end;
        rest.n_to_keep = 4;
        rest.keep = [](TrustRegionState const&) {};
        rest.start_from = states[k];
        auto const found = minimize<TypeParam>(objective, points[k], rest);
        EXPECT_EQ(found.x, to_list(space, x));
        EXPECT_EQ(found.result.value, whole.value);
        EXPECT_EQ(found.result.n_iterations, whole.n_iterations);
        EXPECT_EQ(found.result.n_products, whole.n_products);
        EXPECT_EQ(found.result.n_values, whole.n_values);
      }
    }
}

TYPED_TEST(TrustRegionTest, RefusesVectorsOfOtherLengths)
{
  auto objective = quadratic<TypeParam>(test::random_symmetric(3, 1, 1), List(3, 0.0));
  EXPECT_THROW(minimize<TypeParam>(objective, List(2, 0.0)), InputError);
}

}  // namespace
}  // namespace kovar::optim
