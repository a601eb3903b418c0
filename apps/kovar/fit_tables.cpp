// SPDX-License-Identifier: BSD-3-Clause
#include "fit_report.hpp"

#include <support/format.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <functional>
#include <numeric>

namespace kovar::apps {
namespace {

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// "0.123 +- 0.045".
std::string with_uncertainty(double value, double uncertainty)
{
  return format_number(value, 6) + " +- " + format_number(uncertainty, 4);
}

/// Indices of the n largest sizes, the largest first; those that are NaN or 0 left out.
std::vector<std::size_t> largest(std::vector<double> const& sizes, std::size_t n)
{
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < sizes.size(); ++i)
    if (sizes[i] > 0) order.push_back(i);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  order.resize(std::min(n, order.size()));
  return order;
}

/// 0 in place of what rounding leaves of numbers of a size.
double without_rounding(double value, double size)
{
  return std::fabs(value) <= 1e-12 * size ? 0 : value;
}

void add_status(io::SavedFit const& fit, SummaryTable& table)
{
  auto const& search = fit.minimum.search;
  table.heading("Minimum (" + fit.group + ")");
  if (fit.is_prefit_only) {
    table.line("status", std::string("prefit: nothing was fitted"));
  } else {
    table.line("status", std::string(optim::name_of(search.status)));
    if (search.n_iterations > 0)
      table.line("iterations, Hessian products",
                 std::to_string(search.n_iterations) + ", " + std::to_string(search.n_products));
    table.line("estimated distance to minimum", format_number(fit.distance, 3));
  }
  table.line("nll, reduced", format_number(fit.minimum.loss.total(), 10));
  table.line("nll, full", format_number(fit.full.total(), 10));
  table.line("parameters, free",
             std::to_string(fit.n()) + ", " + std::to_string(fit.minimum.free.size()));
}

void add_interest(io::SavedFit const& fit, SummaryTable& table)
{
  if (fit.rows.empty()) return;
  table.heading("Parameters of interest");
  for (std::int64_t const row : fit.rows) {
    if (is_at_boundary(fit, row)) {
      table.line(fit.parameters.names[at(row)], std::string("0 (boundary)"));
      continue;
    }
    double const x = fit.minimum.x[at(row)];
    double const value = io::effective_value(fit.parameters, row, x);
    double const slope = std::fabs(io::effective_slope(fit.parameters, row, x));
    double const uncertainty =
        fit.variances.empty() ? 0 : slope * std::sqrt(fit.variances[at(row)]);
    table.line(fit.parameters.names[at(row)],
               fit.variances.empty()
                   ? format_number(value, 6)
                   : with_uncertainty(without_rounding(value, uncertainty), uncertainty));
  }
}

void add_goodness(io::SavedFit const& fit, SummaryTable& table)
{
  auto const line = [&](char const* name, std::optional<fit::GoodnessOfFit> const& found) {
    if (found && std::isnan(found->chi_square))
      table.line(name, std::string("not defined: a bin has no variance (--exact_bins)"));
    else if (found)
      table.line(name, format_number(found->chi_square, 5) + " / " +
                           std::to_string(found->n_degrees) + ", " +
                           (found->n_degrees > 0 ? "p = " + p_text(*found) : p_text(*found)));
  };
  if (!fit.saturated && !fit.prefit_chi_square) return;
  table.heading("Goodness of fit: chi square / degrees of freedom");
  line("saturated model", fit.saturated);
  line("linear, prefit", fit.prefit_chi_square);
  line("linear, postfit", fit.postfit_chi_square);
}

/// Systematics that nothing constrains, but those of interest, in the order of the templates.
void add_free_systematics(io::SavedFit const& fit, std::size_t n_shown, SummaryTable& table)
{
  if (fit.is_prefit_only) return;
  std::vector<std::size_t> found;
  for (std::int64_t const parameter : fit.minimum.free)
    if (parameter >= fit.parameters.n_strengths && fit.parameters.weight[at(parameter)] == 0 &&
        std::find(fit.rows.begin(), fit.rows.end(), parameter) == fit.rows.end())
      found.push_back(at(parameter));
  std::size_t const n = std::min(n_shown, found.size());
  if (n == 0) return;
  table.heading("Free systematics" + (n < found.size() ? ", the first " + std::to_string(n) +
                                                             " of " + std::to_string(found.size())
                                                       : ""));
  for (std::size_t k = 0; k < n; ++k) {
    std::size_t const i = found[k];
    bool const has_uncertainty = !fit.variances.empty() && fit.variances[i] >= 0;
    table.line(fit.parameters.names[i],
               has_uncertainty ? with_uncertainty(fit.minimum.x[i], std::sqrt(fit.variances[i]))
                               : format_number(fit.minimum.x[i], 6));
  }
}

constexpr double least = 0.01;  // weaker correlations tell nothing

/// 1 / the uncertainty of a parameter, with the sign by which it follows its raw value; 0 where there is no
/// uncertainty, as of a strength at 0 that is kept as its root.
double inverse_deviation(io::SavedFit const& fit, std::int64_t parameter)
{
  double const slope = io::effective_slope(fit.parameters, parameter, fit.minimum.x[at(parameter)]);
  double const variance = fit.variances[at(parameter)];
  return variance > 0 && !is_at_boundary(fit, parameter)
             ? std::copysign(1 / std::sqrt(variance), slope)
             : 0;
}

/// The n strongest correlations of a list of parameters, the strongest first.
/// \param row  covariances of parameters[k] with all parameters
std::vector<fit::CorrelatedPair> strongest_pairs(
    io::SavedFit const& fit, std::vector<std::int64_t> const& parameters, std::size_t n,
    std::function<double const*(std::size_t k)> const& row)
{
  std::vector<double> scale;
  for (std::int64_t const i : parameters) scale.push_back(inverse_deviation(fit, i));
  std::vector<fit::CorrelatedPair> pairs;
  for (std::size_t k = 0; k < parameters.size(); ++k)
    for (std::size_t l = k + 1; l < parameters.size(); ++l) {
      fit::CorrelatedPair const pair = {parameters[k], parameters[l],
                                        row(k)[parameters[l]] * scale[k] * scale[l]};
      if (std::fabs(pair.correlation) < least) continue;
      pairs.insert(std::upper_bound(pairs.begin(), pairs.end(), pair, fit::is_stronger), pair);
      if (pairs.size() > n) pairs.pop_back();
    }
  return pairs;
}

void add_correlations(io::SavedFit const& fit, std::size_t n_shown, SummaryTable& table)
{
  auto const show = [&](std::string const& title, std::vector<fit::CorrelatedPair> const& pairs) {
    if (!pairs.empty()) table.heading(title);
    for (fit::CorrelatedPair const& pair : pairs)
      table.line(
          fit.parameters.names[at(pair.first)] + ", " + fit.parameters.names[at(pair.second)],
          format_number(pair.correlation, 3));
  };
  show("Correlations of the parameters of interest", fit.correlations_of_interest);
  show("Strongest correlations of all parameters", fit.correlations);
  bool const has_all = !fit.covariance.empty();
  if (!has_all && fit.covariance_rows.empty()) return;
  std::size_t const n = at(fit.n());
  show("Correlations of the parameters of interest",
       strongest_pairs(fit, fit.rows, n_shown, [&](std::size_t k) {
         return has_all ? &fit.covariance[at(fit.rows[k]) * n] : &fit.covariance_rows[k * n];
       }));
  auto const& free = fit.minimum.free;
  if (has_all && free.size() > fit.rows.size())
    show("Strongest correlations of all parameters",
         strongest_pairs(fit, free, n_shown,
                         [&](std::size_t k) { return &fit.covariance[at(free[k]) * n]; }));
}

constexpr double rounding = 1e-9;  // smaller pulls are none

/// Systematics with a constraint by how far they went from its centre, in its uncertainties.
void add_pulls(io::SavedFit const& fit, std::size_t n_shown, SummaryTable& table)
{
  if (fit.is_prefit_only) return;
  std::vector<double> pulls(at(fit.n()), 0.0);
  std::vector<double> sizes(at(fit.n()), 0.0);
  std::vector<double> tightness(at(fit.n()), 0.0);
  std::vector<double> widths(at(fit.n()), std::nan(""));
  for (std::int64_t const parameter : fit.minimum.free) {
    std::size_t const i = at(parameter);
    double const root = std::sqrt(fit.parameters.weight[i]);
    if (root == 0) continue;
    double const pull = (fit.minimum.x[i] - fit.parameters.center[i]) * root;
    pulls[i] = std::fabs(pull) > rounding ? pull : 0;
    sizes[i] = std::fabs(pulls[i]);
    if (fit.variances.empty() || !(fit.variances[i] >= 0)) continue;
    widths[i] = std::sqrt(fit.variances[i]) * root;
    tightness[i] = std::max(0.0, 1 - widths[i]);
  }
  auto const show = [&](std::string const& title, std::vector<std::size_t> const& order) {
    if (order.empty()) return;
    table.heading(title);
    for (std::size_t const i : order)
      table.line(fit.parameters.names[i], std::isnan(widths[i])
                                              ? format_number(pulls[i], 4)
                                              : with_uncertainty(pulls[i], widths[i]));
  };
  auto const by_size = largest(sizes, n_shown);
  auto const by_tightness = largest(tightness, n_shown);
  auto all = by_size;
  for (std::size_t const i : by_tightness)
    if (std::find(by_size.begin(), by_size.end(), i) == by_size.end()) all.push_back(i);
  if (all.size() <= n_shown) {  // all that there are
    show("Pulls and constraints: pull, postfit over prefit uncertainty", all);
    return;
  }
  show("Largest pulls, in prefit uncertainties", by_size);
  show("Strongest constraints: pull, postfit over prefit uncertainty", by_tightness);
}

void add_impacts(fit::TemplateTensor const& tensor, io::SavedFit const& fit,
                 io::SavedImpacts const& saved, std::size_t n_shown, SummaryTable& table)
{
  fit::Impacts const& impacts = saved.impacts;
  auto const n = at(fit.n());
  std::size_t const n_groups = tensor.groups.size();
  std::string const kind = saved.name == "impacts"          ? "Impacts"
                           : saved.name == "global_impacts" ? "Global impacts"
                                                            : "Gaussian global impacts";
  for (std::size_t row = 0; row < impacts.rows.size(); ++row) {
    std::int64_t const parameter = impacts.rows[row];
    double const scale =
        std::fabs(io::effective_slope(fit.parameters, parameter, fit.minimum.x[at(parameter)]));
    table.heading(kind + " on " + fit.parameters.names[at(parameter)]);
    if (is_at_boundary(fit, parameter)) {
      table.line("none", std::string("it is 0 (boundary)"));
      continue;
    }
    std::vector<double> sizes(n);
    for (std::size_t i = 0; i < n; ++i)
      sizes[i] =
          static_cast<std::int64_t>(i) == parameter
              ? 0
              : without_rounding(std::fabs(impacts.by_parameter[row * n + i]), impacts.total[row]);
    for (std::size_t const i : largest(sizes, n_shown))
      table.line(fit.parameters.names[i],
                 format_number(scale * impacts.by_parameter[row * n + i], 4));
    std::vector<double> of_groups(n_groups);
    for (std::size_t g = 0; g < n_groups; ++g) of_groups[g] = impacts.by_group[row * n_groups + g];
    for (std::size_t const g : largest(of_groups, n_shown))
      if (tensor.groups[g].members.size() > 1)
        table.line("group " + tensor.groups[g].name, format_number(scale * of_groups[g], 4));
    table.line("data statistics", format_number(scale * impacts.by_data[row], 4));
    if (!impacts.by_bin_statistics.empty())
      table.line("template statistics", format_number(scale * impacts.by_bin_statistics[row], 4));
    table.line("total", format_number(scale * impacts.total[row], 4));
  }
}

std::string end_text(io::SavedFit const& fit, std::string const& name, fit::Crossing const& end)
{
  std::int64_t const parameter = fit.parameters.index(name);
  std::string const value =
      format_number(io::effective_value(fit.parameters, parameter, end.value), 6);
  switch (end.status) {
    case fit::CrossingStatus::found:
      return value;
    case fit::CrossingStatus::at_boundary:
      return value + " (boundary)";
    case fit::CrossingStatus::no_crossing:
      return "none found";
    case fit::CrossingStatus::refit_failed:
      return "refit failed";
    case fit::CrossingStatus::lower_minimum:
      return "there is a lower minimum";
  }
  return value;
}

void add_scans(io::SavedFit const& fit, SummaryTable& table)
{
  double const nll = std::max(1.0, std::fabs(fit.minimum.loss.total()));
  for (fit::Scan const& scan : fit.scans) {
    table.heading("Scan of " + scan.parameter + ": value, nll above the minimum");
    std::int64_t const parameter = fit.parameters.index(scan.parameter);
    double largest_value = 0;
    for (double const value : scan.values)
      largest_value = std::max(largest_value, std::fabs(value));
    for (std::size_t k = 0; k < scan.values.size(); ++k)
      table.line(format_number(io::effective_value(fit.parameters, parameter,
                                                   without_rounding(scan.values[k], largest_value)),
                               6),
                 format_number(without_rounding(scan.loss[k], nll), 6) +
                     (scan.status[k] == optim::TrustRegionStatus::converged
                          ? ""
                          : std::string(" (") + optim::name_of(scan.status[k]) + ")"));
  }
  if (fit.intervals.empty()) return;
  table.heading("Intervals, by the rise of 2 nll");
  for (fit::Interval const& interval : fit.intervals)
    table.line(interval.parameter + ", " + format_number(interval.level, 4),
               end_text(fit, interval.parameter, interval.lower) + " to " +
                   end_text(fit, interval.parameter, interval.upper));
}

}  // namespace

