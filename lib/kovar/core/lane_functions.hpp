// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_LANE_FUNCTIONS_HPP
#define KOVAR_CORE_LANE_FUNCTIONS_HPP

#include <kovar/core/lane_math.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstring>
#include <limits>
#include <type_traits>

/// \file
/// Exponentials, logarithms, sines and cosines of lanes (core/lanes.hpp). A compiler calls the C
/// library once per lane for these; here all lanes go through one polynomial. Errors stay below two
/// units in the last place where nothing else is said. Plain numbers take the C library's functions.

namespace kovar {

namespace detail {

/// What the functions below need to know of the bits of a number.
template <class Number>
struct NumberBits;
template <>
struct NumberBits<double> {
  static constexpr int n_mantissa = 52;
  static constexpr long long exponent_bias = 1023;
  static constexpr double rounder =
      6755399441055744.0;  ///< 1.5 * 2^52: adding it rounds to an integer
  static constexpr double ln2_high = 6.93147180369123816490e-01;  ///< 33 bits: exact in products
  static constexpr double ln2_low = 1.90821492927058770002e-10;
  static constexpr double smallest_exponent = -708;   ///< below, exp is not a normal number
  static constexpr double largest_exponent = 709.43;  ///< above, 2^n is infinite
  static constexpr int exp_degree = 13;               ///< (ln 2 / 2)^14 / 14! < eps / 50
  static constexpr int log_terms = 10;                ///< 0.1716^22 / 23 < eps / 50
  static constexpr int sine_terms = 12;               ///< (pi / 2)^25 / 25! < eps / 100
};
template <>
struct NumberBits<float> {
  static constexpr int n_mantissa = 23;
  static constexpr int exponent_bias = 127;
  static constexpr float rounder = 12582912.0F;  ///< 1.5 * 2^23
  static constexpr float ln2_high = 0.693359375F;
  static constexpr float ln2_low = -2.12194440e-4F;
  static constexpr float smallest_exponent = -87;
  static constexpr float largest_exponent = 88.37F;
  static constexpr int exp_degree = 7;
  static constexpr int log_terms = 5;
  static constexpr int sine_terms = 6;
};

/// Coefficients of a polynomial, constants of the compiler.
template <class Number, int degree>
struct Coefficients {
  Number c[degree + 1];
};

/// 1 / k!
template <class Number>
constexpr auto exp_coefficients()
{
  Coefficients<Number, NumberBits<Number>::exp_degree> result = {};
  long double c = 1;
  for (int k = 0; k <= NumberBits<Number>::exp_degree; ++k, c /= k)
    result.c[k] = static_cast<Number>(c);
  return result;
}

/// 2 / (2 k + 1)
template <class Number>
constexpr auto log_coefficients()
{
  Coefficients<Number, NumberBits<Number>::log_terms> result = {};
  for (int k = 0; k <= NumberBits<Number>::log_terms; ++k)
    result.c[k] = static_cast<Number>(2.0L / (2 * k + 1));
  return result;
}

/// (-1)^k pi^n / n! with n = 2 k + first: sin(pi x) / x (first 1) or cos(pi x) (first 0) in powers of x^2.
template <class Number, int first>
constexpr auto circle_coefficients()
{
  Coefficients<Number, NumberBits<Number>::sine_terms> result = {};
  for (int k = 0; k <= NumberBits<Number>::sine_terms; ++k) {
    long double c = k % 2 == 0 ? 1 : -1;
    for (int i = 1; i <= 2 * k + first; ++i) c *= 3.14159265358979323846264338327950288L / i;
    result.c[k] = static_cast<Number>(c);
  }
  return result;
}

/// c[0] + c[1] x + ... + c[degree] x^degree
template <class Pack, class Number, int degree>
KOKKOS_FORCEINLINE_FUNCTION Pack polynomial(Pack const& x, Coefficients<Number, degree> const& of)
{
  Pack sum = all_lanes<Pack>(of.c[degree]);
  KOVAR_UNROLL for (int k = degree - 1; k >= 0; --k) sum = sum * x + of.c[k];
  return sum;
}

}  // namespace detail

/// e^x; 0 where the result would not be a normal number, infinity above 709.43 (88.37 in float). NaN
/// stays NaN.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_exp(Pack const& x)
{
  using Number = lane_number_t<Pack>;
  if constexpr (std::is_arithmetic_v<Pack>) {
    return ::exp(x);
  } else {
    using Bits = detail::NumberBits<Number>;
    using Integers = lane_mask_t<Pack>;
    constexpr auto log2_e = static_cast<Number>(1.44269504088896340735992468100189214L);
    constexpr Number infinity = std::numeric_limits<Number>::infinity();
    Pack const shifted = x * log2_e + Bits::rounder;
    Pack const n = shifted - Bits::rounder;
    Pack const r = (x - n * Bits::ln2_high) - n * Bits::ln2_low;
    constexpr auto coefficients = detail::exp_coefficients<Number>();
    Pack const e_to_r = detail::polynomial(r, coefficients);
    // The integer n stands in the last bits of `shifted`; it becomes the exponent of 2^n.
    Integers const exponent = ((Integers)shifted + Bits::exponent_bias) << Bits::n_mantissa;
    Pack const result = e_to_r * (Pack)exponent;
    Pack const zero = {};
    Pack const bounded = x < Bits::smallest_exponent ? zero : result;
    return x > Bits::largest_exponent ? zero + infinity : bounded;
  }
}

/// log(1 + x) for x >= 0, also where x is small.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_log1p(Pack const& x)
{
  using Number = lane_number_t<Pack>;
  if constexpr (std::is_arithmetic_v<Pack>) {
    return ::log1p(x);
  } else {
    using Bits = detail::NumberBits<Number>;
    using Integers = lane_mask_t<Pack>;
    constexpr auto sqrt_2 = static_cast<Number>(1.41421356237309504880168872420969808L);
    constexpr auto number_one = Number(1);
    Pack const y = x + number_one;
    Pack const lost = (x - (y - number_one)) / y;  // log(y + rest) = log(y) + rest / y
    // y = 2^n m with sqrt(1/2) <= m < sqrt(2)
    Integers const bits = (Integers)y;
    Integers exponent = (bits >> Bits::n_mantissa) - Bits::exponent_bias;
    Pack m = (Pack)(bits - (exponent << Bits::n_mantissa));
    Integers const above = m > sqrt_2;
    exponent -= above;  // a mask that holds is -1
    m = above ? m * Number(0.5) : m;
    Pack const n = convert_lanes<Pack>(exponent);
    Pack const s = (m - number_one) / (m + number_one);
    Pack const s2 = s * s;
    // log m = 2 artanh s = 2 s (1 + s^2/3 + s^4/5 + ...)
    constexpr auto coefficients = detail::log_coefficients<Number>();
    Pack const series = detail::polynomial(s2, coefficients);
    Pack const log_y = n * Bits::ln2_high + (s * series + (n * Bits::ln2_low + lost));
    constexpr Number infinity = std::numeric_limits<Number>::infinity();
    return y < infinity ? log_y : y;  // infinity and NaN
  }
}

/// sin(pi x) and cos(pi x); absolute errors below two eps. |x| < 2^51 (2^22 in float).
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION void lane_sin_cos_pi(Pack const& x, Pack& sine, Pack& cosine)
{
  using Number = lane_number_t<Pack>;
  using Bits = detail::NumberBits<Number>;
  Pack const nearest = (x + Bits::rounder) - Bits::rounder;
  Pack const r = x - nearest;  // exact, between -1/2 and 1/2
  Pack const half = nearest * Number(0.5);
  Pack const even_part = (half + Bits::rounder) - Bits::rounder;
  Pack const one = all_lanes<Pack>(Number(1));
  Pack const sign = even_part == half ? one : -one;
  if constexpr (std::is_arithmetic_v<Pack>) {
    constexpr auto pi = static_cast<Number>(3.14159265358979323846264338327950288L);
    sine = sign * ::sin(pi * r);
    cosine = sign * ::cos(pi * r);
  } else {
    Pack const r2 = r * r;
    constexpr auto sine_coefficients = detail::circle_coefficients<Number, 1>();
    constexpr auto cosine_coefficients = detail::circle_coefficients<Number, 0>();
    sine = sign * r * detail::polynomial(r2, sine_coefficients);
    cosine = sign * detail::polynomial(r2, cosine_coefficients);
  }
}

}  // namespace kovar

#endif
