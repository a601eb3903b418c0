// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <kovar/io/gp_model_file.hpp>
#include <kovar/io/model_parts.hpp>
#include <kovar/io/result_parts.hpp>

#include <algorithm>
#include <limits>

namespace kovar::io {
namespace {

constexpr char const* process_content = "Gaussian process";
constexpr char const* model_unit = "standardised";

char const* name_of(gp::MeanKind kind)
{
  return kind == gp::MeanKind::zero       ? "zero"
         : kind == gp::MeanKind::constant ? "constant"
                                          : "linear";
}

gp::Mean mean_named(std::string const& path, std::string const& name, std::int64_t n_columns)
{
  KOVAR_REQUIRE(name == "zero" || name == "constant" || name == "linear",
                "'" << path << "': there is no mean '" << name << "' (zero, constant or linear)");
  if (name == "zero") return gp::zero_mean();
  return name == "constant" ? gp::constant_mean() : gp::linear_mean(static_cast<int>(n_columns));
}

void write_parameters(NewHdf5File& file, gp::Model model)
{
  file.create_group("parameters");
  file.create_group("raw");
  std::vector<std::string> names;
  for (gp::NamedParameter const& named : gp::parameters_of(model)) {
    gp::Parameter const& parameter = *named.parameter;
    std::string const place = "parameters/" + named.name;
    names.push_back(named.name);
    write_numbers(file, place, parameter.value, {model_unit, "value", {"entry"}});
    file.write_text(place, "constraint", parameter.constraint.text());
    file.write_text(place, "prior", parameter.prior ? parameter.prior->text() : "none");
    file.write_text(place, "is_fixed", parameter.is_fixed ? "yes" : "no");
    std::vector<double> raw;
    for (double const value : parameter.value) raw.push_back(parameter.constraint.raw(value));
    write_numbers(file, "raw/" + named.name, raw,
                  {"1", "unconstrained number that optimisers move", {"entry"}});
  }
  file.write_texts("parameters", "names", names);
}

void read_parameters(ModelReader const& reader, std::string const& path, gp::Model& model)
{
  for (gp::NamedParameter const& named : gp::parameters_of(model)) {
    gp::Parameter& parameter = *named.parameter;
    std::string const place = "parameters/" + named.name;
    auto const values = reader.numbers(place);
    KOVAR_REQUIRE(values.size() == parameter.value.size(),
                  "'" << path << "': '" << place << "' holds " << values.size() << " numbers ("
                      << parameter.value.size() << " are expected); fit it again");
    parameter.value = values;
    parameter.constraint = gp::constraint_of(reader.text(place, "constraint"));
    std::string const prior = reader.text(place, "prior");
    if (prior != "none") parameter.prior = gp::prior_of(prior);
    parameter.is_fixed = reader.text(place, "is_fixed") == "yes";
  }
}

void write_training(NewHdf5File& file, SavedProcess const& process)
{
  write_numbers(file, "training/row", process.rows, {"1", "row of the table, from 0", {"point"}});
  file.write("training/x", {process.n_rows(), process.n_features()}, process.x.data(),
             {model_unit, "features as the model sees them", {"point", "feature"}});
  file.write("training/y", {process.n_targets(), process.n_rows()}, process.y.data(),
             {model_unit, "targets as the model sees them", {"target", "point"}});
  write_numbers(file, "training/noise_variance", process.noise_variance,
                {"standardised^2", "known noise variance of each point", {"point"}});
  file.write_text("training", "noise_column", process.noise_column);
}

void write_likelihood(NewHdf5File& file, SavedLikelihood const& likelihood)
{
  write_numbers(file, "likelihood/lml", likelihood.lml,
                {"nat", "log marginal likelihood of the standardised target", {"target"}});
  write_numbers(file, "likelihood/mll", likelihood.mll,
                {"nat", "(lml + log prior) / n, what the fit maximises", {"target"}});
  write_scalar(file, "likelihood/log_prior", likelihood.log_prior, "sum of log prior densities");
  write_scalar(file, "likelihood/log_determinant", likelihood.log_determinant,
               "of the noisy covariance");
  write_scalar(file, "likelihood/jitter", likelihood.jitter, "added to its diagonal");
  write_scalar(file, "likelihood/condition", likelihood.condition,
               "lower bound of its condition number");
}

void write_trace(NewHdf5File& file, SavedProcess const& process)
{
  if (process.trace.empty()) return;
  std::vector<std::int64_t> start;
  std::vector<std::int64_t> evaluation;
  std::vector<double> loss;
  std::vector<double> jitter;
  std::vector<double> norm;
  std::vector<double> raw;
  for (gp::FitStep const& step : process.trace) {
    start.push_back(step.start);
    evaluation.push_back(step.evaluation);
    loss.push_back(step.value.loss);
    jitter.push_back(step.value.jitter);
    norm.push_back(step.gradient_norm);
    raw.insert(raw.end(), step.raw.begin(), step.raw.end());
  }
  std::vector<std::string> const dimension = {"evaluation"};
  write_numbers(file, "trace/start", start, {"1", "which start, from 0", dimension});
  write_numbers(file, "trace/evaluation", evaluation, {"1", "of this start, from 0", dimension});
  write_numbers(
      file, "trace/loss", loss,
      {"nat", "minus the sum of mll; infinite where it is not finite or no factor was found",
       dimension});
  write_numbers(file, "trace/jitter", jitter,
                {"standardised^2", "added to the diagonal", dimension});
  write_numbers(file, "trace/gradient_norm", norm,
                {"nat", "largest derivative of the loss by a raw number, projected on the bounds",
                 dimension});
  auto const n = static_cast<std::int64_t>(start.size());
  if (!raw.empty()) {
    file.write("trace/raw", {n, size_of(raw) / n}, raw.data(),
               {"1", "raw numbers; the attribute names tells which", {"evaluation", "number"}});
    file.write_texts("trace/raw", "names", names_of_values(process.model));
  }
  write_scalar(file, "trace/best_start", process.best_start, "the start of the lowest loss");
}

void write_prediction_part(NewHdf5File& file, std::string const& group, SavedProcess const& process,
                           SavedPredictions const& part)
{
  if (part.rows.empty()) return;
  std::int64_t const m = size_of(part.rows);
  write_numbers(file, group + "/row", part.rows, {"1", "row of the table, from 0", {"row"}});
  auto const write = [&](char const* name, std::vector<double> const& values, char const* units,
                         char const* description) {
    if (!values.empty())
      file.write(group + "/" + name, {process.n_targets(), m}, values.data(),
                 {units, description, {"target", "row"}});
  };
  write("target", part.target, "unit of the target", "what the table says");
  write("mean", part.mean, "unit of the target", "prediction (the median of a logged target)");
  write("sd", part.deviation, "unit of the target", "standard deviation of an observation");
  write("log_density", part.log_density, "nat", "of the standardised target");
  write("standardised_residual", part.standardised, "1", "residual over standard deviation");
}

void write_slices(NewHdf5File& file, SavedProcess const& process)
{
  SavedSlices const& slices = process.slices;
  if (slices.feature.empty()) return;
  std::int64_t const s = size_of(slices.feature);
  write_numbers(file, "slices/feature", slices.feature, {"1", "which feature, from 0", {"slice"}});
  file.write("slices/x", {s, slices.n_points}, slices.x.data(),
             {"unit of the feature", "the others are at their means", {"slice", "point"}});
  auto const write = [&](char const* name, std::vector<double> const& values,
                         char const* description) {
    file.write(std::string("slices/") + name, {process.n_targets(), s, slices.n_points},
               values.data(), {"unit of the target", description, {"target", "slice", "point"}});
  };
  write("mean", slices.mean, "mean (median of a logged target)");
  write("lower", slices.lower, "lower end of 95 % of observations");
  write("upper", slices.upper, "upper end of 95 % of observations");
  write("lower_latent", slices.lower_latent, "lower end of 95 % of the function");
  write("upper_latent", slices.upper_latent, "upper end of 95 % of the function");
}

/// \throws InputError unless the observations fit each other
void require_sound(std::string const& path, SavedProcess const& process)
{
  auto const n = static_cast<std::size_t>(process.n_rows());
  KOVAR_REQUIRE(process.x.size() == n * process.features.size() &&
                    process.y.size() == n * process.targets.size() && n > 0 &&
                    !process.targets.empty() &&
                    (process.noise_variance.empty() || process.noise_variance.size() == n),
                "'" << path << "': " << n << " points of " << process.features.size()
                    << " features have " << process.x.size() << " inputs, " << process.y.size()
                    << " targets and " << process.noise_variance.size()
                    << " noise variances (these do not fit each other); fit it again");
  KOVAR_REQUIRE(are_finite(process.x) && are_finite(process.y) &&
                    are_finite(process.noise_variance) && are_sound(process.features) &&
                    are_sound(process.targets),
                "'" << path << "': an observation is not finite, or a scale not positive (the file "
                    << "is damaged); fit it again");
  gp::require_model_fits(process.model, process.n_features());
}

}  // namespace

std::vector<std::string> names_of_values(gp::Model const& model)
{
  gp::Model copy = model;
  std::vector<std::string> names;
  for (gp::NamedParameter const& named : gp::parameters_of(copy)) {
    std::size_t const n = named.parameter->value.size();
    for (std::size_t i = 0; i < n; ++i)
      names.push_back(n == 1 ? named.name : named.name + "[" + std::to_string(i) + "]");
  }
  return names;
}

void write_process(std::string const& path, SavedProcess const& process,
                   Provenance const& provenance)
{
  Region const region("kovar::io::write_process[HDF5]");
  require_writable(path);
  NewHdf5File file(path, 8 * (size_of(process.x) + size_of(process.y)));
  file.write_text("/", "kernel", gp::expression_of(process.model.kernel));
  file.write_text("/", "mean", name_of(process.model.mean.kind));
  file.write_text("/", "noise", process.model.noise.parameters.empty() ? "none" : "learned");
  file.write_text("/", "precision", process.is_single_precision ? "float" : "double");
  write_parameters(file, process.model);
  write_columns(file, "features", process.features);
  write_columns(file, "target", process.targets);
  write_training(file, process);
  write_scalar(file, "jitter/always", process.jitter.always, "added from the start");
  write_scalar(file, "jitter/base", process.jitter.base, "first of the ladder; 0: by precision");
  write_scalar(file, "jitter/tries", static_cast<std::int64_t>(process.jitter.n_tries),
               "steps of the ladder");
  write_scalar(file, "jitter/is_relative",
               static_cast<std::int64_t>(process.jitter.is_relative ? 1 : 0),
               "1: times the mean of the diagonal");
  write_likelihood(file, process.likelihood);
  write_trace(file, process);
  write_prediction_part(file, "leave_one_out", process, process.leave_one_out);
  write_prediction_part(file, "validation", process, process.validation);
  write_slices(file, process);
  write_origin(file, process_content, {}, provenance);
  file.commit();
}

SavedProcess read_process(std::string const& path)
{
  Region const region("kovar::io::read_process[HDF5]");
  ModelReader const reader(path);
  reader.require_content(process_content, "Gaussian process", "kovar gp fit");
  SavedProcess process;
  process.features = reader.columns("features");
  process.targets = reader.columns("target");
  std::int64_t const d = process.n_features();
  process.model.mean = mean_named(path, reader.text("/", "mean"), d);
  process.model.kernel = gp::kernel_of_expression(reader.text("/", "kernel"), d);
  if (reader.text("/", "noise") == "learned") process.model.noise = gp::gaussian_noise();
  read_parameters(reader, path, process.model);
  process.is_single_precision = reader.text("/", "precision") == "float";
  process.jitter = {reader.number("jitter/always"), reader.number("jitter/base"),
                    static_cast<int>(reader.number("jitter/tries")),
                    reader.number("jitter/is_relative") != 0};
  for (double const row : reader.numbers("training/row"))
    process.rows.push_back(static_cast<std::int64_t>(row));
  process.x = reader.numbers("training/x");
  process.y = reader.numbers("training/y");
  if (reader.has("training/noise_variance"))
    process.noise_variance = reader.numbers("training/noise_variance");
  process.noise_column = reader.text("training", "noise_column");
  process.likelihood.lml = reader.numbers("likelihood/lml");
  process.likelihood.mll = reader.numbers("likelihood/mll");
  process.likelihood.log_prior = reader.number("likelihood/log_prior");
  process.likelihood.log_determinant = reader.number("likelihood/log_determinant");
  process.likelihood.jitter = reader.number("likelihood/jitter");
  process.likelihood.condition = reader.number("likelihood/condition");
  require_sound(path, process);
  return process;
}

}  // namespace kovar::io
