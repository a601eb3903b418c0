// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_POISSON_DRAW_HPP
#define KOVAR_CORE_POISSON_DRAW_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/minus_log1p.hpp>
#include <kovar/core/random.hpp>

#include <cstdint>

/// \file
/// Counts of a Poisson distribution, counter-based.

namespace kovar {

namespace detail {

/// ln k! - (k ln k - k + ln(2 pi k) / 2) for k >= 1: a logarithm up to 15, beyond it Stirling's series,
/// whose first term left out is below 2e-14.
KOKKOS_INLINE_FUNCTION double stirling_rest(double k)
{
  constexpr double half_log_two_pi = 0.91893853320467274178;
  if (k < 16) {
    double factorial = 1;  // exact
    for (double j = 2; j <= k; ++j) factorial *= j;
    return math::log(factorial) - (k + 0.5) * math::log(k) + k - half_log_two_pi;
  }
  double const r = 1 / k;
  double const r2 = r * r;
  return r * (1.0 / 12 - r2 * (1.0 / 360 - r2 * (1.0 / 1260 - r2 / 1680)));
}

/// ln of the probability of k counts, k >= 0; exact to a few roundings however large k and the mean are
/// (C. Loader, Fast and accurate computation of binomial probabilities, 2000).
KOKKOS_INLINE_FUNCTION double log_poisson_probability(double k, double mean)
{
  if (k == 0) return -mean;
  constexpr double half_log_two_pi = 0.91893853320467274178;
  return -k * minus_log1p((mean - k) / k) - stirling_rest(k) - half_log_two_pi - math::log(k) / 2;
}

/// The smallest count at which the cumulated probability reaches u (Devroye, Non-uniform random variate
/// generation, 1986, section X.3.3). For means that are not large.
KOKKOS_INLINE_FUNCTION double poisson_by_inversion(double u, double mean)
{
  double probability = math::exp(-mean);
  double sum = probability;
  double k = 0;
  while (u > sum) {
    ++k;
    probability *= mean / k;
    if (k > mean && sum + probability == sum) break;  // the rest is less than a rounding
    sum += probability;
  }
  return k;
}

/// Transformed rejection with a squeeze: algorithm PTRS of W. Hoermann, The transformed rejection method
/// for generating Poisson random variables, Insurance: Mathematics and Economics 12 (1993) 39. From a
/// mean of 10 on; takes 1.1 to 1.2 pairs of uniform numbers on average.
KOKKOS_INLINE_FUNCTION double poisson_by_rejection(std::uint64_t seed, std::uint32_t stream,
                                                   std::uint64_t i, double mean)
{
  double const b = 0.931 + 2.53 * math::sqrt(mean);
  double const a = -0.059 + 0.02483 * b;
  double const inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
  double const squeeze = 0.9277 - 3.6224 / (b - 2);
  for (std::uint32_t block = 0;; ++block) {
    UniformPair const pair = uniform_pair(seed, stream, i, block);
    double const u = pair.first - 0.5;
    double const v = pair.second;
    double const s = 0.5 - math::fabs(u);
    double const k = ::floor((2 * a / s + b) * u + mean + 0.43);
    if (s >= 0.07 && v <= squeeze) return k;
    if (k < 0 || (s < 0.013 && v > s)) continue;
    if (math::log(v * inverse_alpha / (a / (s * s) + b)) <= log_poisson_probability(k, mean))
      return k;
  }
}

}  // namespace detail

/// Draw i of a stream from the Poisson distribution of a mean: a pure function of its arguments. 0 where
/// the mean is not above 0, NaN where it is not finite. Counts above 2^53 are rounded.
KOKKOS_INLINE_FUNCTION double poisson_draw(std::uint64_t seed, std::uint32_t stream,
                                           std::uint64_t i, double mean)
{
  constexpr double smallest_for_rejection = 10;
  if (!math::is_finite(mean)) return mean - mean;
  if (mean <= 0) return 0;
  if (mean < smallest_for_rejection)
    return detail::poisson_by_inversion(uniform_pair(seed, stream, i, 0).first, mean);
  return detail::poisson_by_rejection(seed, stream, i, mean);
}

}  // namespace kovar

#endif
