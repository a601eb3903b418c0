// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/optim/trust_region.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

namespace kovar::optim {
namespace {

using List = std::vector<double>;

/// An objective of plain lists on the host.
template <class ExecSpace>
class Plain : public NewtonObjective<ExecSpace> {
 public:
  using Value = std::function<double(List const&, List&)>;
  using Product = std::function<List(List const&, List const&)>;
  using ConstVector = Vector<double const, ExecSpace>;
  using FreeVector = Vector<double, ExecSpace>;

  Plain(std::int64_t n, Value value, Product product)
      : n_(n), value_(std::move(value)), product_(std::move(product))
  {
  }
  std::int64_t size() const override { return n_; }
  double try_point(ExecSpace const& space, ConstVector const& x, FreeVector const& g) override
  {
    tried_ = to_list(space, x);
    List gradient(tried_.size());
    double const value = value_(tried_, gradient);
    put(space, gradient, g);
    return value;
  }
  void accept(ExecSpace const&) override { x_ = tried_; }
  void hessian_product(ExecSpace const& space, ConstVector const& u, FreeVector const& p) override
  {
    last_ = to_list(space, u);
    put(space, product_(x_, last_), p);
  }
  void precondition(ExecSpace const& space, ConstVector const& r, FreeVector const& z) override
  {
    auto list = to_list(space, r);
    for (std::size_t i = 0; i < inverse_diagonal.size(); ++i) list[i] *= inverse_diagonal[i];
    put(space, list, z);
  }
  void forget_step(ExecSpace const&) override { step.assign(static_cast<std::size_t>(n_), 0); }
  void advance(ExecSpace const&, double alpha) override
  {
    for (std::size_t i = 0; i < step.size(); ++i) step[i] += alpha * last_[i];
  }

  List inverse_diagonal;
  List step;

 private:
  static void put(ExecSpace const& space, List const& from, FreeVector const& to)
  {
    Kokkos::deep_copy(space, to, to_space(space, from, "test::list"));
    space.fence();  // the copy goes away
  }
  std::int64_t n_;
  Value value_;
  Product product_;
  List tried_;
  List x_;
  List last_;
};

struct Found {
  TrustRegionResult result;
  List x;
  List gradient;
};

template <class ExecSpace>
Found minimize(NewtonObjective<ExecSpace>& objective, List const& start,
               TrustRegionOptions const& options = {})
{
  ExecSpace const space;
  auto const x = to_space(space, start, "test::x");
  Vector<double, ExecSpace> const gradient("test::gradient", start.size());
  auto const result = minimize_trust_region(space, objective, x, gradient, options);
  return {result, to_list(space, x), to_list(space, gradient)};
}

/// x^T A x / 2 - b^T x.
template <class ExecSpace>
Plain<ExecSpace> quadratic(test::HostMatrix const& a, List const& b)
{
  auto const times = [a](List const& u) {
    List p(u.size(), 0.0);
    for (std::int64_t i = 0; i < a.n_rows; ++i)
      for (std::int64_t j = 0; j < a.n_rows; ++j)
        p[static_cast<std::size_t>(i)] += a(i, j) * u[static_cast<std::size_t>(j)];
    return p;
  };
  return {a.n_rows,
          [=](List const& x, List& g) {
            g = times(x);
            double value = 0;
            for (std::size_t i = 0; i < x.size(); ++i) {
              value += x[i] * (g[i] / 2 - b[i]);
              g[i] -= b[i];
            }
            return value;
          },
          [=](List const&, List const& u) { return times(u); }};
}

TrustRegionOptions by(TrustRegionSolver solver)
{
  TrustRegionOptions options;
  options.solver = solver;
  return options;
}

constexpr TrustRegionSolver solvers[] = {TrustRegionSolver::conjugate_gradients,
                                         TrustRegionSolver::exact};

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

double line(List const& x, List& g)
{
  g = {1};
  return x[0];
}

List flat(List const&, List const&) { return {0}; }

TYPED_TEST(TrustRegionTest, SaysThatItReachedItsLimitOrWasStopped)
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

TYPED_TEST(TrustRegionTest, SaysThatTheStartHasNoValueOrNoGradient)
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
TYPED_TEST(TrustRegionTest, RestartsAStalledSearchOnce)
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

TYPED_TEST(TrustRegionTest, SaysThatTheHessianIsIndefiniteWhereItStalls)
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

TYPED_TEST(TrustRegionTest, EndsWithTheLastGoodPointWhereProductsAreNotFinite)
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
TYPED_TEST(TrustRegionTest, NeverAcceptsAPointWithoutAGradient)
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
TYPED_TEST(TrustRegionTest, EndsWhereTheValueStaysTheSame)
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
  for (auto const solver : solvers) {
    auto objective = Plain<TypeParam>(static_cast<std::int64_t>(n), chain, product);
    TypeParam const space;
    auto const x = to_space(space, List(n, -0.9), "test::x");
    Vector<double, TypeParam> const gradient("test::gradient", n);
    auto options = by(solver);
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
