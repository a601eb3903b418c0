// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_EIGENBASIS_OVER_RANKS_HPP
#define KOVAR_GSN_EIGENBASIS_OVER_RANKS_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gsn/eigenbasis.hpp>

#include <vector>

/// \file
/// Eigenpairs as GSN returns them, of matrices over ranks.

namespace kovar::gsn {

/// Eigenvalues (k, descending) on all ranks, eigenvectors (n x k, columns) over them.
template <class Scalar>
struct EigenbasisOverRanks {
  std::vector<Scalar> values;
  dist::BlockCyclicMatrix<Scalar> vectors;
};

/// eigenbasis() of a matrix over ranks, by the same rules for signs and equal eigenvalues. Collective.
/// \param a      n x n in square blocks, lower triangle; destroyed
/// \param noise  cNb, n x n, both triangles, spread like a
/// \throws InputError, on all ranks, if n_components is negative; as dist::eigenpairs()
/// Memory: that of dist::eigenpairs(); 2 n x p over all ranks for a group of p.
template <class Scalar>
EigenbasisOverRanks<Scalar> eigenbasis_over_ranks(dist::Host const& space,
                                                  dist::BlockCyclicMatrix<Scalar> const& a,
                                                  EigenbasisRequest const& request,
                                                  dist::BlockCyclicMatrix<Scalar> const& noise);

}  // namespace kovar::gsn

#endif
