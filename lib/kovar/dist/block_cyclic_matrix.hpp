// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BLOCK_CYCLIC_MATRIX_HPP
#define KOVAR_DIST_BLOCK_CYCLIC_MATRIX_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic.hpp>
#include <kovar/dist/process_grid.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Dense matrices spread over ranks in blocks.

namespace kovar::dist {

/// The instances that work on distributed matrices: their engines run on the host.
using Host = Kokkos::DefaultHostExecutionSpace;

struct BlockShape {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Square blocks for a symmetric matrix of order n: of 64 rows, or of fewer where ranks would go without.
BlockShape square_blocks(ProcessGrid const& grid, std::int64_t n);

/// A rank's share of an n_rows x n_columns matrix whose blocks are dealt to the rows and columns of a process
/// grid. Copies share the numbers. They stand in host memory, also where Kokkos has a device: ScaLAPACK and
/// ELPA work there. A rank may hold any number of them; the engines take shares of up to 2^31 - 1 numbers,
/// and the matrix as a whole may have more.
template <class Scalar>
class BlockCyclicMatrix {
 public:
  /// No rows, no columns.
  BlockCyclicMatrix() = default;

  /// Allocate, without filling it. Collective. Memory: 1 / (number of ranks) of the matrix.
  /// \throws InputError, on all ranks, if a shape is negative, not the same on all of them, or larger than
  ///         the 32-bit integers of ScaLAPACK, or there is not the memory for a rank's share (what other
  ///         ranks of its machine take at the same time is not counted); BackendError if memory runs out
  BlockCyclicMatrix(Host const& space, std::string const& label, ProcessGrid const& grid,
                    std::int64_t n_rows, std::int64_t n_columns, BlockShape block);

  ProcessGrid const& grid() const { return grid_; }
  std::int64_t n_rows() const { return rows_.n; }
  std::int64_t n_columns() const { return columns_.n; }
  BlockShape block() const { return {rows_.block, columns_.block}; }

  BlockCyclic const& rows() const { return rows_; }  ///< over the rows of the grid
  BlockCyclic const& columns() const { return columns_; }

  /// This rank's share: owned rows x owned columns, column-major without gaps. Where rank r is at place
  /// (p, q) of the grid, local()(i, j) is entry (rows().global(p, i), columns().global(q, j)).
  Matrix<Scalar, Host> const& local() const { return local_; }
  std::int64_t global_row(std::int64_t i) const { return rows_.global(grid_.row(), i); }
  std::int64_t global_column(std::int64_t j) const { return columns_.global(grid_.column(), j); }

  /// Global numbers of the rows, or columns, that this rank has entries of, ascending.
  std::vector<std::int64_t> owned_rows() const;
  std::vector<std::int64_t> owned_columns() const;

  std::string label() const { return label_; }

  /// The first n columns, which share their numbers with this matrix.
  /// \throws InputError, on all ranks, if it has fewer
  BlockCyclicMatrix first_columns(std::int64_t n) const;

 private:
  ProcessGrid grid_;
  std::string label_;
  BlockCyclic rows_;
  BlockCyclic columns_;
  Matrix<Scalar, Host> local_;
};

/// A matrix of n_columns columns whose rows lie where those of a lie: right-hand sides for a.
template <class Scalar>
BlockCyclicMatrix<Scalar> columns_beside(Host const& space, std::string const& label,
                                         BlockCyclicMatrix<Scalar> const& a, std::int64_t n_columns)
{
  return {space, label, a.grid(), a.n_rows(), n_columns, {a.block().rows, a.block().rows}};
}

/// The diagonal, in double, on all ranks; collective.
/// \throws InputError, on all ranks, if a is not square
template <class Scalar>
std::vector<double> diagonal_list(Host const& space, BlockCyclicMatrix<Scalar> const& a);

}  // namespace kovar::dist

#endif
