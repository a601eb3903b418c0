// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LOSS_CONSTANTS_HPP
#define KOVAR_FIT_LOSS_CONSTANTS_HPP

#include <kovar/fit/bin_statistics.hpp>
#include <kovar/fit/variation_sweep.hpp>

#include <vector>

/// \file
/// What a full negative log likelihood has beyond the reduced one: terms that no parameter changes.

namespace kovar::fit {

/// Of the data and of the constraints of bins. Poisson: data - data ln data + ln data!; gamma:
/// m - m ln beta0 + ln Gamma(m + 1) - (m + 1) ln k, m = k beta0; normal: ln(2 pi) / 2 and for a scale
/// - ln(k) / 2.
BinTotals loss_constants(std::vector<BinInput> const& bins, DataTerm term,
                         BinConstraint constraint);

/// Of normal constraints with these weights: ln(2 pi / weight) / 2 for each that is above 0.
double constraint_constants(std::vector<double> const& weights);

}  // namespace kovar::fit

#endif
