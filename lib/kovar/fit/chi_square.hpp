// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_CHI_SQUARE_HPP
#define KOVAR_FIT_CHI_SQUARE_HPP

/// \file
/// The chi-square distribution.

namespace kovar::fit {

/// Gamma(a, x) / Gamma(a), the regularized upper incomplete gamma function, from 1 at x = 0 down to 0.
/// Relative error about 1e-13 for a up to 1e5, also far out in the tail. NaN unless a > 0 and x >= 0.
/// Below x = a + 1 from the series of its complement (NIST Digital Library of Mathematical Functions,
/// 8.11.4), above from its continued fraction (8.9.2). Cost: a few times sqrt(a) terms.
double upper_incomplete_gamma(double a, double x);

/// The probability of a chi square as large as the given one or larger. NaN unless there is a degree of
/// freedom and chi_square >= 0.
double chi_square_survival(double chi_square, double n_degrees);

}  // namespace kovar::fit

#endif
