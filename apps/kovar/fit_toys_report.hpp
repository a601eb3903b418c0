// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_TOYS_REPORT_HPP
#define KOVAR_APPS_KOVAR_FIT_TOYS_REPORT_HPP

#include "fit_report.hpp"
#include "fit_toys_request.hpp"

#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/io/fit_result_file.hpp>

/// \file
/// What 'kovar fit toys' tells when it is done.

namespace kovar::apps {

/// The fit to the data, which toys are held against.
struct ObservedFit {
  bool has_converged = false;
  fit::GoodnessOfFit saturated;
  std::vector<double> x;  ///< raw
};

struct ToysOutcome {
  io::SavedToys toys;
  ObservedFit observed;
};

/// How a parameter scatters over the toys that converged, as it enters yields.
struct ToySpread {
  double mean = 0;
  double deviation = 0;
  std::int64_t n_pulls = 0;     ///< toys with an uncertainty
  std::int64_t n_left_out = 0;  ///< without one, or ended at the boundary of a square
  double pull_mean = 0;         ///< of (value - truth) / uncertainty
  double pull_width = 0;
};

/// Of parameter toys.rows[row].
ToySpread spread_of(io::SavedToys const& toys, std::size_t row);

/// Print the summary, unless the run is quiet; write the record if one is wanted.
void report_toys(ToysRequest const& request, ToysOutcome const& outcome, RunCost const& cost);

}  // namespace kovar::apps

#endif
