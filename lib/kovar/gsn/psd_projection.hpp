// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PSD_PROJECTION_HPP
#define KOVAR_GSN_PSD_PROJECTION_HPP

#include <kovar/core/views.hpp>

#include <cstdint>

/// \file
/// The positive semidefinite matrix nearest to a symmetric one.

namespace kovar::gsn {

/// What a projection did.
enum class Projection {
  unchanged,  ///< the matrix was positive (semi)definite
  clipped     ///< negative eigenvalues were set to zero
};

/// Is the symmetric matrix a (lower triangle) positive definite? work (n x n) is overwritten.
/// Cost: n^3/3 flops, less where it is not.
template <class Scalar, class ExecSpace>
bool is_positive_definite(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                          Matrix<Scalar, ExecSpace> const& work);

/// Replace a (lower triangle) by the nearest positive semidefinite matrix in the Frobenius norm. No
/// ridge is added. Only the smaller group of eigenvalues is made: a - V_- w_- V_-^T or V_+ w_+ V_+^T.
/// \param work  n x n, overwritten
/// \throws BackendError if an eigensolver does not converge
/// Cost: n^3/3 flops where a is definite; else up to 4/3 n^3 + 2 n^2 m + n^2 m for m eigenpairs; twice
/// that where the negative part is so much larger than the rest that its rounding would show.
/// Source: Higham, Computing a nearest symmetric positive semidefinite matrix (1988).
template <class Scalar, class ExecSpace>
Projection project_psd(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                       Matrix<Scalar, ExecSpace> const& work);

/// The same where a resembles a matrix projected before: no Cholesky factor is tried where that had
/// negative eigenvalues, because the tridiagonal form tells just as well.
template <class Scalar, class ExecSpace>
Projection project_psd(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                       Matrix<Scalar, ExecSpace> const& work, Projection before);

}  // namespace kovar::gsn

#endif
