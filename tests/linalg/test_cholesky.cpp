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
