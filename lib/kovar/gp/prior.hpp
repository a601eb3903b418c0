// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_PRIOR_HPP
#define KOVAR_GP_PRIOR_HPP

#include <kovar/core/normal_draws.hpp>

#include <string>

/// \file
/// Prior densities of hyperparameters. They weigh the constrained value; no Jacobian of a transform is
/// added, so that their mode together with the likelihood is a maximum a posteriori of the values.

namespace kovar::gp {

/// Where a number of a density is not usable (not positive, not finite, bounds in the wrong order), the
/// functions that make one throw InputError.
class Prior {
 public:
  /// Density b^a x^(a-1) e^(-b x) / Gamma(a), x > 0.
  static Prior gamma(double concentration, double rate);
  static Prior normal(double mean, double deviation);
  /// log x is normal.
  static Prior lognormal(double mean, double deviation);
  /// density 2 / (pi s (1 + x^2 / s^2)), x > 0
  static Prior half_cauchy(double scale);
  /// Flat on [lower, upper], beyond it falling as a normal density of the distance.
  static Prior smoothed_box(double lower, double upper, double deviation);

  double log_density(double x) const;
  double slope(double x) const;  ///< derivative of the log density
  /// A random value; takes as many draws as it needs.
  double sample(NormalDraws& draws) const;
  /// "gamma(3, 6)"
  std::string text() const;

 private:
  enum class Form { gamma, normal, lognormal, half_cauchy, smoothed_box };
  Prior(Form form, double a, double b, double c = 0) : form_(form), a_(a), b_(b), c_(c) {}

  Form form_;
  double a_;
  double b_;
  double c_;
};

/// The prior of a text as text() gives it: gamma(concentration, rate), normal(mean, deviation),
/// lognormal(mean, deviation), half_cauchy(scale), smoothed_box(lower, upper, deviation).
/// \throws InputError if it is none of them, or a number is not usable
Prior prior_of(std::string const& text);

}  // namespace kovar::gp

#endif
