// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_EIGENBASIS_HPP
#define KOVAR_GSN_EIGENBASIS_HPP

#include <kovar/core/views.hpp>

#include <cstdint>

/// \file
/// Eigenpairs as GSN returns them: descending, with a sign rule, and the same on every machine where
/// eigenvalues repeat.

namespace kovar::gsn {

/// Eigenvalues (k, descending) and eigenvectors (n x k, columns).
template <class Scalar, class ExecSpace>
struct Eigenbasis {
  Vector<Scalar, ExecSpace> values;
  Matrix<Scalar, ExecSpace> vectors;
};

/// What is wanted of a basis.
struct EigenbasisRequest {
  bool with_vectors = true;       ///< false: vectors stay of extent 0
  std::int64_t n_components = 0;  ///< those of the largest eigenvalues; 0, or more than n: all
};

/// Eigenbasis of a symmetric matrix (lower triangle; destroyed). In each column the first entry of
/// largest magnitude is positive. Neighbouring eigenvalues within n eps times the largest magnitude
/// form a group, in which any orthonormal basis would do: taken is the one that
/// diagonalises the noise covariance restricted to the group, with descending noise variance (rule K10
/// of the specification).
/// \param noise  cNb, n x n, both triangles; of extent 0: the basis of a group is left as it came out
/// \throws InputError if n_components is negative or the extents do not fit
/// Cost: 4/3 n^3 flops and 20 n^2 without vectors; that of linalg::eigenpairs() for the wanted vectors
/// and those of the group that the last one belongs to, and 4 n^2 p for a group of p.
/// Memory: n x k numbers beside eigenpairs(); 2 n x p for a group of p.
template <class Scalar, class ExecSpace>
Eigenbasis<Scalar, ExecSpace> eigenbasis(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         EigenbasisRequest const& request = {},
                                         Matrix<Scalar, ExecSpace> const& noise = {});

}  // namespace kovar::gsn

#endif
