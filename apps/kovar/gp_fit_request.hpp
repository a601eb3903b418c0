// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_FIT_REQUEST_HPP
#define KOVAR_APPS_KOVAR_GP_FIT_REQUEST_HPP

#include "gp_parameters.hpp"
#include "gp_plan.hpp"
#include "headed_samples.hpp"
#include "table_request.hpp"

#include <kovar/gp/fit.hpp>
#include <kovar/gp/training_set.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// The options of 'kovar gp fit', and what they ask for.

namespace kovar::apps {

OptionTable gp_fit_options();

struct GpFitRequest {
  TableRequest table;
  io::SampleOptions samples;
  std::string output;
  std::string json;
  std::string checkpoint;            ///< empty: none
  std::optional<double> time_limit;  ///< seconds
  std::string kernel;
  std::string mean;
  std::string noise;
  std::string noise_column;  ///< empty: no known variances
  ParameterWords words;
  gp::TrainingOptions training;
  gp::FitOptions options;
  MatrixSharing matrices = MatrixSharing::automatic;
  bool single_precision = false;
  bool talks = true;
  std::string space;
};

/// \throws InputError if options contradict each other or are out of range
GpFitRequest gp_fit_request(OptionValues const& values);

/// The model that a fit starts from.
/// \throws InputError if the kernel is no expression, or words on parameters are not sound
gp::Model start_model(GpFitRequest const& request,
                      std::vector<io::ColumnTransform> const& features);

/// \throws InputError if a known noise variance is negative, or its unit is not clear: several targets that
///         are standardised
void require_noise(GpFitRequest const& request, PreparedHeads const& samples);

}  // namespace kovar::apps

#endif
