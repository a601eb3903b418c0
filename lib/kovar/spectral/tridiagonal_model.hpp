// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TRIDIAGONAL_MODEL_HPP
#define KOVAR_SPECTRAL_TRIDIAGONAL_MODEL_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// The k-th eigenvalue of a tridiagonal matrix whose entries depend linearly on the features,
///
///     diagonal(x) = W_D x + b_D,     off_diagonal(x) = W_E x + b_E,     f(x) = lambda_k(T(x)),
///
/// the cheapest of these functions: its eigenvalue takes a number of operations proportional to d.
/// Source: A. Shtoff, Eigenvalues as models (2025, 2026).

namespace kovar::spectral {

using linalg::ConstRows;
using linalg::Rows;

/// W and b of both diagonals.
template <class Scalar, class ExecSpace>
struct TridiagonalParameters {
  Rows<Scalar, ExecSpace> diagonal_weights;      ///< d x p
  Vector<Scalar, ExecSpace> diagonal_bias;       ///< d
  Rows<Scalar, ExecSpace> off_diagonal_weights;  ///< (d - 1) x p
  Vector<Scalar, ExecSpace> off_diagonal_bias;   ///< d - 1

  std::int64_t order() const { return static_cast<std::int64_t>(diagonal_weights.extent(0)); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(diagonal_weights.extent(1)); }
};

/// Parameters of one function f.
template <class Scalar, class ExecSpace>
struct TridiagonalModel : TridiagonalParameters<Scalar, ExecSpace> {
  std::int64_t k = 0;  ///< 0: the smallest; negative: from the largest
};

/// A model with parameters of zero.
/// \throws InputError if d or p is not positive, or k not in [-d, d - 1]
template <class Scalar, class ExecSpace>
TridiagonalModel<Scalar, ExecSpace> make_tridiagonal_model(ExecSpace const& space, std::int64_t d,
                                                           std::int64_t p, std::int64_t k);

/// f of each sample, without eigenvectors: bit by bit what the other overload gives.
/// \param x       n x p, a sample per row; NaN or infinity in one gives NaN there and nowhere else
/// \param values  n, result
/// \throws InputError if shapes do not fit or k is not in [-d, d - 1]
/// Cost: 4 p d flops a sample to make the matrix and about 24 d divisions for the eigenvalue. Nothing is
/// allocated after the first call of a size, on hosts.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values);

/// f of each sample and a unit eigenvector, all that gradients need.
/// \param vectors  n x d, result; n rows or more
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& vectors);

/// Room for derivatives by the parameters.
template <class Scalar, class ExecSpace>
TridiagonalParameters<Scalar, ExecSpace> make_gradient(
    ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model);

/// Gradient of L by the parameters from its derivatives by the values, g_b = dL/df_b: with
/// s_bj = g_b q_bj^2 and t_bj = 2 g_b q_bj q_b,j+1,
///
///     dL/dW_D = sum_b s_b x_b^T,   dL/db_D = sum_b s_b,   dL/dW_E = sum_b t_b x_b^T,   dL/db_E = sum_b t_b.
///
/// \param vectors   of evaluate()
/// \param upstream  g, n
/// \param gradient  overwritten
/// \throws InputError if shapes do not fit
/// Cost: 4 p d flops a sample. Sums run over the samples in their order on every number of threads.
template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& vectors,
                        Vector<Scalar, ExecSpace> const& upstream,
                        TridiagonalParameters<Scalar, ExecSpace> const& gradient);

/// Gradient of L by the features, dL/dx_b = W_D^T s_b + W_E^T t_b.
/// \param gradient  n x p, overwritten
/// \throws InputError if shapes do not fit
/// Cost: 4 p d flops a sample.
template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, TridiagonalModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& vectors,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient);

}  // namespace kovar::spectral

#endif
