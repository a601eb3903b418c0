// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_SMOOTHED_EIGENVALUE_HPP
#define KOVAR_SPECTRAL_SMOOTHED_EIGENVALUE_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// The k-th eigenvalue of each of many small symmetric matrices, smoothed over eigenvalues closer than alpha:
/// differentiable where eigenvalues cross. Where both neighbours are further away than alpha it is the
/// eigenvalue itself.
///
///     value = sum_j lambda_j u_j - (alpha / 2) (|w(r)|^2 - |w(r - 1)|^2) + alpha / 2,   r = d - k,
///     u = w(r) - w(r - 1),     d value / dM = sum_j u_j q_j q_j^T,
///
/// w(r) being the projection of lambda / alpha on { 0 <= w_j <= 1, sum_j w_j = r }.
/// Source: A. Shtoff, Eigenvalues as models (2025, 2026).

namespace kovar::spectral {

using linalg::Rows;

/// Smoothed eigenvalue k of each matrix, 0 being the smallest and -1 the largest. A matrix with NaN or
/// infinity gives NaN and leaves the others as they are.
/// \param alpha   positive, in units of the eigenvalues
/// \param values  n, result
/// \throws InputError if k, alpha or an extent does not fit
/// Cost: that of batched_eigenvalues().
template <class Scalar, class ExecSpace>
void smoothed_eigenvalue(ExecSpace const& space,
                         linalg::SymmetricBatch<Scalar, ExecSpace> const& batch, std::int64_t k,
                         Scalar alpha, Vector<Scalar, ExecSpace> const& values);

/// The same values, bit for bit, and derivatives.
/// \param weights  n x d, result: u, of ascending eigenvalues, in [0, 1] and of sum 1
/// \param slopes   n x d (d + 1) / 2, result: derivatives of the values by the entries of lower triangles,
///                 row by row. An entry below the diagonal stands for two of the matrix and has twice the
///                 derivative of either.
/// Cost: that of batched_eigenpairs(), and d (d + 1) flops for each eigenvalue of weight.
template <class Scalar, class ExecSpace>
void smoothed_eigenvalue(ExecSpace const& space,
                         linalg::SymmetricBatch<Scalar, ExecSpace> const& batch, std::int64_t k,
                         Scalar alpha, Vector<Scalar, ExecSpace> const& values,
                         Rows<Scalar, ExecSpace> const& weights,
                         Rows<Scalar, ExecSpace> const& slopes);

}  // namespace kovar::spectral

#endif
