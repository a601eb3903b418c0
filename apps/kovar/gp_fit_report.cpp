// SPDX-License-Identifier: BSD-3-Clause
#include "gp_fit_report.hpp"

#include <kovar/gp/kernel_expression.hpp>
#include <support/format.hpp>
#include <support/summary_table.hpp>
#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <iostream>
#include <map>

namespace kovar::apps {
namespace {

std::vector<std::string> target_names(io::SavedProcess const& process)
{
  std::vector<std::string> names;
  for (io::ColumnTransform const& target : process.targets) names.push_back(target.column);
  return names;
}

/// " of a" where there are several.
std::string of_target(io::SavedProcess const& process, std::size_t t)
{
  return process.targets.size() == 1 ? "" : " of " + process.targets[t].column;
}

/// Names of the input columns that each parameter of a kernel may have an entry for, by its full name.
void find_columns(gp::Kernel const& kernel, std::string const& prefix,
                  std::vector<std::string> const& features,
                  std::map<std::string, std::vector<std::string>>& found)
{
  std::vector<std::string> seen;
  for (int const column : kernel.columns)
    seen.push_back(features[static_cast<std::size_t>(column)]);
  for (gp::Parameter const& parameter : kernel.parameters)
    found[prefix + parameter.name] = seen.empty() ? features : seen;
  for (std::size_t i = 0; i < kernel.children.size(); ++i)
    find_columns(kernel.children[i],
                 prefix + (kernel.kind == gp::KernelKind::scale ? "base" : std::to_string(i)) + ".",
                 features, found);
}

std::map<std::string, std::vector<std::string>> entry_names(io::SavedProcess const& process)
{
  std::vector<std::string> features;
  for (io::ColumnTransform const& feature : process.features) features.push_back(feature.column);
  std::map<std::string, std::vector<std::string>> found = {{"mean.weights", features}};
  find_columns(process.model.kernel, "covar.", features, found);
  return found;
}

void add_parameters(io::SavedProcess const& process, SummaryTable& table)
{
  gp::Model model = process.model;
  auto const names = entry_names(process);
  table.heading("Parameters, of the standardised columns");
  for (gp::NamedParameter const& named : gp::parameters_of(model)) {
    gp::Parameter const& parameter = *named.parameter;
    std::string const suffix = parameter.is_fixed ? "  (fixed)" : "";
    if (parameter.value.size() == 1) {
      table.line(named.name, format_number(parameter.value[0]) + suffix);
      continue;
    }
    for (std::size_t i = 0; i < parameter.value.size(); ++i)
      table.line(named.name + ", " + names.at(named.name).at(i),
                 format_number(parameter.value[i]) + suffix);
  }
}

void add_scores(io::SavedProcess const& process, io::SavedPredictions const& part,
                std::string const& what, SummaryTable& table)
{
  if (part.rows.empty()) return;
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    PredictionScore const score = score_of(part, t);
    table.line(what + " log density, mean" + of_target(process, t), score.log_density);
    table.line(what + " RMSE" + of_target(process, t), score.rmse);
  }
}

std::string summary_of(GpFitRequest const& request, GpFitOutcome const& outcome,
                       RunCost const& cost)
{
  io::SavedProcess const& process = outcome.process;
  gp::FitStart const& best = outcome.starts.at(static_cast<std::size_t>(process.best_start));
  SummaryTable table;
  table.heading("Gaussian process of " + request.table.path);
  table.line(process.targets.size() == 1 ? "target" : "targets", join(target_names(process)));
  table.line("features", process.n_features());
  table.line("rows", process.n_rows());
  if (!process.validation.rows.empty())
    table.line("validation rows", static_cast<std::int64_t>(process.validation.rows.size()));
  if (outcome.n_dropped > 0) table.line("rows left out", outcome.n_dropped);
  table.line("kernel", gp::expression_of(process.model.kernel));
  table.line("mean, noise", request.mean + ", " + request.noise +
                                (process.noise_column.empty() ? "" : " and known"));
  table.line("model", request.output);
  table.heading("Likelihood, of the standardised target");
  for (std::size_t t = 0; t < process.targets.size(); ++t)
    table.line("log marginal likelihood" + of_target(process, t),
               format_number(process.likelihood.lml[t], 8));
  if (process.likelihood.log_prior != 0)
    table.line("log prior", format_number(process.likelihood.log_prior, 8));
  add_scores(process, process.leave_one_out, "leave-one-out", table);
  add_scores(process, process.validation, "validation", table);
  table.line("evaluations",
             std::to_string(best.n_evaluations) + " (" + gp::text_of(best.end) + ")");
  if (outcome.starts.size() > 1)
    table.line("start", std::to_string(process.best_start) + " of " +
                            std::to_string(outcome.starts.size()) + ", the lowest loss");
  add_parameters(process, table);
  table.heading("Time");
  table.phases(cost.phases, cost.total_seconds);
  return table.text();
}

nlohmann::ordered_json record_of_scores(io::SavedProcess const& process,
                                        io::SavedPredictions const& part)
{
  nlohmann::ordered_json record;
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    PredictionScore const score = score_of(part, t);
    record[process.targets[t].column] = {{"log_density", score.log_density}, {"rmse", score.rmse}};
  }
  return record;
}

