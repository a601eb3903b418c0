// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_MINUS_LOG1P_HPP
#define KOVAR_CORE_MINUS_LOG1P_HPP

#include <Kokkos_Core.hpp>

#include <cmath>

/// \file
/// What a logarithm leaves near its tangent: the deviance of counts.

namespace kovar {

/// x - ln(1 + x) to nearly full precision, where the difference of the two has none: near 0, from
/// ln(1 + x) = 2 artanh s, s = x / (2 + x).
KOKKOS_INLINE_FUNCTION double minus_log1p(double x)
{
  constexpr double near = 0.2;
  if (x > near || x < -near) return x - ::log1p(x);
  double const s = x / (2 + x);
  double const s2 = s * s;
  double series = 0;  // s^2 < 0.0124: the first term left out is below 1e-19
  for (int k = 19; k >= 3; k -= 2) series = series * s2 + 1.0 / k;
  return s * (x - 2 * s2 * series);
}

}  // namespace kovar

#endif
