// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BAND_REDUCTION_HPP
#define KOVAR_DIST_BAND_REDUCTION_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/band_matrix.hpp>

/// \file
/// First of two stages from a symmetric block-cyclic matrix to its tridiagonal form: a band, by block
/// reflectors. ScaLAPACK reduces directly, half of it by matrix-vector products that memory bounds.
/// Source: Bischof, Lang, Sun, A framework for symmetric band reduction (ACM TOMS 26, 2000).

namespace kovar::dist {

/// Lower triangle of the n x n matrix a := Q1 B Q1^T with a band B of linalg::band_width subdiagonals, which
/// stands in the band of a, the reflectors of Q1 below it. Above the diagonal a is not touched. Collective.
/// \returns band_width x n, on all ranks: triangular factors of the block reflectors
/// \throws BackendError, on all ranks, if memory runs out
/// Cost: 4/3 n^3 flops over all ranks, 4 n^2 band_width on each; 2 n^2 numbers are sent to each, panels twice and
/// their products. Workspace: 4 n band_width numbers on each rank, and 5 band_width for each of its rows and 4 for each
/// of its columns.
template <class Scalar>
Matrix<Scalar, Host> reduce_to_band(Host const& space, BlockCyclicMatrix<Scalar> const& a);

/// c := Q1 c. Collective. \param c  n x any: whole columns, each rank its own
/// \param factors  of reduce_to_band()
/// \throws BackendError, on all ranks, if memory runs out
/// Cost: 2 n^2 m flops for m columns on a rank; n^2 / 2 numbers are sent to each. Workspace: 2 (n + m) band_width
/// numbers, and band_width for each of its rows.
template <class Scalar>
void apply_band_reflectors(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                           Matrix<Scalar, Host> const& factors, Matrix<Scalar, Host> const& c);

/// The band that reduce_to_band() left, on all ranks; collective. Memory: 2 n band_width numbers on each.
/// \throws BackendError, on all ranks, if memory runs out
template <class Scalar>
linalg::BandMatrix<Scalar> gather_band(Host const& space, BlockCyclicMatrix<Scalar> const& a);

}  // namespace kovar::dist

#endif
