// SPDX-License-Identifier: BSD-3-Clause
#include "prediction_report.hpp"

#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <vector>

namespace kovar::apps {

std::optional<double> error_of(io::Prediction const& prediction)
{
  if (prediction.target.empty()) return {};
  double sum = 0;
  for (std::size_t i = 0; i < prediction.values.size(); ++i) {
    double const difference = prediction.values[i] - prediction.target[i];
    sum += difference * difference;
  }
  return std::sqrt(sum / static_cast<double>(prediction.values.size()));
}

std::string columns_of(io::Predictions const& predictions)
{
  std::vector<std::string> columns;
  for (io::Prediction const& head : predictions.heads) columns.push_back(head.column);
  return join(columns);
}

void add_errors(io::Predictions const& predictions, SummaryTable& summary)
{
  for (io::Prediction const& head : predictions.heads)
    if (std::optional<double> const error = error_of(head))
      summary.line(predictions.heads.size() == 1 ? "RMSE" : "RMSE of " + head.column, *error);
}

void add_errors(io::Predictions const& predictions, nlohmann::ordered_json& record)
{
  for (io::Prediction const& head : predictions.heads) {
    std::optional<double> const error = error_of(head);
    if (!error) continue;
    if (predictions.heads.size() == 1)
      record["rmse"] = *error;
    else
      record["rmse"][head.column] = *error;
  }
}

}  // namespace kovar::apps
