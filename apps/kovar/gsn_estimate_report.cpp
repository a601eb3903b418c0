// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_report.hpp"

#include <kovar/core/memory.hpp>
#include <support/format.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::apps {

namespace {

/// The text with one word in the place of another, if it has that.
std::string with(std::string text, std::string const& word, std::string const& in_place_of)
{
  std::size_t const at = text.find(in_place_of);
  return at == std::string::npos ? text : text.replace(at, in_place_of.size(), word);
}

}  // namespace

std::vector<gsn::Warning> distinct(std::vector<gsn::Warning> const& warnings)
{
  std::string const noise = "noise covariance";
  std::string const data = "data covariance";
  std::vector<gsn::Warning> result;
  for (gsn::Warning const& warning : warnings) {
    std::string const of_noise = with(warning.message, noise, data);
    auto const earlier = std::find_if(result.begin(), result.end(), [&](gsn::Warning const& other) {
      return other.code == warning.code &&
             (other.message == warning.message || other.message == of_noise);
    });
    if (earlier == result.end())
      result.push_back(warning);
    else if (earlier->message != warning.message)
      earlier->message = with(earlier->message, "noise and the data covariance", noise);
  }
  return result;
}

double median(std::vector<double> values)
{
  values.erase(std::remove_if(values.begin(), values.end(), [](double x) { return std::isnan(x); }),
               values.end());
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  std::size_t const half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

std::string estimate_table(EstimateRequest const& request, EstimateFindings const& findings)
{
  auto const plural = [](auto n, std::string const& word) {
    return std::to_string(n) + " " + word + (n == 1 ? "" : "s");
  };
  SummaryTable table;
  table.heading("Signal and noise of " + request.input + ":" + request.dataset);
  table.line("units (N)", findings.shape.n_units);
  table.line("conditions (C)", findings.shape.n_conditions);
  table.line("trials (T)", findings.shape.n_trials);
  table.line("path", gsn::name_of(findings.path));
  table.line("noise shrinkage level (shrinklevelN)", findings.noise_level);
  table.line("data shrinkage level (shrinklevelD)", findings.data_level);
  table.line("levels tried", static_cast<std::int64_t>(findings.levels.size()));
  if (request.options.n_folds > 1) table.line("folds", std::int64_t{request.options.n_folds});
  table.line("iterations (numiters)", std::int64_t{findings.n_iterations});
  table.line("noise ceiling SNR (ncsnr), median", findings.median_noise_ceiling_snr);

  table.heading("Time");
  table.phases(findings.cost.phases, findings.cost.total_seconds);

  Run const& run = findings.cost.run;
  table.heading("Run");
  table.line("space", run.space + ", " + findings.precision + ", " + plural(run.threads, "thread") +
                          " x " + plural(run.ranks, "rank"));
  if (!findings.plan.engine.empty())  // none in factored form
    table.line("matrices",
               (findings.plan.over_ranks ? "over ranks, " : "on rank 0, ") + findings.plan.engine);
  table.line("peak memory of a rank",
             readable_bytes(static_cast<double>(findings.cost.peak_bytes)));
  table.line("results", request.output);
  if (!request.json.empty()) table.line("record", request.json);

  if (!findings.warnings.empty()) table.heading("Warnings");
  for (gsn::Warning const& warning : findings.warnings)
    table.line(gsn::name_of(warning.code), warning.message);
  return table.text();
}

nlohmann::ordered_json estimate_record(EstimateRequest const& request,
                                       EstimateFindings const& findings)
{
  nlohmann::ordered_json record = record_of(findings.cost);
  record["precision"] = findings.precision;
  record["input"] = request.input;
  record["dataset"] = request.dataset;
  record["shape"] = {{"units", findings.shape.n_units},
                     {"conditions", findings.shape.n_conditions},
                     {"trials", findings.shape.n_trials}};
  record["path"] = gsn::name_of(findings.path);
  gsn::Options const& options = request.options;
  record["options"] = {{"uneven", gsn::name_of(options.uneven)},
                       {"zero_variance", gsn::name_of(options.zero_variance)},
                       {"scoring", gsn::name_of(options.scoring)},
                       {"projection", gsn::name_of(options.projection)},
                       {"level_data", gsn::name_of(options.level_data)},
                       {"level_search", gsn::name_of(options.level_search)},
                       {"folds", options.n_folds},
                       {"components", options.n_components}};
  record["plan"] = plan_record(findings.plan);
  record["stages_taken_up"] = findings.stages_taken_up;
  record["levels"] = findings.levels;
  record["results"] = {{"shrinklevelN", findings.noise_level},
                       {"shrinklevelD", findings.data_level},
                       {"numiters", findings.n_iterations},
                       {"ncsnr_median", findings.median_noise_ceiling_snr}};
  record["warnings"] = nlohmann::ordered_json::array();
  for (gsn::Warning const& warning : findings.warnings)
    record["warnings"].push_back(
        {{"code", gsn::name_of(warning.code)}, {"message", warning.message}});
  return record;
}

}  // namespace kovar::apps
