// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_COVARIANCE_HPP
#define KOVAR_FIT_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/minimum.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The covariance of the parameters at the minimum: the inverse of the Hessian.

namespace kovar::fit {

/// The Hessian of the free parameters at the accepted point, n x n, both triangles.
/// Cost: n Hessian products, n^2 numbers.
template <class ExecSpace>
Matrix<double, ExecSpace> hessian_matrix(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                         std::vector<std::int64_t> const& free);

/// The inverse of the Hessian of the free parameters.
template <class ExecSpace>
struct Covariance {
  Matrix<double, ExecSpace>
      matrix;  ///< n free x n free, both triangles; without one if bad_minor > 0
  int bad_minor =
      0;  ///< order of the first leading minor of the Hessian that is not positive; 0: none
  double distance = 0;  ///< g^T C g / 2, the estimated distance to the minimum
};

/// \param at  a minimum, at which the likelihood stands
/// Cost: n Hessian products and n^3 flops.
template <class ExecSpace>
Covariance<ExecSpace> covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                 Minimum const& at);

}  // namespace kovar::fit

#endif
