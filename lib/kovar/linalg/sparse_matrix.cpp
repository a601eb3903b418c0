// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::linalg {

namespace {

void require_row_starts(HostSparseMatrix const& a, std::string const& name)
{
  std::int64_t const n_rows = a.n_rows();
  KOVAR_REQUIRE(static_cast<std::int64_t>(a.column.extent(0)) == a.n_entries(),
                name << " has " << a.column.extent(0) << " columns for " << a.n_entries()
                     << " values (one per value is needed)");
  if (a.row_start.extent(0) == 0) {
    KOVAR_REQUIRE(a.n_entries() == 0, name << " has " << a.n_entries()
                                           << " entries and no row pointers (a matrix of n rows "
                                              "has n + 1 of them)");
    return;
  }
  KOVAR_REQUIRE(a.row_start(0) == 0, name << ": row pointer 0 is " << a.row_start(0)
                                          << " (the first row starts at entry 0)");
  for (std::int64_t row = 0; row < n_rows; ++row)
    KOVAR_REQUIRE(a.row_start(row) <= a.row_start(row + 1),
                  name << ": row pointer " << row + 1 << " is " << a.row_start(row + 1)
                       << ", less than the one before, " << a.row_start(row)
                       << " (row pointers ascend)");
  KOVAR_REQUIRE(a.row_start(n_rows) == a.n_entries(),
                name << ": the last row pointer is " << a.row_start(n_rows) << " where "
                     << a.n_entries() << " entries are stored (it counts them)");
}

void require_row(HostSparseMatrix const& a, std::int64_t row, std::string const& name)
{
  std::int64_t before = -1;
  for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k) {
    std::int64_t const column = a.column(k);
    KOVAR_REQUIRE(column >= 0 && column < a.n_columns,
                  name << ": row " << row << " has an entry in column " << column << " of "
                       << a.n_columns << " (columns count from 0)");
    KOVAR_REQUIRE(column > before, name << ": row " << row << " has column " << column
                                        << (column == before ? " twice" : " after column ")
                                        << (column == before ? "" : std::to_string(before))
                                        << " (columns ascend within a row); sort the rows");
    KOVAR_REQUIRE(std::isfinite(a.value(k)), name << " is " << a.value(k) << " at row " << row
                                                  << ", column " << column
                                                  << " (entries are finite numbers)");
    before = column;
  }
}

HostSparseMatrix empty_matrix(std::int64_t n_rows, std::int64_t n_columns, std::int64_t n_entries)
{
  Kokkos::DefaultHostExecutionSpace const space;
  using Host = Kokkos::DefaultHostExecutionSpace;
  HostSparseMatrix a;
  a.row_start =
      Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::linalg::row_start"), n_rows + 1);
  a.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::linalg::column", n_entries);
  a.value = allocate<Vector<double, Host>>(space, "kovar::linalg::value", n_entries);
  a.n_columns = n_columns;
  return a;
}

}  // namespace

void require_sparse_matrix(HostSparseMatrix const& a, std::string const& name)
{
  KOVAR_REQUIRE(a.n_columns >= 0 && a.n_columns <= std::numeric_limits<std::int32_t>::max(),
                name << " has " << a.n_columns << " columns (column indices have 32 bits)");
  require_row_starts(a, name);
  for (std::int64_t row = 0; row < a.n_rows(); ++row) require_row(a, row, name);
}

HostSparseMatrix transposed(HostSparseMatrix const& a)
{
  auto at = empty_matrix(a.n_columns, a.n_rows(), a.n_entries());
  KOVAR_REQUIRE(a.n_rows() <= std::numeric_limits<std::int32_t>::max(),
                "transposed: a matrix of " << a.n_rows() << " rows (column indices have 32 bits)");
  // row_start(c) is where the next entry of row c of the transpose goes: one place further right
  // while rows are counted, in place when they are filled.
  std::int64_t const n = a.n_columns;
  for (std::int64_t k = 0; k < a.n_entries(); ++k)
    if (a.column(k) + 2 <= n) ++at.row_start(a.column(k) + 2);
  for (std::int64_t row = 2; row <= n; ++row) at.row_start(row) += at.row_start(row - 1);
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k) {
      std::int64_t const to = at.row_start(a.column(k) + 1)++;
      at.column(to) = static_cast<std::int32_t>(row);
      at.value(to) = a.value(k);
    }
  return at;
}

double asymmetry(HostSparseMatrix const& a)
{
  auto const at = transposed(a);
  double largest = 0;
  for (std::int64_t row = 0; row < a.n_rows(); ++row) {
    std::int64_t i = a.row_start(row);
    std::int64_t j = at.row_start(row);
    while (i < a.row_start(row + 1) || j < at.row_start(row + 1)) {
      constexpr std::int32_t none = std::numeric_limits<std::int32_t>::max();
      std::int32_t const left = i < a.row_start(row + 1) ? a.column(i) : none;
      std::int32_t const right = j < at.row_start(row + 1) ? at.column(j) : none;
      double const difference =
          (left <= right ? a.value(i) : 0) - (right <= left ? at.value(j) : 0);
      largest = std::max(largest, std::abs(difference));
      if (left <= right) ++i;
      if (right <= left) ++j;
    }
  }
  return largest;
}

HostSymmetricMatrix upper_half(HostSparseMatrix const& a)
{
  std::int64_t const n = a.n_rows();
  std::int64_t n_upper = 0;
  auto const first_right_of_diagonal = [&](std::int64_t row) {
    auto const* const begin = a.column.data() + a.row_start(row);
    auto const* const end = a.column.data() + a.row_start(row + 1);
    return std::upper_bound(begin, end, row) - a.column.data();
  };
  for (std::int64_t row = 0; row < n; ++row)
    n_upper += a.row_start(row + 1) - first_right_of_diagonal(row);

  Kokkos::DefaultHostExecutionSpace const space;
  HostSymmetricMatrix half;
  half.diagonal = Kokkos::View<double*, Kokkos::HostSpace>(
      Kokkos::view_alloc(space, "kovar::linalg::diagonal"), n);
  half.upper = empty_matrix(n, n, n_upper);
  std::int64_t to = 0;
  for (std::int64_t row = 0; row < n; ++row) {
    std::int64_t const from = first_right_of_diagonal(row);
    std::int64_t const end = a.row_start(row + 1);
    if (from > a.row_start(row) && a.column(from - 1) == row)
      half.diagonal(row) = a.value(from - 1);
    std::copy(a.column.data() + from, a.column.data() + end, half.upper.column.data() + to);
    std::copy(a.value.data() + from, a.value.data() + end, half.upper.value.data() + to);
    to += end - from;
    half.upper.row_start(row + 1) = to;
  }
  return half;
}

}  // namespace kovar::linalg
