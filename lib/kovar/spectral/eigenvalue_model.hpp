// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_EIGENVALUE_MODEL_HPP
#define KOVAR_SPECTRAL_EIGENVALUE_MODEL_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// The k-th eigenvalue of a matrix that depends linearly on the features, as a function to fit:
///
///     M(x) = diag(mu) + sum_i x_i A_i,     f(x) = lambda_k(M(x)).
///
/// k = 0, the smallest eigenvalue, gives concave functions, k = d - 1 convex ones, the middle the most
/// expressive; where A_i is semidefinite f does not fall in x_i.
/// Source: A. Shtoff, Eigenvalues as models (2025, 2026).

namespace kovar::spectral {

using linalg::ConstRows;
using linalg::Rows;

/// Parameters of one function f.
template <class Scalar, class ExecSpace>
struct EigenvalueModel {
  std::int64_t k = 0;                    ///< 0: the smallest; negative: from the largest
  Vector<Scalar, ExecSpace> diagonal;    ///< mu, d, sorted or not
  Rows<Scalar, ExecSpace> coefficients;  ///< p x d (d + 1) / 2: lower triangles of A_i, row by row

  std::int64_t order() const { return static_cast<std::int64_t>(diagonal.extent(0)); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(coefficients.extent(0)); }
};

/// A model with parameters of zero.
/// \throws InputError if d or p is not positive, or k not in [-d, d - 1]
template <class Scalar, class ExecSpace>
EigenvalueModel<Scalar, ExecSpace> make_model(ExecSpace const& space, std::int64_t d,
                                              std::int64_t p, std::int64_t k);

/// Numbers in a row of unit eigenvectors: d, filled up with zeros to whole vector registers.
template <class Scalar, class ExecSpace>
std::int64_t vector_row_length(std::int64_t d);

/// f of each sample, without eigenvectors: bit by bit what the other overload gives.
/// \param x       n x p, a sample per row; NaN or infinity in one gives NaN there and nowhere else
/// \param values  n, result
/// \throws InputError if shapes do not fit or k is not in [-d, d - 1]
/// Cost: p d (d + 1) flops a sample to make the matrix, 4/3 d^3 and about 24 d divisions for the eigenvalue.
/// Nothing is allocated after the first call of a size, on hosts.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values);

/// f of each sample and a unit eigenvector, all that gradients need.
/// \param vectors  n x vector_row_length(d), result; n rows or more
/// Cost: 2 d^2 flops more.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Vector<Scalar, ExecSpace> const& values,
              Rows<Scalar, ExecSpace> const& vectors);

/// Derivatives of L by the parameters of a model, by what is stored: an entry below the diagonal stands
/// for two of the matrix and has twice the derivative of either.
template <class Scalar, class ExecSpace>
struct ModelGradient {
  Vector<Scalar, ExecSpace> diagonal;    ///< d
  Rows<Scalar, ExecSpace> coefficients;  ///< p x d (d + 1) / 2
};

template <class Scalar, class ExecSpace>
ModelGradient<Scalar, ExecSpace> make_gradient(ExecSpace const& space,
                                               EigenvalueModel<Scalar, ExecSpace> const& model);

/// Gradient of L by the parameters from its derivatives by the values:
///     dL/dmu_j = sum_b g_b q_bj^2,     dL/dA_i = sum_b g_b x_bi q_b q_b^T.
/// Where an eigenvalue repeats this is one extreme point of the subdifferential.
/// \param vectors   of evaluate()
/// \param upstream  g, n
/// \param gradient  overwritten
/// \throws InputError if shapes do not fit
/// Cost: p d (d + 1) flops a sample. Sums run over the samples in their order on every number of threads.
template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Rows<Scalar, ExecSpace> const& vectors,
                        Vector<Scalar, ExecSpace> const& upstream,
                        ModelGradient<Scalar, ExecSpace> const& gradient);

/// Gradient of L by the features, dL/dx_bi = g_b q_b^T A_i q_b.
/// \param gradient  n x p, overwritten
/// \throws InputError if shapes do not fit
/// Cost: p d (d + 1) flops a sample.
template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, EigenvalueModel<Scalar, ExecSpace> const& model,
                      Rows<Scalar, ExecSpace> const& vectors,
                      Vector<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient);

}  // namespace kovar::spectral

#endif
