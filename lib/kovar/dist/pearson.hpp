// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PEARSON_HPP
#define KOVAR_DIST_PEARSON_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

/// \file
/// Pearson correlation of two symmetric block-cyclic matrices, read as n^2 numbers each.

namespace kovar::dist {

/// Correlation of the entries of two symmetric matrices, on all ranks the same; lower triangles are read, entries
/// below the diagonal count twice. Each rank takes means, scales and products of its own entries, and these few
/// numbers are put together: nothing overflows or cancels. Collective.
/// Where x or y has no variance the correlation is 1 if x = y and 0 otherwise.
/// \throws InputError, on all ranks, if the matrices are not square, of one shape, and spread in one way
/// Cost: about 12 n^2 flops over all ranks, one message.
/// Source: Chan, Golub, LeVeque, Updating formulae and a pairwise algorithm for computing sample variances (1979).
template <class Scalar>
double symmetric_pearson(Host const& space, BlockCyclicMatrix<Scalar> const& x,
                         BlockCyclicMatrix<Scalar> const& y);

}  // namespace kovar::dist

#endif
