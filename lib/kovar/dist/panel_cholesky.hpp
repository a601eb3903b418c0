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

/// Columns that a factorization takes together. Any widths give the same result but for rounding.
struct PanelWidths {
  std::int64_t panel = n_factor_columns;  ///< terms of the products
  std::int64_t strip = 64;  ///< of a panel, solved together: 8 % less time than by 128, as above
};

/// Overwrite the lower triangle of a with L, where a = L L^T; the upper triangle is neither used nor touched.
/// What fails leaves the columns before the panel with the bad minor factored. Collective.
/// \param a       n x n in square blocks, checked by the caller; on more than one rank or on one
/// \param widths  1 or more
/// \returns on all ranks what rank 0 found: it alone factors the squares on the diagonal
/// Cost: n^3/3 flops over all ranks, in products of widths.panel terms, and on each rank of a row of the grid the
/// same n^2 widths.strip / (2 rows); a rank receives the factor's panels for its rows, and for its columns, what comes
/// after a strip in its panel once more.
/// Memory: 2 widths.panel (rows + columns) of a rank's share, a square and a message.
template <class Scalar>
linalg::CholeskyStatus factor_by_panels(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                        PanelWidths widths = {});

}  // namespace kovar::dist

#endif
