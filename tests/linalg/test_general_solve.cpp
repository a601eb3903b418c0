// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/general_solve.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace kovar::linalg {
namespace {

template <class T>
class GeneralSolve : public ::testing::Test {
};
TYPED_TEST_SUITE(GeneralSolve, test::ScalarsAndSpaces);

// An indefinite matrix with zeros on its diagonal: row exchanges are needed.
TYPED_TEST(GeneralSolve, SolvesIndefiniteSystems)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {1, 2, 17, 80})
    for (std::int64_t const m : {1, 3}) {
      auto a = test::random_matrix(n, n, 5);
      for (std::int64_t i = 0; i < n; ++i) a(i, n - 1 - i) += 20;
      auto const x = test::random_matrix(n, m, 6);
      auto const b = test::to_space<Scalar, ExecSpace>(test::product(a, x), 3);
      EXPECT_TRUE(solve_general(ExecSpace(), test::to_space<Scalar, ExecSpace>(a, 2), b));
      // |x| is some 4, the condition some 10.
      EXPECT_LE(test::largest_difference(test::to_host(b), x), 400 * TypeParam::epsilon) << n;
    }
}

TYPED_TEST(GeneralSolve, TellsOfASingularMatrix)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::HostMatrix a(3, 3);
  a(0, 0) = 1;
  a(2, 2) = 1;
  auto const b = test::to_space<Scalar, ExecSpace>(test::random_matrix(3, 1, 1));
  auto const status = solve_general(ExecSpace(), test::to_space<Scalar, ExecSpace>(a), b);
  EXPECT_FALSE(status);
  EXPECT_EQ(status.zero_pivot, 2);
}

TYPED_TEST(GeneralSolve, TakesEmptySystemsAndRefusesOthers)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  using View = Matrix<Scalar, ExecSpace>;
  EXPECT_TRUE(solve_general(ExecSpace(), View("test::a", 0, 0), View("test::b", 0, 2)));
  EXPECT_TRUE(solve_general(ExecSpace(), View("test::a", 2, 2), View("test::b", 2, 0)));
  try {
    solve_general(ExecSpace(), View("test::a", 3, 3), View("test::b", 2, 1));
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "solve_general: 'test::a' is 3 x 3 and 'test::b' has 2 rows (a square matrix and as "
              "many rows are needed)");
  }
}

}  // namespace
}  // namespace kovar::linalg