nlohmann::ordered_json record_of_fit(GpFitRequest const& request, GpFitOutcome const& outcome,
                                     RunCost const& cost)
{
  io::SavedProcess const& process = outcome.process;
  gp::FitStart const& best = outcome.starts.at(static_cast<std::size_t>(process.best_start));
  auto record = record_of(cost);
  record["plan"] = plan_record(outcome.plan);
  record["input"] = request.table.path;
  record["rows"] = {{"train", process.n_rows()},
                    {"validation", process.validation.rows.size()},
                    {"left_out", outcome.n_dropped}};
  record["targets"] = target_names(process);
  record["kernel"] = gp::expression_of(process.model.kernel);
  record["end"] = gp::text_of(best.end);
  record["evaluations"] = best.n_evaluations;
  record["failures"] = best.n_failures;
  record["start"] = process.best_start;
  record["likelihood"] = {{"lml", process.likelihood.lml},
                          {"mll", process.likelihood.mll},
                          {"log_prior", process.likelihood.log_prior},
                          {"log_determinant", process.likelihood.log_determinant},
                          {"jitter", process.likelihood.jitter},
                          {"condition", process.likelihood.condition}};
  record["leave_one_out"] = record_of_scores(process, process.leave_one_out);
  if (!process.validation.rows.empty())
    record["validation"] = record_of_scores(process, process.validation);
  gp::Model model = process.model;
  for (gp::NamedParameter const& named : gp::parameters_of(model))
    record["parameters"][named.name] = named.parameter->value;
  record["warnings"] = outcome.warnings;
  return record;
}

}  // namespace

PredictionScore score_of(io::SavedPredictions const& part, std::size_t target)
{
  std::size_t const m = part.rows.size();
  PredictionScore score;
  for (std::size_t i = target * m; i < (target + 1) * m; ++i) {
    double const residual = part.target[i] - part.mean[i];
    score.log_density += part.log_density[i] / static_cast<double>(m);
    score.rmse += residual * residual / static_cast<double>(m);
  }
  score.rmse = std::sqrt(score.rmse);
  return score;
}

void report_fit(GpFitRequest const& request, GpFitOutcome const& outcome, RunCost const& cost)
{
  if (request.talks) std::cout << summary_of(request, outcome, cost) << std::flush;
  for (std::string const& warning : outcome.warnings)
    std::cerr << "kovar: warning: " << warning << std::endl;
  if (!request.json.empty()) write_json(request.json, record_of_fit(request, outcome, cost));
}

}  // namespace kovar::apps
