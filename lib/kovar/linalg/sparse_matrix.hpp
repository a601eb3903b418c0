// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SPARSE_MATRIX_HPP
#define KOVAR_LINALG_SPARSE_MATRIX_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Sparse matrices by rows (CSR): row pointers of 64 bits, columns of 32.

namespace kovar::linalg {

/// Row r holds the entries row_start(r) to row_start(r + 1) - 1; columns ascend within a row. A default
/// one has no row.
template <class ExecSpace>
struct SparseMatrix {
  Vector<std::int64_t, ExecSpace> row_start;  ///< n_rows + 1, from 0
  Vector<std::int32_t, ExecSpace> column;
  Vector<double, ExecSpace> value;
  std::int64_t n_columns = 0;

  std::int64_t n_rows() const
  {
    return row_start.extent(0) == 0 ? 0 : static_cast<std::int64_t>(row_start.extent(0)) - 1;
  }
  std::int64_t n_entries() const { return static_cast<std::int64_t>(value.extent(0)); }
};

using HostSparseMatrix = SparseMatrix<Kokkos::DefaultHostExecutionSpace>;

/// Refuse what is no matrix: row pointers that do not start at 0, descend or end elsewhere than at the
/// last entry, columns outside of the matrix or not strictly ascending in a row, entries that are not
/// finite. Reads everything once.
/// \param name  of the matrix in messages
/// \throws InputError naming row and column of the first entry found wrong
void require_sparse_matrix(HostSparseMatrix const& a, std::string const& name);

/// A^T, its rows sorted. Two passes over the entries, a counting sort.
HostSparseMatrix transposed(HostSparseMatrix const& a);

/// Largest |a_ij - a_ji| over all pairs, an entry that is not stored counting as 0.
/// \param a  n x n, valid
double asymmetry(HostSparseMatrix const& a);

/// A square matrix that equals its transpose, of which half is kept.
struct HostSymmetricMatrix {
  Kokkos::View<double*, Kokkos::HostSpace> diagonal;  ///< n
  HostSparseMatrix upper;                             ///< n x n, entries right of the diagonal
};

/// The diagonal and what stands right of it. What stands left of it is not read.
/// \param a  n x n, valid
HostSymmetricMatrix upper_half(HostSparseMatrix const& a);

}  // namespace kovar::linalg

#endif
