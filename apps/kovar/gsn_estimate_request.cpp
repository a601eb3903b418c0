// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_request.hpp"

#include <support/command.hpp>
#include <support/space_choice.hpp>

#include <filesystem>

namespace kovar::apps {
namespace {

std::vector<std::string> item_names()
{
  std::vector<std::string> names;
  for (gsn::Item const item : gsn::all_items()) names.push_back(gsn::name_of(item));
  return names;
}

/// The results are renamed over what was there: that must not be the data.
void require_other_file(std::string const& option, std::string const& path,
                        std::string const& input)
{
  std::error_code ignored;
  KOVAR_REQUIRE(!std::filesystem::equivalent(path, input, ignored),
                "gsn estimate: --" << option << " is the input file '" << input
                                   << "' (it would be overwritten); give another path");
}

Precision precision_from_name(std::string const& name)
{
  if (name == "double") return Precision::double_precision;
  return name == "float" ? Precision::single_precision : Precision::as_in_file;
}

}  // namespace

OptionTable estimate_options()
{
  using Kind = OptionKind;
  return {{
      {"Data",
       {
           {"input", Kind::file, required, "HDF5 file with the responses"},
           {"dataset", Kind::text, "/even", "its dataset of rank 3: units x conditions x trials"},
           {"layout",
            Kind::choice,
            "h5py",
            "who sees the axes in this order; MATLAB shows those of a file in reverse",
            {"h5py", "matlab"}},
           {"precision",
            Kind::choice,
            "auto",
            "number type to compute in; auto takes that of the file",
            {"auto", "double", "float"}},
           {"output", Kind::file, required,
            "HDF5 file for the results, complete or not there at all"},
       }},
      {"Estimate (names and defaults of GSN, save zero_variance)",
       {
           {"returns", Kind::choices, "cN,cS,cNb,cSb", "matrices and bases to return",
            item_names()},
           {"wantshrinkage", Kind::flag, "true",
            "choose two shrinkage levels among 51; without it both are 1"},
           {"shrinklevels", Kind::reals, "",
            "choose among these levels in [0,1] instead of the 51"},
           {"uneven",
            Kind::choice,
            "fast",
            "what NaN in the data means; this version takes complete data only",
            {"fast", "missing", "reference"}},
           {"zero_variance",
            Kind::choice,
            "exclude",
            "leave constant units out when levels are chosen, or let them make every level "
            "singular "
            "as GSN does",
            {"exclude", "compat"}},
           {"scoring",
            Kind::choice,
            "auto",
            "how levels are scored; all ways give the same levels, auto takes the cheapest",
            {"auto", "cholesky", "low_rank", "decomposition"}},
       }},
      {"Machine",
       {
           {"backend",
            Kind::choice,
            "auto",
            "Kokkos execution space; auto takes the default of this build",
            {"auto", "serial", "openmp", "threads", "cuda", "hip"}},
           {"device",
            Kind::choice,
            "auto",
            "the same choice by hardware; auto follows backend",
            {"auto", "cpu", "cuda", "hip"}},
           {"eigh_device",
            Kind::choice,
            "host",
            "accepted for GSN's sake; bases are decomposed where the covariances are",
            {"host", "device"}},
           {"memory_budget", Kind::bytes, "0",
            "memory for stacks of matrices, as 800MB or 2GB; 0 stands for a quarter of what is "
            "free"},
           {"wantverbose", Kind::flag, "true", "show progress and summary"},
       }},
      common_options(),
  }};
}

EstimateRequest estimate_request(OptionValues const& values)
{
  EstimateRequest request;
  request.input = values.text("input");
  request.dataset = values.text("dataset");
  request.order = values.text("layout") == "h5py" ? io::AxisOrder::units_conditions_trials
                                                  : io::AxisOrder::trials_conditions_units;
  request.precision = precision_from_name(values.text("precision"));
  request.output = values.text("output");
  request.json = values.text("json");
  request.talks = values.flag("wantverbose") && !values.flag("quiet");
  request.space = choose_space("gsn estimate", values.text("backend"), values.text("device"));
  require_other_file("output", request.output, request.input);
  if (!request.json.empty()) require_other_file("json", request.json, request.input);
  KOVAR_REQUIRE(request.json != request.output,
                "gsn estimate: --json and --output are the same file '" << request.json
                                                                        << "'; give two paths");

  gsn::Options& options = request.options;
  options.shrinkage = values.flag("wantshrinkage");
  if (values.is_given("shrinklevels")) options.levels = values.reals("shrinklevels");
  options.returns = {};
  for (std::string const& name : values.choices("returns"))
    options.returns.insert(gsn::item_from_name(name));
  options.uneven = gsn::uneven_from_name(values.text("uneven"));
  options.zero_variance = gsn::zero_variance_from_name(values.text("zero_variance"));
  options.scoring = gsn::scoring_from_name(values.text("scoring"));
  options.memory_budget = values.bytes("memory_budget");
  gsn::levels_of(options);  // tells now what is wrong with the levels
  return request;
}

}  // namespace kovar::apps
