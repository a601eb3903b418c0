// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/loss_constants.hpp>

#include <cmath>

namespace kovar::fit {

namespace {

double const half_log_two_pi = 0.5 * std::log(2 * M_PI);

double constraint_constant(BinInput const& bin, BinConstraint constraint)
{
  if (constraint == BinConstraint::normal_additive) return half_log_two_pi;
  if (constraint == BinConstraint::normal_multiplicative)
    return half_log_two_pi - std::log(bin.kstat) / 2;
  double const events = bin.kstat * bin.beta0;
  double const of_center = bin.beta0 > 0 ? events * std::log(bin.beta0) : 0;
  return events - of_center + std::lgamma(events + 1) - (events + 1) * std::log(bin.kstat);
}

}  // namespace

BinTotals loss_constants(std::vector<BinInput> const& bins, DataTerm term, BinConstraint constraint)
{
  CompensatedSum data;
  CompensatedSum constraints;
  for (auto const& bin : bins) {
    if (term == DataTerm::poisson)
      data.add(bin.data - (bin.data > 0 ? bin.data * std::log(bin.data) : 0) +
               std::lgamma(bin.data + 1));
    if (bin.is_constrained && constraint != BinConstraint::none)
      constraints.add(constraint_constant(bin, constraint));
  }
  return {data.total(), constraints.total()};
}

double constraint_constants(std::vector<double> const& weights)
{
  double sum = 0;
  for (double const weight : weights)
    if (weight > 0) sum += half_log_two_pi - std::log(weight) / 2;
  return sum;
}

}  // namespace kovar::fit
