// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"

#include <kovar/core/host_list.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace kovar {
namespace {

template <class ExecSpace>
class HostListTest : public ::testing::Test {
};
TYPED_TEST_SUITE(HostListTest, test::ExecSpaces);

/// v(i) += i. Outside the test: nvcc takes no kernel in a member function that is not public.
template <class Scalar, class ExecSpace>
void add_index(ExecSpace const& space, Vector<Scalar, ExecSpace> const& v)
{
  Kokkos::parallel_for(
      "kovar::test::add_index",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(v.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { v(i) += static_cast<Scalar>(i); });
}

template <class Scalar, class ExecSpace>
void expect_there_and_back(std::size_t n, Scalar first)
{
  ExecSpace const space;
  std::vector<Scalar> list(n);
  std::iota(list.begin(), list.end(), first);
  auto const v = to_space(space, list, "kovar::test::list");
  EXPECT_EQ(v.label(), "kovar::test::list");
  EXPECT_EQ(to_list(space, v), list) << n;
  add_index(space, v);
  auto const found = to_list(space, v);  // waits for the kernel
  ASSERT_EQ(found.size(), n);
  for (std::size_t i = 0; i < n; ++i)
    ASSERT_EQ(found[i], list[i] + static_cast<Scalar>(i)) << n << ", " << i;
}

// 20000 numbers are beyond what Kokkos copies by one thread.
TYPED_TEST(HostListTest, GoesThereAndBackInEveryType)
{
  for (std::size_t const n : {0, 1, 33, 20000}) {
    expect_there_and_back<double, TypeParam>(n, 0.5);
    expect_there_and_back<float, TypeParam>(n, -3.25F);
    expect_there_and_back<int, TypeParam>(n, -7);
    expect_there_and_back<std::int64_t, TypeParam>(n, std::numeric_limits<std::int64_t>::max() / 2);
  }
}

TYPED_TEST(HostListTest, IsACopy)
{
  TypeParam const space;
  std::vector<double> list = {1, 2, 3};
  auto const v = to_space(space, list, "kovar::test::list");
  list[1] = 9;
  auto found = to_list(space, v);
  EXPECT_EQ(found, (std::vector<double>{1, 2, 3}));
  found[0] = 9;
  EXPECT_EQ(to_list(space, v), (std::vector<double>{1, 2, 3}));
}

TYPED_TEST(HostListTest, ReadsAColumnOfAMatrix)
{
  TypeParam const space;
  auto const v = to_space(space, std::vector<double>{1, 2, 3, 4, 5, 6}, "kovar::test::list");
  Matrix<double, TypeParam> const a(v.data(), 3, 2);
  EXPECT_EQ(to_list(space, Kokkos::subview(a, Kokkos::ALL, 1)), (std::vector<double>{4, 5, 6}));
}

}  // namespace
}  // namespace kovar
