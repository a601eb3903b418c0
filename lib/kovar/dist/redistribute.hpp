// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_REDISTRIBUTE_HPP
#define KOVAR_DIST_REDISTRIBUTE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <cstdint>

/// \file
/// Blocks of matrices moved to other owners.

namespace kovar::dist {

/// First row and column of a block.
struct Corner {
  std::int64_t row = 0;
  std::int64_t column = 0;
};

struct Extent {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
};

/// Copy a block of `from` over one of `to`, whatever their grids and blocks; collective. Both are spread over
/// the same ranks.
/// \throws InputError, on all ranks, if a block sticks out or the ranks are not the same number
/// Cost: each number is sent once. Memory: up to 512 MiB of buffers a rank.
template <class Scalar>
void copy_block(Host const& space, BlockCyclicMatrix<Scalar> const& from, Corner from_corner,
                BlockCyclicMatrix<Scalar> const& to, Corner to_corner, Extent extent);

/// The same entries on another grid or in other blocks; collective.
template <class Scalar>
BlockCyclicMatrix<Scalar> redistribute(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                       ProcessGrid const& grid, BlockShape block);

/// The same entries with whole rows on each rank: rank r has the rows r b to (r + 1) b - 1 for b the number of
/// rows over that of ranks, rounded up. Collective.
template <class Scalar>
BlockCyclicMatrix<Scalar> to_row_blocks(Host const& space, BlockCyclicMatrix<Scalar> const& a);

/// A block as a matrix on rank 0, an empty matrix on the others; collective. For small ones: rank 0 must be
/// able to hold it.
/// \throws InputError, on all ranks, if the block sticks out
template <class Scalar>
Matrix<Scalar, Host> gather_block(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                  Corner corner, Extent extent);

/// All of it on rank 0. \see gather_block()
template <class Scalar>
Matrix<Scalar, Host> gather(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  return gather_block(space, a, {}, {a.n_rows(), a.n_columns()});
}

/// Spread a matrix of rank 0; collective.
/// \param whole  of the size of a, column-major without gaps, on rank 0; the others' is not looked at
/// \throws InputError, on all ranks, if the sizes differ
template <class Scalar>
void scatter(Host const& space, Matrix<Scalar, Host> const& whole,
             BlockCyclicMatrix<Scalar> const& a);

}  // namespace kovar::dist

#endif
