// SPDX-License-Identifier: BSD-3-Clause
#include "fit_study_options.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/fit_result_file.hpp>
#include <support/text.hpp>

namespace kovar::apps {
namespace {

using Kind = OptionKind;

/// "A:B".
std::array<std::string, 2> pair_of(std::string const& command, std::string const& text)
{
  auto const colon = text.find(':');
  bool const is_pair = colon != std::string::npos && colon > 0 && colon + 1 < text.size() &&
                       text.find(':', colon + 1) == std::string::npos;
  KOVAR_REQUIRE(is_pair, command << ": --scan_2d has '" << text
                                 << "'; give two names joined by a colon, A:B");
  return {text.substr(0, colon), text.substr(colon + 1)};
}

}  // namespace

std::vector<Option> data_options()
{
  return {
      {"asimov", Kind::flag, "false",
       "the data are the prediction at the start: what is to be expected [-t -1 or --toys -1, "
       "the default of rabbit_fit; here the data of the tensor are]"},
      {"pseudodata", Kind::names, "",
       "names of pseudodata in the tensor, each fitted in place of the data [--pseudoData]"},
  };
}

std::vector<Option> covariance_options()
{
  return {{"hessian", Kind::flag, "true",
           "the covariance of all parameters; without it rows of the parameters of interest come "
           "from conjugate gradients [--noHessian]"},
          matrix_sharing_option()};
}

std::vector<Option> impact_options(std::string const& fallback)
{
  return {{"impacts",
           Kind::choices,
           fallback,
           "on strengths and systematics of interest: traditional, global (by the likelihood) or "
           "gaussian (global, by the response of the minimum) [--doImpacts, --globalImpacts, "
           "--gaussianGlobalImpacts]",
           {"traditional", "global", "gaussian"}}};
}

std::vector<Option> yield_options()
{
  return {
      {"yields",
       Kind::choice,
       "variances",
       "before and after the fit, with variances or covariances of all bins; without the Hessian "
       "values by default, and none in full mode or with a covariance of the data [--saveHists, "
       "--computeHistErrors, --computeHistCov]",
       {"none", "values", "variances", "covariances"}},
      {"per_process", Kind::flag, "false", "also of each process [--saveHistsPerProcess]"},
      {"variations", Kind::flag, "false",
       "yields with each parameter of interest up by its uncertainty [--computeVariations]"},
      {"chi_square", Kind::flag, "false",
       "of yields and data with all covariances, before and after the fit: of the cube of the bins "
       "in flops [no --noChi2]"},
      {"exact_bins",
       Kind::choice,
       "keep",
       "bins without any variance make that undefined, or do not count",
       {"keep", "leave-out"}},
  };
}

OptionGroup scan_group()
{
  return {"Profiles",
          {
              {"scan", Kind::names, "", "parameters to scan, all others refitted [--scan]"},
              {"scan_2d", Kind::names, "", "pairs A:B of parameters to scan [--scan2D]"},
              {"scan_points", Kind::count, "15", "along a parameter [--scanPoints]"},
              {"scan_range", Kind::real, "3",
               "the ends, in uncertainties from the minimum [--scanRange]"},
              {"interval", Kind::names, "",
               "parameters whose confidence intervals are looked for [--contourScan]"},
              {"levels", Kind::reals, "1",
               "of intervals: rises of 2 nll; 1 is a standard deviation, 4 two, 3.84 95 % "
               "[--contourLevels, which counts standard deviations: its level squared is the "
               "rise]"},
          }};
}

Option shown_option() { return {"top", Kind::count, "10", "rows of tables on the terminal"}; }

Option result_file_option(std::string const& what, bool is_required)
{
  Option option{"output", Kind::file, "", what};
  if (is_required) option.fallback = required;
  return option;
}

StudyRequest study_request(std::string const& command, OptionValues const& values)
{
  StudyRequest request;
  request.command = command;
  request.fit = fit_request(command, values);
  request.is_asimov = values.flag("asimov");
  request.pseudodata = values.names("pseudodata");
  request.n_shown = static_cast<std::size_t>(values.count("top"));
  return request;
}

void read_covariance(OptionValues const& values, StudyRequest& request)
{
  request.has_hessian = values.flag("hessian");
  request.matrices = matrix_sharing(values);
}

void read_yields(OptionValues const& values, StudyRequest& request)
{
  std::string const yields = values.text("yields");
  request.wants_yields = yields != "none";
  request.yield_errors = yields == "variances"     ? fit::YieldErrors::variances
                         : yields == "covariances" ? fit::YieldErrors::covariance
                                                   : fit::YieldErrors::none;
  if (!values.is_given("yields")) {
    if (!request.has_hessian) request.yield_errors = fit::YieldErrors::none;
    // Of bins with several betas, or that stand together, there are none yet.
    fit::LikelihoodOptions const& likelihood = request.fit.likelihood;
    if (likelihood.bin_statistics.mode == fit::BinStatisticsMode::full ||
        likelihood.data_term == fit::DataTerm::covariance)
      request.wants_yields = false;
  }
  request.by_process = values.flag("per_process");
  request.variations = values.flag("variations");
  request.chi_square = values.flag("chi_square");
  request.leaves_out_exact_bins = values.text("exact_bins") == "leave-out";
}

void read_scans(OptionValues const& values, StudyRequest& request)
{
  ScanRequest& scan = request.scan;
  scan.parameters = values.names("scan");
  for (std::string const& text : values.names("scan_2d"))
    scan.pairs.push_back(pair_of(request.command, text));
  scan.n_points = count_from(request.command, values, "scan_points", 1);
  scan.range = values.real("scan_range");
  KOVAR_REQUIRE(scan.range > 0 && scan.range < 1e6, request.command << ": --scan_range is "
                                                                    << values.text("scan_range")
                                                                    << "; give a positive number");
  scan.intervals = values.names("interval");
  scan.levels = values.reals("levels");
  for (double const level : scan.levels)
    KOVAR_REQUIRE(level > 0 && level < 1e6, request.command << ": --levels is "
                                                            << values.text("levels")
                                                            << "; give positive numbers");
}

OptionValues with_options_of(std::string const& result, OptionValues values)
{
  for (auto const& [name, value] : io::read_options(result, likelihood_option_names()))
    if (!value.empty() && !values.is_given(name))
      values.take_arguments({"--" + name + "=" + value});
  return values;
}

}  // namespace kovar::apps
