// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "gsn_estimate_report.hpp"
#include "placed_responses.hpp"
#include "response_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/gsn/noise_ceiling.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/noise_ceiling_file.hpp>
#include <kovar/io/response_file.hpp>
#include <support/exit_code.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <Kokkos_Core.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>
#include <optional>

namespace kovar::apps {
namespace {

OptionTable noise_ceiling_options()
{
  using Kind = OptionKind;
  return {
      {
          {"Data",
           in_a_row(
               {response_options(),
                {
                    result_option(),
                    {"returns",
                     Kind::choices,
                     "none",
                     "matrices to return: the scaled signal covariance of the simulations, and the "
                     "covariances of signal and noise",
                     {"cSb_rsa", "cSb", "cNb"}},
                }})},
          {"Noise ceiling (names and defaults of GSN)",
           {
               {"mode",
                Kind::choice,
                "0",
                "the signal covariance is scaled 0: such that simulated RDMs are as reliable "
                "as measured ones, 1: not at all, 2: to the raw variance of the signal",
                {"0", "1", "2"}},
               {"splitmode",
                Kind::choice,
                "0",
                "trials in either part of a split, of T 0: T/2, 1: powers of two up to T/2, "
                "and T/2, 2: T/4 and T/2",
                {"0", "1", "2"}},
               {"ncsims", Kind::count, "50", "simulations, whose median is the noise ceiling"},
               {"ncconds", Kind::count, "50", "conditions in each simulation"},
               {"nctrials", Kind::count, "0",
                "trials averaged in the noise ceiling; 0 stands for those of the data"},
               {"scs", Kind::reals, "",
                "scales to choose from with mode 0; without it 0, 0.1 ... 2"},
               {"simchunk", Kind::count, "50",
                "simulations or random splits between looks at the robustness"},
               {"simthresh", Kind::real, "10",
                "robustness that is enough: medians over about their standard errors"},
               {"maxsimnum", Kind::count, "1000",
                "no new chunk is begun from so many simulations on"},
               {"seed", Kind::count, "0", "draws depend on it alone"},
           }},
          {"Estimate (names and defaults of GSN, save zero_variance)",
           in_a_row(
               {shrinkage_options(),
                {
                    {"uneven",
                     Kind::choice,
                     "fast",
                     "which responses count where NaN says that some were lost (mode 1 and 2 "
                     "only): fast takes the trials in which no unit is missing, missing takes for "
                     "each pair of units the trials that both have, reference is fast",
                     {"fast", "missing", "reference"}},
                    zero_variance_option(),
                }})},
          {"Levels, beyond GSN", level_options()},
          machine_group(),
          common_options(),
      },
      "input"};
}

struct CeilingRequest : ResponseRequest {
  io::NoiseCeilingMatrices matrices;
  gsn::NoiseCeilingOptions options;
};

gsn::NoiseCeilingOptions ceiling_options(OptionValues const& values)
{
  gsn::NoiseCeilingOptions options;
  std::string const mode = values.text("mode");
  options.scale_rule = mode == "0"   ? gsn::ScaleRule::matched
                       : mode == "1" ? gsn::ScaleRule::one
                                     : gsn::ScaleRule::variance;
  std::string const split_mode = values.text("splitmode");
  options.split_sizes = split_mode == "0"   ? gsn::SplitSizes::half
                        : split_mode == "1" ? gsn::SplitSizes::powers_of_two
                                            : gsn::SplitSizes::quarter_and_half;
  KOVAR_REQUIRE(mode == "0" || (!values.is_given("scs") && !values.is_given("splitmode")),
                "gsn noise-ceiling: --mode=" << mode
                                             << " looks neither at scs nor at splitmode "
                                                "(only mode 0 compares reliabilities); leave them "
                                                "away");
  options.n_simulations = values.count("ncsims");
  options.n_conditions = values.count("ncconds");
  options.n_trials = values.count("nctrials");
  if (values.is_given("scs")) options.scales = values.reals("scs");
  options.chunk_size = values.count("simchunk");
  options.robustness = values.real("simthresh");
  options.max_simulations = values.count("maxsimnum");
  options.seed = static_cast<std::uint64_t>(values.count("seed"));
  read_estimate(values, options.estimate);
  options.estimate.returns = {};
  read_levels("gsn noise-ceiling", values, options.estimate);
  return options;
}

CeilingRequest ceiling_request(OptionValues const& values)
{
  CeilingRequest request;
  static_cast<ResponseRequest&>(request) = response_request("gsn noise-ceiling", values);
  require_different_files("gsn noise-ceiling", request.input,
                          {{"output", request.output}, {"json", request.json}});
  auto const returns = values.choices("returns");
  auto const wants = [&](char const* name) {
    return std::find(returns.begin(), returns.end(), name) != returns.end();
  };
  request.matrices = {wants("cSb_rsa"), wants("cSb"), wants("cNb")};
  request.options = ceiling_options(values);
  request.options.returns_signal_covariance = request.matrices.scaled_signal;
  return request;
}

template <class ExecSpace>
std::string ceiling_table(Run const& run, CeilingRequest const& request,
                          io::ResponseDataset const& shape,
                          gsn::NoiseCeiling<double, ExecSpace> const& ceiling,
                          std::vector<PhaseTime> const& phases, double total_seconds)
{
  SummaryTable table;
  table.heading("Noise ceiling of RSA of " + request.input + ":" + request.dataset);
  table.line("units (N)", shape.n_units);
  table.line("conditions (C)", shape.n_conditions);
  table.line("trials (T)", shape.n_trials);
  table.line("noise ceiling, median of " + std::to_string(ceiling.values.size()) + " simulations",
             ceiling.noise_ceiling);
  table.line("trials averaged in it", ceiling.n_trials);
  table.line("scale of the signal covariance", ceiling.scale);
  for (std::size_t k = 0; k < ceiling.split_sizes.size(); ++k) {
    table.line("reliability of the data, " + std::to_string(ceiling.n_splits[k]) +
                   " splits of size " + std::to_string(ceiling.split_sizes[k]),
               ceiling.data_reliability[k]);
    auto const best = std::find(ceiling.scales.begin(), ceiling.scales.end(), ceiling.scale);
    auto const row = static_cast<std::size_t>(best - ceiling.scales.begin());
    table.line("  of the model, " + std::to_string(ceiling.n_model_simulations) + " simulations",
               ceiling.model_reliability[row * ceiling.split_sizes.size() + k]);
  }
  table.line("noise ceiling SNR (ncsnr), median", median(ceiling.estimate.noise_ceiling_snr));
  table.heading("Time");
  table.phases(phases, total_seconds);
  table.heading("Run");
  table.line("space", run.space + ", " + std::to_string(run.threads) + " threads x " +
                          std::to_string(run.ranks) + (run.ranks == 1 ? " rank" : " ranks"));
  table.line("results", request.output);
  if (!request.json.empty()) table.line("record", request.json);
  return table.text();
}

template <class ExecSpace>
nlohmann::ordered_json ceiling_record(Run const& run, CeilingRequest const& request,
                                      io::ResponseDataset const& shape,
                                      gsn::NoiseCeiling<double, ExecSpace> const& ceiling,
                                      std::vector<PhaseTime> const& phases, double total_seconds,
                                      std::int64_t peak_bytes)
{
  auto record = record_of(run, phases, total_seconds, peak_bytes);
  record["input"] = request.input;
  record["dataset"] = request.dataset;
  record["shape"] = {
      {"units", shape.n_units}, {"conditions", shape.n_conditions}, {"trials", shape.n_trials}};
  record["results"] = {{"noise_ceiling", ceiling.noise_ceiling},
                       {"scale", ceiling.scale},
                       {"split_sizes", ceiling.split_sizes},
                       {"data_reliability", ceiling.data_reliability},
                       {"n_model_simulations", ceiling.n_model_simulations},
                       {"scales", ceiling.scales},
                       {"fits", ceiling.fits}};
  record["warnings"] = ceiling.warnings;
  for (gsn::Warning const& warning : distinct(ceiling.estimate.warnings))
    record["warnings"].push_back(gsn::name_of(warning.code) + ": " + warning.message);
  return record;
}

template <class ExecSpace>
void find_and_report(Context const& context, OptionValues const& values,
                     CeilingRequest const& request, ExecSpace const& space)
{
  Kokkos::Timer const since_start;
  dist::Communicator const& comm = context.comm;
  Run const run =
      describe_run(context, "gsn noise-ceiling", request.space, host_threads<ExecSpace>());
  io::ResponseDataset const shape =
      io::inspect_responses(comm, request.input, request.dataset, request.order);
  Kokkos::Timer timer;
  PlacedResponses<double, ExecSpace> const responses(
      space, io::read_responses<double>(comm, request.input, request.dataset, request.order));
  std::vector<PhaseTime> phases = {{"read", timer.seconds()}};

  gsn::NoiseCeilingOptions options = request.options;
  std::optional<ProgressBar> bar;
  if (request.talks && comm.is_root() && ProgressBar::has_terminal()) {
    bar.emplace();
    options.progress = [&bar](Progress const& progress) { bar->show(progress); };
  }
  auto const ceiling = gsn::rsa_noise_ceiling<double, ExecSpace>(space, comm, responses.cube(),
                                                                 shape.n_conditions, options);
  bar.reset();
  phases.insert(phases.end(), ceiling.phases.begin(), ceiling.phases.end());
  comm.barrier();  // a rank that failed alone ends all of them here, before there is a result file

  timer.reset();
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(request.output)));
    io::write_noise_ceiling(request.output, ceiling, request.matrices, provenance_of(run, values));
  });
  phases.push_back({"write", timer.seconds()});
  double const total_seconds = since_start.seconds();
  std::int64_t const peak_bytes = peak_memory_bytes(comm);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    auto const record =
        ceiling_record(run, request, shape, ceiling, phases, total_seconds, peak_bytes);
    if (!request.json.empty()) write_json(request.json, record);
    if (request.talks)
      std::cout << ceiling_table(run, request, shape, ceiling, phases, total_seconds) << std::flush;
    for (std::string const warning : record["warnings"])
      std::cerr << "kovar: warning: " << warning << '\n';
  });
}

