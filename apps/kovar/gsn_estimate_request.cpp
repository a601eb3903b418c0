// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_request.hpp"

#include <support/command.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace kovar::apps {
namespace {

std::vector<std::string> item_names()
{
  std::vector<std::string> names;
  for (gsn::Item const item : gsn::all_items()) names.push_back(gsn::name_of(item));
  return names;
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

/// Which responses and units count, and how levels are scored.
std::vector<Option> response_rules()
{
  return {
      {"uneven",
       OptionKind::choice,
       "fast",
       "which responses count where NaN says that some were lost: fast takes the trials in which "
       "no "
       "unit is missing, missing takes for each pair of units the trials that both have, reference "
       "is fast; without NaN all are the same",
       {"fast", "missing", "reference"}},
      zero_variance_option(),
      {"scoring",
       OptionKind::choice,
       "auto",
       "how levels are scored; all ways give the same levels, auto takes the cheapest",
       {"auto", "cholesky", "low_rank", "decomposition"}},
  };
}

}  // namespace

OptionTable estimate_options()
{
  using Kind = OptionKind;
  return {{
      {"Data", in_a_row({response_options(),
                         {{"precision",
                           Kind::choice,
                           "auto",
                           "number type to compute in; auto takes that of the file",
                           {"auto", "double", "float"}},
                          result_option()}})},
      {"Estimate (names and defaults of GSN, save zero_variance)",
       in_a_row({{{"returns", Kind::choices, "cN,cS,cNb,cSb", "matrices and bases to return",
                   item_names()}},
                 shrinkage_options(),
                 response_rules()})},
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
      machine_group({
          {"eigh_device",
           Kind::choice,
           "host",
           "accepted for GSN's sake; bases are decomposed where the covariances are",
           {"host", "device"}},
          {"memory_budget", Kind::bytes, "0",
           "memory for stacks of matrices, as 800MB or 2GB; 0 stands for a quarter of what is "
           "free"},
      }),
      common_options(),
  }};
}

EstimateRequest estimate_request(OptionValues const& values)
{
  EstimateRequest request;
  static_cast<ResponseRequest&>(request) = response_request("gsn estimate", values);
  request.precision = precision_from_name(values.text("precision"));
  request.checkpoint = values.text("checkpoint");
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  require_different_files(
      "gsn estimate", request.input,
      {{"output", request.output}, {"json", request.json}, {"checkpoint", request.checkpoint}});

  gsn::Options& options = request.options;
  read_shrinkage(values, options);
  options.returns = {};
  for (std::string const& name : values.choices("returns"))
    options.returns.insert(gsn::item_from_name(name));
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
