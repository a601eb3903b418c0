// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_SPECTRAL_NORM_HPP
#define KOVAR_SPECTRAL_SPECTRAL_NORM_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// Spectral norms of a model's coefficients A_i, ||A_i|| = max |lambda(A_i)|: how fast the model changes with
/// each feature, |f(x + t e_i) - f(x)| <= |t| ||A_i||, whatever x and k.
///
/// Coefficients are p x d (d + 1) / 2 numbers: lower triangles row by row, as in EigenvalueModel. All functions
/// throw InputError if an extent does not fit. NaN or infinity in one A_i gives NaN there and leaves the
/// others as they are.

namespace kovar::spectral {

using linalg::ConstRows;
using linalg::Rows;

/// \param norms  p, result
/// Cost: 4/3 d^3 flops for each feature. Nothing is allocated after the first call of a size, on hosts.
template <class Scalar, class ExecSpace>
void spectral_norms(ExecSpace const& space, ConstRows<Scalar, ExecSpace> const& coefficients,
                    Vector<Scalar, ExecSpace> const& norms);

/// Norms, and the derivatives of the penalty strength * sum_i ||A_i|| by what is stored, added to gradient:
/// strength * sign(lambda) u u^T with the eigenpair of largest magnitude, off-diagonals doubled. Where
/// +lambda and -lambda are eigenvalues the positive one is taken; of a zero matrix it is zero.
/// \param strength  of the penalty
/// \param norms     p, result
/// \param gradient  p x d (d + 1) / 2, added to
/// Cost: 4/3 d^3 flops for each feature. Nothing is allocated after the first call of a size, on hosts.
template <class Scalar, class ExecSpace>
void add_norm_gradient(ExecSpace const& space, ConstRows<Scalar, ExecSpace> const& coefficients,
                       Scalar strength, Vector<Scalar, ExecSpace> const& norms,
                       Rows<Scalar, ExecSpace> const& gradient);

/// Lipschitz constants of f: |f(x) - f(y)| is at most linf max_i |x_i - y_i|, and at most l2 |x - y|.
struct LipschitzBounds {
  double linf = 0;      ///< sum_i ||A_i||
  double l2 = 0;        ///< sqrt(sum_i ||A_i||^2)
  double l2_tight = 0;  ///< sqrt(lambda_max(sum_i A_i^2)), at most l2
};

/// Bounds for the model with these coefficients.
/// Cost: p d^3 flops, and one eigenvalue more than spectral_norms().
template <class Scalar, class ExecSpace>
LipschitzBounds lipschitz_bounds(ExecSpace const& space,
                                 ConstRows<Scalar, ExecSpace> const& coefficients);

/// Put each A_i with ||A_i|| > radius on the ball ||A_i|| <= radius, to the nearest point in the Frobenius norm:
/// its eigenvalues are clipped. Others keep every bit.
/// \param coefficients  overwritten
/// \param radius        not negative
/// Cost: about 11 d^3 flops for each feature.
template <class Scalar, class ExecSpace>
void project_norms(ExecSpace const& space, Rows<Scalar, ExecSpace> const& coefficients,
                   Scalar radius);

}  // namespace kovar::spectral

#endif
