// SPDX-License-Identifier: BSD-3-Clause
#include "gp_fit_request.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gp/kernel_expression.hpp>
#include <support/command.hpp>
#include <support/space_choice.hpp>

#include <cmath>

namespace kovar::apps {
namespace {

/// Those of all commands on samples, with several targets; all rows train unless told otherwise.
std::vector<Option> gp_sample_options()
{
  auto options = sample_options();
  for (Option& option : options) {
    if (option.name == "target")
      option = {"target", OptionKind::names, "-1",
                "column to predict: its name, or its number from 1; -1 is the last. Several, "
                "joined by commas, share one covariance"};
    if (option.name == "validation") {
      option.fallback = "0";
      option.help =
          "rows that are predicted and do not train: their number, or below 1 their part; "
          "the last rows";
    }
  }
  return options;
}

std::vector<Option> model_options()
{
  using Kind = OptionKind;
  return {
      {"kernel", Kind::text, "scale(rbf(ard))",
       "expression of rbf, matern12, matern32, matern52, rq, periodic, periodic_squared, linear, "
       "scale(...), + and *; in parentheses ard (a length scale for each column) and columns "
       "(names, or numbers from "
       "0)"},
      {"mean", Kind::choice, "constant", "of the process", {"zero", "constant", "linear"}},
      {"noise",
       Kind::choice,
       "learned",
       "one variance for all rows, or none beside --noise_column",
       {"learned", "none"}},
      {"noise_column", Kind::text, "",
       "column of known noise variances, in squared units of the target (of its logarithm where "
       "that "
       "is taken)"},
      {"start", Kind::text, "",
       "NAME=VALUE or NAME=(A,B...), joined by commas: where parameters start. A name is a full "
       "one as in "
       "the summary, or its last part for all parameters that end so"},
      {"constraint", Kind::text, "",
       "NAME=positive, greater_than(B), less_than(B), exponential, interval(A,B), bounds(A,B) or "
       "none"},
      {"prior", Kind::text, "",
       "NAME=gamma(A,B), normal(M,S), lognormal(M,S), half_cauchy(S) or smoothed_box(A,B,S)"},
      {"fix", Kind::text, "", "names of parameters that stay where they start, joined by commas"},
  };
}

std::vector<Option> fit_options()
{
  using Kind = OptionKind;
  return {
      {"optimizer",
       Kind::choice,
       "lbfgs",
       "lbfgs (until it converges), adam (so many steps), or none: only the likelihood of the "
       "start",
       {"lbfgs", "adam", "none"}},
      {"steps", Kind::count, "", "of adam (100), or the most iterations of lbfgs (15000)"},
      {"learning_rate", Kind::real, "0.1", "of adam, on raw numbers"},
      {"value_tolerance", Kind::real, "2.2e-9",
       "lbfgs ends at a relative decrease of the loss below this"},
      {"gradient_tolerance", Kind::real, "1e-5",
       "or where no derivative of the loss by a raw number is larger than this"},
      {"restarts", Kind::count, "0", "more starts, from raw numbers that are perturbed"},
      {"perturbation", Kind::real, "1", "its standard deviation"},
      {"seed", Kind::count, "0", "of perturbations and of shuffling"},
      {"precision", Kind::choice, "double", "number type of the covariance", {"double", "float"}},
      {"jitter", Kind::real, "0", "added to the diagonal of the covariance from the start"},
      {"jitter_base", Kind::real, "0",
       "where it is not positive definite, this, 10 and 100 times this are tried; 0: 1e-8, or 1e-6 "
       "in float"},
      {"jitter_tries", Kind::count, "3", "steps of that ladder"},
      {"jitter_relative", Kind::flag, "false", "times the mean of the diagonal"},
  };
}

gp::FitOptions fit_request(OptionValues const& values)
{
  gp::FitOptions options;
  std::string const optimizer = values.text("optimizer");
  options.optimizer = optimizer == "lbfgs" ? gp::Optimizer::lbfgs : gp::Optimizer::adam;
  if (optimizer == "none") options.n_steps = 0;  // one evaluation, and no step
  if (values.is_given("steps") && optimizer == "adam") options.n_steps = values.count("steps");
  if (values.is_given("steps")) options.max_iterations = values.count("steps");
  options.adam.learning_rate = values.real("learning_rate");
  KOVAR_REQUIRE(
      options.adam.learning_rate > 0 && std::isfinite(options.adam.learning_rate),
      "gp fit: --learning_rate is " << values.text("learning_rate") << "; give a positive number");
  options.value_tolerance = values.real("value_tolerance");
  options.gradient_tolerance = values.real("gradient_tolerance");
  KOVAR_REQUIRE(options.value_tolerance >= 0 && options.gradient_tolerance >= 0,
                "gp fit: --value_tolerance is "
                    << values.text("value_tolerance") << " and --gradient_tolerance "
                    << values.text("gradient_tolerance") << "; give numbers that are not negative");
  options.n_restarts = values.count("restarts");
  KOVAR_REQUIRE(optimizer != "none" || options.n_restarts == 0,
                "gp fit: --restarts and --optimizer=none contradict each other; give one of them");
  options.perturbation = values.real("perturbation");
  options.seed = static_cast<std::uint64_t>(values.count("seed"));
  options.n_evaluations_to_checkpoint = values.count("checkpoint_evaluations");
  KOVAR_REQUIRE(options.n_evaluations_to_checkpoint > 0,
                "gp fit: --checkpoint_evaluations is 0; give 1 or more");
  return options;
}

gp::JitterOptions jitter_request(OptionValues const& values)
{
  gp::JitterOptions jitter;
  jitter.always = values.real("jitter");
  jitter.base = values.real("jitter_base");
  jitter.n_tries = static_cast<int>(std::min<std::int64_t>(values.count("jitter_tries"), 100));
  jitter.is_relative = values.flag("jitter_relative");
  KOVAR_REQUIRE(jitter.always >= 0 && std::isfinite(jitter.always) && jitter.base >= 0 &&
                    std::isfinite(jitter.base),
                "gp fit: --jitter is " << values.text("jitter") << " and --jitter_base "
                                       << values.text("jitter_base")
                                       << "; give numbers that are not negative");
  return jitter;
}

}  // namespace

OptionTable gp_fit_options()
{
  using Kind = OptionKind;
  return {
      {
          {"Data", in_a_row({table_options("CSV or HDF5 table with features and target"),
                             gp_sample_options(),
                             {{"output", Kind::file, required, "HDF5 file of the model"}}})},
          {"Model", model_options()},
          {"Fit", fit_options()},
          {"Long runs",
           {
               {"checkpoint", Kind::file, "",
                "leave the evaluations behind here, and go on from them after an interruption"},
               {"checkpoint_evaluations", Kind::count, "10", "evaluations from one to the next"},
               {"time_limit", Kind::duration, "",
                "end with a checkpoint after this time, with exit code 3"},
           }},
          {"Machine", in_a_row({space_options(), {matrix_sharing_option()}})},
          common_options(),
      },
      "data"};
}

GpFitRequest gp_fit_request(OptionValues const& values)
{
  GpFitRequest request;
  request.table = table_request("gp fit", values);
  request.output = values.text("output");
  request.json = values.text("json");
  request.checkpoint = values.text("checkpoint");
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  KOVAR_REQUIRE(!request.time_limit || !request.checkpoint.empty(),
                "gp fit: --time_limit needs a --checkpoint to end with; give one");
  require_different_files(
      "gp fit", request.table.path,
      {{"output", request.output}, {"json", request.json}, {"checkpoint", request.checkpoint}});
  request.kernel = values.text("kernel");
  request.mean = values.text("mean");
  request.noise = values.text("noise");
  request.noise_column = values.text("noise_column");
  request.words = {values.text("constraint"), values.text("prior"), values.text("start"),
                   values.text("fix")};
  request.training.jitter = jitter_request(values);
  request.options = fit_request(values);
  request.matrices = matrix_sharing(values);
  request.samples = sample_request(values, request.options.seed);
  request.single_precision = values.text("precision") == "float";
  request.talks = !values.flag("quiet");
  request.space = choose_space("gp fit", values.text("backend"), values.text("device"));
  return request;
}

gp::Model start_model(GpFitRequest const& request, std::vector<io::ColumnTransform> const& features)
{
  std::vector<std::string> names;
  for (io::ColumnTransform const& feature : features) names.push_back(feature.column);
  auto const d = static_cast<std::int64_t>(features.size());
  gp::Model model = {request.mean == "zero"       ? gp::zero_mean()
                     : request.mean == "constant" ? gp::constant_mean()
                                                  : gp::linear_mean(static_cast<int>(d)),
                     gp::kernel_of_expression(request.kernel, d, names),
                     request.noise == "learned" ? gp::gaussian_noise() : gp::no_noise()};
  apply_words(request.words, model);
  return model;
}

void require_noise(GpFitRequest const& request, PreparedHeads const& samples)
{
  if (request.noise_column.empty()) return;
  io::ColumnTransform const& first = samples.targets.front();
  for (io::ColumnTransform const& target : samples.targets)
    KOVAR_REQUIRE(
        target.scale == first.scale,
        "gp fit: --noise_column holds squared units of one target ('"
            << first.column << "' and '" << target.column
            << "' have different standard deviations); give --standardize=features, or one "
               "target");
  for (HeadedSamples const* const part : {&samples.train, &samples.validation})
    for (std::size_t i = 0; i < part->carried.size(); ++i)
      KOVAR_REQUIRE(part->carried[i] >= 0,
                    "gp fit: '" << request.noise_column << "' is " << part->carried[i] << " in row "
                                << part->rows[i] + 1
                                << " (a variance is not negative); leave the row out");
}

}  // namespace kovar::apps
