// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_LOWER_PRODUCT_HPP
#define KOVAR_DIST_LOWER_PRODUCT_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/staircase_product.hpp>

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

/// How a rank's share of a lower triangle is multiplied.
enum class LowerForm {
  tiles,      ///< linalg::StaircaseProduct, of operands packed once
  rectangles  ///< BLAS, and squares on the diagonal that are made whole
};

/// The faster one: tiles, where the compiler has wide registers.
template <class Scalar>
constexpr LowerForm faster_form()
{
  return linalg::StaircaseProduct<Scalar>::is_fast() ? LowerForm::tiles : LowerForm::rectangles;
}

/// Adds products to the lower triangle of one matrix.
template <class Scalar>
class LowerProduct {
 public:
  /// \param width  terms of a product, at most
  /// \throws BackendError if there is not the memory: within agree()
  /// Memory: width (rows + columns) numbers of a rank's share, and a list of its columns; the list alone for
  /// rectangles.
  LowerProduct(Host const& space, BlockCyclicMatrix<Scalar> const& a, std::int64_t width,
               LowerForm form = faster_form<Scalar>());

  /// a_ij := alpha (op(left) op(right))_ij + beta a_ij for a rank's entries i >= j in ranges of rows and of columns,
  /// where no column is before the first row; the rest of a stays. With beta = 0 it is not read. Without
  /// communication.
  /// \param panels  of the rows and columns of the ranges
  /// Cost: two flops a term and entry over all ranks, but for tiles that the diagonal cuts, which are made whole.
  void add(Scalar alpha, Panels<Scalar> const& panels, Scalar beta, IndexRange rows,
           IndexRange columns) const;

 private:
  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  LowerForm form_;
  linalg::StaircaseProduct<Scalar> product_;
  Vector<std::int64_t, Host> first_rows_;
};

}  // namespace kovar::dist

#endif
