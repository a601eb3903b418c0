// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_DATA_TERM_HPP
#define KOVAR_FIT_DATA_TERM_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/minus_log1p.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>

/// \file
/// What the data of one bin add to the likelihood, as a function of the expected yield.

namespace kovar::fit {

/// The distribution of the data of a bin around its expected yield.
enum class DataTerm {
  poisson,     ///< counts
  chi_square,  ///< normal, with a variance for each bin
  covariance,  ///< normal, with a covariance of all bins (data_covariance.hpp)
};

/// Contribution of a bin and its first two derivatives by the yield.
struct DataLoss {
  double value = 0;  ///< infinite where counts stand against a yield that is not positive
  double slope = 0;
  double curvature = 0;
};

/// The part that depends on the yield, reduced so that it is 0 where yield and data agree.
/// Poisson: yield - data - data ln(yield / data); chi square: (yield - data)^2 / (2 variance). With a
/// covariance bins have no parts of their own: 0.
KOKKOS_INLINE_FUNCTION DataLoss data_loss(DataTerm term, double data, double variance, double yield)
{
  double const difference = yield - data;
  if (term == DataTerm::chi_square)
    return {difference * difference / (2 * variance), difference / variance, 1 / variance};
  if (term == DataTerm::covariance) return {};
  if (data == 0) return {yield, 1, 0};
  if (!(yield > 0)) return {HUGE_VAL, 0, 0};
  // Near agreement by what is left of the logarithm, near no yield by the logarithm itself.
  double const value = difference > -0.5 * data ? data * minus_log1p(difference / data)
                                                : difference - data * math::log(yield / data);
  return {value, difference / yield, data / (yield * yield)};
}

}  // namespace kovar::fit

#endif