std::string p_text(fit::GoodnessOfFit const& found)
{
  return found.n_degrees > 0 ? format_number(found.p_value, 3) : "no degrees of freedom";
}

void add_shared_correlations(std::size_t n_shown, io::SavedFit& fit)
{
  std::vector<double> of_all;
  for (std::int64_t i = 0; i < fit.n(); ++i) of_all.push_back(inverse_deviation(fit, i));
  std::vector<double> of_interest(of_all.size(), 0.0);
  for (std::int64_t const row : fit.rows) of_interest[at(row)] = of_all[at(row)];
  fit.correlations_of_interest =
      fit::strongest_correlations(fit.shared_covariance, of_interest, n_shown, least);
  if (fit.minimum.free.size() > fit.rows.size())
    fit.correlations = fit::strongest_correlations(fit.shared_covariance, of_all, n_shown, least);
}

void add_fit_tables(fit::TemplateTensor const& tensor, io::SavedFit const& fit, std::size_t n_shown,
                    SummaryTable& table)
{
  add_status(fit, table);
  add_interest(fit, table);
  add_free_systematics(fit, n_shown, table);
  add_goodness(fit, table);
  add_correlations(fit, n_shown, table);
  add_pulls(fit, n_shown, table);
  for (io::SavedImpacts const& saved : fit.impacts) add_impacts(tensor, fit, saved, n_shown, table);
  add_scans(fit, table);
}

}  // namespace kovar::apps
