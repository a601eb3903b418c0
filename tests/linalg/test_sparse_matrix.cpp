// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/column_runs.hpp>
#include <kovar/linalg/kept_rows.hpp>
#include <kovar/linalg/row_parts.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::linalg {
namespace {

HostSparseMatrix example()
{
  test::HostMatrix a(3, 6);
  a(0, 0) = 1;
  a(0, 1) = 2;
  a(0, 4) = 3;
  a(2, 3) = 4;
  a(2, 4) = 5;
  a(2, 5) = 6;
  return test::sparse(a);
}

std::string refusal(HostSparseMatrix const& a)
{
  try {
    require_sparse_matrix(a, "K");
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(SparseMatrix, TakesValidOnes)
{
  EXPECT_EQ(refusal(example()), "");
  EXPECT_EQ(refusal(HostSparseMatrix{}), "");
  EXPECT_EQ(refusal(test::sparse(test::HostMatrix(0, 4))), "");
  EXPECT_EQ(refusal(test::sparse(test::HostMatrix(4, 0))), "");
}

TEST(SparseMatrix, RefusesWhatIsNoneByRowAndColumn)
{
  auto const with = [](auto const& change) {
    auto a = example();
    change(a);
    return refusal(a);
  };
  EXPECT_EQ(with([](auto& a) { a.column(2) = 6; }),
            "K: row 0 has an entry in column 6 of 6 (columns count from 0)");
  EXPECT_EQ(with([](auto& a) { a.column(3) = -1; }),
            "K: row 2 has an entry in column -1 of 6 (columns count from 0)");
  EXPECT_EQ(with([](auto& a) { a.column(1) = 5; }),
            "K: row 0 has column 4 after column 5 (columns ascend within a row); sort the rows");
  EXPECT_EQ(with([](auto& a) { a.column(1) = 0; }),
            "K: row 0 has column 0 twice (columns ascend within a row); sort the rows");
  EXPECT_EQ(with([](auto& a) { a.value(5) = NAN; }),
            "K is nan at row 2, column 5 (entries are finite numbers)");
  EXPECT_EQ(with([](auto& a) { a.row_start(0) = 1; }),
            "K: row pointer 0 is 1 (the first row starts at entry 0)");
  EXPECT_EQ(with([](auto& a) { a.row_start(1) = 7; }),
            "K: row pointer 2 is 3, less than the one before, 7 (row pointers ascend)");
  EXPECT_EQ(with([](auto& a) { a.row_start(3) = 5; }),
            "K: the last row pointer is 5 where 6 entries are stored (it counts them)");
  EXPECT_EQ(with([](auto& a) { a.row_start(3) = std::int64_t{1} << 62; }),
            "K: the last row pointer is 4611686018427387904 where 6 entries are stored (it counts "
            "them)");
  EXPECT_EQ(with([](auto& a) { a.column = {}; }),
            "K has 0 columns for 6 values (one per value is needed)");
  EXPECT_EQ(with([](auto& a) { a.row_start = {}; }),
            "K has 6 entries and no row pointers (a matrix of n rows has n + 1 of them)");
  EXPECT_EQ(with([](auto& a) { a.n_columns = std::int64_t{1} << 31; }),
            "K has 2147483648 columns (column indices have 32 bits)");
}

TEST(SparseMatrix, IsTransposed)
{
  for (auto const& shape :
       {std::pair<int, int>{0, 0}, {1, 1}, {0, 5}, {5, 0}, {17, 40}, {40, 17}}) {
    auto const a = test::matrix_of_runs(shape.first, shape.second, 4, 3);
    auto const at = transposed(test::sparse(a));
    EXPECT_EQ(refusal(at), "");
    EXPECT_EQ(at.n_rows(), shape.second);
    EXPECT_EQ(test::dense(at).values, test::transposed(a).values);
  }
}

TEST(SparseMatrix, TellsHowFarItIsFromSymmetric)
{
  auto a = test::random_symmetric(9, 5, 1);
  a(2, 7) = a(7, 2) = 0;
  EXPECT_EQ(asymmetry(test::sparse(a)), 0);
  a(2, 7) = 0.25;  // stored on one side alone
  EXPECT_EQ(asymmetry(test::sparse(a)), 0.25);
  a(8, 0) = a(0, 8) - 0.5;
  EXPECT_EQ(asymmetry(test::sparse(a)), 0.5);
}

TEST(SparseMatrix, IsHalved)
{
  auto a = test::random_symmetric(12, 5, 1);
  a(3, 3) = 0;  // no entry on the diagonal
  a(2, 7) = a(7, 2) = 0;
  auto const half = upper_half(test::sparse(a));
  EXPECT_EQ(refusal(half.upper), "");
  for (std::int64_t i = 0; i < 12; ++i) EXPECT_EQ(half.diagonal(i), a(i, i));
  auto const upper = test::dense(half.upper);
  for (std::int64_t i = 0; i < 12; ++i)
    for (std::int64_t j = 0; j < 12; ++j) EXPECT_EQ(upper(i, j), j > i ? a(i, j) : 0);
}

TEST(ColumnRuns, AreNeighboursInARow)
{
  auto const runs = find_runs(example());
  EXPECT_EQ(count_runs(example()), 3);
  EXPECT_EQ(test::to_vector(runs.row_start), (std::vector<double>{0, 2, 2, 3}));
  EXPECT_EQ(test::to_vector(runs.first_column), (std::vector<double>{0, 4, 3}));
  EXPECT_EQ(test::to_vector(runs.value_start), (std::vector<double>{0, 2, 3, 6}));
}

// The last column of a row and the first of the next are neighbours in memory, not in the matrix.
TEST(ColumnRuns, EndWithTheirRow)
{
  test::HostMatrix a(2, 4);
  a(0, 1) = 1;
  a(1, 2) = 2;
  EXPECT_EQ(count_runs(test::sparse(a)), 2);
}

TEST(KeptRows, ChooseRunsWhereTheyAreLong)
{
  auto const of_length = [](std::int64_t length) {
    test::HostMatrix a(3, 40);
    for (std::int64_t row = 0; row < 3; ++row)
      for (std::int64_t k = 0; k < length; ++k) a(row, 5 + k) = 1;
    return KeptRows(test::sparse(a));
  };
  EXPECT_FALSE(of_length(0).has_runs());
  EXPECT_FALSE(of_length(11).has_runs());
  EXPECT_TRUE(of_length(12).has_runs());
  EXPECT_EQ(of_length(11).n_bytes(), 3 * 11 * 12 + 3 * 8);
  EXPECT_EQ(of_length(12).n_bytes(), 3 * 12 * 8 + 3 * 12 + 3 * 8);
}

TEST(KeptRows, TellWhichColumnsAStretchTouches)
{
  for (auto const format : {SparseFormat::csr, SparseFormat::runs}) {
    KeptRows const rows(example(), format);
    EXPECT_EQ(rows.span(0, 1).begin, 0);
    EXPECT_EQ(rows.span(0, 1).end, 5);
    EXPECT_EQ(rows.span(1, 2).begin, rows.span(1, 2).end);
    EXPECT_EQ(rows.span(1, 3).begin, 3);
    EXPECT_EQ(rows.span(0, 3).end, 6);
  }
}

TEST(DealRows, GivesEachPartItsShareOfTheEntries)
{
  std::int64_t const start[] = {0, 10, 10, 11, 12, 20, 40};
  EXPECT_EQ(deal_rows(start, 6, 1), (std::vector<std::int64_t>{0, 6}));
  EXPECT_EQ(deal_rows(start, 6, 2), (std::vector<std::int64_t>{0, 5, 6}));
  EXPECT_EQ(deal_rows(start, 6, 4), (std::vector<std::int64_t>{0, 1, 5, 6, 6}));
  EXPECT_EQ(deal_rows(start, 0, 3), (std::vector<std::int64_t>{0, 0, 0, 0}));
}

}  // namespace
}  // namespace kovar::linalg
