// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_GAMMA_DRAW_HPP
#define KOVAR_CORE_GAMMA_DRAW_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/minus_log1p.hpp>
#include <kovar/core/random.hpp>

#include <cstdint>

/// \file
/// Numbers of a gamma distribution, counter-based.

namespace kovar {

/// Draw i of a stream from the gamma distribution of a shape and scale 1: a pure function of its arguments.
/// 0 where the shape is not above 0, NaN where it is not finite; of a tiny shape often 0, by underflow.
///
/// Rejection from the cube of a normal number (Marsaglia and Tsang, A simple method for generating gamma
/// variables, ACM Trans. Math. Softw. 26 (2000) 363); a shape below 1 as that above it times a power of a
/// uniform number (section 6 there). Takes about two times two pairs of uniform numbers at most.
KOKKOS_INLINE_FUNCTION double gamma_draw(std::uint64_t seed, std::uint32_t stream, std::uint64_t i,
                                         double shape)
{
  constexpr double two_pi = 6.283185307179586476925;
  if (!math::is_finite(shape)) return shape - shape;
  if (shape <= 0) return 0;
  double const d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
  double const c = 1 / math::sqrt(9 * d);
  for (std::uint32_t block = 0;; block += 2) {
    UniformPair const polar = uniform_pair(seed, stream, i, block);
    UniformPair const pair = uniform_pair(seed, stream, i, block + 1);
    double const x = math::sqrt(-2 * math::log(polar.first)) * math::cos(two_pi * polar.second);
    double const w = c * x;
    if (w <= -1) continue;
    double const excess = w * (3 + w * (3 + w));  // (1 + w)^3 - 1
    if (math::log(pair.first) > x * x / 2 - d * minus_log1p(excess)) continue;
    double const drawn = d * (1 + excess);
    return shape < 1 ? drawn * math::exp(math::log(pair.second) / shape) : drawn;
  }
}

}  // namespace kovar

#endif
