// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/linalg/sort_rows.hpp>

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace kovar::linalg {
namespace {

/// The entries of a row the other way round.
void reverse_row(HostSparseMatrix const& a, std::int64_t row)
{
  std::int64_t last = a.row_start(row + 1);
  for (std::int64_t k = a.row_start(row); k < --last; ++k) {
    std::swap(a.column(k), a.column(last));
    std::swap(a.value(k), a.value(last));
  }
}

TEST(SortRows, BringsColumnsInOrderAndTakesValuesAlong)
{
  for (auto const& shape : {std::pair<int, int>{0, 0}, {0, 5}, {5, 0}, {1, 1}, {17, 40}}) {
    auto const expected = test::matrix_of_runs(shape.first, shape.second, 4, 3);
    auto const a = test::sparse(expected);
    EXPECT_TRUE(has_sorted_rows(a));
    for (std::int64_t row = 0; row < a.n_rows(); row += 2) reverse_row(a, row);
    EXPECT_EQ(has_sorted_rows(a), a.n_entries() <= 1);
    sort_rows(a);
    EXPECT_TRUE(has_sorted_rows(a));
    require_sparse_matrix(a, "a");
    EXPECT_EQ(test::dense(a).values, expected.values);
  }
}

TEST(SortRows, LeavesColumnsThatComeTwiceBesideEachOther)
{
  test::HostMatrix dense(1, 4);
  for (std::int64_t j = 0; j < 4; ++j) dense(0, j) = 1 + static_cast<double>(j);
  auto const a = test::sparse(dense);
  a.column(0) = 3;  // of 3, 1, 2, 3
  EXPECT_FALSE(has_sorted_rows(a));
  sort_rows(a);
  EXPECT_EQ(test::to_vector(a.column), (std::vector<double>{1, 2, 3, 3}));
  EXPECT_EQ(a.value(0), 2);
  EXPECT_EQ(a.value(1), 3);
  EXPECT_EQ(a.value(2) + a.value(3), 5);
}

TEST(SortRows, OfAMatrixWithoutRowsDoesNothing)
{
  HostSparseMatrix const none;
  EXPECT_TRUE(has_sorted_rows(none));
  sort_rows(none);
}

}  // namespace
}  // namespace kovar::linalg
