// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_FIT_REPORT_HPP
#define KOVAR_APPS_KOVAR_GP_FIT_REPORT_HPP

#include "gp_fit_request.hpp"
#include "gp_plan.hpp"

#include <kovar/io/gp_model_file.hpp>
#include <support/run_record.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// What 'kovar gp fit' tells when it is done.

namespace kovar::apps {

/// What came of a fit.
struct GpFitOutcome {
  io::SavedProcess process;
  std::vector<gp::FitStart> starts;
  std::vector<std::string> warnings;
  std::int64_t n_dropped = 0;
  MatrixPlan plan;
};

/// Print the summary, unless the run is quiet, and warnings; write the record if one is wanted.
void report_fit(GpFitRequest const& request, GpFitOutcome const& outcome, RunCost const& cost);

/// Mean over the rows of one target: of log densities, and the root of the mean squared residual.
struct PredictionScore {
  double log_density = 0;
  double rmse = 0;  ///< in units of the target
};
PredictionScore score_of(io::SavedPredictions const& part, std::size_t target);

}  // namespace kovar::apps

#endif
