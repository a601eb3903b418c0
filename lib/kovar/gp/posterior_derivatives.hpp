// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_POSTERIOR_DERIVATIVES_HPP
#define KOVAR_GP_POSTERIOR_DERIVATIVES_HPP

#include <kovar/gp/posterior.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// How a prediction changes with the point that it is made for: what searches for the next point to
/// observe climb along.

namespace kovar::gp {

/// Derivatives of mean and latent variance by the coordinates of m points.
template <class Scalar, class ExecSpace>
struct PredictionDerivatives {
  Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace> mean;  ///< m x d x q
  Matrix<Scalar, ExecSpace> variance;                           ///< m x d; of what is not clamped
};

/// With beta = K^^-1 k(X, x_*):
///     dmean = dm(x_*) + sum_j alpha_j d_1 k(x_*, x_j),
///     dvariance = dk(x_*, x_*) - 2 sum_j beta_j d_1 k(x_*, x_j).
/// Where a Matern 1/2 kernel meets a training point it has no derivative; that point's share is 0.
/// \param x  m x d
/// \throws InputError if x has another number of columns than the observations, or the posterior could
///         not be factored
/// Cost: 2 n^2 m flops, and n m ((q + 2) 3 d + c) of the kernels.
template <class Scalar, class ExecSpace>
PredictionDerivatives<Scalar, ExecSpace> input_derivatives(
    ExecSpace const& space, Posterior<Scalar, ExecSpace> const& posterior,
    Inputs<Scalar, ExecSpace> const& x);

}  // namespace kovar::gp

#endif
