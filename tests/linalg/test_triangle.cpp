// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/triangle.hpp>

#include <gtest/gtest.h>

namespace kovar::linalg {
namespace {

template <class T>
class TriangleTest : public ::testing::Test {
};
TYPED_TEST_SUITE(TriangleTest, test::ScalarsAndSpaces);

// Tiles of 32: one below, at and above one and two of them.
TYPED_TEST(TriangleTest, FillUpperMirrorsTheLowerTriangle)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  for (std::int64_t const n : {0, 1, 31, 32, 33, 64, 65, 130}) {
    auto const a = test::random_matrix(n, n, 1);
    auto const a_space = test::to_space<Scalar, ExecSpace>(a, 1);
    fill_upper_triangle(ExecSpace(), a_space);
    auto const found = test::to_host(a_space);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < n; ++i)
        ASSERT_EQ(found(i, j), static_cast<Scalar>(i >= j ? a(i, j) : a(j, i))) << i << ", " << j;
  }
}

/// Outside the test: nvcc takes no kernel in a member function that is not public.
template <class ExecSpace>
void count_visits(Matrix<double, ExecSpace> const& visits)
{
  ExecSpace const space;
  for_lower_triangle(
      space, "kovar::test::count_visits", visits.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { visits(i, j) += 1; });
  space.fence();  // the caller reads the counts
}

TYPED_TEST(TriangleTest, ForLowerVisitsEveryEntryOnceAndNoOther)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 37}) {
    Matrix<double, ExecSpace> const visits("test::visits", n, n);
    count_visits(visits);
    auto const found = test::to_host(visits);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < n; ++i) EXPECT_EQ(found(i, j), i >= j ? 1 : 0);
  }
}

}  // namespace
}  // namespace kovar::linalg
