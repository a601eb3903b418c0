// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_SMOOTHED_MODEL_HPP
#define KOVAR_SPECTRAL_SMOOTHED_MODEL_HPP

#include <kovar/spectral/eigenvalue_model.hpp>

#include <cstdint>

/// \file
/// The smoothed k-th eigenvalue (smoothed_eigenvalue.hpp) of M(x) = diag(mu) + sum_i x_i A_i as a function
/// to fit: without kinks where eigenvalues cross.

namespace kovar::spectral {

/// The parameters of a k-th-eigenvalue model and the width of smoothing.
template <class Scalar, class ExecSpace>
struct SmoothedModel {
  EigenvalueModel<Scalar, ExecSpace> matrix;
  Scalar alpha = 1;  ///< positive, in units of the eigenvalues
};

/// f of each sample, without derivatives: bit by bit what the other overload gives.
/// \param x       n x p, a sample per row; NaN or infinity in one gives NaN there and nowhere else
/// \param values  n, result
/// \throws InputError if shapes do not fit, k is not in [-d, d - 1] or alpha not positive
/// Cost: p d (d + 1) flops a sample to make the matrix, and all of its eigenvalues. Nothing is allocated
/// after the first call of a size, on hosts.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values);

/// f of each sample and its derivatives by the stored entries of M, all that gradients need.
/// \param slopes  n x d (d + 1) / 2, result, as of smoothed_eigenvalue(); n rows or more
/// Cost: all eigenpairs.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& slopes);

/// Gradient of L by what is stored from its derivatives by the values: dL/dA_i = sum_b g_b x_bi S_b and
/// dL/dmu_j = sum_b g_b S_b,jj for the slopes S.
/// \param slopes    of evaluate()
/// \param upstream  g, n
/// \param gradient  overwritten
/// \throws InputError if shapes do not fit
/// Cost: p d (d + 1) flops a sample. Sums run over the samples in their order on every number of threads.
template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& slopes,
                        Vector<Scalar, ExecSpace> const& upstream,
                        ModelGradient<Scalar, ExecSpace> const& gradient);

/// Gradient of L by the features, dL/dx_bi = g_b times the sum of stored entries of A_i times those of S_b.
/// \param gradient  n x p, overwritten
/// \throws InputError if shapes do not fit
/// Cost: p d (d + 1) flops a sample.
template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, SmoothedModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& slopes,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient);

}  // namespace kovar::spectral

#endif
