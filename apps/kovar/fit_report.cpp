// SPDX-License-Identifier: BSD-3-Clause
#include "fit_report.hpp"

#include <kovar/fit/boundary.hpp>
#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <iostream>

namespace kovar::apps {
namespace {

nlohmann::ordered_json record_of(fit::GoodnessOfFit const& found)
{
  return {{"chi_square", found.chi_square}, {"degrees", found.n_degrees}, {"p", found.p_value}};
}

nlohmann::ordered_json record_of_impacts(fit::TemplateTensor const& tensor, io::SavedFit const& fit,
                                         io::SavedImpacts const& saved)
{
  fit::Impacts const& impacts = saved.impacts;
  nlohmann::ordered_json record;
  for (std::size_t row = 0; row < impacts.rows.size(); ++row) {
    auto& of_row = record[fit.parameters.names[static_cast<std::size_t>(impacts.rows[row])]];
    if (is_at_boundary(fit, impacts.rows[row])) continue;  // null
    // On the strength itself where its root is the parameter, as the tables have it.
    double const slope =
        std::fabs(io::effective_slope(fit.parameters, impacts.rows[row],
                                      fit.minimum.x[static_cast<std::size_t>(impacts.rows[row])]));
    of_row["total"] = slope * impacts.total[row];
    of_row["stat"] = slope * impacts.by_data[row];
    if (!impacts.by_bin_statistics.empty())
      of_row["binByBinStat"] = slope * impacts.by_bin_statistics[row];
    for (std::size_t g = 0; g < tensor.groups.size(); ++g)
      of_row["groups"][tensor.groups[g].name] =
          slope * impacts.by_group[row * tensor.groups.size() + g];
  }
  return record;
}

void add_scans(io::SavedFit const& fit, nlohmann::ordered_json& record)
{
  auto const effective = [&](std::string const& name, double x) {
    return io::effective_value(fit.parameters, fit.parameters.index(name), x);
  };
  for (fit::Scan const& scan : fit.scans) {
    auto& of_scan = record["scan"][scan.parameter];
    for (double const x : scan.values) of_scan["values"].push_back(effective(scan.parameter, x));
    of_scan["loss"] = scan.loss;
  }
  for (fit::Interval const& interval : fit.intervals) {
    auto const end = [&](fit::Crossing const& crossing) -> nlohmann::ordered_json {
      if (!fit::has_value(crossing)) return nullptr;
      return effective(interval.parameter, crossing.value);
    };
    record["intervals"].push_back({{"parameter", interval.parameter},
                                   {"level", interval.level},
                                   {"lower", end(interval.lower)},
                                   {"upper", end(interval.upper)}});
  }
}

}  // namespace

bool is_at_boundary(io::SavedFit const& fit, std::int64_t parameter)
{
  auto const i = static_cast<std::size_t>(parameter);
  double const deviation = fit.variances.empty() ? 0 : std::sqrt(fit.variances[i]);
  return fit::is_at_boundary(fit.parameters, parameter, fit.minimum.x[i], deviation);
}

std::vector<std::string> boundary_warnings(std::string const& tensor, io::SavedFit const& fit)
{
  std::vector<std::string> names;
  for (std::int64_t const row : fit.rows)
    if (is_at_boundary(fit, row))
      names.push_back(fit.parameters.names[static_cast<std::size_t>(row)]);
  if (names.empty()) return {};
  return {join(names, ", ") +
          " ended at 0, the boundary of strengths that may not be negative (there are no "
          "uncertainty and no impacts there); find an upper end with 'kovar fit scan " +
          tensor + " --interval=" + join(names, ",") +
          "', or let strengths be negative with --allow_negative_signal"};
}

nlohmann::ordered_json record_of_fit(fit::TemplateTensor const& tensor, io::SavedFit const& fit)
{
  auto const& search = fit.minimum.search;
  nlohmann::ordered_json record = {
      {"status", fit.is_prefit_only ? "prefit only" : optim::name_of(search.status)},
      {"nll_reduced", fit.minimum.loss.total()},
      {"nll_full", fit.full.total()}};
  if (!fit.is_prefit_only) {
    record["edm"] = fit.distance;
    record["iterations"] = search.n_iterations;
    record["values"] = search.n_values;
    record["hessian_products"] = search.n_products;
  }
  record["parameters"] = {{"all", fit.n()}, {"free", fit.minimum.free.size()}};
  for (std::int64_t const row : fit.rows) {
    auto const i = static_cast<std::size_t>(row);
    double const x = fit.minimum.x[i];
    auto& poi = record["of_interest"][fit.parameters.names[i]];
    poi["value"] = io::effective_value(fit.parameters, row, x);
    if (is_at_boundary(fit, row))
      poi["uncertainty"] = nullptr;
    else if (!fit.variances.empty())
      poi["uncertainty"] =
          std::fabs(io::effective_slope(fit.parameters, row, x)) * std::sqrt(fit.variances[i]);
  }
  if (fit.saturated) record["saturated"] = record_of(*fit.saturated);
  if (fit.prefit_chi_square) record["chi_square_prefit"] = record_of(*fit.prefit_chi_square);
  if (fit.postfit_chi_square) record["chi_square_postfit"] = record_of(*fit.postfit_chi_square);
  for (io::SavedImpacts const& saved : fit.impacts)
    record[saved.name] = record_of_impacts(tensor, fit, saved);
  add_scans(fit, record);
  return record;
}

void report_study(StudyRequest const& request, fit::TemplateTensor const& tensor,
                  std::vector<io::SavedFit> const& fits, StudyNotes const& study,
                  RunCost const& cost)
{
  if (request.fit.talks) {
    SummaryTable table;
    table.heading("Fit of " + request.fit.tensor);
    table.line("bins, masked", std::to_string(tensor.n_bins) + ", " +
                                   std::to_string(tensor.n_all_bins() - tensor.n_bins));
    table.line("processes", tensor.n_processes());
    table.line("systematics", tensor.n_systematics());
    if (!request.fit.output.empty()) table.line("result", request.fit.output);
    for (std::string const& note : study.notes) table.line("note", note);
    for (io::SavedFit const& fit : fits) add_fit_tables(tensor, fit, request.n_shown, table);
    table.heading("Time");
    table.phases(cost.phases, cost.total_seconds);
    std::cout << table.text() << std::flush;
  }
  for (io::SavedFit const& fit : fits)
    for (std::string const& warning : fit.warnings)
      std::cerr << "kovar: warning: " << warning << std::endl;
  if (request.fit.json.empty()) return;
  auto record = record_of(cost);
  record["read"] = {{"most_bytes_of_a_rank", study.read.of_rank},
                    {"bytes_of_file", study.read.of_file}};
  if (study.plan) record["plan"] = plan_record(*study.plan);
  record["input"] = request.fit.tensor;
  record["bins"] = {{"fitted", tensor.n_bins}, {"all", tensor.n_all_bins()}};
  for (io::SavedFit const& fit : fits) record["fits"][fit.group] = record_of_fit(tensor, fit);
  record["notes"] = study.notes;
  write_json(request.fit.json, record);
}

}  // namespace kovar::apps
