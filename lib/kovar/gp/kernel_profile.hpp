// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_KERNEL_PROFILE_HPP
#define KOVAR_GP_KERNEL_PROFILE_HPP

#include <kovar/core/lane_functions.hpp>
#include <kovar/gp/kernel.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Stationary kernels as functions phi of the scaled squared distance rho^2, with their derivatives.

namespace kovar::gp {

/// phi and, of lanes, what gradients need.
template <class Pack>
struct KernelProfile {
  Pack value;
  Pack slope;          ///< d phi / d rho^2; 0 where it does not exist (matern12 at distance 0)
  Pack shape_slope{};  ///< rq: d phi / d alpha
};

/// \param rho2        rho^2, 0 or more
/// \param half_inverse_alpha, alpha  of rq: 1 / (2 alpha) and alpha
template <class Pack, class Coefficient>
KOKKOS_FORCEINLINE_FUNCTION KernelProfile<Pack> rq_profile(Pack const& rho2,
                                                           Coefficient const& half_inverse_alpha,
                                                           Coefficient const& alpha)
{
  using Number = lane_number_t<Pack>;
  Pack const u = rho2 * half_inverse_alpha;
  Pack const b = u + Number(1);
  Pack const log_b = lane_log1p(u);
  Pack const value = lane_exp(-(log_b * alpha));
  return {value, Number(-0.5) * value / b, value * (u / b - log_b)};
}

template <KernelKind kind, class Pack>
KOKKOS_FORCEINLINE_FUNCTION KernelProfile<Pack> stationary_profile(Pack const& rho2)
{
  using Number = lane_number_t<Pack>;
  if constexpr (kind == KernelKind::rbf) {
    Pack const value = lane_exp(rho2 * Number(-0.5));
    return {value, value * Number(-0.5)};
  } else if constexpr (kind == KernelKind::matern12) {
    Pack const rho = lane_sqrt(rho2);
    Pack const value = lane_exp(-rho);
    Pack const zero = {};
    Pack const slope = Number(-0.5) * value / rho;
    return {value, rho > zero ? slope : zero};
  } else if constexpr (kind == KernelKind::matern32) {
    Pack const a = lane_sqrt(rho2 * Number(3));
    Pack const e = lane_exp(-a);
    return {e + a * e, e * Number(-1.5)};
  } else {
    static_assert(kind == KernelKind::matern52, "a stationary kernel");
    Pack const a = lane_sqrt(rho2 * Number(5));
    Pack const e = lane_exp(-a);
    Pack const linear_part = e + a * e;
    return {linear_part + a * a * e * Number(1.0 / 3), linear_part * Number(-5.0 / 6)};
  }
}

}  // namespace kovar::gp

#endif
