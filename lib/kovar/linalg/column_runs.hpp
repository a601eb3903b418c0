// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_COLUMN_RUNS_HPP
#define KOVAR_LINALG_COLUMN_RUNS_HPP

#include <kovar/linalg/sparse_matrix.hpp>
#include <kovar/linalg/sparse_rows.hpp>

#include <cstdint>

/// \file
/// Sparse matrices whose rows are runs of neighbouring columns: one index for a run, not for an entry.

namespace kovar::linalg {

/// The columns of a sparse matrix as runs. Values stay where they are: runs follow each other as the
/// entries do.
struct ColumnRuns {
  using Host = Kokkos::DefaultHostExecutionSpace;
  Vector<std::int64_t, Host> row_start;     ///< n_rows + 1: runs of a row
  Vector<std::int32_t, Host> first_column;  ///< n_runs
  Vector<std::int64_t, Host> value_start;   ///< n_runs + 1
};

/// How many runs the rows of a (valid) have together.
std::int64_t count_runs(HostSparseMatrix const& a);

/// Two passes over the columns of a (valid).
ColumnRuns find_runs(HostSparseMatrix const& a);

}  // namespace kovar::linalg

#endif
