// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_CHOLESKY_HPP
#define KOVAR_DIST_CHOLESKY_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/cholesky.hpp>

/// \file
/// Cholesky factors of block-cyclic matrices, solves and inverses by them: solves with few columns by ScaLAPACK,
/// the rest in wide panels (panel_cholesky.hpp, panel_inverse.hpp, panel_solve.hpp), or on one rank by linalg. All
/// are collective and finish on all ranks, in-place, with results that are the same on all of them.

namespace kovar::dist {

using linalg::CholeskyStatus;
using linalg::Side;

/// Overwrite the lower triangle of a with L, where a = L L^T. The upper triangle is not touched.
/// \param a  n x n in square blocks, lower triangle given
/// \returns on all ranks the same; NaN is found too
/// \throws InputError, on all ranks, if a or its blocks are not square
/// Cost: n^3/3 flops over all ranks, in place but for panels of 128 columns.
template <class Scalar>
CholeskyStatus cholesky(Host const& space, BlockCyclicMatrix<Scalar> const& a);

/// Overwrite b with L^-1 b or L^-T b.
/// \param l  n x n; its lower triangle is read
/// \param b  n x m over the same grid; columns_beside() makes one
/// \throws InputError, on all ranks, if the shapes do not fit or the grids differ
/// Cost: n^2 m flops over all ranks.
template <class Scalar>
void triangular_solve(Host const& space, Side side, BlockCyclicMatrix<Scalar> const& l,
                      BlockCyclicMatrix<Scalar> const& b);

/// Overwrite b with (L L^T)^-1 b. \see triangular_solve()
template <class Scalar>
void solve_factored(Host const& space, BlockCyclicMatrix<Scalar> const& l,
                    BlockCyclicMatrix<Scalar> const& b)
{
  triangular_solve(space, Side::factor, l, b);
  triangular_solve(space, Side::transposed, l, b);
}

/// Overwrite the lower triangle of L with that of (L L^T)^-1; the upper triangle is not touched.
/// \throws InputError, on all ranks, if l or its blocks are not square
/// Cost: 2 n^3/3 flops over all ranks, in place but for panels of 128 rows.
template <class Scalar>
void invert_factored(Host const& space, BlockCyclicMatrix<Scalar> const& l);

/// Log of the determinant of L L^T, on all ranks: the same bits on any number of them for the same L.
/// \throws InputError, on all ranks, if l is not square
/// Cost: n numbers are sent.
template <class Scalar>
double log_determinant(Host const& space, BlockCyclicMatrix<Scalar> const& l);

}  // namespace kovar::dist

#endif
