// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/loss_constants.hpp>

#include <cmath>

namespace kovar::fit {

namespace {

double const half_log_two_pi = 0.5 * std::log(2 * M_PI);

double constraint_constant(BinConstraint constraint, double kstat, double beta0)
{
  if (constraint == BinConstraint::normal_additive) return half_log_two_pi;
  if (constraint == BinConstraint::normal_multiplicative)
    return half_log_two_pi - std::log(kstat) / 2;
  double const events = kstat * beta0;
  double const of_center = beta0 > 0 ? events * std::log(beta0) : 0;
  return events - of_center + std::lgamma(events + 1) - (events + 1) * std::log(kstat);
}

template <class Statistics>
double constraint_sum(std::vector<Statistics> const& list, BinConstraint constraint)
{
  CompensatedSum sum;
  for (auto const& one : list)
    if (one.is_constrained) sum.add(constraint_constant(constraint, one.kstat, one.beta0));
  return sum.total();
}

}  // namespace

BinTotals loss_constants(BinLists const& lists)
{
  BinTotals found;
  if (lists.term == DataTerm::covariance) return found;
  CompensatedSum data;
  if (lists.term == DataTerm::poisson)
    for (auto const& bin : lists.bins)
      data.add(bin.data - (bin.data > 0 ? bin.data * std::log(bin.data) : 0) +
               std::lgamma(bin.data + 1));
  found.data_loss = data.total();
  if (lists.constraint == BinConstraint::none) return found;
  bool const is_full = lists.mode == BinStatisticsMode::full;
  if (is_full && lists.constraint == BinConstraint::normal_additive)
    found.constraint_loss = half_log_two_pi * static_cast<double>(lists.bins.size()) *
                            static_cast<double>(lists.n_processes);
  else
    found.constraint_loss = is_full ? constraint_sum(lists.entries, lists.constraint)
                                    : constraint_sum(lists.bins, lists.constraint);
  return found;
}

double constraint_constants(std::vector<double> const& weights)
{
  double sum = 0;
  for (double const weight : weights)
    if (weight > 0) sum += half_log_two_pi - std::log(weight) / 2;
  return sum;
}

}  // namespace kovar::fit
