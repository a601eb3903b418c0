// SPDX-License-Identifier: BSD-3-Clause
#include "plain_objective.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/optim/conjugate_gradients.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::optim {
namespace {

using test::HostMatrix;
using test::List;
using test::Plain;
using test::quadratic;

struct Solved {
  LinearSolveResult result;
  List x;
};

template <class ExecSpace>
Solved solve(NewtonObjective<ExecSpace>& objective, List const& b,
             LinearSolveOptions const& options = {})
{
  ExecSpace const space;
  Vector<double, ExecSpace> const x("test::x", b.size());
  Kokkos::deep_copy(x, 3);  // where a solve starts is not what was there
  auto const result = solve_by_conjugate_gradients<ExecSpace>(
      space, objective, to_space(space, b, "test::b"), x, options);
  return {result, to_list(space, x)};
}

HostMatrix diagonal_matrix(List const& diagonal)
{
  auto const n = static_cast<std::int64_t>(diagonal.size());
  HostMatrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i) a(i, i) = diagonal[static_cast<std::size_t>(i)];
  return a;
}

/// b - A x, in the norm of M^-1 over that of b.
double residual_of(HostMatrix const& a, List const& b, List const& x, List const& inverse = {})
{
  double residual = 0;
  double start = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    double r = b[i];
    for (std::size_t j = 0; j < b.size(); ++j)
      r -= a(static_cast<std::int64_t>(i), static_cast<std::int64_t>(j)) * x[j];
    double const m = inverse.empty() ? 1 : inverse[i];
    residual += m * r * r;
    start += m * b[i] * b[i];
  }
  return std::sqrt(residual / start);
}

template <class ExecSpace>
class ConjugateGradientsTest : public ::testing::Test {
};
TYPED_TEST_SUITE(ConjugateGradientsTest, test::ExecSpaces);

TYPED_TEST(ConjugateGradientsTest, SolvesDefiniteSystems)
{
  for (std::int64_t const n : {1, 2, 33, 120})
    for (double const wanted : {1e-3, 1e-10}) {
      SCOPED_TRACE(std::to_string(n) + " to " + std::to_string(wanted));
      auto const a = test::random_symmetric(n, 3, 0.5);
      auto const b = test::random_matrix(n, 1, 4).values;
      auto objective = quadratic<TypeParam>(a, b);
      auto const found = solve<TypeParam>(objective, b, {wanted, 0});
      EXPECT_EQ(found.result.status, LinearSolveStatus::solved);
      EXPECT_LE(found.result.relative_residual, wanted);
      EXPECT_NEAR(found.result.relative_residual, residual_of(a, b, found.x), 1e-14);
      EXPECT_LE(found.result.n_products, 2 * n + 2);
    }
}

TYPED_TEST(ConjugateGradientsTest, FindsNothingForNothing)
{
  auto objective = quadratic<TypeParam>(diagonal_matrix({1, 2, 3}), {0, 0, 0});
  auto const found = solve<TypeParam>(objective, {0, 0, 0});
  EXPECT_EQ(found.result.status, LinearSolveStatus::solved);
  EXPECT_EQ(found.result.n_products, 0);
  EXPECT_EQ(found.x, (List{0, 0, 0}));
  auto empty = quadratic<TypeParam>(HostMatrix(0, 0), {});
  EXPECT_EQ(solve<TypeParam>(empty, {}).result.status, LinearSolveStatus::solved);
}

// As many products as there are different eigenvalues, and one that checks the answer.
TYPED_TEST(ConjugateGradientsTest, NeedsAProductForEachEigenvalue)
{
  List diagonal;
  for (int i = 0; i < 60; ++i) diagonal.push_back(1 + i % 3);
  List const b(60, 1.0);
  auto objective = quadratic<TypeParam>(diagonal_matrix(diagonal), b);
  EXPECT_EQ(solve<TypeParam>(objective, b).result.n_products, 3 + 1);
}

TYPED_TEST(ConjugateGradientsTest, IsDoneAtOnceWhereThePreconditionerIsTheMatrix)
{
  List diagonal;
  List inverse;
  for (int i = 0; i < 60; ++i) {
    diagonal.push_back(std::pow(10, 0.1 * i));
    inverse.push_back(1 / diagonal.back());
  }
  auto const a = diagonal_matrix(diagonal);
  auto const b = test::random_matrix(60, 1, 4).values;
  auto objective = quadratic<TypeParam>(a, b);
  objective.inverse_diagonal = inverse;
  auto const found = solve<TypeParam>(objective, b);
  EXPECT_EQ(found.result.status, LinearSolveStatus::solved);
  EXPECT_EQ(found.result.n_products, 1 + 1);
  EXPECT_NEAR(found.result.relative_residual, residual_of(a, b, found.x, inverse), 1e-14);
}

