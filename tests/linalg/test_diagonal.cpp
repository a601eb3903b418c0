// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/diagonal.hpp>

#include <gtest/gtest.h>

#include <string>

namespace kovar::linalg {
namespace {

template <class T>
class DiagonalTest : public ::testing::Test {
};
TYPED_TEST_SUITE(DiagonalTest, test::ScalarsAndSpaces);

// Entries are normal numbers, so that no two rows, columns or roundings give the same.
TYPED_TEST(DiagonalTest, IsThatOfTheMatrixAndItsTraceItsSumInOrder)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  ExecSpace const space;
  for (std::int64_t const n : {0, 1, 32, 33, 257}) {
    auto const a = test::random_matrix(n, n, 7);
    auto const a_space = test::to_space<Scalar, ExecSpace>(a, 3);
    Vector<Scalar, ExecSpace> const same("test::same", n);
    Vector<double, ExecSpace> const wide("test::wide", n);
    copy_diagonal(space, a_space, same);
    copy_diagonal(space, a_space, wide);
    auto const found = test::to_vector(same);
    auto const found_wide = test::to_vector(wide);
    auto const listed = diagonal_list(space, a_space);
    ASSERT_EQ(listed.size(), static_cast<std::size_t>(n));
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      auto const expected = static_cast<double>(static_cast<Scalar>(a(i, i)));
      auto const k = static_cast<std::size_t>(i);
      EXPECT_EQ(found[k], expected) << n << ", " << i;
      EXPECT_EQ(found_wide[k], expected) << n << ", " << i;
      EXPECT_EQ(listed[k], expected) << n << ", " << i;
      sum += expected;
    }
    EXPECT_EQ(trace(space, a_space), sum) << n;
  }
}

TYPED_TEST(DiagonalTest, IsAddedToAndNothingElseIs)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  ExecSpace const space;
  for (std::int64_t const n : {0, 1, 33}) {
    auto const a = test::random_matrix(n, n, 7);
    auto const d = test::random_matrix(n, 1, 8);
    auto const a_space = test::to_space<Scalar, ExecSpace>(a, 3);
    auto const d_space = test::to_space<Scalar, ExecSpace>(d, 0);
    add_to_diagonal(space, Kokkos::subview(d_space, Kokkos::ALL, 0), a_space);
    auto const sum = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace(), a_space);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        auto const before = static_cast<Scalar>(a(i, j));
        EXPECT_EQ(sum(i, j), i == j ? before + static_cast<Scalar>(d(i, 0)) : before);
      }
  }
}

TYPED_TEST(DiagonalTest, RefusesShapesThatDoNotFit)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  Matrix<Scalar, ExecSpace> const wide("test::wide", 2, 3);
  Matrix<Scalar, ExecSpace> const square("test::square", 3, 3);
  Vector<Scalar, ExecSpace> const short_vector("test::short", 2);
  EXPECT_THROW(trace(ExecSpace(), wide), InputError);
  try {
    copy_diagonal(ExecSpace(), square, short_vector);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_EQ(std::string(error.what()),
              "copy_diagonal: 'test::square' is 3 x 3 and the diagonal has 2 entries (one per row "
              "and column is needed)");
  }
  try {
    add_to_diagonal(ExecSpace(), short_vector, square);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_EQ(std::string(error.what()),
              "add_to_diagonal: 'test::square' is 3 x 3 and 2 numbers are to be added (one per row "
              "and column is needed)");
  }
}

}  // namespace
}  // namespace kovar::linalg
