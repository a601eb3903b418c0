// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TRIDIAGONAL_EIGEN_HPP
#define KOVAR_LINALG_TRIDIAGONAL_EIGEN_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/eigen.hpp>

/// \file
/// Eigenpairs of symmetric tridiagonal matrices.

namespace kovar::linalg {

/// All eigenpairs of T itself, not of Q T Q^T, by divide and conquer on the host.
/// \throws InputError if an entry is not finite, BackendError if the eigenvectors are not found
/// Cost: up to 4/3 n^3 flops, most of them in products. Memory: 3/2 n^2 numbers on the host, and on a
/// device n^2 more there.
template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> tridiagonal_eigenpairs(ExecSpace const& space,
                                                     Tridiagonal<Scalar, ExecSpace> const& t);

}  // namespace kovar::linalg

#endif
