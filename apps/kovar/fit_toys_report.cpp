// SPDX-License-Identifier: BSD-3-Clause
#include "fit_toys_report.hpp"

#include <kovar/fit/boundary.hpp>
#include <support/format.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <iostream>

namespace kovar::apps {
namespace {

/// Mean and standard deviation of numbers.
struct Moments {
  double mean = 0;
  double deviation = 0;
};

Moments moments_of(std::vector<double> const& values)
{
  Moments moments;
  auto const n = static_cast<double>(values.size());
  for (double const value : values) moments.mean += value / n;
  for (double const value : values)
    moments.deviation += (value - moments.mean) * (value - moments.mean) / (n - 1);
  moments.deviation = std::sqrt(moments.deviation);
  return moments;
}

bool has_converged(fit::ToyFit const& fit)
{
  return fit.status == optim::TrustRegionStatus::converged;
}

std::int64_t n_converged(io::SavedToys const& toys)
{
  std::int64_t n = 0;
  for (fit::ToyFit const& fit : toys.fits) n += has_converged(fit) ? 1 : 0;
  return n;
}

/// The share of converged toys that agree as badly with the saturated model as the data, or worse.
double share_as_bad(ToysOutcome const& outcome)
{
  double n = 0;
  for (fit::ToyFit const& fit : outcome.toys.fits)
    if (has_converged(fit) && 2 * fit.loss.total() >= outcome.observed.saturated.chi_square) ++n;
  return n / static_cast<double>(n_converged(outcome.toys));
}

void add_parameters(fit::DataMean mean, io::SavedToys const& toys, SummaryTable& table)
{
  if (toys.rows.empty() || n_converged(toys) == 0) return;
  table.heading(std::string("Parameters of interest: mean, deviation; pull from the ") +
                (mean == fit::DataMean::observed ? "fit to the data" : "truth") + ": mean, width");
  auto const shown = [](double value, int digits) {
    constexpr double rounding = 1e-12;
    return format_number(std::fabs(value) < rounding ? 0 : value, digits);
  };
  bool are_all = true;
  for (std::size_t row = 0; row < toys.rows.size(); ++row) {
    auto const i = static_cast<std::size_t>(toys.rows[row]);
    ToySpread const spread = spread_of(toys, row);
    std::string text = shown(spread.mean, 5) + ", " + shown(spread.deviation, 4);
    if (spread.n_pulls > 1)
      text += "; " + shown(spread.pull_mean, 3) + ", " + shown(spread.pull_width, 3);
    bool const is_partial = spread.n_pulls > 0 && spread.n_left_out > 0;
    if (is_partial) text += " (" + std::to_string(spread.n_left_out) + " left out)";
    table.line(toys.parameters.names[i], text);
    are_all = are_all && !is_partial;
  }
  if (!are_all)
    table.line("left out of pulls", std::string("toys that ended at 0, or without uncertainty"));
}

std::string summary_of(ToysRequest const& request, ToysOutcome const& outcome, RunCost const& cost)
{
  SummaryTable table;
  table.heading("Toys of " + request.fit.tensor);
  table.line("toys", std::to_string(request.first) + " to " +
                         std::to_string(request.first + request.n - 1));
  table.line("converged", n_converged(outcome.toys));
  table.line("result", request.fit.output);
  add_parameters(request.toys.mean, outcome.toys, table);
  table.heading("Saturated test");
  fit::GoodnessOfFit const& saturated = outcome.observed.saturated;
  table.line("data: chi square / degrees of freedom",
             format_number(saturated.chi_square, 5) + " / " + std::to_string(saturated.n_degrees));
  table.line("p by the chi square distribution", p_text(saturated));
  if (n_converged(outcome.toys) > 0)
    table.line("p by the toys", format_number(share_as_bad(outcome), 3));
  table.heading("Time");
  table.phases(cost.phases, cost.total_seconds);
  return table.text();
}

nlohmann::ordered_json record_of_toys(ToysRequest const& request, ToysOutcome const& outcome,
                                      RunCost const& cost)
{
  io::SavedToys const& toys = outcome.toys;
  auto record = record_of(cost);
  record["input"] = request.fit.tensor;
  record["toys"] = {{"first", request.first},
                    {"last", request.first + request.n - 1},
                    {"converged", n_converged(toys)}};
  for (std::size_t row = 0; row < toys.rows.size(); ++row) {
    auto const i = static_cast<std::size_t>(toys.rows[row]);
    ToySpread const spread = spread_of(toys, row);
    record["of_interest"][toys.parameters.names[i]] = {
        {"mean", spread.mean},           {"deviation", spread.deviation},
        {"pulls", spread.n_pulls},       {"pulls_left_out", spread.n_left_out},
        {"pull_mean", spread.pull_mean}, {"pull_width", spread.pull_width}};
  }
  record["saturated"] = {{"chi_square", outcome.observed.saturated.chi_square},
                         {"degrees", outcome.observed.saturated.n_degrees},
                         {"p", outcome.observed.saturated.p_value},
                         {"p_by_toys", share_as_bad(outcome)}};
  return record;
}

}  // namespace

ToySpread spread_of(io::SavedToys const& toys, std::size_t row)
{
  std::int64_t const parameter = toys.rows[row];
  auto const i = static_cast<std::size_t>(parameter);
  std::vector<double> values;
  std::vector<double> pulls;
  std::int64_t n_left_out = 0;
  for (std::size_t toy = 0; toy < toys.fits.size(); ++toy) {
    fit::ToyFit const& fit = toys.fits[toy];
    if (!has_converged(fit)) continue;
    values.push_back(io::effective_value(toys.parameters, parameter, fit.x[i]));
    if (fit.deviations.empty()) continue;
    double const uncertainty =
        std::fabs(io::effective_slope(toys.parameters, parameter, fit.x[i])) * fit.deviations[i];
    bool const has_pull = uncertainty > 0 && !fit::is_at_boundary(toys.parameters, parameter,
                                                                  fit.x[i], fit.deviations[i]);
    if (has_pull)
      pulls.push_back((values.back() - toys.truths[toy * toys.rows.size() + row]) / uncertainty);
    else
      ++n_left_out;
  }
  Moments const of_values = moments_of(values);
  Moments const of_pulls = moments_of(pulls);
  return {of_values.mean, of_values.deviation, static_cast<std::int64_t>(pulls.size()),
          n_left_out,     of_pulls.mean,       of_pulls.deviation};
}

void report_toys(ToysRequest const& request, ToysOutcome const& outcome, RunCost const& cost)
{
  if (request.fit.talks) std::cout << summary_of(request, outcome, cost) << std::flush;
  std::int64_t const n_failed = request.n - n_converged(outcome.toys);
  if (n_failed > 0)
    std::cerr << "kovar: warning: " << n_failed << " of " << request.n
              << " toys did not converge and are left out of the tables" << std::endl;
  if (!outcome.observed.has_converged)
    std::cerr << "kovar: warning: the fit to the data did not converge" << std::endl;
  if (!request.fit.json.empty())
    write_json(request.fit.json, record_of_toys(request, outcome, cost));
}

}  // namespace kovar::apps
