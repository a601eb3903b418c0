// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANEL_INVERSE_HPP
#define KOVAR_DIST_PANEL_INVERSE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>

#include <cstdint>

/// \file
/// The inverse of a matrix over ranks by its Cholesky factor, in one sweep of wide panels.

namespace kovar::dist {

/// Overwrite the lower triangle of L with that of (L L^T)^-1; the upper triangle is not touched. Collective.
/// \param l      n x n in square blocks, checked by the caller; on more than one rank or on one
/// \param width  rows of a panel, 1 or more: any gives the same result but for rounding
/// Source: Bientinesi, Gunter and van de Geijn, Families of algorithms related to the inversion of a symmetric
/// positive definite matrix, ACM Trans. Math. Softw. 35 (2008), the sweep that makes L^-1 and L^-T L^-1
/// together: both are updated by products with the same panel of L^-1.
/// Cost: 2 n^3/3 flops over all ranks, in products of that many terms; a rank receives 2 n / width panels.
/// Memory: width (3 rows + 2 columns) of a rank's share.
template <class Scalar>
void invert_by_panels(Host const& space, BlockCyclicMatrix<Scalar> const& l,
                      std::int64_t width = n_factor_columns);

}  // namespace kovar::dist

#endif
