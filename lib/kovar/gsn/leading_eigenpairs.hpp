// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LEADING_EIGENPAIRS_HPP
#define KOVAR_GSN_LEADING_EIGENPAIRS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The largest eigenvalues of a diagonal plus a factor, and their vectors.

namespace kovar::gsn {

/// What leading_eigenpairs() found.
template <class ExecSpace>
struct LeadingPairs {
  std::vector<double> values;         ///< descending (by value, not by magnitude)
  Matrix<double, ExecSpace> vectors;  ///< N_local x n, orthonormal over all ranks
  /// Norm of A v - v value of the worst pair, u^2: each value is off an eigenvalue by no more.
  double residual = 0;
  bool converged = true;  ///< is it within the tolerance?
};

/// The n largest eigenvalues of A and their vectors, signs as in the dense path: the entry of largest
/// magnitude is positive. Block Krylov spaces with full orthogonalisation, restarted with the best vectors.
/// \param tolerance  of residuals, relative to the largest eigenvalue in magnitude
/// \throws InputError, on all ranks, unless 0 <= n <= N
/// Collective. Cost: about 4 N R + 100 N n flops per vector and product; some 20 to 100 products of n + 8
/// vectors. Memory: 8 N (11 n + 80) bytes over all ranks.
template <class ExecSpace>
LeadingPairs<ExecSpace> leading_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                           FactoredMatrix<ExecSpace> const& a, std::int64_t n,
                                           double tolerance = 1e-10);

}  // namespace kovar::gsn

#endif
