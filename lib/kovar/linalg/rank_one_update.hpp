// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_RANK_ONE_UPDATE_HPP
#define KOVAR_LINALG_RANK_ONE_UPDATE_HPP

#include <kovar/linalg/eigen.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Joining the eigenpairs of two halves of a tridiagonal matrix: one step of divide and conquer.

namespace kovar::linalg {

/// Eigenvectors of one half, n x n, column-major.
template <class Scalar>
struct Half {
  std::int64_t n = 0;
  Scalar* vectors = nullptr;
};

/// Eigenpairs of both halves.
template <class Scalar>
struct Halves {
  Half<Scalar> upper;
  Half<Scalar> lower;
  std::vector<double> values;  ///< of the upper half, ascending, then those of the lower half
};

/// Eigenpairs of
///     diag(upper half, lower half) + |tear| u u^T,   u = (0 ... 0 1, sign(tear) 0 ... 0):
/// all values, ascending, and the vectors of a range of them.
/// \param halves   their vectors are reordered
/// \param vectors  n x range.size(), column-major, overwritten
/// Cost: n k m + k^2 divisions for m vectors and k values that no rule could set aside.
template <class Scalar, class HostSpace>
std::vector<double> join_halves(HostSpace const& space, Halves<Scalar> const& halves, double tear,
                                EigenRange const& range, Scalar* vectors);

}  // namespace kovar::linalg

#endif
