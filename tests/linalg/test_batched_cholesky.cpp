// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/batched_cholesky.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::linalg {
namespace {

template <class T>
class BatchedCholesky : public ::testing::Test {
};
TYPED_TEST_SUITE(BatchedCholesky, test::ScalarsAndSpaces);

struct Problem {
  std::vector<test::HostMatrix> matrices;
  test::HostMatrix points;  // n x m
};

Problem random_problem(std::int64_t n, std::int64_t m, std::int64_t size)
{
  Problem problem;
  for (std::int64_t b = 0; b < size; ++b)
    problem.matrices.push_back(test::random_symmetric(n, 20 + static_cast<std::uint64_t>(b), 0.5));
  problem.points = test::random_matrix(n, m, 99);
  return problem;
}

template <class Scalar, class ExecSpace>
BorderedStack<Scalar, ExecSpace> stack_of(Problem const& problem)
{
  std::int64_t const n = problem.points.n_rows;
  std::int64_t const m = problem.points.n_cols;
  BorderedStack<Scalar, ExecSpace> const stack(ExecSpace(), n, m,
                                               static_cast<std::int64_t>(problem.matrices.size()));
  ExecSpace().fence();
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, stack.values());
  for (std::size_t b = 0; b < problem.matrices.size(); ++b)
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t i = j; i < n; ++i)
        host(i, j, b) = static_cast<Scalar>(problem.matrices[b](i, j));
      for (std::int64_t p = 0; p < m; ++p)
        host(stack.first_border_row() + p, j, b) = static_cast<Scalar>(problem.points(j, p));
    }
  Kokkos::deep_copy(stack.values(), host);
  return stack;
}

struct Expected {
  double log_determinant = 0;
  double quadratic_sum = 0;
};

Expected slow_scores(test::HostMatrix const& a, test::HostMatrix const& points)
{
  Expected expected;
  auto const l = test::slow_cholesky(a);
  for (std::int64_t i = 0; i < a.n_rows; ++i) expected.log_determinant += 2 * std::log(l(i, i));
  for (std::int64_t p = 0; p < points.n_cols; ++p) {
    std::vector<double> y;
    for (std::int64_t i = 0; i < a.n_rows; ++i) {
      double sum = points(i, p);
      for (std::int64_t k = 0; k < i; ++k) sum -= l(i, k) * y[static_cast<std::size_t>(k)];
      y.push_back(sum / l(i, i));
      expected.quadratic_sum += y.back() * y.back();
    }
  }
  return expected;
}

// One below, at and above a tile, and several tiles.
TYPED_TEST(BatchedCholesky, LogDeterminantsAndQuadraticFormsEqualThePlainLoop)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {1, 7, 8, 9, 33, 100})
    for (std::int64_t const m : {0, 1, 5, 16, 17}) {
      Problem const problem = random_problem(n, m, 3);

      auto const result = batched_cholesky(ExecSpace(), stack_of<Scalar, ExecSpace>(problem));

      auto const log_determinant = test::to_vector(result.log_determinant);
      auto const quadratic_sum = test::to_vector(result.quadratic_sum);
      auto const bad_minor =
          Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, result.bad_minor);
      for (std::size_t b = 0; b < problem.matrices.size(); ++b) {
        Expected const expected = slow_scores(problem.matrices[b], problem.points);
        double const tolerance = 64 * static_cast<double>(n) * TypeParam::epsilon;
        EXPECT_EQ(bad_minor(b), 0);
        EXPECT_NEAR(log_determinant[b], expected.log_determinant, tolerance) << n << ", " << m;
        EXPECT_NEAR(quadratic_sum[b], expected.quadratic_sum,
                    tolerance * static_cast<double>(m + 1));
      }
    }
}

// The library's route by itself: few matrices go one after the other, many side by side.
TYPED_TEST(BatchedCholesky, TheLibraryGivesWhatTheTeamsGive)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  for (std::int64_t const size : {1, 9})
    for (std::int64_t const m : {0, 6}) {
      Problem problem = random_problem(45, m, size);
      if (size > 1) problem.matrices[4](30, 30) = -1;
      auto const by_teams = stack_of<Scalar, ExecSpace>(problem);
      auto const by_library = stack_of<Scalar, ExecSpace>(problem);
      Vector<int, ExecSpace> const bad_teams("test::bad_minor", size);
      Vector<int, ExecSpace> const bad_library("test::bad_minor", size);
      detail::team_cholesky(space, by_teams, bad_teams);
      detail::library_cholesky(space, by_library, bad_library);
      space.fence();
      auto const a = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, by_teams.values());
      auto const b = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, by_library.values());
      auto const bad_a = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, bad_teams);
      auto const bad_b = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, bad_library);
      for (std::int64_t k = 0; k < size; ++k) {
        EXPECT_EQ(bad_a(k), size > 1 && k == 4 ? 31 : 0);
        EXPECT_EQ(bad_b(k), bad_a(k));
        if (bad_a(k) != 0) continue;
        for (std::int64_t j = 0; j < 45; ++j) {
          for (std::int64_t i = j; i < 45; ++i)
            EXPECT_NEAR(a(i, j, k), b(i, j, k), 400 * TypeParam::epsilon);
          for (std::int64_t p = 0; p < m; ++p) {
            std::int64_t const row = by_teams.first_border_row() + p;
            EXPECT_NEAR(a(row, j, k), b(row, j, k), 2000 * TypeParam::epsilon);
          }
        }
      }
    }
}

