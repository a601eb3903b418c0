// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_KEPT_ROWS_HPP
#define KOVAR_LINALG_KEPT_ROWS_HPP

#include <kovar/linalg/column_runs.hpp>
#include <kovar/linalg/row_parts.hpp>
#include <kovar/linalg/sparse_matrix.hpp>
#include <kovar/linalg/sparse_rows.hpp>

#include <cstdint>
#include <vector>

/// \file
/// A sparse matrix on a host in the format in which products go fastest.

namespace kovar::linalg {

/// How the columns of a sparse matrix are kept.
enum class SparseFormat {
  automatic,  ///< runs where they have at least twelve columns on average
  csr,        ///< a column for each entry
  runs,       ///< a column for each run of neighbours
};

/// Rows of a sparse matrix in one of the formats. Copies share memory.
class KeptRows {
 public:
  KeptRows() = default;

  /// Values are not copied; columns are let go where runs take their place.
  explicit KeptRows(HostSparseMatrix a, SparseFormat format = SparseFormat::automatic);

  std::int64_t n_rows() const { return matrix_.n_rows(); }
  std::int64_t n_columns() const { return matrix_.n_columns; }
  std::int64_t n_entries() const { return matrix_.n_entries(); }
  bool has_runs() const { return has_runs_; }

  /// Entries of row r: row_start()[r] to row_start()[r + 1] - 1.
  std::int64_t const* row_start() const { return matrix_.row_start.data(); }

  /// What a product reads of the matrix.
  std::int64_t n_bytes() const;

  /// Columns that rows first to end - 1 touch.
  ColumnSpan span(std::int64_t first, std::int64_t end) const;

  /// body(rows) with the rows in their format, CsrRows or RunRows.
  template <class Body>
  void visit(Body const& body) const
  {
    if (has_runs_)
      body(RunRows{runs_.row_start.data(), runs_.first_column.data(), runs_.value_start.data(),
                   matrix_.value.data()});
    else
      body(CsrRows{matrix_.row_start.data(), matrix_.column.data(), matrix_.value.data()});
  }

 private:
  HostSparseMatrix matrix_;
  ColumnRuns runs_;
  bool has_runs_ = false;
};

}  // namespace kovar::linalg

#endif
