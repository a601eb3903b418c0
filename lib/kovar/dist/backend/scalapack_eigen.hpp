// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_BACKEND_SCALAPACK_EIGEN_HPP
#define KOVAR_DIST_BACKEND_SCALAPACK_EIGEN_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <vector>

/// \file
/// The steps of ScaLAPACK's eigensolver, under its names. \see scalapack.hpp

namespace kovar::dist::backend {

/// a = Q T Q^T; Q stays in a and tau.
template <class Scalar>
struct ReducedMatrix {
  std::vector<Scalar> diagonal;      ///< n, on all ranks
  std::vector<Scalar> off_diagonal;  ///< n - 1, on all ranks
  std::vector<Scalar> tau;           ///< of this rank's columns
};

/// Reduce the lower triangle of a.
template <class Scalar>
ReducedMatrix<Scalar> sytrd(BlockCyclicMatrix<Scalar> const& a);

/// All eigenvectors of a tridiagonal matrix into q, the eigenvalues over d, ascending; e is destroyed.
/// Returns info. \throws InputError, on all ranks, if its workspace, twice a rank's share, is too large to count
template <class Scalar>
int stedc(std::vector<Scalar>& d, std::vector<Scalar>& e, BlockCyclicMatrix<Scalar> const& q);

/// c := Q c for the Q of sytrd().
template <class Scalar>
void ormtr(BlockCyclicMatrix<Scalar> const& a, std::vector<Scalar> const& tau,
           BlockCyclicMatrix<Scalar> const& c);

}  // namespace kovar::dist::backend

#endif
