// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PSD_PROJECTION_HPP
#define KOVAR_GSN_PSD_PROJECTION_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/options.hpp>

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

/// Replace a (lower triangle; the upper one stays) by the nearest positive semidefinite matrix in the
/// Frobenius norm. No ridge is added. Of eigenpairs only the smaller group is made: a - V_- w_- V_-^T or
/// V_+ w_+ V_+^T. By products it is a (I + sign(a)) / 2.
/// \param work    n x n, overwritten
/// \param before  what the projection of a matrix like a did: where that had negative eigenvalues no
///                Cholesky factor is tried, because the tridiagonal form tells just as well; by products
///                one is always tried, little beside the rest
/// \throws BackendError if an eigensolver does not converge
/// Cost: n^3/3 flops where a is definite; else up to 4/3 n^3 + 2 n^2 m + n^2 m for m eigenpairs, or that of
/// linalg::matrix_sign() and 2 n^3; more where the negative part is so much larger than the rest that its
/// rounding would show: then the eigenpairs of the positive part are made too.
/// Memory: eigenpairs, or by products two n x n matrices.
/// Error: a few eps times the norm of a by eigenpairs, some ten times that by products.
/// Source: Higham, Computing a nearest symmetric positive semidefinite matrix (1988).
template <class Scalar, class ExecSpace>
Projection project_psd(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                       Matrix<Scalar, ExecSpace> const& work,
                       ProjectionMethod method = ProjectionMethod::automatic,
                       Projection before = Projection::unchanged);

}  // namespace kovar::gsn

#endif
