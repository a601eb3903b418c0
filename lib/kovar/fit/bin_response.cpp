// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/bin_response.hpp>

#include <cmath>

namespace kovar::fit {

namespace {

// The constraint on beta, by beta twice, and by beta and beta0; the variance of beta0.
void set_constraint(BinConstraint constraint, BinInput const& bin, BinResponse& found)
{
  double const k = bin.kstat;
  double const beta = found.beta;
  if (constraint == BinConstraint::normal_additive) {
    found.constraint_curvature = 1;
    found.center_variance = found.usual_center_variance = 1;
    found.slope_by_center = -1;
  } else if (constraint == BinConstraint::normal_multiplicative) {
    found.constraint_curvature = k;
    found.slope_by_center = -k;
    found.center_variance = found.usual_center_variance = 1 / k;
  } else {
    found.constraint_curvature = beta > 0 ? k * bin.beta0 / (beta * beta) : 0;
    found.slope_by_center = beta > 0 ? -k / beta : 0;
    found.center_variance = bin.beta0 / k;
    found.usual_center_variance = 1 / k;
  }
}

// beta holds the yield at 0 and follows the entries for that.
void set_at_zero_yield(BinConstraint constraint, BinInput const& bin, BinResponse& found)
{
  found.yield_by_active = found.yield_by_inactive = 0;
  found.yield_by_beta = 0;
  found.slope_by_data = 0;
  if (constraint == BinConstraint::normal_additive) {
    found.beta_by_active = found.beta_by_inactive = -1 / bin.deviation;
    return;
  }
  found.beta_by_active = found.inactive / (found.active * found.active);
  found.beta_by_inactive = -1 / found.active;
}

// Where the derivative of the loss by beta stays 0 (implicit function theorem).
void set_profiled(BinConstraint constraint, BinInput const& bin, DataLoss const& data,
                  BinResponse& found)
{
  double const lever = found.yield_by_beta;
  double const stiffness = lever * lever * data.curvature + found.constraint_curvature;
  found.beta_variance = 1 / stiffness;
  found.beta_by_data = -lever * found.slope_by_data / stiffness;
  found.beta_by_center = -found.slope_by_center / stiffness;
  if (constraint == BinConstraint::normal_additive) {
    found.beta_by_active = found.beta_by_inactive = -lever * data.curvature / stiffness;
    found.yield_by_active = found.yield_by_inactive = 1 / stiffness;
    return;
  }
  found.beta_by_active = -(data.slope + lever * found.beta * data.curvature) / stiffness;
  found.beta_by_inactive = -lever * data.curvature / stiffness;
  // beta + a d beta / da without the difference: at the best beta a slope = -c'.
  double const prior_slope =
      detail::constraint_loss(constraint, bin.kstat, bin.beta0, found.beta).slope;
  found.yield_by_active = (found.beta * found.constraint_curvature + prior_slope) / stiffness;
  found.yield_by_inactive = found.constraint_curvature / stiffness;
}

}  // namespace

BinResponse bin_response(BinConstraint constraint, DataTerm term, BinInput const& bin,
                         BinLoss const& loss, double active, double inactive, BetaState state)
{
  bool const is_additive = constraint == BinConstraint::normal_additive;
  bool const has_statistics = constraint != BinConstraint::none && bin.kstat > 0;
  bool const is_profiled = state == BetaState::profiled && has_statistics && bin.is_constrained &&
                           (is_additive || active > 0);
  BinResponse found;
  found.active = active;
  found.inactive = inactive;
  found.beta = is_profiled ? loss.beta : constraint == BinConstraint::none ? 1 : bin.beta0;
  double const factor = is_additive ? 1 : found.beta;
  found.yield = factor * active + inactive + (is_additive ? bin.deviation * found.beta : 0);
  found.yield_by_active = factor;
  found.data_variance = term == DataTerm::poisson ? bin.data : bin.variance;
  auto const data = data_loss(term, bin.data, bin.variance, found.yield);
  if (term == DataTerm::chi_square)
    found.slope_by_data = -1 / bin.variance;
  else if (found.yield > 0)
    found.slope_by_data = -1 / found.yield;
  if (!has_statistics) return found;

  found.yield_by_beta = is_additive ? bin.deviation : active;
  set_constraint(constraint, bin, found);
  if (!is_profiled)
    found.beta_variance = found.center_variance;
  else if (detail::wants_negative_yield(constraint, term, bin, active, inactive))
    set_at_zero_yield(constraint, bin, found);
  else if (constraint != BinConstraint::gamma || found.beta > 0)
    set_profiled(constraint, bin, data, found);
  return found;
}

}  // namespace kovar::fit
