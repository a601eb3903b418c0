// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_SPARSE_CASES_HPP
#define KOVAR_TESTS_SUPPORT_SPARSE_CASES_HPP

#include "support/views.hpp"

#include <kovar/core/random.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <random>

/// \file
/// Sparse matrices for tests, and the same with their zeros.

namespace kovar::test {

/// The entries of a that are not zero.
inline linalg::HostSparseMatrix sparse(HostMatrix const& a)
{
  using Host = Kokkos::DefaultHostExecutionSpace;
  std::int64_t n_entries = 0;
  for (double const entry : a.values) n_entries += entry != 0 ? 1 : 0;
  linalg::HostSparseMatrix found;
  found.n_columns = a.n_cols;
  found.row_start = Vector<std::int64_t, Host>("test::row_start", a.n_rows + 1);
  found.column = Vector<std::int32_t, Host>("test::column", n_entries);
  found.value = Vector<double, Host>("test::value", n_entries);
  std::int64_t to = 0;
  for (std::int64_t row = 0; row < a.n_rows; ++row) {
    for (std::int64_t column = 0; column < a.n_cols; ++column)
      if (a(row, column) != 0) {
        found.column(to) = static_cast<std::int32_t>(column);
        found.value(to++) = a(row, column);
      }
    found.row_start(row + 1) = to;
  }
  return found;
}

/// a with its zeros.
inline HostMatrix dense(linalg::HostSparseMatrix const& a)
{
  HostMatrix found(a.n_rows(), a.n_columns);
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k)
      found(row, a.column(k)) += a.value(k);
  return found;
}

/// Normal entries in runs of up to `longest` neighbours with gaps between; rows 0, 5, 10 ... are empty.
inline HostMatrix matrix_of_runs(std::int64_t n_rows, std::int64_t n_columns, std::int64_t longest,
                                 std::uint64_t seed)
{
  HostMatrix a(n_rows, n_columns);
  std::mt19937_64 bits(seed);
  for (std::int64_t row = 0; row < n_rows; ++row) {
    if (row % 5 == 0) continue;
    std::int64_t column = 0;
    while (column < n_columns) {
      column += static_cast<std::int64_t>(bits() % 7);
      auto const length =
          1 + static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(longest));
      for (std::int64_t k = 0; k < length && column < n_columns; ++k, ++column)
        a(row, column) = normal_pair(bits(), 0, 0).first;
      ++column;  // so that two runs do not become one
    }
  }
  return a;
}

}  // namespace kovar::test

#endif
