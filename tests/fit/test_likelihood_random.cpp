// SPDX-License-Identifier: BSD-3-Clause
#include "random_problem.hpp"
#include "support/spaces.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::fit {
namespace {

using test::evaluate;
using test::largest;
using test::likelihood_of;
using test::problems;
using test::product_of;
using test::random_point;

double dot(std::vector<double> const& a, std::vector<double> const& b)
{
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

std::vector<double> along(std::vector<double> const& x, double step, std::vector<double> const& u)
{
  auto moved = x;
  for (std::size_t i = 0; i < x.size(); ++i) moved[i] += step * u[i];
  return moved;
}

// Central differences with two steps, extrapolated, of a list of functions along u.
template <class Function>
std::vector<double> derivatives(Function const& f, double h)
{
  auto const difference = [&](double step) {
    auto up = f(step);
    auto const down = f(-step);
    for (std::size_t i = 0; i < up.size(); ++i) up[i] = (up[i] - down[i]) / (2 * step);
    return up;
  };
  auto const coarse = difference(h);
  auto fine = difference(h / 2);
  for (std::size_t i = 0; i < fine.size(); ++i) fine[i] = (4 * fine[i] - coarse[i]) / 3;
  return fine;
}

template <class ExecSpace>
class FitLikelihoodRandom : public ::testing::Test {
};
TYPED_TEST_SUITE(FitLikelihoodRandom, test::ExecSpaces);

TYPED_TEST(FitLikelihoodRandom, TensorsAreValid)
{
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    EXPECT_NO_THROW(require_tensor(p.tensor));
  }
}

// The gradient is that of the value, the product that of the gradient.
TYPED_TEST(FitLikelihoodRandom, DerivativesMeetDifferences)
{
  TypeParam const space;
  for (auto const& p : problems())
    for (bool const is_far : {false, true}) {
      SCOPED_TRACE(p.name + (is_far ? ", far" : ", near"));
      auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
      test::RandomNumbers numbers(7);
      auto const x = random_point(p, likelihood.parameters(), is_far, numbers);
      auto const u = numbers.normals(static_cast<std::int64_t>(x.size()), 1);
      constexpr double h = 2e-4;
      auto const slope = derivatives(
          [&](double step) {
            return std::vector<double>{evaluate(space, likelihood, along(x, step, u)).value};
          },
          h);
      auto const curvature = derivatives(
          [&](double step) { return evaluate(space, likelihood, along(x, step, u)).gradient; }, h);
      auto const at = evaluate(space, likelihood, x);
      ASSERT_TRUE(std::isfinite(at.value));
      // What is left of the differences: roundings of the value over the step, and h^4.
      double const rounding = 1e-15 * (1 + std::fabs(at.value)) / h;
      EXPECT_NEAR(slope[0], dot(at.gradient, u), 1e-8 * (1 + largest(at.gradient)) + 10 * rounding);
      auto const product = product_of(space, likelihood, u);
      double const scale = 1 + largest(product);
      for (std::size_t i = 0; i < x.size(); ++i)
        EXPECT_NEAR(curvature[i], product[i], 1e-7 * scale + 1e-10 * largest(at.gradient)) << i;
    }
}

TYPED_TEST(FitLikelihoodRandom, ProductsAreSymmetricAndLinear)
{
  TypeParam const space;
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
    test::RandomNumbers numbers(11);
    auto const x = random_point(p, likelihood.parameters(), true, numbers);
    auto const n = static_cast<std::int64_t>(x.size());
    auto const u = numbers.normals(n, 1);
    auto const v = numbers.normals(n, 1);
    evaluate(space, likelihood, x);
    for (auto const form : {HessianForm::exact, HessianForm::gauss_newton, HessianForm::fisher}) {
      auto const hu = product_of(space, likelihood, u, form);
      auto const hv = product_of(space, likelihood, v, form);
      double const scale = static_cast<double>(n) * std::max(largest(hu), largest(hv));
      EXPECT_NEAR(dot(u, hv), dot(v, hu), 1e-13 * scale);
      auto const both = product_of(space, likelihood, along(u, -2.5, v), form);
      for (std::size_t i = 0; i < both.size(); ++i)
        EXPECT_NEAR(both[i], hu[i] - 2.5 * hv[i], 1e-13 * scale);
      if (form == HessianForm::fisher) {
        EXPECT_GE(dot(u, hu), -1e-13 * scale);
      }
    }
  }
}

