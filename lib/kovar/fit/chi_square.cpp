// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/chi_square.hpp>
#include <kovar/fit/data_term.hpp>

#include <cmath>
#include <limits>

namespace kovar::fit {

namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

// x^a exp(-x) / Gamma(a + 1). Written around its maximum where a is large: the exponent is then a small
// number, not the difference of large ones (Loader, Fast and accurate computation of binomial
// probabilities, 2000).
double leading_factor(double a, double x)
{
  constexpr double large = 15;  // the first term of Stirling's series left out is below 1e-16
  if (a < large) return std::exp(a * std::log(x) - x - std::lgamma(a + 1));
  constexpr double two_pi = 6.283185307179586476925287;
  double const a2 = a * a;
  double const correction =
      (1.0 / 12 -
       (1.0 / 360 -
        (1.0 / 1260 - (1.0 / 1680 - (1.0 / 1188 - 691.0 / 360360 / a2) / a2) / a2) / a2) /
           a2) /
      a;
  return std::exp(-a * minus_log1p((x - a) / a) - correction) / std::sqrt(two_pi * a);
}

// sum_k x^k / ((a + 1) ... (a + k)), all terms positive.
double lower_series(double a, double x)
{
  double term = 1;
  double sum = 1;
  for (double k = 1; term > epsilon / 4 * sum; ++k) {
    term *= x / (a + k);
    sum += term;
  }
  return sum;
}

// 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - 2 (2 - a) / (x + 5 - a - ...))) by Lentz's method as
// modified by Thompson and Barnett.
double upper_fraction(double a, double x)
{
  constexpr double tiny = std::numeric_limits<double>::min() / epsilon;
  double b = x + 1 - a;
  double c = 1 / tiny;
  double d = 1 / b;
  double product = d;
  for (double k = 1;; ++k) {
    double const numerator = -k * (k - a);
    b += 2;
    d = numerator * d + b;
    c = b + numerator / c;
    if (std::fabs(d) < tiny) d = tiny;
    if (std::fabs(c) < tiny) c = tiny;
    d = 1 / d;
    double const factor = c * d;
    product *= factor;
    if (!(std::fabs(factor - 1) > epsilon)) return product;
  }
}

}  // namespace

double upper_incomplete_gamma(double a, double x)
{
  if (!(a > 0) || !(x >= 0) || std::isinf(a)) return std::numeric_limits<double>::quiet_NaN();
  if (x == 0) return 1;
  if (std::isinf(x)) return 0;
  double const factor = leading_factor(a, x);
  if (x < a + 1) return 1 - factor * lower_series(a, x);
  return factor * a * upper_fraction(a, x);
}

double chi_square_survival(double chi_square, double n_degrees)
{
  return upper_incomplete_gamma(n_degrees / 2, chi_square / 2);
}

}  // namespace kovar::fit
