// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TRIDIAGONAL_EIGEN_HPP
#define KOVAR_LINALG_TRIDIAGONAL_EIGEN_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/eigen.hpp>

#include <cstdint>
#include <vector>

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

/// Share of the spectrum up to which single eigenvectors are cheaper than divide and conquer.
/// Measured with OpenBLAS 0.3.21 on two cores at n = 1,000 and 4,000.
constexpr double largest_share_of_single_vectors = 0.07;

inline bool takes_single_vectors(std::int64_t n, std::int64_t n_wanted)
{
  return static_cast<double>(n_wanted) <= largest_share_of_single_vectors * static_cast<double>(n);
}

/// Some eigenpairs of T on the host: by relatively robust representations where takes_single_vectors(), else, and
/// where those fail, by divide and conquer.
/// \param d, e     n diagonal and n - 1 off-diagonal entries
/// \param vectors  n x range.size(), column-major with leading dimension n, overwritten
/// \returns the eigenvalues of the range, ascending
/// \throws as tridiagonal_pairs()
/// Cost: 100 n m flops for m single vectors. Memory: O(n) numbers for them. \see tridiagonal_pairs() for the others
template <class Scalar, class HostSpace>
std::vector<Scalar> pairs_of_tridiagonal(HostSpace const& space, std::vector<Scalar> const& d,
                                         std::vector<Scalar> const& e, EigenRange const& range,
                                         Scalar* vectors);

}  // namespace kovar::linalg

#endif