/// One matrix (1-c) I + c 1 1^T over a border of ones. Outside the test: nvcc takes no kernel in a member
/// function that is not public.
template <class Scalar, class ExecSpace>
void fill_with_constant_correlation(ExecSpace const& space,
                                    BorderedStack<Scalar, ExecSpace> const& stack, double c)
{
  auto const values = stack.values();
  std::int64_t const n = stack.n();
  std::int64_t const border = stack.first_border_row();
  Kokkos::parallel_for(
      "kovar::test::fill", Kokkos::RangePolicy<ExecSpace>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t j) {
        for (std::int64_t i = j; i < n; ++i) values(i, j, 0) = i == j ? 1 : c;
        values(border, j, 0) = 1;
      });
}

// (1-c) I + c 1 1^T has the determinant (1-c)^(n-1) (1 - c + n c), and 1^T a^-1 1 = n / (1 - c + n c).
TYPED_TEST(BatchedCholesky, MatchesTheClosedFormOnBothSidesOfTheSwitchToTheLibrary)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const largest = largest_team_cholesky<ExecSpace>();
  double const c = 0.25;
  for (std::int64_t const n : {largest, largest + 1}) {
    ExecSpace const space;
    BorderedStack<Scalar, ExecSpace> const stack(space, n, 1, 1);
    fill_with_constant_correlation(space, stack, c);
    auto const result = batched_cholesky(space, stack);
    double const whole = 1 - c + static_cast<double>(n) * c;
    double const log_determinant = static_cast<double>(n - 1) * std::log(1 - c) + std::log(whole);
    EXPECT_NEAR(test::to_vector(result.log_determinant)[0], log_determinant,
                8 * static_cast<double>(n) * TypeParam::epsilon);
    EXPECT_NEAR(test::to_vector(result.quadratic_sum)[0], static_cast<double>(n) / whole,
                8 * static_cast<double>(n) * TypeParam::epsilon);
  }
}

TYPED_TEST(BatchedCholesky, LeavesTheFactorInTheLowerTriangle)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  Problem const problem = random_problem(21, 2, 2);
  auto const stack = stack_of<typename TypeParam::Scalar, ExecSpace>(problem);
  batched_cholesky(ExecSpace(), stack);
  ExecSpace().fence();
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, stack.values());
  for (std::size_t b = 0; b < 2; ++b) {
    auto const l = test::slow_cholesky(problem.matrices[b]);
    for (std::int64_t j = 0; j < 21; ++j)
      for (std::int64_t i = j; i < 21; ++i)
        EXPECT_NEAR(host(i, j, b), l(i, j), 200 * TypeParam::epsilon);
  }
}

TYPED_TEST(BatchedCholesky, AnIndefiniteMatrixSpoilsOnlyItself)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  Problem problem = random_problem(20, 1, 3);
  problem.matrices[1](13, 13) = -0.25;
  auto const result =
      batched_cholesky(ExecSpace(), stack_of<typename TypeParam::Scalar, ExecSpace>(problem));
  auto const bad_minor = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, result.bad_minor);
  EXPECT_EQ(bad_minor(0), 0);
  EXPECT_EQ(bad_minor(1), 14);
  EXPECT_EQ(bad_minor(2), 0);
  auto const log_determinant = test::to_vector(result.log_determinant);
  EXPECT_FALSE(std::isnan(log_determinant[0]));
  EXPECT_TRUE(std::isnan(log_determinant[1]));
  EXPECT_TRUE(std::isnan(test::to_vector(result.quadratic_sum)[1]));
  EXPECT_FALSE(std::isnan(log_determinant[2]));
}

TYPED_TEST(BatchedCholesky, EmptyStacksAndEmptyMatricesAreFine)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  BorderedStack<Scalar, ExecSpace> const none(ExecSpace(), 5, 1, 0);
  EXPECT_EQ(batched_cholesky(ExecSpace(), none).log_determinant.extent(0), 0U);
  BorderedStack<Scalar, ExecSpace> const empty(ExecSpace(), 0, 0, 2);
  EXPECT_EQ(test::to_vector(batched_cholesky(ExecSpace(), empty).log_determinant),
            (std::vector<double>{0, 0}));
}

TYPED_TEST(BatchedCholesky, TwoRunsGiveTheSameBits)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  Problem const problem = random_problem(77, 9, 4);
  auto const once =
      batched_cholesky(ExecSpace(), stack_of<typename TypeParam::Scalar, ExecSpace>(problem));
  auto const again =
      batched_cholesky(ExecSpace(), stack_of<typename TypeParam::Scalar, ExecSpace>(problem));
  EXPECT_EQ(test::to_vector(once.quadratic_sum), test::to_vector(again.quadratic_sum));
  EXPECT_EQ(test::to_vector(once.log_determinant), test::to_vector(again.log_determinant));
}

}  // namespace
}  // namespace kovar::linalg
