// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANEL_CHOLESKY_HPP
#define KOVAR_DIST_PANEL_CHOLESKY_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <cstdint>

/// \file
/// Cholesky factors of matrices over ranks, by wide panels.

namespace kovar::dist {

/// linalg's factor of a matrix that one rank has whole, which finds NaN on the diagonal too: BLAS may take its
/// root for a good pivot.
template <class Scalar>
linalg::CholeskyStatus factor_whole(Host const& space, Matrix<Scalar, Host> const& a);

/// Overwrite the lower triangle of a with L, where a = L L^T; the upper triangle is neither read nor touched.
/// What fails leaves the columns before the panel with the bad minor factored. Collective.
/// \param a      n x n in square blocks, checked by the caller; on more than one rank or on one
/// \param width  columns of a panel, 1 or more: any gives the same result but for rounding
/// \returns on all ranks what rank 0 found: it alone factors the squares on the diagonal
/// Cost: n^3/3 flops over all ranks, in products of width terms, and on each rank of a row of the grid the same
/// n^2 width / (2 rows); a rank receives the factor's panels for its rows, and for its columns.
/// Memory: width (rows + columns) of a rank's share, a square and a message.
template <class Scalar>
linalg::CholeskyStatus factor_by_panels(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                        std::int64_t width = n_factor_columns);

}  // namespace kovar::dist

#endif
