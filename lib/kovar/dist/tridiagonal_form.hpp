// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_TRIDIAGONAL_FORM_HPP
#define KOVAR_DIST_TRIDIAGONAL_FORM_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/bulge_chasing.hpp>

#include <functional>

/// \file
/// Tridiagonal forms of symmetric block-cyclic matrices, by ScaLAPACK or over a band.

namespace kovar::dist {

/// A = Q T Q^T; Q stands in A.
template <class Scalar>
struct TridiagonalForm {
  TridiagonalLists<Scalar> t;
  std::function<void(BlockCyclicMatrix<Scalar> const&)> apply_q;  ///< c := Q c; collective
};

/// Are two stages faster than ScaLAPACK's one?
bool are_two_stages_faster(std::int64_t n, int n_ranks);

/// Reduce the lower triangle of a, which is overwritten, on several ranks. Collective.
/// \throws BackendError, on all ranks, if memory runs out
/// Cost: 4/3 n^3 flops over all ranks. \see TwoStageForm
template <class Scalar>
TridiagonalForm<Scalar> tridiagonalize(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                       bool by_two_stages);

}  // namespace kovar::dist

#endif
