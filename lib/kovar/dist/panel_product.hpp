// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANEL_PRODUCT_HPP
#define KOVAR_DIST_PANEL_PRODUCT_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/product.hpp>

#include <cstdint>

/// \file
/// Products of block-cyclic matrices by wide panels: SUMMA (van de Geijn and Watts, Concurrency 9, 1997). Shapes
/// and grids are checked by the caller. All are collective.

namespace kovar::dist {

/// Whether the rows of op(a) lie as those of c, or can be brought there panel by panel.
template <class Scalar>
bool has_rows_of(linalg::Op op, BlockCyclicMatrix<Scalar> const& a,
                 BlockCyclicMatrix<Scalar> const& c)
{
  return op == linalg::Op::transpose || a.block().rows == c.block().rows;
}

/// The same for the columns of op(b).
template <class Scalar>
bool has_columns_of(linalg::Op op, BlockCyclicMatrix<Scalar> const& b,
                    BlockCyclicMatrix<Scalar> const& c)
{
  return op == linalg::Op::transpose || b.block().columns == c.block().columns;
}

/// c := alpha op(a) op(b) + beta c, where has_rows_of(op_a, a, c) and has_columns_of(op_b, b, c).
/// \param width  terms of a panel, 1 or more: any gives the same result but for rounding
/// Cost: 2 m n k flops over all ranks; each rank receives its rows of op(a) and its columns of op(b).
/// Memory: width times the rows and columns of a rank's share of c, the larger of a's columns and b's rows in
/// theirs, and a message of no more than the largest of these.
template <class Scalar>
void gemm_by_panels(Host const& space, linalg::Op op_a, linalg::Op op_b, Scalar alpha,
                    BlockCyclicMatrix<Scalar> const& a, BlockCyclicMatrix<Scalar> const& b,
                    Scalar beta, BlockCyclicMatrix<Scalar> const& c,
                    std::int64_t width = n_panel_columns);

/// Lower triangle of c := alpha a a^T + beta c (Op::none) or alpha a^T a + beta c (Op::transpose), where
/// has_rows_of(op, a, c) and, for Op::transpose, has_columns_of(Op::none, a, c). What stands above the diagonal
/// of c stays. \see gemm_by_panels()
/// Cost: n^2 k flops over all ranks; each rank receives its rows, and its columns, of op(a). Memory: also width times
/// the rows and columns of a rank's share of c, packed for the product.
template <class Scalar>
void syrk_by_panels(Host const& space, linalg::Op op, Scalar alpha,
                    BlockCyclicMatrix<Scalar> const& a, Scalar beta,
                    BlockCyclicMatrix<Scalar> const& c, std::int64_t width = n_panel_columns);

}  // namespace kovar::dist

#endif
