// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANEL_SOLVE_HPP
#define KOVAR_DIST_PANEL_SOLVE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <cstdint>

/// \file
/// Triangular systems of many right-hand sides over ranks, by wide panels.

namespace kovar::dist {

/// Overwrite b with L^-1 b or L^-T b. The factor travels, a panel at a time, and b stays: for b of many columns.
/// Collective.
/// \param l      n x n in square blocks; its lower triangle is read
/// \param b      n x m over the same grid, its rows in the blocks of l's; shapes are checked by the caller
/// \param width  rows of a panel, 1 or more: any gives the same result but for rounding
/// Cost: n^2 m flops over all ranks, in products of width terms, and on each rank of a column of the grid the
/// same n m width / columns for the squares on the diagonal; each rank receives its rows of L, or of L^T.
/// Memory: width (rows + columns of b) of a rank's share, for L^T its columns too, and messages.
template <class Scalar>
void solve_by_panels(Host const& space, linalg::Side side, BlockCyclicMatrix<Scalar> const& l,
                     BlockCyclicMatrix<Scalar> const& b, std::int64_t width = n_panel_columns);

}  // namespace kovar::dist

#endif