TYPED_TEST(ConjugateGradientsTest, KeepsTheBestAtALimitOfProducts)
{
  List diagonal;
  for (int i = 0; i < 40; ++i) diagonal.push_back(std::pow(10, 0.1 * i));
  auto const a = diagonal_matrix(diagonal);
  List const b(40, 1.0);
  auto objective = quadratic<TypeParam>(a, b);
  auto const found = solve<TypeParam>(objective, b, {1e-10, 7});
  EXPECT_EQ(found.result.status, LinearSolveStatus::product_limit);
  EXPECT_EQ(found.result.n_products, 7 + 1);
  EXPECT_NEAR(found.result.relative_residual, residual_of(a, b, found.x), 1e-13);
  EXPECT_GT(found.result.relative_residual, 1e-10);
}

TYPED_TEST(ConjugateGradientsTest, SaysThatAMatrixIsNotDefinite)
{
  auto indefinite = quadratic<TypeParam>(diagonal_matrix({2, -1}), {1, 1});
  EXPECT_EQ(solve<TypeParam>(indefinite, {1, 1}).result.status, LinearSolveStatus::indefinite);
  auto singular = quadratic<TypeParam>(diagonal_matrix({2, 0}), {0, 1});
  EXPECT_EQ(solve<TypeParam>(singular, {0, 1}).result.status, LinearSolveStatus::indefinite);
}

TYPED_TEST(ConjugateGradientsTest, SaysThatAPreconditionerIsNotDefinite)
{
  auto objective = quadratic<TypeParam>(diagonal_matrix({2, 1}), {1, 1});
  objective.inverse_diagonal = {-1, -1};
  auto const found = solve<TypeParam>(objective, {1, 1});
  EXPECT_EQ(found.result.status, LinearSolveStatus::indefinite);
  EXPECT_EQ(found.result.n_products, 0);
  EXPECT_EQ(found.x, (List{0, 0}));
}

TYPED_TEST(ConjugateGradientsTest, SaysThatNumbersAreNotFinite)
{
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  auto objective = quadratic<TypeParam>(diagonal_matrix({2, 1}), {1, 1});
  EXPECT_EQ(solve<TypeParam>(objective, {1, nan}).result.status, LinearSolveStatus::not_finite);
  auto broken = Plain<TypeParam>(
      1, [](List const&, List&) { return 0.0; },
      [](List const&, List const&) { return List{nan}; });
  EXPECT_EQ(solve<TypeParam>(broken, {1}).result.status, LinearSolveStatus::not_finite);
}

// Products that are right to six digits cannot end in a residual of 1e-14.
TYPED_TEST(ConjugateGradientsTest, SaysThatRoundingsKeepItFromTheEnd)
{
  auto const exact = diagonal_matrix({1, 3, 10, 40});
  int n_products = 0;
  auto rough = Plain<TypeParam>(
      4, [](List const&, List&) { return 0.0; },
      [&](List const&, List const& u) {
        List p;
        ++n_products;
        for (std::size_t i = 0; i < u.size(); ++i) {
          auto const k = static_cast<std::int64_t>(i);
          p.push_back(exact(k, k) * u[i] *
                      (1 + 1e-6 * std::sin(n_products + 7.0 * static_cast<double>(i))));
        }
        return p;
      });
  auto const found = solve<TypeParam>(rough, {1, 1, 1, 1}, {1e-14, 0});
  EXPECT_EQ(found.result.status, LinearSolveStatus::no_progress);
  EXPECT_LT(found.result.relative_residual, 1e-4);
  EXPECT_EQ(found.result.n_products, n_products);
}

TYPED_TEST(ConjugateGradientsTest, RefusesVectorsOfOtherLengths)
{
  TypeParam const space;
  auto objective = quadratic<TypeParam>(diagonal_matrix({1, 2}), {1, 1});
  Vector<double, TypeParam> const two("test::two", 2);
  Vector<double, TypeParam> const three("test::three", 3);
  try {
    solve_by_conjugate_gradients<TypeParam>(space, objective, two, three);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "solve_by_conjugate_gradients: b and x have 2 and 3 entries for 2 parameters (one "
                 "each is needed)");
  }
  EXPECT_THROW(solve_by_conjugate_gradients<TypeParam>(space, objective, three, two), InputError);
}

TEST(LinearSolveStatusTest, HasAWordForEach)
{
  EXPECT_STREQ(name_of(LinearSolveStatus::solved), "solved");
  EXPECT_STREQ(name_of(LinearSolveStatus::product_limit), "limit of products");
  EXPECT_STREQ(name_of(LinearSolveStatus::no_progress), "no progress");
  EXPECT_STREQ(name_of(LinearSolveStatus::indefinite), "Hessian not positive definite");
  EXPECT_STREQ(name_of(LinearSolveStatus::not_finite), "not finite");
}

}  // namespace
}  // namespace kovar::optim
