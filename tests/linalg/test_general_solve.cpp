// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/general_solve.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

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

// As many systems as there are, each with its own matrix; a singular one disturbs no other.
TYPED_TEST(GeneralSolve, SolvesSystemsSideBySide)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {1, 5, 33})
    for (std::int64_t const count : {0, 1, 7}) {
      test::HostMatrix matrices(n * n, count);
      test::HostMatrix sides(n, 2 * count);
      test::HostMatrix expected(n, 2 * count);
      for (std::int64_t k = 0; k < count; ++k) {
        auto a = test::random_matrix(n, n, 5 + static_cast<std::uint64_t>(k));
        for (std::int64_t i = 0; i < n; ++i) a(i, n - 1 - i) += 20;
        auto const x = test::random_matrix(n, 2, 50 + static_cast<std::uint64_t>(k));
        auto const b = test::product(a, x);
        for (std::int64_t j = 0; j < n; ++j) {
          for (std::int64_t i = 0; i < n; ++i) matrices(i + j * n, k) = k == 3 ? 0 : a(i, j);
          for (std::int64_t side = 0; side < 2; ++side) {
            sides(j, 2 * k + side) = b(j, side);
            expected(j, 2 * k + side) = x(j, side);
          }
        }
      }
      auto const b = test::to_space<Scalar, ExecSpace>(sides);
      std::vector<int> first;
      for (int k = 0; k <= count; ++k) first.push_back(2 * k);
      auto const status =
          solve_each(ExecSpace(), test::to_space<Scalar, ExecSpace>(matrices), b, first);
      ASSERT_EQ(static_cast<std::int64_t>(status.size()), count);
      auto const found = test::to_host(b);
      for (std::int64_t k = 0; k < count; ++k) {
        EXPECT_EQ(static_cast<bool>(status[static_cast<std::size_t>(k)]), k != 3);
        for (std::int64_t j = 2 * k; k != 3 && j < 2 * k + 2; ++j)
          for (std::int64_t i = 0; i < n; ++i)
            EXPECT_NEAR(found(i, j), expected(i, j), 400 * TypeParam::epsilon) << n << " " << k;
      }
    }
}

TYPED_TEST(GeneralSolve, TakesEmptySystemsAndRefusesOthers)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  using View = Matrix<Scalar, ExecSpace>;
  EXPECT_TRUE(solve_general(ExecSpace(), View("test::a", 0, 0), View("test::b", 0, 2)));
  EXPECT_TRUE(solve_general(ExecSpace(), View("test::a", 2, 2), View("test::b", 2, 0)));
  View const b("test::b", 3, 4);
  EXPECT_EQ(solve_each(ExecSpace(), View("test::a", 9, 0), View("test::b", 3, 0), {0}).size(), 0U);
  EXPECT_THROW(solve_each(ExecSpace(), View("test::a", 8, 2), b, {0, 2, 4}), InputError);
  EXPECT_THROW(solve_each(ExecSpace(), View("test::a", 9, 2), b, {0, 4}), InputError);
  EXPECT_THROW(solve_each(ExecSpace(), View("test::a", 9, 2), b, {0, 2, 3}), InputError);
  EXPECT_THROW(solve_each(ExecSpace(), View("test::a", 9, 2), b, {0, 5, 4}), InputError);
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
