// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_LOWER_PRODUCT_HPP
#define KOVAR_DIST_LOWER_PRODUCT_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/product.hpp>

#include <cstdint>

/// \file
/// Products of panels added to the lower triangle of a block-cyclic matrix.

namespace kovar::dist {

/// A panel with a line for each row, or each column, that a rank owns.
template <class Scalar>
struct Panels {
  linalg::Op op_left = linalg::Op::none;
  Matrix<Scalar, Host> left;  ///< op(left): owned rows x width
  linalg::Op op_right = linalg::Op::none;
  Matrix<Scalar, Host> right;  ///< op(right): width x owned columns
};

/// a_ij := alpha (op(left) op(right))_ij + beta a_ij for a rank's entries i >= j with both in a range; the rest
/// of a stays. With beta = 0 it is not read. Without communication.
/// \param panels  of the rows and columns of the range
/// Cost: range^2 width flops over all ranks, almost all of them in products of rectangles.
template <class Scalar>
void add_lower_product(Host const& space, Scalar alpha, Panels<Scalar> const& panels, Scalar beta,
                       BlockCyclicMatrix<Scalar> const& a, IndexRange range);

}  // namespace kovar::dist

#endif
