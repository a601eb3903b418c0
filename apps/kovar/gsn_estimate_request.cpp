// SPDX-License-Identifier: BSD-3-Clause
#include "gsn_estimate_request.hpp"

#include "gsn_factored.hpp"

#include <support/command.hpp>

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
  gsn::Items const bases = {gsn::Item::eigenvalues_signal, gsn::Item::eigenvectors_signal,
                            gsn::Item::eigenvalues_difference, gsn::Item::eigenvectors_difference};
  KOVAR_REQUIRE(options.n_components == 0 || options.returns.contains_any(bases),
                "gsn estimate: --components="
                    << options.n_components
                    << " without a basis in --returns; add eigvals_signal, eigvecs_signal, "
                       "eigvals_difference or eigvecs_difference to it");
}

Precision precision_from_name(std::string const& name)
{
  if (name == "double") return Precision::double_precision;
  return name == "float" ? Precision::single_precision : Precision::as_in_file;
}

MatrixPlace place_from_name(std::string const& name)
{
  if (name == "root") return MatrixPlace::root;
  return name == "ranks" ? MatrixPlace::ranks : MatrixPlace::automatic;
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
       in_a_row({level_options(),
                 {{"components", Kind::count, "0",
                   "number of leading components of the bases in returns; 0 stands for all"}},
                 form_options()})},
      {"Long runs",
       {
           {"checkpoint", Kind::file, "",
            "keep what is done in this file after each stage; if it is there already, the run goes "
            "on from it, on any number of ranks. SIGTERM, SIGUSR1 (the one that mpirun hands on) "
            "and the first Ctrl-C then "
            "end the run after the stage under way, with exit code 3. Removed when the results are "
            "written"},
           {"time_limit", Kind::duration, "",
            "with a checkpoint: end in the same way before this time since the start has passed, "
            "if the next stage would not be done by then"},
       }},
      machine_group({
          {"eigh_device",
           Kind::choice,
           "host",
           "accepted for GSN's sake; bases are decomposed where the covariances are",
           {"host", "device"}},
          {"matrices",
           Kind::choice,
           "auto",
           "under mpirun: matrices of units x units on rank 0 (root), or spread over all ranks "
           "(ranks); auto spreads them where rank 0 could not hold them or that "
           "is expected to be faster, and says so",
           {"auto", "root", "ranks"}},
          {"memory_for_data", Kind::bytes, "0",
           "memory of each rank for responses and for what is made of them, as 800MB or 2GB; where "
           "all of them need more, they are read by blocks of conditions that fit, with the same "
           "results but for rounding; 0 stands for what is free"},
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
  request.matrices = place_from_name(values.text("matrices"));
  request.memory_for_data = values.bytes("memory_for_data");
  request.checkpoint = values.text("checkpoint");
  if (values.is_given("time_limit")) request.time_limit = values.seconds("time_limit");
  require_different_files(
      "gsn estimate", request.input,
      {{"output", request.output}, {"json", request.json}, {"checkpoint", request.checkpoint}});

  gsn::Options& options = request.options;
  read_estimate(values, options);
  options.returns = {};
  for (std::string const& name : values.choices("returns"))
    options.returns.insert(gsn::item_from_name(name));
  options.scoring = gsn::scoring_from_name(values.text("scoring"));
  options.memory_budget = values.bytes("memory_budget");
  read_levels("gsn estimate", values, options);
  options.n_components = values.count("components");
  require_consistent(request);
  return request;
}

}  // namespace kovar::apps
