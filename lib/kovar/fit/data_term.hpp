// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_DATA_TERM_HPP
#define KOVAR_FIT_DATA_TERM_HPP

#include <kovar/core/kokkos_compat.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>

/// \file
/// What the data of one bin add to the likelihood, as a function of the expected yield.

namespace kovar::fit {

/// The distribution of the data of a bin around its expected yield.
enum class DataTerm {
  poisson,     ///< counts
  chi_square,  ///< normal, with a variance for each bin
};

/// Contribution of a bin and its first two derivatives by the yield.
struct DataLoss {
  double value = 0;  ///< infinite where counts stand against a yield that is not positive
  double slope = 0;
  double curvature = 0;
};

/// The part that depends on the yield, reduced so that it is 0 where yield and data agree.
/// Poisson: yield - data - data ln(yield / data); chi square: (yield - data)^2 / (2 variance).
KOKKOS_INLINE_FUNCTION DataLoss data_loss(DataTerm term, double data, double variance, double yield)
{
  double const difference = yield - data;
  if (term == DataTerm::chi_square)
    return {difference * difference / (2 * variance), difference / variance, 1 / variance};
  if (data == 0) return {yield, 1, 0};
  if (!(yield > 0)) return {HUGE_VAL, 0, 0};
  // Near agreement the terms cancel: with log1p the error is that of the difference.
  double const ratio = difference / data;
  double const logarithm = ratio > -0.5 && ratio < 1 ? ::log1p(ratio) : math::log(yield / data);
  return {difference - data * logarithm, difference / yield, data / (yield * yield)};
}

/// d2 value / (d yield d data).
KOKKOS_INLINE_FUNCTION double slope_by_data(DataTerm term, double data, double variance,
                                            double yield)
{
  if (term == DataTerm::chi_square) return -1 / variance;
  return data > 0 ? -1 / yield : 0;
}

}  // namespace kovar::fit

#endif
