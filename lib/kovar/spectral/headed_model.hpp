// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_HEADED_MODEL_HPP
#define KOVAR_SPECTRAL_HEADED_MODEL_HPP

#include <kovar/spectral/eigenvalue_model.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Several k-th-eigenvalue models of the same features, the heads of one function to H numbers:
///
///     f_h(x) = lambda_{k_h}(diag(mu_h) + sum_i x_i A_hi),     h = 0 ... H - 1.
///
/// Parameters have a leading axis H, so that each head is an EigenvalueModel in the memory of all; it gives
/// bit by bit what that model gives alone. Values and what comes upstream are n x H, column-major: the numbers
/// of a head lie one after the other, as the kernels of one model read and write them. (In NumPy: an n x H
/// array in Fortran order, or the transpose of an H x n array.)

namespace kovar::spectral {

/// Blocks of rows, one after the other.
template <class Scalar, class ExecSpace>
using Cube = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>;

/// Parameters of H functions.
template <class Scalar, class ExecSpace>
struct HeadedModel {
  std::vector<std::int64_t> k;           ///< H, each as in EigenvalueModel
  Rows<Scalar, ExecSpace> diagonals;     ///< H x d: mu
  Cube<Scalar, ExecSpace> coefficients;  ///< H x p x d (d + 1) / 2

  std::int64_t n_heads() const { return static_cast<std::int64_t>(k.size()); }
  std::int64_t order() const { return static_cast<std::int64_t>(diagonals.extent(1)); }
  std::int64_t n_features() const { return static_cast<std::int64_t>(coefficients.extent(1)); }

  /// Head h; it shares the memory.
  EigenvalueModel<Scalar, ExecSpace> head(std::int64_t h) const
  {
    return {k[static_cast<std::size_t>(h)], Kokkos::subview(diagonals, h, Kokkos::ALL),
            Kokkos::subview(coefficients, h, Kokkos::ALL, Kokkos::ALL)};
  }
};

/// Heads with parameters of zero.
/// \param k  an index for each head
/// \throws InputError if there is no head, d or p is not positive, or a k is not in [-d, d - 1]
template <class Scalar, class ExecSpace>
HeadedModel<Scalar, ExecSpace> make_headed_model(ExecSpace const& space, std::int64_t d,
                                                 std::int64_t p,
                                                 std::vector<std::int64_t> const& k);

/// f_h of each sample, without eigenvectors: bit by bit what the other overload gives.
/// \param x       n x p
/// \param values  n x H, result
/// \throws InputError if shapes do not fit, or as evaluate() of one model does
/// Cost: evaluate() of each head.
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Matrix<Scalar, ExecSpace> const& values);

/// f_h of each sample and a unit eigenvector for each head.
/// \param vectors  H x n x vector_row_length(d), result; n rows or more
template <class Scalar, class ExecSpace>
void evaluate(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
              ConstRows<Scalar, ExecSpace> const& x, Matrix<Scalar, ExecSpace> const& values,
              Cube<Scalar, ExecSpace> const& vectors);

/// Derivatives by the parameters of heads, each as in ModelGradient.
template <class Scalar, class ExecSpace>
struct HeadedGradient {
  Rows<Scalar, ExecSpace> diagonals;     ///< H x d
  Cube<Scalar, ExecSpace> coefficients;  ///< H x p x d (d + 1) / 2

  ModelGradient<Scalar, ExecSpace> head(std::int64_t h) const
  {
    return {Kokkos::subview(diagonals, h, Kokkos::ALL),
            Kokkos::subview(coefficients, h, Kokkos::ALL, Kokkos::ALL)};
  }
};

template <class Scalar, class ExecSpace>
HeadedGradient<Scalar, ExecSpace> make_gradient(ExecSpace const& space,
                                                HeadedModel<Scalar, ExecSpace> const& model);

/// Gradient of L by the parameters from its derivatives by the values. Heads share no parameter: each gets what
/// parameter_gradient() of one model gives for its column of upstream.
/// \param vectors   of evaluate()
/// \param upstream  dL/df_h of each sample, n x H
/// \param gradient  overwritten
/// \throws InputError if shapes do not fit
/// Cost: parameter_gradient() of each head.
template <class Scalar, class ExecSpace>
void parameter_gradient(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
                        ConstRows<Scalar, ExecSpace> const& x,
                        Cube<Scalar, ExecSpace> const& vectors,
                        Matrix<Scalar, ExecSpace> const& upstream,
                        HeadedGradient<Scalar, ExecSpace> const& gradient);

/// Gradient of L by the features, which all heads share: the sum of feature_gradient() of each, head 0 first.
/// \param gradient  n x p, overwritten
/// \throws InputError if shapes do not fit
/// Cost: feature_gradient() of each head. Memory: n p numbers where there is more than one head.
template <class Scalar, class ExecSpace>
void feature_gradient(ExecSpace const& space, HeadedModel<Scalar, ExecSpace> const& model,
                      Cube<Scalar, ExecSpace> const& vectors,
                      Matrix<Scalar, ExecSpace> const& upstream,
                      Rows<Scalar, ExecSpace> const& gradient);

}  // namespace kovar::spectral

#endif
