// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PRODUCT_HPP
#define KOVAR_DIST_PRODUCT_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/product.hpp>

/// \file
/// Products of block-cyclic matrices: in wide panels (panel_product.hpp) where their blocks fit, else by
/// ScaLAPACK, or on one rank by linalg. All are collective, and the matrices of one call are spread over the
/// same grid.

namespace kovar::dist {

using linalg::Op;

/// c := alpha op(a) op(b) + beta c; c is neither a nor b.
/// \throws InputError, on all ranks, if the shapes do not fit or the grids differ
/// Cost: 2 m n k flops over all ranks.
template <class Scalar>
void gemm(Host const& space, Op op_a, Op op_b, Scalar alpha, BlockCyclicMatrix<Scalar> const& a,
          BlockCyclicMatrix<Scalar> const& b, Scalar beta, BlockCyclicMatrix<Scalar> const& c);

/// Lower triangle of c := alpha a a^T + beta c (Op::none) or alpha a^T a + beta c (Op::transpose). What stands
/// above the diagonal of c stays.
/// \throws InputError, on all ranks, if the shapes do not fit or the grids differ
/// Cost: n^2 k flops over all ranks.
template <class Scalar>
void syrk(Host const& space, Op op, Scalar alpha, BlockCyclicMatrix<Scalar> const& a, Scalar beta,
          BlockCyclicMatrix<Scalar> const& c);

/// Copy the lower triangle over the upper one.
/// \throws InputError, on all ranks, if a is not square
template <class Scalar>
void fill_upper_triangle(Host const& space, BlockCyclicMatrix<Scalar> const& a);

}  // namespace kovar::dist

#endif
