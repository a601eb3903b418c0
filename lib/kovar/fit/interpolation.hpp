// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_INTERPOLATION_HPP
#define KOVAR_FIT_INTERPOLATION_HPP

#include <Kokkos_Core.hpp>

/// \file
/// The smooth |theta| by which systematics whose up and down differ are interpolated.

namespace kovar::fit {

/// An even function and its first two derivatives.
struct SmoothMagnitude {
  double value;
  double slope;
  double curvature;
};

/// |theta| from 1/2 on; below it theta (3 u^5 - 10 u^3 + 15 u) / 8, u = 2 theta: twice continuously
/// differentiable. The shape is that of the CMS statistical tools (Combine) and of rabbit.
KOKKOS_INLINE_FUNCTION SmoothMagnitude smooth_magnitude(double theta)
{
  double const u = 2 * theta;
  if (u >= 1) return {theta, 1, 0};
  if (u <= -1) return {-theta, -1, 0};
  double const u2 = u * u;
  double const alpha = u * ((3 * u2 - 10) * u2 + 15) / 8;
  double const alpha1 = 15 * (u2 - 1) * (u2 - 1) / 4;
  double const alpha2 = 30 * u * (u2 - 1);
  return {theta * alpha, alpha + theta * alpha1, 2 * alpha1 + theta * alpha2};
}

}  // namespace kovar::fit

#endif
