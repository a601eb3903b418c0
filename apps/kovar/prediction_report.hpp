// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_PREDICTION_REPORT_HPP
#define KOVAR_APPS_KOVAR_PREDICTION_REPORT_HPP

#include <kovar/io/prediction_file.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json_fwd.hpp>

#include <optional>
#include <string>

/// \file
/// What commands tell of predictions where the truth is known.

namespace kovar::apps {

/// Root of the mean squared difference; nothing without a target.
std::optional<double> error_of(io::Prediction const& prediction);

/// "a, b".
std::string columns_of(io::Predictions const& predictions);

void add_errors(io::Predictions const& predictions, SummaryTable& summary);

/// A number of one head, an object by the names of the targets of several.
void add_errors(io::Predictions const& predictions, nlohmann::ordered_json& record);

}  // namespace kovar::apps

#endif
