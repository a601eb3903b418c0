// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_SHARE_HPP
#define KOVAR_DIST_SHARE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <vector>

/// \file
/// Passes over the entries of a block-cyclic matrix, by each rank over its own.

namespace kovar::dist {

/// The largest magnitude in the lower triangle, on all ranks; infinite if an entry there is not finite.
/// Collective. Cost: n^2/2 numbers read.
template <class Scalar>
double largest_magnitude(Host const& space, BlockCyclicMatrix<Scalar> const& a);

/// Multiply all entries; no communication.
template <class Scalar>
void scale(Host const& space, BlockCyclicMatrix<Scalar> const& a, Scalar factor);

/// Multiply column j by factors[j]; no communication.
/// \param factors  one for each column of the matrix
template <class Scalar>
void scale_columns(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                   std::vector<Scalar> const& factors);

}  // namespace kovar::dist

#endif
