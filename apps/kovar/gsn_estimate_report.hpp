// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GSN_ESTIMATE_REPORT_HPP
#define KOVAR_APPS_KOVAR_GSN_ESTIMATE_REPORT_HPP

#include "gsn_estimate_plan.hpp"
#include "gsn_estimate_request.hpp"

#include <kovar/gsn/estimate.hpp>
#include <support/run_record.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

/// \file
/// What 'kovar gsn estimate' tells at its end: a table for people, a JSON record for programs.

namespace kovar::apps {

/// The results that fit on a page, whatever the number type and the execution space.
struct EstimateFindings {
  io::ResponseDataset shape;
  EstimatePlan plan;
  std::string precision;  ///< "double", "float"
  std::vector<double> levels;
  double noise_level = 1;
  double data_level = 1;
  gsn::Path path = gsn::Path::even;
  int n_iterations = 0;
  double median_noise_ceiling_snr = 0;
  std::vector<gsn::Warning> warnings;        ///< each once
  std::vector<std::string> stages_taken_up;  ///< from the checkpoint of an earlier run
  RunCost cost;
};

/// Each warning once; two that say the same of the noise and of the data covariance become one.
std::vector<gsn::Warning> distinct(std::vector<gsn::Warning> const& warnings);

/// Median of the values that are not NaN; NaN if there is none.
double median(std::vector<double> values);

std::string estimate_table(EstimateRequest const& request, EstimateFindings const& findings);

nlohmann::ordered_json estimate_record(EstimateRequest const& request,
                                       EstimateFindings const& findings);

}  // namespace kovar::apps

#endif
