// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_request.hpp"

#include <support/command.hpp>
#include <support/space_choice.hpp>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>
#include <vector>

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

void require_different_files(EstimateRequest const& request)
{
  std::vector<std::pair<std::string, std::string>> const files = {
      {"output", request.output}, {"json", request.json}, {"checkpoint", request.checkpoint}};
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (files[i].second.empty()) continue;
    require_other_file(files[i].first, files[i].second, request.input);
    for (std::size_t j = 0; j < i; ++j)
      KOVAR_REQUIRE(files[i].second != files[j].second,
                    "gsn estimate: --" << files[i].first << " and --" << files[j].first
                                       << " are the same file '" << files[i].second
                                       << "'; give two paths");
  }
}

/// Refuse options that could not do what they are given for.
void require_consistent(EstimateRequest const& request)
{
  gsn::Options const& options = request.options;
  KOVAR_REQUIRE(!request.time_limit || !request.checkpoint.empty(),
                "gsn estimate: --time_limit is given without --checkpoint (a run that ends early "
                "would have nothing to go on from); give both");
  KOVAR_REQUIRE(
      options.level_data == gsn::LevelData::complete || options.uneven == gsn::Uneven::missing,
      "gsn estimate: --level_data=observed and --uneven="
          << gsn::name_of(options.uneven)
          << " contradict each other (there, trials count only if no unit is missing); give "
             "--uneven=missing, or leave --level_data away");
  KOVAR_REQUIRE(options.n_folds >= 1,
                "gsn estimate: --folds is 0 (levels are scored on at least one split of the "
                "conditions); give 1 for GSN's split, or 2 and more");
  bool const chooses =
      gsn::levels_of(options).size() > 1;  // tells now what is wrong with the levels
  KOVAR_REQUIRE(chooses || options.level_search == gsn::LevelSearch::grid,
                "gsn estimate: --level_search=continuous has one level to start from "
                "(then none is searched for); leave --no-wantshrinkage or the list of one level "
                "away");
  KOVAR_REQUIRE(chooses || options.n_folds == 1,
                "gsn estimate: --folds=" << options.n_folds
                                         << " has one level to choose from (then none is scored); "
                                            "leave --no-wantshrinkage or the list of one level "
                                            "away");
  KOVAR_REQUIRE(
      options.level_search == gsn::LevelSearch::grid || options.scoring != gsn::Scoring::cholesky,
      "gsn estimate: --level_search=continuous and --scoring=cholesky contradict each "
      "other (cholesky scores single levels); leave one of them away");
  gsn::Items const bases = {gsn::Item::eigenvalues_signal, gsn::Item::eigenvectors_signal,
                            gsn::Item::eigenvalues_difference, gsn::Item::eigenvectors_difference};
  KOVAR_REQUIRE(options.n_components == 0 || options.returns.contains_any(bases),
                "gsn estimate: --components="
                    << options.n_components
                    << " without a basis in --returns; add eigvals_signal, eigvecs_signal, "
                       "eigvals_difference or eigvecs_difference to it");
}

/// An int from an option; more than an int holds is cut, which no data set can tell from it.
int as_int(std::int64_t count)
{
  return static_cast<int>(std::min<std::int64_t>(count, std::numeric_limits<int>::max()));
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
            "which responses count where NaN says that some were lost: fast takes the trials in "
            "which no unit is missing, missing takes for each pair of units the trials that both "
            "have, reference is fast; without NaN all are the same",
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
      {"Beyond GSN",
       {
           {"level_data",
            Kind::choice,
            "complete",
            "with uneven=missing, levels are scored on the held-out trials in which no unit is "
            "missing, as in GSN, or on every held-out trial by the units that it has",
            {"complete", "observed"}},
           {"level_search",
            Kind::choice,
            "grid",
            "take the best level of the list, or the exact minimum over all of [0,1]",
            {"grid", "continuous"}},
           {"folds", Kind::count, "1",
            "splits of the conditions that levels are scored on; 1 holds out a fifth, as GSN does, "
            "K > 1 hold out each K-th part in turn and levels are chosen by the mean"},
           {"components", Kind::count, "0",
            "number of leading components of the bases in returns; 0 stands for all"},
       }},
      {"Long runs",
       {
           {"checkpoint", Kind::file, "",
            "keep what is done in this file after each stage; if it is there already, the run goes "
            "on from it. SIGTERM, SIGUSR1 (the one that mpirun hands on) and the first Ctrl-C then "
            "end the run after the stage under way, with exit code 3. Removed when the results are "
            "written"},
           {"time_limit", Kind::duration, "",
            "with a checkpoint: end in the same way before this time since the start has passed, "
            "if "
            "the next stage would not be done by then"},
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
  request.checkpoint = values.text("checkpoint");
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  request.talks = values.flag("wantverbose") && !values.flag("quiet");
  request.space = choose_space("gsn estimate", values.text("backend"), values.text("device"));
  require_different_files(request);

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
  options.level_data = gsn::level_data_from_name(values.text("level_data"));
  options.level_search = gsn::level_search_from_name(values.text("level_search"));
  options.n_folds = as_int(values.count("folds"));
  options.n_components = values.count("components");
  require_consistent(request);
  return request;
}

}  // namespace kovar::apps
