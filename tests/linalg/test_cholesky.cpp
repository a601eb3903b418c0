// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/cholesky.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace kovar::linalg {
namespace {

template <class T>
class Cholesky : public ::testing::Test {
};
TYPED_TEST_SUITE(Cholesky, test::ScalarsAndSpaces);

TYPED_TEST(Cholesky, EqualsTheTextbookLoopAndLeavesTheUpperTriangle)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 2, 17, 32, 33, 128, 129, 130, 257, 300}) {
    auto const a = test::random_symmetric(n, 7, 0.5);
    auto const a_space = test::to_space<Scalar, ExecSpace>(a, 3);

    CholeskyStatus const status = cholesky(ExecSpace(), a_space);

    EXPECT_TRUE(static_cast<bool>(status));
    auto const found = test::to_host(a_space);
    // Condition numbers are below 20.
    EXPECT_LE(test::largest_difference(found, test::slow_cholesky(a), test::Triangle::lower),
              20 * static_cast<double>(n + 1) * TypeParam::epsilon);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < j; ++i) EXPECT_EQ(found(i, j), static_cast<Scalar>(a(i, j)));
  }
}

TYPED_TEST(Cholesky, SolvesAndInverseUndoTheMatrix)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 2, 17, 33, 64, 65, 97, 128, 130, 257, 385}) {
    auto const a = test::random_symmetric(n, 7, 0.5);
    auto const b = test::random_matrix(n, 3, 8);
    // Condition numbers are below 20.
    double const tolerance = 100 * static_cast<double>(n + 1) * TypeParam::epsilon;
    auto const l = test::to_space<Scalar, ExecSpace>(a, 3);
    auto const x = test::to_space<Scalar, ExecSpace>(b, 2);
    cholesky(ExecSpace(), l);
    triangular_solve(ExecSpace(), Side::factor, l, x);
    triangular_solve(ExecSpace(), Side::transposed, l, x);
    EXPECT_LE(test::largest_difference(test::product(a, test::to_host(x)), b), tolerance) << n;

    invert_factored(ExecSpace(), l);

    auto const found = test::to_host(l);
    test::HostMatrix whole(n, n);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < n; ++i) whole(i, j) = i < j ? found(j, i) : found(i, j);
    test::HostMatrix unit(n, n);
    for (std::int64_t i = 0; i < n; ++i) unit(i, i) = 1;
    EXPECT_LE(test::largest_difference(test::product(a, whole), unit), tolerance) << n;
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < j; ++i) EXPECT_EQ(found(i, j), static_cast<Scalar>(a(i, j)));
  }
}

/// 1 / (1 + (i - j)^2 / 200) + noise: neighbours are nearly equal; the noise is the smallest eigenvalue.
test::HostMatrix smooth_covariance(std::int64_t n, double noise)
{
  test::HostMatrix a(n, n);
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i) {
      auto const distance = static_cast<double>(i - j);
      a(i, j) = 1 / (1 + distance * distance / 200) + (i == j ? noise : 0.0);
    }
  return a;
}

/// The largest |(l x)(i, j) - b(i, j)|, of what rounding may make of it: epsilon n (|l| |x|)(i, j).
double residual_over_rounding(test::HostMatrix const& l, test::HostMatrix const& x,
                              test::HostMatrix const& b, double epsilon)
{
  double largest = 0;
  for (std::int64_t j = 0; j < x.n_cols; ++j)
    for (std::int64_t i = 0; i < l.n_rows; ++i) {
      double sum = 0;
      double magnitude = 0;
      for (std::int64_t k = 0; k < l.n_cols; ++k) {
        sum += l(i, k) * x(k, j);
        magnitude += std::abs(l(i, k) * x(k, j));
      }
      largest = std::max(largest, std::abs(sum - b(i, j)) /
                                      (epsilon * static_cast<double>(l.n_rows + 2) * magnitude));
    }
  return largest;
}

/// The lower triangle, zeros above it.
test::HostMatrix lower_triangle(test::HostMatrix a)
{
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < j; ++i) a(i, j) = 0;
  return a;
}

TYPED_TEST(Cholesky, IsAsAccurateForNearlySingularMatrices)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  // Higham (2002), theorems 10.3 and 8.5: residuals of factor and solve are bounded by rounding whatever
  // the condition number (10^11 in double, 10^2.5 in float). Blocks solved by explicit inverses lose that.
  for (std::int64_t const n : {65, 130, 300}) {
    auto const noise = 10 * static_cast<double>(n) * TypeParam::epsilon;
    auto const given = test::to_space<Scalar, ExecSpace>(smooth_covariance(n, noise), 3);
    auto const a = test::to_host(given);
    auto const b = test::to_host(test::to_space<Scalar, ExecSpace>(test::random_matrix(n, 21, 3)));
    auto const x = test::to_space<Scalar, ExecSpace>(b, 2);

    ASSERT_TRUE(static_cast<bool>(cholesky(ExecSpace(), given)));
    triangular_solve(ExecSpace(), Side::factor, given, x);

    auto const l = lower_triangle(test::to_host(given));
    EXPECT_LE(residual_over_rounding(l, test::transposed(l), a, TypeParam::epsilon), 1) << n;
    EXPECT_LE(residual_over_rounding(l, test::to_host(x), b, TypeParam::epsilon), 1) << n;
  }
}

TYPED_TEST(Cholesky, SolvesColumnsAloneAsItSolvesThemTogether)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const n = 150;
  auto const l = test::to_space<Scalar, ExecSpace>(test::random_symmetric(n, 7, 0.5), 3);
  cholesky(ExecSpace(), l);
  auto const lower = lower_triangle(test::to_host(l));
  for (std::int64_t const m : {0, 1, 2, 15, 16, 17, 33, 70})
    for (Side const side : {Side::factor, Side::transposed}) {
      auto const b = test::random_matrix(n, m, 5);
      auto const x = test::to_space<Scalar, ExecSpace>(b, 1);

      triangular_solve(ExecSpace(), side, l, x);

      auto const again = side == Side::factor
                             ? test::product(lower, test::to_host(x))
                             : test::product(test::transposed(lower), test::to_host(x));
      // Condition numbers are below 5.
      EXPECT_LE(test::largest_difference(again, b),
                20 * static_cast<double>(n) * TypeParam::epsilon);
    }
}

TYPED_TEST(Cholesky, TellsTheFirstBadMinor)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const k : {0, 4, 8, 33, 127, 128, 135, 260}) {
    auto a = test::random_symmetric(k + 5, 8, 0.5);
    for (double const bad : {-1.0, 0.0}) {
      a(k, k) = bad;
      EXPECT_EQ(cholesky(ExecSpace(), test::to_space<Scalar, ExecSpace>(a)).bad_minor, k + 1);
    }
    a(k, k) = std::numeric_limits<double>::quiet_NaN();
    auto const factor = test::to_space<Scalar, ExecSpace>(a);
    int const bad_minor = cholesky(ExecSpace(), factor).bad_minor;
    // Some LAPACKs pass NaN by; it is in the factor then.
    EXPECT_TRUE(bad_minor == k + 1 || (bad_minor == 0 && std::isnan(test::to_host(factor)(k, k))))
        << k << ": " << bad_minor;
  }
}

TYPED_TEST(Cholesky, RefusesARectangle)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  Matrix<typename TypeParam::Scalar, ExecSpace> const a("a", 3, 2);
  try {
    cholesky(ExecSpace(), a);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()), "cholesky: 'a' is 3 x 2 (only a square matrix has a factor)");
  }
}

}  // namespace
}  // namespace kovar::linalg
