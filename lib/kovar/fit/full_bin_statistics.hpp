// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_FULL_BIN_STATISTICS_HPP
#define KOVAR_FIT_FULL_BIN_STATISTICS_HPP

#include <kovar/fit/bin_statistics.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Bin statistics in full mode: each process of a bin has a beta of its own (Barlow and Beeston, Comp.
/// Phys. Comm. 77 (1993) 219).
///
/// All betas of a bin follow from one number, the slope w of the data term by the yield t: beta_e is where
/// c_e'(beta_e) + w a_e = 0, which is explicit, and w is where T(w) = sum_e a_e beta_e(w), which falls,
/// meets the yield at which the data term has the slope w, which rises. With
///   m_e = beta_e - w a_e / c_e'',  Q = sum_e a_e^2 / c_e'',  h = d w / d t of the data term
/// the profiled loss has the slopes w beta_e and the second derivatives
///   h / (1 + h Q) m_e m_f - (w^2 / c_e'' where e = f),
/// so that a product with them costs O(processes).

namespace kovar::fit {

/// The statistics of an entry, the yield of one process in one bin.
struct EntryStatistics {
  double kstat = 0;             ///< events of weight one that would have this relative variance
  double deviation = 0;         ///< square root of the sum of squared weights
  double beta0 = 1;             ///< where the constraint has its minimum
  bool is_constrained = false;  ///< false: beta stays at beta0 and nothing is added
};

/// How an entry enters the second derivatives of its bin.
struct EntryRole {
  bool is_active;  ///< counts among the active yields of BinLoss, else among the inactive ones
  double share;    ///< of a change of its yield that counts there
  double bend;     ///< taken off the second derivative by its own yield
};

namespace detail {

/// Does beta answer to the yields?
KOKKOS_INLINE_FUNCTION bool is_profiled(BinConstraint constraint, EntryStatistics const& entry,
                                        double yield)
{
  return entry.is_constrained && (constraint == BinConstraint::normal_additive || yield > 0);
}

KOKKOS_INLINE_FUNCTION double with_beta(BinConstraint constraint, EntryStatistics const& entry,
                                        double yield, double beta)
{
  return constraint == BinConstraint::normal_additive ? yield + entry.deviation * beta
                                                      : yield * beta;
}

/// The best beta where the data term has the slope w.
KOKKOS_INLINE_FUNCTION double beta_at_slope(BinConstraint constraint, EntryStatistics const& entry,
                                            double yield, double w)
{
  if (!is_profiled(constraint, entry, yield)) return entry.beta0;
  if (constraint == BinConstraint::normal_additive) return entry.beta0 - w * entry.deviation;
  if (constraint == BinConstraint::normal_multiplicative)
    return entry.beta0 - w * yield / entry.kstat;
  // Where beta0 is 0, beta stays at its lower end until w makes it free (FullSolution::held).
  return entry.beta0 == 0 ? 0 : entry.kstat * entry.beta0 / (entry.kstat + w * yield);
}

/// a^2 / c'', by which the yield of a bin falls as w rises.
KOKKOS_INLINE_FUNCTION double softness(BinConstraint constraint, EntryStatistics const& entry,
                                       double yield, double beta)
{
  if (!is_profiled(constraint, entry, yield)) return 0;
  if (constraint == BinConstraint::normal_additive) return entry.deviation * entry.deviation;
  if (constraint == BinConstraint::normal_multiplicative) return yield * yield / entry.kstat;
  if (entry.beta0 == 0) return 0;
  double const scaled = yield * beta;
  return scaled * scaled / (entry.kstat * entry.beta0);
}

/// Where a bin is at rest.
struct FullSolution {
  static constexpr std::int64_t none = -1;
  double slope = 0;          ///< w
  double yield = 0;          ///< t
  bool is_at_zero = false;   ///< without data, and held at the yield 0 by its constraints
  std::int64_t held = none;  ///< the entry of beta0 = 0 that takes what is left at the lowest w
};

/// Sums over the entries of a bin, betas at w.
struct FullSums {
  double yield = 0;
  double softness = 0;
};

template <class Entries>
KOKKOS_INLINE_FUNCTION FullSums full_sums(BinConstraint constraint, Entries const& entries,
                                          double w)
{
  FullSums sums;
  for (std::int64_t e = entries.begin(); e < entries.end(); ++e) {
    auto const& entry = entries.statistics(e);
    double const a = entries.yield(e);
    double const beta = beta_at_slope(constraint, entry, a, w);
    sums.yield += with_beta(constraint, entry, a, beta);
    sums.softness += softness(constraint, entry, a, beta);
  }
  return sums;
}

/// Normal constraints: T is a straight line, and the yield solves a quadratic equation.
KOKKOS_INLINE_FUNCTION FullSolution solve_straight(DataTerm term, BinInput const& bin,
                                                   FullSums const& center)
{
  double const t0 = center.yield;
  double const q = center.softness;
  FullSolution found;
  if (term != DataTerm::poisson) {
    found.slope = (t0 - bin.data) / (bin.variance + q);
    found.yield = (bin.variance * t0 + q * bin.data) / (bin.variance + q);
  } else if (bin.data == 0) {
    found.is_at_zero = t0 < q;
    found.slope = found.is_at_zero ? t0 / q : 1;
    found.yield = found.is_at_zero ? 0 : t0 - q;
  } else {
    // Each of the two by the equation that leaves it its digits.
    found.yield = larger_root(1, q - t0, -bin.data * q);
    double const sum = t0 + q;
    double const root = math::sqrt((t0 - q) * (t0 - q) + 4 * q * bin.data);
    found.slope = sum > 0 ? 2 * (t0 - bin.data) / (sum + root) : (sum - root) / (2 * q);
  }
  return found;
}

/// The lowest slope that gamma constraints allow, and the entry that sets it if its beta0 is 0.
template <class Entries>
KOKKOS_INLINE_FUNCTION FullSolution lowest_slope(Entries const& entries)
{
  FullSolution lowest;
  bool is_first = true;
  for (std::int64_t e = entries.begin(); e < entries.end(); ++e) {
    auto const& entry = entries.statistics(e);
    double const a = entries.yield(e);
    if (!is_profiled(BinConstraint::gamma, entry, a)) continue;
    double const w = -entry.kstat / a;
    if (!is_first && (w < lowest.slope || (w == lowest.slope && entry.beta0 == 0))) continue;
    is_first = false;
    lowest.slope = w;
    lowest.held = entry.beta0 == 0 ? e : FullSolution::none;
  }
  return lowest;
}

/// The yield at which the data term has the slope w, and its derivative.
KOKKOS_INLINE_FUNCTION DataLoss yield_at_slope(DataTerm term, BinInput const& bin, double w)
{
  if (term != DataTerm::poisson) return {bin.data + bin.variance * w, bin.variance, 0};
  double const yield = bin.data / (1 - w);
  return {yield, yield / (1 - w), 0};
}

/// Gamma constraints: Newton's method for w, kept between bounds on whose sides T is too large and too
/// small.
template <class Entries>
KOKKOS_INLINE_FUNCTION FullSolution solve_gamma(DataTerm term, BinInput const& bin,
                                                Entries const& entries, FullSums const& center)
{
  constexpr auto gamma = BinConstraint::gamma;
  if (term == DataTerm::poisson && bin.data == 0) return {1, full_sums(gamma, entries, 1).yield};
  FullSolution found = lowest_slope(entries);
  if (found.held != FullSolution::none) {
    double const yield = yield_at_slope(term, bin, found.slope).value;
    if (full_sums(gamma, entries, found.slope).yield <= yield) {
      found.yield = yield;
      return found;
    }
    found.held = FullSolution::none;
  }
  double low = found.slope;
  double high = 1;
  if (term != DataTerm::poisson)
    high = center.yield > bin.data ? 2 * (center.yield - bin.data) / bin.variance : 0;
  double w = 0;
  constexpr double rounding = 4e-16;
  constexpr int n_steps_at_most = 200;  // a bound halved so often lies beside the root
  for (int step = 0; step < n_steps_at_most; ++step) {
    FullSums const sums = full_sums(gamma, entries, w);
    DataLoss const data = yield_at_slope(term, bin, w);
    double const excess = sums.yield - data.value;
    (excess > 0 ? low : high) = w;
    double const next = w + excess / (sums.softness + data.slope);
    bool const is_inside = next > low && next < high;
    bool const is_done =
        math::fabs(excess) <= rounding * (math::fabs(sums.yield) + math::fabs(data.value));
    double const before = w;
    if (is_inside)
      w = next;
    else if (!is_done)
      w = low + (high - low) / 2;
    if (is_done || w == before) break;
  }
  found.slope = w;
  // Of the two sides of the equation that of more digits.
  found.yield = w < 0 ? yield_at_slope(term, bin, w).value : full_sums(gamma, entries, w).yield;
  return found;
}

/// The beta of the held entry is what the others leave of the yield. Second derivatives by it and by all
/// others: those of the general formula where c'' goes to 0.
template <class Entries>
KOKKOS_INLINE_FUNCTION void hold(Entries const& entries, FullSolution const& found,
                                 double softness_of_others, double curvature, BinLoss& loss)
{
  auto const& entry = entries.statistics(found.held);
  double const a = entries.yield(found.held);
  double const w = found.slope;
  double const others = full_sums(BinConstraint::gamma, entries, w).yield;
  double const beta = (found.yield - others) / a;
  entries.set_beta(found.held, beta);
  loss.constraint_loss += entry.kstat * beta;
  loss.curvature_inactive = 0;
  loss.curvature_mixed = -w / a;
  loss.curvature_active =
      -2 * beta * w / a - w * w * (1 + curvature * softness_of_others) / (curvature * a * a);
}

}  // namespace detail

/// The loss of a bin with the best betas. Slopes of BinLoss are w, inactive is a yield that no beta scales.
/// \param entries  begin() to end() - 1 are those of the bin; yield(e), statistics(e); set_beta(e, beta)
///                 receives the best one
/// Where a yield that is scaled is not positive, its beta stays at beta0.
/// Cost: O(entries), gamma constraints that times the steps of Newton's method, most often 4 to 8.
template <class Entries>
KOKKOS_INLINE_FUNCTION BinLoss full_bin_loss(BinConstraint constraint, DataTerm term,
                                             BinInput const& bin, Entries const& entries)
{
  auto const center = detail::full_sums(constraint, entries, 0);
  auto const plain = data_loss(term, bin.data, bin.variance, center.yield);
  bool const is_gamma = constraint == BinConstraint::gamma;
  // For a gamma constraint no softness may also say that all beta0 are 0.
  bool const is_soft = is_gamma ? detail::lowest_slope(entries).slope < 0 : center.softness > 0;
  detail::FullSolution found{plain.slope, center.yield};
  if (is_soft)
    found = is_gamma ? detail::solve_gamma(term, bin, entries, center)
                     : detail::solve_straight(term, bin, center);
  auto const data = data_loss(term, bin.data, bin.variance, found.yield);
  BinLoss loss;
  loss.yield = found.yield;
  loss.data_loss = data.value;
  loss.slope_active = loss.slope_inactive = found.slope;
  double softness = 0;
  for (std::int64_t e = entries.begin(); e < entries.end(); ++e) {
    auto const& entry = entries.statistics(e);
    double const a = entries.yield(e);
    double const beta = detail::beta_at_slope(constraint, entry, a, found.slope);
    entries.set_beta(e, beta);
    softness += detail::softness(constraint, entry, a, beta);
    if (detail::is_profiled(constraint, entry, a))
      loss.constraint_loss +=
          detail::constraint_loss(constraint, entry.kstat, entry.beta0, beta).value;
  }
  loss.curvature_inactive =
      found.is_at_zero ? 1 / softness : data.curvature / (1 + data.curvature * softness);
  if (found.held != detail::FullSolution::none)
    detail::hold(entries, found, softness, data.curvature, loss);
  return loss;
}

/// The same where the data are what is expected with all betas at beta0: curvatures only.
template <class Entries>
KOKKOS_INLINE_FUNCTION BinLoss full_expected_loss(BinConstraint constraint, DataTerm term,
                                                  BinInput const& bin, Entries const& entries)
{
  auto const center = detail::full_sums(constraint, entries, 0);
  double const variance = term == DataTerm::poisson ? center.yield : bin.variance;
  BinLoss loss;
  loss.yield = center.yield;
  // 1 / variance / (1 + softness / variance)
  if (variance > 0) loss.curvature_inactive = 1 / (variance + center.softness);
  return loss;
}

/// \param yield  of the entry, without beta
/// \param beta   of the entry
/// \param w      slope of its bin
KOKKOS_INLINE_FUNCTION EntryRole full_entry_role(BinConstraint constraint,
                                                 EntryStatistics const& entry, double yield,
                                                 double beta, double w)
{
  if (constraint == BinConstraint::normal_additive) return {false, 1, 0};
  if (!detail::is_profiled(constraint, entry, yield)) return {false, beta, 0};
  if (constraint == BinConstraint::normal_multiplicative)
    return {false, 2 * beta - entry.beta0, w * w / entry.kstat};
  if (entry.beta0 == 0) return beta > 0 ? EntryRole{true, 1, 0} : EntryRole{false, 0, 0};
  double const share = beta * beta / entry.beta0;
  return {false, share, w * w * share / entry.kstat};
}

}  // namespace kovar::fit

#endif
