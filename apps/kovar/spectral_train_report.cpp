// SPDX-License-Identifier: BSD-3-Clause
#include "spectral_train_report.hpp"

#include <support/summary_table.hpp>
#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <iostream>
#include <string>

namespace kovar::apps {
namespace {

char const* words_for(spectral::TrainingEnd end)
{
  switch (end) {
    case spectral::TrainingEnd::all_epochs:
      return "all epochs done";
    case spectral::TrainingEnd::no_improvement:
      return "no lower validation error";
    case spectral::TrainingEnd::stopped:
      break;
  }
  return "stopped";
}

/// A head after the epoch whose parameters the model has, in units of its target.
struct HeadResult {
  std::string target;
  std::int64_t k = 0;
  double train_rmse = 0;
  double validation_rmse = 0;  ///< NaN without validation rows
  bool is_logged = false;      ///< units are those of the logarithm
};

/// The epoch, from 0, whose parameters the model has: the last one without validation rows.
std::int64_t epoch_of(spectral::TrainingResult const& result)
{
  return result.best_epoch >= 0 ? result.best_epoch
                                : static_cast<std::int64_t>(result.history.size()) - 1;
}

std::vector<HeadResult> head_results(TrainRequest const& request, PreparedHeads const& samples,
                                     spectral::TrainingResult const& result)
{
  auto const& epoch = result.history.at(static_cast<std::size_t>(epoch_of(result)));
  std::vector<HeadResult> heads;
  for (std::size_t h = 0; h < samples.targets.size(); ++h) {
    io::ColumnTransform const& target = samples.targets[h];
    heads.push_back({target.column, request.k[h], target.scale * epoch.heads[h].train_rmse,
                     target.scale * epoch.heads[h].validation_rmse,
                     target.logarithm != io::Logarithm::none});
  }
  return heads;
}

void add_errors(HeadResult const& head, SummaryTable& table)
{
  std::string const unit = head.is_logged ? " (of the logarithm)" : "";
  table.line("training RMSE in it" + unit, head.train_rmse);
  if (!std::isnan(head.validation_rmse))
    table.line("validation RMSE after it" + unit, head.validation_rmse);
}

std::string summary_of(TrainRequest const& request, PreparedHeads const& samples,
                       spectral::TrainingResult const& result, std::vector<HeadResult> const& heads,
                       RunCost const& cost)
{
  bool const is_one = heads.size() == 1;
  std::vector<std::string> targets;
  for (HeadResult const& head : heads) targets.push_back(head.target);
  SummaryTable table;
  table.heading("Training on " + request.table.path);
  table.line(is_one ? "target" : "targets", join(targets));
  table.line("features", samples.train.n_features);
  table.line("training rows", samples.train.n_rows());
  table.line("validation rows", samples.validation.n_rows());
  if (samples.n_dropped > 0) table.line("rows left out", samples.n_dropped);
  if (is_one)
    table.line("order, eigenvalue",
               std::to_string(request.order) + ", " + std::to_string(heads.front().k));
  else
    table.line("order", request.order);
  table.line("epochs", std::to_string(result.history.size()) + " (" + words_for(result.end) + ")");
  table.line("epoch of the model", epoch_of(result) + 1);
  if (is_one) add_errors(heads.front(), table);
  table.line("model", request.output);
  if (!is_one)
    for (HeadResult const& head : heads) {
      table.heading("Target " + head.target);
      table.line("eigenvalue", head.k);
      add_errors(head, table);
    }
  table.heading("Time");
  table.phases(cost.phases, cost.total_seconds);
  return table.text();
}

void add_errors(HeadResult const& head, nlohmann::ordered_json& record)
{
  record["train_rmse"] = head.train_rmse;
  record["of_logarithm"] = head.is_logged;
  if (!std::isnan(head.validation_rmse)) record["validation_rmse"] = head.validation_rmse;
}

nlohmann::ordered_json record_of_training(TrainRequest const& request, PreparedHeads const& samples,
                                          spectral::TrainingResult const& result,
                                          std::vector<HeadResult> const& heads, RunCost const& cost)
{
  auto record = record_of(cost);
  record["input"] = request.table.path;
  record["rows"] = {{"train", samples.train.n_rows()},
                    {"validation", samples.validation.n_rows()},
                    {"left_out", samples.n_dropped}};
  record["model"] = {{"order", request.order}};
  if (heads.size() == 1)
    record["model"]["k"] = heads.front().k;
  else
    record["model"]["k"] = request.k;
  record["epochs"] = result.history.size();
  record["end"] = words_for(result.end);
  record["results"] = {{"epoch", epoch_of(result) + 1}};
  if (heads.size() == 1) {
    add_errors(heads.front(), record["results"]);
    return record;
  }
  for (HeadResult const& head : heads) {
    nlohmann::ordered_json one = {{"target", head.target}};
    add_errors(head, one);
    record["results"]["heads"].push_back(one);
  }
  return record;
}

}  // namespace

void report_training(TrainRequest const& request, PreparedHeads const& samples,
                     spectral::TrainingResult const& result, RunCost const& cost)
{
  auto const heads = head_results(request, samples, result);
  if (request.talks) std::cout << summary_of(request, samples, result, heads, cost) << std::flush;
  for (io::ColumnTransform const& column : samples.features)
    if (column.is_constant)
      std::cerr << "kovar: warning: '" << column.column
                << "' has one value in all training rows: it tells nothing" << std::endl;
  if (!request.json.empty())
    write_json(request.json, record_of_training(request, samples, result, heads, cost));
}

}  // namespace kovar::apps
