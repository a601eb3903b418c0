// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_TWO_STAGE_HPP
#define KOVAR_DIST_TWO_STAGE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/bulge_chasing.hpp>

#include <utility>

/// \file
/// Both stages from a symmetric block-cyclic matrix to its tridiagonal form, and the way back of eigenvectors.

namespace kovar::dist {

/// A symmetric block-cyclic matrix as Q T Q^T, T tridiagonal, by way of a band: products do nearly all of the
/// work, where one stage is half matrix-vector products, bound by memory.
template <class Scalar>
class TwoStageForm {
 public:
  /// Overwrites the lower triangle of a (n x n, square blocks) with a part of Q: nobody writes it before the last
  /// apply_q(). The upper triangle is not touched. Collective.
  /// \throws BackendError, on all ranks, if memory runs out
  /// Cost: 4/3 n^3 flops over all ranks, and 12 / (ranks + 1) n^2 band_width flops one after the other. Memory:
  /// n^2 / (ranks + 1) numbers, and 12 n band_width, on each rank.
  TwoStageForm(Host const& space, BlockCyclicMatrix<Scalar> const& a);

  /// Once.
  TridiagonalLists<Scalar> take_tridiagonal() { return std::move(t_); }

  /// c := Q c; collective. \param c  n x m on the grid of a
  /// \throws BackendError, on all ranks, if memory runs out
  /// Cost: 6 n^2 m flops over all ranks, 2 of them on zeros; n^2 numbers are sent to each. Memory: c once more,
  /// some 100 (n + m) numbers, and the buffers of redistribute().
  void apply_q(Host const& space, BlockCyclicMatrix<Scalar> const& c);

 private:
  BlockCyclicMatrix<Scalar> a_;
  Matrix<Scalar, Host> factors_;
  ChaseReflectors<Scalar> reflectors_;
  TridiagonalLists<Scalar> t_;
};

}  // namespace kovar::dist

#endif
