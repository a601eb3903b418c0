// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_RABBIT_ROWS_HPP
#define KOVAR_IO_RABBIT_ROWS_HPP

#include <kovar/io/hdf5_reader.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <string>

/// \file
/// Matrices of rabbit's files, dense or as lists of (row, column), as sparse matrices by rows. Functions
/// throw InputError as Hdf5Reader does.

namespace kovar::io {

/// In which order a list of entries must be.
enum class EntryOrder {
  sorted,  ///< by row, then column
  any,
};

/// A group with indices (n x 2), values and the attribute dense_shape. Memory: the matrix, and of entries
/// in any order once more.
linalg::HostSparseMatrix read_sparse_rows(Hdf5Reader const& file, std::string const& group,
                                          std::int64_t n_rows, std::int64_t n_columns,
                                          EntryOrder order);

/// What is not 0 of an array of n_rows x n_columns.
linalg::HostSparseMatrix read_dense_rows(Hdf5Reader const& file, std::string const& name,
                                         std::int64_t n_rows, std::int64_t n_columns);

/// The variations of the entries of yields, from an array of bins x processes x n_columns. What is not 0.
linalg::HostSparseMatrix read_dense_variations(Hdf5Reader const& file, std::string const& name,
                                               linalg::HostSparseMatrix const& yields,
                                               std::int64_t n_columns);

}  // namespace kovar::io

#endif