int run_noise_ceiling(Context const& context, OptionValues const& given)
{
  OptionValues values = given;
  CeilingRequest request;
  dist::agree(context.comm, [&] {
    request = ceiling_request(values);
    if (!context.comm.is_root()) return;
    io::require_writable(request.output);
    if (!request.json.empty()) io::require_writable(request.json);
  });
  settle_dataset(context.comm, "gsn noise-ceiling", values, request);
  with_space(request.space,
             [&](auto const& space) { find_and_report(context, values, request, space); });
  return exit_done;
}

}  // namespace

Command gsn_noise_ceiling()
{
  return {
      "gsn noise-ceiling",
      "how well a perfect model could do in representational similarity analysis",
      "Estimates signal and noise covariance as 'gsn estimate' does, scales the signal until "
      "simulated dissimilarity matrices (RDMs, correlation distance) are as reliable as measured "
      "ones, and gives the median correlation of simulated RDMs without and with noise. The same "
      "seed gives the same draws on any number of ranks and threads.",
      {"kovar gsn noise-ceiling data.h5 --output=ceiling.h5",
       "kovar gsn noise-ceiling data.h5 --output=ceiling.h5 --splitmode=1 --ncsims=500 --seed=7",
       "kovar gsn noise-ceiling data.h5 --output=ceiling.h5 --mode=1 --nctrials=1 "
       "--returns=cSb_rsa",
       "mpirun -n 4 kovar gsn noise-ceiling data.h5 --output=ceiling.h5 --simthresh=50"},
      noise_ceiling_options(),
      Needs::kokkos,
      run_noise_ceiling};
}

}  // namespace kovar::apps
