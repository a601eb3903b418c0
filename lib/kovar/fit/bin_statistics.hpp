// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BIN_STATISTICS_HPP
#define KOVAR_FIT_BIN_STATISTICS_HPP

#include <kovar/fit/data_term.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// The statistical uncertainty of the templates themselves, bin by bin (Barlow and Beeston, Comp. Phys.
/// Comm. 77 (1993) 219, with one parameter for a bin as in Conway, arXiv:1103.0354), profiled in closed
/// form.
///
/// A bin has the yield beta * active + inactive, where only processes of finite statistics are active,
/// and a constraint on beta. What remains after beta has taken its best value is a function of active
/// and inactive; here are its value and derivatives, exact.

namespace kovar::fit {

/// The constraint on beta.
enum class BinConstraint {
  none,                   ///< templates are exact
  gamma,                  ///< counts: k (beta - beta0) - k beta0 ln(beta / beta0)
  normal_multiplicative,  ///< k (beta - beta0)^2 / 2
  normal_additive,        ///< (beta - beta0)^2 / 2; the yield is active + inactive + s beta
};

/// What a bin brings along.
struct BinInput {
  double data = 0;
  double variance = 1;          ///< of the data; chi square alone reads it
  double kstat = 0;             ///< k: events of weight one that would have this relative variance;
                                ///< 0: templates are taken as exact
  double deviation = 0;         ///< s: square root of the sum of squared weights
  double beta0 = 1;             ///< where the constraint has its minimum
  bool is_constrained = false;  ///< false: beta stays at beta0 and nothing is added
};

/// How many betas there are.
enum class BinStatisticsMode {
  lite,  ///< one for each bin
  full,  ///< one for each process of a bin (full_bin_statistics.hpp)
};

/// The profiled loss of a bin. Derivatives are by the active and the inactive yield.
struct BinLoss {
  double data_loss = 0;
  double constraint_loss = 0;
  double beta = 1;
  double yield = 0;  ///< with beta
  double slope_active = 0;
  double slope_inactive = 0;
  double curvature_active = 0;  ///< by active twice
  double curvature_mixed = 0;
  double curvature_inactive = 0;
};

namespace detail {

/// The larger root of a x^2 + b x + c, a > 0, without cancellation.
KOKKOS_INLINE_FUNCTION double larger_root(double a, double b, double c)
{
  double const discriminant = b * b - 4 * a * c;
  double const root = math::sqrt(discriminant > 0 ? discriminant : 0);
  if (b > 0) return -2 * c / (b + root);
  return (root - b) / (2 * a);
}

KOKKOS_INLINE_FUNCTION double best_beta_gamma(DataTerm term, BinInput const& bin, double a,
                                              double z)
{
  double const k = bin.kstat;
  if (term == DataTerm::chi_square)
    return larger_root(a * a, k * bin.variance + (z - bin.data) * a, -k * bin.variance * bin.beta0);
  if (z == 0) return (bin.data + k * bin.beta0) / (a + k);
  return larger_root(a * (a + k), a * (z - bin.data - k * bin.beta0) + k * z, -k * bin.beta0 * z);
}

KOKKOS_INLINE_FUNCTION double best_beta_multiplicative(DataTerm term, BinInput const& bin, double a,
                                                       double z)
{
  double const k = bin.kstat;
  if (term == DataTerm::chi_square)
    return ((bin.data - z) * a / bin.variance + k * bin.beta0) / (k + a * a / bin.variance);
  return larger_root(k * a, a * a - k * bin.beta0 * a + k * z,
                     a * (z - bin.data) - k * bin.beta0 * z);
}

KOKKOS_INLINE_FUNCTION double best_beta_additive(DataTerm term, BinInput const& bin, double n)
{
  double const s = bin.deviation;
  if (term == DataTerm::chi_square)
    return (s * (bin.data - n) + bin.variance * bin.beta0) / (bin.variance + s * s);
  return larger_root(s, s * s + n - s * bin.beta0, s * (n - bin.data) - n * bin.beta0);
}

/// A constraint on beta: value and first two derivatives.
KOKKOS_INLINE_FUNCTION DataLoss constraint_loss(BinConstraint constraint, double k, double beta0,
                                                double beta)
{
  double const difference = beta - beta0;
  if (constraint == BinConstraint::normal_additive)
    return {difference * difference / 2, difference, 1};
  if (constraint == BinConstraint::normal_multiplicative)
    return {k * difference * difference / 2, k * difference, k};
  if (beta0 == 0) return {k * beta, k, 0};
  auto const loss = data_loss(DataTerm::poisson, beta0, 1, beta);
  return {k * loss.value, k * loss.slope, k * loss.curvature};
}

/// beta is where it always is: a yield and nothing else.
KOKKOS_INLINE_FUNCTION BinLoss with_fixed_beta(BinConstraint constraint, DataTerm term,
                                               BinInput const& bin, double a, double z, double beta)
{
  bool const is_additive = constraint == BinConstraint::normal_additive;
  double const factor = is_additive ? 1 : beta;
  BinLoss loss;
  loss.beta = beta;
  loss.yield = factor * a + z + (is_additive ? bin.deviation * beta : 0);
  auto const data = data_loss(term, bin.data, bin.variance, loss.yield);
  loss.data_loss = data.value;
  loss.slope_active = factor * data.slope;
  loss.slope_inactive = data.slope;
  loss.curvature_active = factor * factor * data.curvature;
  loss.curvature_mixed = factor * data.curvature;
  loss.curvature_inactive = data.curvature;
  return loss;
}

/// An empty bin whose best yield would be negative: beta holds the yield at 0, and the constraint alone
/// is left. additive: (n / s + beta0)^2 / 2, else k (z / a + beta0)^2 / 2.
KOKKOS_INLINE_FUNCTION BinLoss at_zero_yield(BinConstraint constraint, BinInput const& bin,
                                             double a, double z)
{
  BinLoss loss;
  if (constraint == BinConstraint::normal_additive) {
    double const s = bin.deviation;
    double const pull = (a + z) / s + bin.beta0;
    loss.beta = -(a + z) / s;
    loss.constraint_loss = pull * pull / 2;
    loss.slope_active = loss.slope_inactive = pull / s;
    loss.curvature_active = loss.curvature_mixed = loss.curvature_inactive = 1 / (s * s);
    return loss;
  }
  double const k = bin.kstat;
  double const pull = z / a + bin.beta0;
  loss.beta = -z / a;
  loss.constraint_loss = k * pull * pull / 2;
  loss.slope_active = -k * pull * z / (a * a);
  loss.slope_inactive = k * pull / a;
  loss.curvature_active = k * (z * z / (a * a * a * a) + 2 * pull * z / (a * a * a));
  loss.curvature_mixed = -k * (z / (a * a * a) + pull / (a * a));
  loss.curvature_inactive = k / (a * a);
  return loss;
}

/// Is a bin without data best off with a negative yield?
KOKKOS_INLINE_FUNCTION bool wants_negative_yield(BinConstraint constraint, DataTerm term,
                                                 BinInput const& bin, double a, double z)
{
  if (term != DataTerm::poisson || bin.data != 0) return false;
  if (constraint == BinConstraint::normal_additive)
    return a + z + bin.deviation * (bin.beta0 - bin.deviation) < 0;
  return constraint == BinConstraint::normal_multiplicative &&
         a * (bin.beta0 - a / bin.kstat) + z < 0;
}

}  // namespace detail

/// The loss of a bin with the best beta.
/// \param active    yield of the processes that have statistics
/// \param inactive  of the others
/// Additive constraints do not tell the two apart. Where active <= 0, beta cannot be told and stays.
KOKKOS_INLINE_FUNCTION BinLoss bin_loss(BinConstraint constraint, DataTerm term,
                                        BinInput const& bin, double active, double inactive)
{
  bool const is_additive = constraint == BinConstraint::normal_additive;
  double const a = active;
  double const z = inactive;
  if (constraint == BinConstraint::none)
    return detail::with_fixed_beta(constraint, term, bin, a, z, 1);
  if (!bin.is_constrained || (!is_additive && !(a > 0)))
    return detail::with_fixed_beta(constraint, term, bin, a, z, bin.beta0);
  if (detail::wants_negative_yield(constraint, term, bin, a, z))
    return detail::at_zero_yield(constraint, bin, a, z);

  double const beta = is_additive ? detail::best_beta_additive(term, bin, a + z)
                      : constraint == BinConstraint::gamma
                          ? detail::best_beta_gamma(term, bin, a, z)
                          : detail::best_beta_multiplicative(term, bin, a, z);
  BinLoss loss = detail::with_fixed_beta(constraint, term, bin, a, z, beta);
  auto const data = data_loss(term, bin.data, bin.variance, loss.yield);
  auto const prior = detail::constraint_loss(constraint, bin.kstat, bin.beta0, beta);
  loss.constraint_loss = prior.value;
  if (is_additive) {
    double const s = bin.deviation;
    double const curvature = data.curvature / (1 + s * s * data.curvature);
    loss.curvature_active = loss.curvature_mixed = loss.curvature_inactive = curvature;
    return loss;
  }
  // beta at its lower end does not answer to the yields.
  if (!(beta > 0) && constraint == BinConstraint::gamma) return loss;
  double const by_active = data.slope + a * beta * data.curvature;
  double const by_inactive = a * data.curvature;
  double const by_beta = a * a * data.curvature + prior.curvature;
  loss.curvature_active -= by_active * by_active / by_beta;
  loss.curvature_mixed -= by_active * by_inactive / by_beta;
  loss.curvature_inactive -= by_inactive * by_inactive / by_beta;
  if (constraint == BinConstraint::gamma && term == DataTerm::poisson && z == 0) {
    // The same without differences of nearly equal numbers.
    double const k = bin.kstat;
    double const total = a + k;
    loss.slope_active = k * (bin.beta0 * a - bin.data) / (a * total);
    loss.curvature_active = bin.data / (a * a) - (bin.data + k * bin.beta0) / (total * total);
  }
  return loss;
}

}  // namespace kovar::fit

#endif
