// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/cholesky.hpp>

#include <gtest/gtest.h>

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
  for (std::int64_t const n : {0, 1, 2, 17, 130}) {
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
  for (std::int64_t const n : {0, 1, 2, 17, 64, 65, 97, 130, 200}) {
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

TYPED_TEST(Cholesky, TellsTheFirstBadMinor)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  auto a = test::random_symmetric(9, 8, 0.5);
  a(4, 4) = -1;
  EXPECT_EQ(
      cholesky(ExecSpace(), test::to_space<typename TypeParam::Scalar, ExecSpace>(a)).bad_minor, 5);
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
