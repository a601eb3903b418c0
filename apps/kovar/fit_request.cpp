// SPDX-License-Identifier: BSD-3-Clause
#include "fit_request.hpp"
#include "fit_build_input.hpp"

#include <kovar/core/error.hpp>
#include <support/option_value_kinds.hpp>
#include <support/space_choice.hpp>
#include <support/text.hpp>

#include <cmath>
#include <limits>

namespace kovar::apps {
namespace {

using Kind = OptionKind;

fit::LikelihoodOptions likelihood_request(std::string const& command, OptionValues const& values)
{
  fit::LikelihoodOptions options;
  std::string const term = values.text("likelihood");
  options.data_term = term == "poisson"      ? fit::DataTerm::poisson
                      : term == "chi-square" ? fit::DataTerm::chi_square
                                             : fit::DataTerm::covariance;
  auto& statistics = options.bin_statistics;
  statistics.constraint = fit::constraint_named(values.text("bin_statistics"));
  statistics.mode = values.text("bin_statistics_mode") == "full" ? fit::BinStatisticsMode::full
                                                                 : fit::BinStatisticsMode::lite;
  statistics.min_kstat =
      real_between(command, values, "min_kstat", 0, std::numeric_limits<double>::max());
  auto& parameters = options.parameters;
  if (values.text("parameter_model") == "ones") parameters.model = fit::ParameterModel::ones;
  if (values.flag("allow_negative_signal")) parameters.signal_range = fit::SignalRange::any;
  parameters.expected_signal = numbers_by_name(command, values, "expected_signal");
  parameters.constraint_centers = numbers_by_name(command, values, "constraint_centers");
  return options;
}

fit::PreconditionerKind preconditioner_named(std::string const& name)
{
  if (name == "none") return fit::PreconditionerKind::none;
  if (name == "diagonal") return fit::PreconditionerKind::diagonal;
  if (name == "sparse-cholesky") return fit::PreconditionerKind::sparse_cholesky;
  if (name == "incomplete-cholesky") return fit::PreconditionerKind::incomplete_cholesky;
  return fit::PreconditionerKind::automatic;
}

}  // namespace

void read_minimizer(std::string const& command, OptionValues const& values, FitRequest& request)
{
  fit::MinimumOptions& options = request.minimum;
  options.preconditioner.kind = preconditioner_named(values.text("preconditioner"));
  std::string const steps = values.text("newton_steps");
  options.steps = steps == "one"    ? fit::NewtonSteps::one
                  : steps == "many" ? fit::NewtonSteps::many
                                    : fit::NewtonSteps::as_needed;
  auto& region = options.trust_region;
  std::string const method = values.text("minimizer");
  region.solver = method == "exact"       ? optim::TrustRegionSolver::exact
                  : method == "newton-cg" ? optim::TrustRegionSolver::conjugate_gradients
                                          : optim::TrustRegionSolver::automatic;
  region.max_iterations = count_from(command, values, "max_iterations", 1);
  region.distance_tolerance =
      real_between(command, values, "tolerance", std::numeric_limits<double>::min(), 1);
  region.end = values.text("end") == "tolerance" ? optim::TrustRegionEnd::at_tolerance
                                                 : optim::TrustRegionEnd::at_roundings;
  request.starts.n_starts = count_from(command, values, "starts", 1);
  request.starts.seed = static_cast<std::uint64_t>(values.count("seed"));
  request.starts.spread =
      real_between(command, values, "start_spread", 0, std::numeric_limits<double>::max());
}

std::vector<Option> tensor_options()
{
  return {
      {"tensor", Kind::file, required,
       "HDF5 file of templates: of 'kovar fit build', or of rabbit"},
      systematics_option(),
  };
}

OptionGroup likelihood_group()
{
  return {
      "Likelihood (in brackets: the option of rabbit_fit)",
      {
          {"likelihood",
           Kind::choice,
           "poisson",
           "of the data: counts, normal with a variance for each bin [--chisqFit], or normal with "
           "the covariance of the tensor [--covarianceFit]",
           {"poisson", "chi-square", "covariance"}},
          {"bin_statistics",
           Kind::choice,
           "automatic",
           "constraint on the statistics of the templates; automatic is gamma, in full mode "
           "normal-multiplicative, with a covariance normal-additive [--binByBinStatType, "
           "--noBinByBinStat]",
           {"automatic", "none", "gamma", "normal-multiplicative", "normal-additive"}},
          {"bin_statistics_mode",
           Kind::choice,
           "lite",
           "a parameter for each bin, or for each process of each bin [--binByBinStatMode]",
           {"lite", "full"}},
          {"min_kstat", Kind::real, "0",
           "templates of bins with fewer effective events are taken as exact [--minBBKstat]"},
          {"parameter_model",
           Kind::choice,
           "mu",
           "a strength for each signal, or none [--paramModel]",
           {"mu", "ones"}},
          {"allow_negative_signal", Kind::flag, "false",
           "strengths may be negative; else they are kept as squares [--allowNegativeParam]"},
          {"expected_signal", Kind::text, "",
           "NAME=VALUE, joined by commas: where strengths start, and what Asimov data hold "
           "[--expectSignal]"},
          {"freeze", Kind::text, "",
           "names or regular expressions, joined by commas: parameters that stay where they start "
           "[--freezeParameters]"},
          {"constraint_centers", Kind::text, "",
           "NAME=VALUE, joined by commas: where constraints of systematics have their minimum "
           "[--setConstraintMinimum]"},
          {"unconstrained_uncertainty", Kind::real, "0",
           "before the fit, of parameters that nothing constrains "
           "[--prefitUnconstrainedNuisanceUncertainty]"},
      }};
}

OptionGroup minimizer_group()
{
  return {
      "Minimizer",
      {
          {"minimizer",
           Kind::choice,
           "automatic",
           "steps in the trust region by conjugate gradients or by the dense Hessian; automatic is "
           "exact for few parameters [--minimizerMethod]",
           {"automatic", "newton-cg", "exact"}},
          {"preconditioner",
           Kind::choice,
           "automatic",
           "what stands for the Hessian in conjugate gradients; factors are those of external "
           "Hessians",
           {"automatic", "none", "diagonal", "sparse-cholesky", "incomplete-cholesky"}},
          {"newton_steps",
           Kind::choice,
           "as-needed",
           "as-needed takes one where the likelihood is quadratic; one always [--forceLinear]",
           {"as-needed", "one", "many"}},
          {"max_iterations", Kind::count, "1000", "[--minimizerMaxiter]"},
          {"tolerance", Kind::real, "1e-10",
           "converged below this estimated distance to the minimum, in units of the likelihood "
           "[--minimizerGtol]"},
          {"end",
           Kind::choice,
           "roundings",
           "where a fit that meets the tolerance ends: at the roundings of the likelihood, with "
           "the "
           "same digits on any number of ranks and threads; or there and then, with a third fewer "
           "Hessian products",
           {"roundings", "tolerance"}},
          {"starts", Kind::count, "1",
           "fits from so many points, the given one and random ones around it: the deepest minimum "
           "counts"},
          {"start_spread", Kind::real, "1", "of random starts, in prefit uncertainties"},
          {"seed", Kind::count, "1", "of random numbers [--seed]"},
      }};
}

std::vector<std::string> likelihood_option_names()
{
  std::vector<std::string> names = {"systematics"};
  for (Option const& option : likelihood_group().options) names.push_back(option.name);
  return names;
}

FitRequest fit_request(std::string const& command, OptionValues const& values)
{
  FitRequest request;
  request.tensor = values.text("tensor");
  request.systematic_type = systematic_type_of(values);
  request.likelihood = likelihood_request(command, values);
  request.unconstrained = real_between(command, values, "unconstrained_uncertainty", 0,
                                       std::numeric_limits<double>::max());
  request.minimum.frozen = split_at_outer_commas(values.text("freeze"));
  request.output = values.text("output");
  request.json = values.text("json");
  request.talks = !values.flag("quiet");
  request.space = choose_space(command, values.text("backend"), values.text("device"));
  return request;
}

std::map<std::string, double> numbers_by_name(std::string const& command,
                                              OptionValues const& values, std::string const& option)
{
  std::map<std::string, double> numbers;
  for (std::string const& part : split_at_commas(values.text(option))) {
    auto const equals = part.rfind('=');
    auto const number = equals == std::string::npos || equals == 0
                            ? std::optional<double>()
                            : read_real(part.substr(equals + 1));
    KOVAR_REQUIRE(number && std::isfinite(*number), command
                                                        << ": --" << option << " has '" << part
                                                        << "'; give NAME=VALUE, as in signal=1.5");
    std::string const name = part.substr(0, equals);
    KOVAR_REQUIRE(numbers.emplace(name, *number).second,
                  command << ": --" << option << " names '" << name << "' twice; give it once");
  }
  return numbers;
}

double real_between(std::string const& command, OptionValues const& values,
                    std::string const& option, double low, double high)
{
  double const value = values.real(option);
  bool const is_inside = std::isfinite(value) && value >= low && value <= high;
  KOVAR_REQUIRE(is_inside, command
                               << ": --" << option << " is " << values.text(option) << "; give "
                               << (low > 0 ? "a positive number" : "a number that is not negative")
                               << (high == 1 ? ", at most 1" : ""));
  return value;
}

int count_from(std::string const& command, OptionValues const& values, std::string const& option,
               int low)
{
  std::int64_t const value = values.count(option);
  KOVAR_REQUIRE(value >= low && value <= std::numeric_limits<int>::max(),
                command << ": --" << option << " is " << value << "; give " << low << " or more");
  return static_cast<int>(value);
}

}  // namespace kovar::apps
