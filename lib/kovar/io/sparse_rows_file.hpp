// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_SPARSE_ROWS_FILE_HPP
#define KOVAR_IO_SPARSE_ROWS_FILE_HPP

#include <kovar/io/hdf5_reader.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Sparse matrices by rows in HDF5: a group with indptr, indices and values.

namespace kovar::io {

/// Refuse row pointers (n_rows + 1) that do not start at 0, ascend, and end at n_entries.
void require_row_starts(Hdf5Reader const& file, std::string const& name, std::int64_t const* start,
                        std::int64_t n_rows, std::int64_t n_entries);

/// A matrix of a file whose row pointers are known and fit its entries; these are read by stretches of
/// rows. Every member function throws InputError as Hdf5Reader does.
class SparseRowsFile {
 public:
  SparseRowsFile(Hdf5Reader const& file, std::string const& group, std::int64_t n_rows,
                 std::int64_t n_columns);

  /// n_rows + 1 of the whole matrix.
  std::vector<std::int64_t> const& row_starts() const { return row_start_; }

  /// The row pointers of the whole matrix, without its entries: no valid matrix.
  linalg::HostSparseMatrix without_entries() const;

  /// The whole matrix with the entries of the rows first to end - 1; the others are empty. Entries are
  /// read to where they stay, and not checked.
  linalg::HostSparseMatrix rows(std::int64_t first, std::int64_t end) const;

  /// A list of n_rows numbers of which those from first to end - 1 are read; the others are 0.
  Kokkos::View<double*, Kokkos::HostSpace> diagonal(std::string const& name, std::int64_t first,
                                                    std::int64_t end) const;

  /// Refuse an entry on the diagonal or left of it.
  void require_right_of_diagonal(linalg::HostSparseMatrix const& a) const;

 private:
  Hdf5Reader const& file_;
  std::string group_;
  std::int64_t n_columns_;
  std::vector<std::int64_t> row_start_;
};

}  // namespace kovar::io

#endif
