// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/tridiagonal_eigen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace kovar::linalg {
namespace {

template <class Types>
class TridiagonalEigen : public ::testing::Test {
};
TYPED_TEST_SUITE(TridiagonalEigen, test::ScalarsAndSpaces);

// Halves are joined beyond order 64; 2 - 1 - 1 on the diagonals has known eigenvalues.
TYPED_TEST(TridiagonalEigen, PairsOfTheSecondDifferenceAreTheKnownOnes)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (int const n : {1, 2, 3, 64, 65, 130}) {
    Tridiagonal<Scalar, ExecSpace> t;
    t.diagonal = Vector<Scalar, ExecSpace>("test::d", n);
    t.off_diagonal = Vector<Scalar, ExecSpace>("test::e", n - 1);
    Kokkos::deep_copy(t.diagonal, Scalar(2));
    Kokkos::deep_copy(t.off_diagonal, Scalar(-1));
    auto const pairs = tridiagonal_eigenpairs(ExecSpace(), t);
    auto const v = test::to_host(pairs.vectors);
    double const tolerance = 10 * n * TypeParam::epsilon;
    ASSERT_EQ(pairs.values.size(), static_cast<std::size_t>(n));
    for (int k = 0; k < n; ++k) {
      double const expected = 2 - 2 * std::cos((k + 1) * std::acos(-1.0) / (n + 1));
      double const value = pairs.values[static_cast<std::size_t>(k)];
      EXPECT_NEAR(value, expected, tolerance) << n;
      for (int i = 0; i < n; ++i) {
        double const product =
            2 * v(i, k) - (i > 0 ? v(i - 1, k) : 0) - (i + 1 < n ? v(i + 1, k) : 0);
        EXPECT_NEAR(product, value * v(i, k), tolerance);
      }
    }
    auto const overlap = test::product(test::transposed(v), v);
    for (int j = 0; j < n; ++j)
      for (int i = 0; i < n; ++i) EXPECT_NEAR(overlap(i, j), i == j ? 1 : 0, tolerance);
    // T is left as it was.
    for (double const d : test::to_vector(t.diagonal)) EXPECT_EQ(d, 2);
  }
}

TYPED_TEST(TridiagonalEigen, OfOrderZeroThereAreNone)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  EXPECT_TRUE(
      tridiagonal_eigenpairs(ExecSpace(), Tridiagonal<typename TypeParam::Scalar, ExecSpace>())
          .values.empty());
}

}  // namespace
}  // namespace kovar::linalg
