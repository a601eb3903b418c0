// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LOSS_CONSTANTS_HPP
#define KOVAR_FIT_LOSS_CONSTANTS_HPP

#include <kovar/fit/bin_statistics.hpp>
#include <kovar/fit/variation_sweep.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What a full negative log likelihood has beyond the reduced one: terms that no parameter changes.

namespace kovar::fit {

/// What constants of bins depend on.
struct BinLists {
  std::vector<BinInput> bins;            ///< fitted ones
  std::vector<EntryStatistics> entries;  ///< of these bins, in full mode
  std::int64_t n_processes = 0;
  DataTerm term = DataTerm::poisson;
  BinConstraint constraint = BinConstraint::none;
  BinStatisticsMode mode = BinStatisticsMode::lite;
};

/// Of the data and of the constraints of bins. Poisson: data - data ln data + ln data!; gamma:
/// m - m ln beta0 + ln Gamma(m + 1) - (m + 1) ln k, m = k beta0; normal: ln(2 pi) / 2 and for a scale
/// - ln(k) / 2. As rabbit counts: additive ones in full mode for every process of every fitted bin, with or
/// without statistics; none at all in a fit with the covariance of the data.
BinTotals loss_constants(BinLists const& lists);

/// Of normal constraints with these weights: ln(2 pi / weight) / 2 for each that is above 0.
double constraint_constants(std::vector<double> const& weights);

}  // namespace kovar::fit

#endif
