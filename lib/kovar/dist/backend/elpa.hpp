// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_ELPA_HPP
#define KOVAR_DIST_BACKEND_ELPA_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <cstdint>
#include <vector>

/// \file
/// ELPA on block-cyclic matrices of more than one rank, for double and float. All are collective; a failure
/// throws BackendError with ELPA's name for it.

namespace kovar::dist::backend {

/// Was kovar built with it?
bool has_elpa();

/// With one that takes this scalar? ELPA may be built for double alone.
template <class Scalar>
bool has_elpa_for();

/// The n_wanted smallest eigenpairs of a, of which both triangles are given, and which is destroyed.
/// \param q  n x n, in the blocks of a; its first n_wanted columns are made
/// \returns all n eigenvalues, of which the first n_wanted count
template <class Scalar>
std::vector<Scalar> elpa_eigenpairs(BlockCyclicMatrix<Scalar> const& a, std::int64_t n_wanted,
                                    BlockCyclicMatrix<Scalar> const& q);

/// The n_wanted smallest eigenpairs of a tridiagonal matrix: the eigenvalues over d; e is destroyed.
/// \param q  n x n; its first n_wanted columns are made
template <class Scalar>
void elpa_tridiagonal_eigenpairs(std::vector<Scalar>& d, std::vector<Scalar>& e,
                                 std::int64_t n_wanted, BlockCyclicMatrix<Scalar> const& q);

}  // namespace kovar::dist::backend

#endif
