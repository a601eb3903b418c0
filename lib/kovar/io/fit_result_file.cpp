// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/fit_result_parts.hpp>
#include <kovar/io/result_parts.hpp>
#include <kovar/io/tensor_layout.hpp>

#include <cmath>
#include <cstddef>

namespace kovar::io {
namespace {

using Numbers = std::vector<double>;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

/// The index of a parameter that a scan or an interval names.
std::int64_t index_of(SavedFit const& fit, std::string const& name)
{
  return fit.parameters.index(name);
}

Numbers effective(SavedFit const& fit, std::string const& name, Numbers const& raw)
{
  Numbers values;
  for (double const x : raw)
    values.push_back(effective_value(fit.parameters, index_of(fit, name), x));
  return values;
}

void write_parameters(NewHdf5File& file, SavedFit const& fit)
{
  std::string const at_group = fit.group + "/";
  auto const list = [&](std::string const& name, Numbers const& values,
                        std::string const& description) {
    write_numbers(file, at_group + name, values, {raw_unit, description, {parameter_dimension}});
  };
  file.write_names(at_group + "parms_names", fit.parameters.names,
                   {raw_unit, "signal strengths, then systematics", {parameter_dimension}});
  list("parms", fit.minimum.x, "raw values, of strengths that are kept as roots the roots");
  list("parms_variances", fit.variances, "variances of the raw values; NaN where not computed");
  list("parms_prefit", fit.prefit_x, "raw values before the fit");
  list("parms_prefit_variances", fit.prefit_variances, "their variances by the constraints");
  list("parms_constraint_weights", fit.parameters.weight, "1 / variance of the constraint");
  list("parms_constraint_centers", fit.parameters.center, "of the constraint, as in yields");
  write_numbers(file, at_group + "parms_free", fit.minimum.free,
                {raw_unit, "indices of the parameters that could move", {"free parameter"}});
  write_or_make_square(
      file, at_group + "cov", fit.n(), fit.covariance, fit.shared_covariance.matrix,
      {raw_unit, "covariance of the raw values", {parameter_dimension, parameter_dimension}});
  write_matrix(file, at_group + "cov_rows", size_of(fit.rows), fit.n(), fit.covariance_rows,
               {raw_unit,
                "rows of the covariance of the raw values",
                {interest_dimension, parameter_dimension}});
}

void write_interest(NewHdf5File& file, SavedFit const& fit)
{
  std::string const at_group = fit.group + "/";
  Numbers values, uncertainties, scale;
  for (std::int64_t const row : fit.rows) {
    double const x = fit.minimum.x[at(row)];
    values.push_back(effective_value(fit.parameters, row, x));
    scale.push_back(std::fabs(effective_slope(fit.parameters, row, x)));
    if (!fit.variances.empty())
      uncertainties.push_back(scale.back() * std::sqrt(fit.variances[at(row)]));
  }
  file.write_names(at_group + "poi_names", names_of(fit.parameters, fit.rows),
                   {"1", "strengths and systematics of interest", {interest_dimension}});
  write_numbers(file, at_group + "poi_values", values,
                {"1", "as they enter yields", {interest_dimension}});
  write_numbers(file, at_group + "poi_uncertainties", uncertainties,
                {"1", "standard deviations", {interest_dimension}});
  write_numbers(file, at_group + "poi_scale", scale,
                {"1", "size of the derivative of poi_values by parms", {interest_dimension}});
}

void write_goodness(NewHdf5File& file, std::string const& group, std::string const& chi_square,
                    std::string const& degrees, std::optional<fit::GoodnessOfFit> const& found,
                    std::string const& description)
{
  if (!found) return;
  write_scalar(file, group + "/" + chi_square, found->chi_square, description);
  write_scalar(file, group + "/" + degrees, found->n_degrees,
               "degrees of freedom of " + chi_square);
  write_scalar(file, group + "/p_" + chi_square, found->p_value,
               "probability of a chi square as large or larger");
}

void write_minimum(NewHdf5File& file, SavedFit const& fit)
{
  std::string const& group = fit.group;
  file.write_text(group, "status",
                  fit.is_prefit_only ? "prefit only" : optim::name_of(fit.minimum.search.status));
  file.write_text(group, "strengths",
                  fit.parameters.strengths_are_squared ? "squares of parms" : "parms");
  file.write_texts(group, "warnings", fit.warnings);
  write_scalar(file, group + "/nllvalreduced", fit.minimum.loss.total(),
               "negative log likelihood at parms without constants");
  write_scalar(file, group + "/nllvalfull", fit.full.total(), "the same with all constants");
  if (fit.is_prefit_only) return;
  write_scalar(file, group + "/edmval", fit.distance,
               "estimated distance to the minimum in units of the likelihood");
  Numbers losses;
  for (auto const& iterate : fit.minimum.search.trace) losses.push_back(iterate.value);
  write_numbers(file, group + "/epoch_loss", losses,
                {"1", "nllvalreduced after each iteration", {"iteration"}});
}

void write_impacts(NewHdf5File& file, fit::TemplateTensor const& tensor, SavedFit const& fit)
{
  std::vector<std::string> columns;
  for (fit::Group const& group : tensor.groups) columns.push_back(group.name);
  columns.emplace_back("stat");
  for (SavedImpacts const& saved : fit.impacts) {
    fit::Impacts const& impacts = saved.impacts;
    std::string const name = fit.group + "/" + saved.name;
    std::int64_t const n_rows = size_of(impacts.rows);
    bool const has_bins = !impacts.by_bin_statistics.empty();
    write_matrix(file, name, n_rows, fit.n(), impacts.by_parameter,
                 {raw_unit,
                  "of each parameter on the raw values of poi_names",
                  {interest_dimension, parameter_dimension}});
    Numbers grouped;
    std::size_t const n_groups = tensor.groups.size();
    for (std::size_t row = 0; row < impacts.rows.size(); ++row) {
      auto const begin = impacts.by_group.begin() + static_cast<std::ptrdiff_t>(row * n_groups);
      grouped.insert(grouped.end(), begin, begin + static_cast<std::ptrdiff_t>(n_groups));
      grouped.push_back(impacts.by_data[row]);
      if (has_bins) grouped.push_back(impacts.by_bin_statistics[row]);
    }
    auto names = columns;
    if (has_bins) names.emplace_back("binByBinStat");
    write_matrix(
        file, name + "_grouped", n_rows, size_of(names), grouped,
        {raw_unit, "of each group on the raw values of poi_names", {interest_dimension, "group"}});
    if (!grouped.empty())
      file.write_names(name + "_grouped_columns", names, {"1", "groups", {"group"}});
  }
}

void write_scans(NewHdf5File& file, SavedFit const& fit)
{
  std::string const at_group = fit.group + "/";
  std::int64_t position = 0;  // as asked for; HDF5 lists its objects by name
  for (fit::Scan const& scan : fit.scans) {
    std::string const name = at_group + "nll_scan_" + group_of(scan.parameter);
    write_numbers(file, name, scan.loss, {"1", "likelihood above its minimum", {"point"}});
    write_numbers(file, name + "_values", effective(fit, scan.parameter, scan.values),
                  {"1", "of the parameter as it enters yields", {"point"}});
    file.write_text(name, "parameter", scan.parameter);
    file.write_integer(name, "position", position++);
  }
  for (fit::Scan2d const& scan : fit.scans_2d) {
    std::string const name = at_group + "nll_scan2D_" + group_of(scan.parameters[0]) + "_" +
                             group_of(scan.parameters[1]);
    write_matrix(file, name, size_of(scan.values[0]), size_of(scan.values[1]), scan.loss,
                 {"1", "likelihood above its minimum", {scan.parameters[0], scan.parameters[1]}});
    for (int side = 0; side < 2; ++side)
      write_numbers(file, name + "_values_" + std::to_string(side),
                    effective(fit, scan.parameters[side], scan.values[side]),
                    {"1", "of the parameter as it enters yields", {"point"}});
    file.write_texts(name, "parameters", {scan.parameters[0], scan.parameters[1]});
    file.write_integer(name, "position", position++);
  }
}

void write_intervals(NewHdf5File& file, SavedFit const& fit)
{
  if (fit.intervals.empty()) return;
  std::vector<std::string> names;
  Numbers levels, ends, points;
  std::vector<std::int64_t> status;
  for (fit::Interval const& interval : fit.intervals) {
    names.push_back(interval.parameter);
    levels.push_back(interval.level);
    for (fit::Crossing const* end : {&interval.lower, &interval.upper}) {
      bool const has_value = fit::has_value(*end);
      ends.push_back(
          has_value ? effective_value(fit.parameters, index_of(fit, interval.parameter), end->value)
                    : std::nan(""));
      // That of a lower minimum is where a fit goes on.
      if (has_value || end->status == fit::CrossingStatus::lower_minimum)
        points.insert(points.end(), end->x.begin(), end->x.end());
      else
        points.insert(points.end(), at(fit.n()), std::nan(""));
      status.push_back(static_cast<std::int64_t>(end->status));
    }
  }
  std::string const name = fit.group + "/contour_scan";
  auto const n = size_of(names);
  file.write(name, {n, 2}, ends.data(),
             {"1",
              "lower and upper end, as they enter yields; NaN where none was found",
              {"interval", "end"}});
  file.write(name + "_status", {n, 2}, status.data(),
             {"1",
              "0 found, 1 at the boundary, 2 no crossing, 3 refit failed, 4 lower minimum",
              {"interval", "end"}});
  file.write(
      fit.group + "/contour_x", {n, 2, fit.n()}, points.data(),
      {raw_unit,
       "raw values of all parameters at the lower and upper end, or at a lower minimum that was "
       "met; NaN where none was found",
       {"interval", "end", parameter_dimension}});
  write_numbers(file, name + "_levels", levels, {"1", "2 nll above the minimum", {"interval"}});
  file.write_names(name + "_names", names, {"1", "parameters", {"interval"}});
}

void write_fit(NewHdf5File& file, fit::TemplateTensor const& tensor, SavedFit const& fit)
{
  file.create_group(fit.group);
  write_minimum(file, fit);
  write_parameters(file, fit);
  write_interest(file, fit);
  write_goodness(file, fit.group, "satchi2", "ndfsat", fit.saturated,
                 "twice nllvalreduced: against the saturated model");
  write_goodness(file, fit.group, "chi2_prefit", "ndf_prefit", fit.prefit_chi_square,
                 "chi square of data and yields before the fit");
  write_goodness(file, fit.group, "chi2", "ndf", fit.postfit_chi_square,
                 "chi square of data and yields after the fit");
  write_impacts(file, tensor, fit);
  write_scans(file, fit);
  write_intervals(file, fit);
  write_histograms(file, fit.group, tensor, fit);
}

/// One rank does not have all of a matrix that others have shares of.
void require_alone(dist::BlockCyclicMatrix<double> const& matrix, std::string const& what,
                   SavedFit const& fit)
{
  KOVAR_REQUIRE(matrix.grid().is_alone(), "write_fits: ranks share "
                                              << what << " of '" << fit.group
                                              << "' (a rank alone does not have it); write it with "
                                                 "all ranks");
}

}  // namespace

std::vector<std::string> names_of(fit::Parameters const& parameters,
                                  std::vector<std::int64_t> const& rows)
{
  std::vector<std::string> names;
  for (std::int64_t const row : rows) names.push_back(parameters.names[at(row)]);
  return names;
}

void write_matrix(NewHdf5File& file, std::string const& name, std::int64_t n_rows,
                  std::int64_t n_columns, Numbers const& values, Annotation const& annotation)
{
  if (!values.empty()) file.write(name, {n_rows, n_columns}, values.data(), annotation);
}

std::string result_group(std::string const& pseudodata)
{
  return "results_" + group_of(pseudodata);
}

double effective_value(fit::Parameters const& parameters, std::int64_t parameter, double x)
{
  return parameters.strengths_are_squared && parameter < parameters.n_strengths ? x * x : x;
}

double effective_slope(fit::Parameters const& parameters, std::int64_t parameter, double x)
{
  return parameters.strengths_are_squared && parameter < parameters.n_strengths ? 2 * x : 1;
}

void write_or_make_square(NewHdf5File& file, std::string const& name, std::int64_t n,
                          Numbers const& all, dist::BlockCyclicMatrix<double> const& shared,
                          Annotation const& annotation)
{
  if (shared.n_rows() > 0)
    file.make_matrix<double>(name, n, n, annotation);
  else
    write_matrix(file, name, n, n, all, annotation);
}

std::int64_t bytes_of_fits(std::vector<SavedFit> const& fits)
{
  std::int64_t numbers = 0;
  for (SavedFit const& fit : fits) {
    bool const is_shared = fit.shared_covariance.matrix.n_rows() > 0;
    numbers += (is_shared ? fit.n() * fit.n() : size_of(fit.covariance)) + 10 * fit.n();
    for (SavedYields const* yields : {&fit.prefit, &fit.postfit})
      numbers += yields->bins.shared_covariance.n_rows() * yields->bins.shared_covariance.n_rows();
  }
  return 8 * numbers;
}

void write_all_fits(NewHdf5File& file, fit::TemplateTensor const& tensor,
                    std::vector<SavedFit> const& fits, Provenance const& provenance)
{
  std::vector<std::string> groups;
  for (SavedFit const& fit : fits) groups.push_back(fit.group);
  write_origin(file, fit_content, {}, provenance);
  file.write_texts("/", "fits", groups);
  SavedFit const& first = fits.front();
  write_numbers(file, "x", first.minimum.x,
                {raw_unit, "raw values of the first fit", {parameter_dimension}});
  file.write_names("parms", first.parameters.names,
                   {raw_unit, "names of the parameters", {parameter_dimension}});
  write_or_make_square(file, "cov", first.n(), first.covariance, first.shared_covariance.matrix,
                       {raw_unit, "covariance of x", {parameter_dimension, parameter_dimension}});
  for (SavedFit const& fit : fits) write_fit(file, tensor, fit);
}

void write_fits(std::string const& path, fit::TemplateTensor const& tensor,
                std::vector<SavedFit> const& fits, Provenance const& provenance)
{
  Region const region("kovar::io::write_fits");
  for (SavedFit const& fit : fits) {
    require_alone(fit.shared_covariance.matrix, "the covariance", fit);
    require_alone(fit.prefit.bins.shared_covariance, "the covariance of yields before the fit",
                  fit);
    require_alone(fit.postfit.bins.shared_covariance, "the covariance of yields", fit);
  }
  write_fits(path, dist::Communicator(), tensor, fits, provenance);
}

}  // namespace kovar::io