template <class ExecSpace>
void expect_diagonal_of_products(ExecSpace const& space, test::RandomProblem const& p)
{
  SCOPED_TRACE(p.name);
  auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
  test::RandomNumbers numbers(13);
  auto const x = random_point(p, likelihood.parameters(), false, numbers);
  evaluate(space, likelihood, x);
  Vector<double, ExecSpace> const diagonal("test::diagonal", x.size());
  auto const& parameters = likelihood.parameters();
  // Of a root the magnitude of its own curvature comes on top: left out.
  auto const first =
      static_cast<std::size_t>(parameters.strengths_are_squared ? parameters.n_strengths : 0);
  for (auto const form : {HessianForm::gauss_newton, HessianForm::fisher}) {
    likelihood.hessian_diagonal(space, form, diagonal);
    auto const found = to_list(space, diagonal);
    for (std::size_t k = first; k < x.size(); ++k) {
      std::vector<double> unit(x.size(), 0.0);
      unit[k] = 1;
      auto const column = product_of(space, likelihood, unit, form);
      EXPECT_NEAR(found[k], column[k], 1e-12 * (1 + largest(column))) << k;
    }
  }
}

TYPED_TEST(FitLikelihoodRandom, DiagonalIsThatOfTheProducts)
{
  for (auto const& p : problems())
    if (p.options.data_term != DataTerm::covariance)  // an approximation there
      expect_diagonal_of_products(TypeParam(), p);
}

// Rows without gaps are kept as runs; bins of one entry and of several, up and down alike and not.
TYPED_TEST(FitLikelihoodRandom, DiagonalIsThatOfTheProductsWhereVariationsAreRuns)
{
  for (std::int64_t const n_processes : {1, 3})
    for (auto const type : {SystematicType::log_normal, SystematicType::additive})
      for (bool const is_symmetric : {true, false}) {
        test::RandomShape shape;
        shape.type = type;
        shape.is_symmetric = is_symmetric;
        shape.n_processes = n_processes;
        shape.n_systematics = 29;
        shape.filling = 1;
        test::RandomProblem p;
        p.name = std::to_string(n_processes) + " processes";
        p.tensor = test::random_tensor(shape);
        p.options.bin_statistics.constraint = BinConstraint::gamma;
        expect_diagonal_of_products(TypeParam(), p);
      }
}

// One thread of one rank against all threads of all ranks.
TYPED_TEST(FitLikelihoodRandom, IsTheSameWhereverItRuns)
{
  TypeParam const space;
  Kokkos::Serial const serial;
  for (auto const& p : problems()) {
    SCOPED_TRACE(p.name);
    auto likelihood = likelihood_of(space, dist::Communicator::world(), p);
    auto alone = likelihood_of(serial, dist::Communicator(), p);
    test::RandomNumbers numbers(17);
    auto const x = random_point(p, likelihood.parameters(), false, numbers);
    auto const u = numbers.normals(static_cast<std::int64_t>(x.size()), 1);
    auto const found = evaluate(space, likelihood, x);
    auto const expected = evaluate(serial, alone, x);
    EXPECT_NEAR(found.value, expected.value, 1e-12 * std::fabs(expected.value));
    auto const meet = [](std::vector<double> const& a, std::vector<double> const& b) {
      ASSERT_EQ(a.size(), b.size());
      for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12 * largest(b)) << i;
    };
    meet(found.gradient, expected.gradient);
    meet(product_of(space, likelihood, u), product_of(serial, alone, u));
    meet(likelihood.yields(space), alone.yields(serial));
    meet(likelihood.betas(space), alone.betas(serial));
    EXPECT_NEAR(likelihood.full(space).total(), alone.full(serial).total(),
                1e-12 * std::fabs(alone.full(serial).total()));
  }
}

}  // namespace
}  // namespace kovar::fit
