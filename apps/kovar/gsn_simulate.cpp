// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/gsn/simulate.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/result_file.hpp>
#include <support/exit_code.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iostream>

namespace kovar::apps {
namespace {

OptionTable simulate_options()
{
  using Kind = OptionKind;
  return {{
      {"Data",
       {
           {"output", Kind::file, required,
            "HDF5 file: /even (the responses), /test (other noise on the same signal), /truth"},
           {"units", Kind::count, "100", "number of units"},
           {"conditions", Kind::count, "100", "number of conditions"},
           {"trials", Kind::count, "3", "number of trials"},
           {"seed", Kind::count, "0", "the numbers depend on it and the options alone"},
       }},
      {"Truth",
       {
           {"signal_decay", Kind::real, "1", "eigenvalue k of the signal covariance is 1 / k^X"},
           {"noise_decay", Kind::real, "1", "the same for the noise"},
           {"noise_multiplier", Kind::real, "1", "factor on the eigenvalues of the noise"},
           {"alignment", Kind::real, "0",
            "of the leading axes of signal and noise: 1 aligned, 0 orthogonal"},
           {"aligned", Kind::count, "10",
            "number of these leading axes, at most the number of units"},
       }},
      common_options(),
  }};
}

gsn::SimulationOptions simulation_options(OptionValues const& values)
{
  gsn::SimulationOptions options;
  options.n_units = values.count("units");
  options.n_conditions = values.count("conditions");
  options.n_trials = values.count("trials");
  options.signal_decay = values.real("signal_decay");
  options.noise_decay = values.real("noise_decay");
  options.noise_multiplier = values.real("noise_multiplier");
  options.alignment = values.real("alignment");
  options.n_aligned = values.count("aligned");
  if (!values.is_given("aligned")) options.n_aligned = std::min(options.n_aligned, options.n_units);
  options.seed = static_cast<std::uint64_t>(values.count("seed"));
  return options;
}

std::string simulate_table(gsn::SimulationOptions const& options, std::string const& output,
                           std::vector<PhaseTime> const& phases, double total_seconds)
{
  SummaryTable table;
  table.heading("Simulated responses");
  table.line("units (N)", options.n_units);
  table.line("conditions (C)", options.n_conditions);
  table.line("trials (T)", options.n_trials);
  table.line("seed", static_cast<std::int64_t>(options.seed));
  table.line("file", output);
  table.heading("Time");
  table.phases(phases, total_seconds);
  return table.text();
}

/// On rank 0 alone.
void simulate_here(Run const& run, OptionValues const& values)
{
  Kokkos::Timer const since_start;
  Kokkos::Timer timer;
  std::string const output = values.text("output");
  std::string const json = values.text("json");
  KOVAR_REQUIRE(json != output, "gsn simulate: --json and --output are the same file '"
                                    << json << "'; give two paths");
  io::require_writable(output);
  if (!json.empty()) io::require_writable(json);

  gsn::SimulationOptions const options = simulation_options(values);
  gsn::Simulation const simulation = gsn::simulate(options);
  std::vector<PhaseTime> phases = {{"simulate", timer.seconds()}};
  timer.reset();
  {
    RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
    io::write_simulation(output, simulation, provenance_of(run, values));
  }
  phases.push_back({"write", timer.seconds()});

  double const total_seconds = since_start.seconds();
  if (!json.empty()) {
    auto record = record_of(run, phases, total_seconds, peak_memory_bytes(dist::Communicator()));
    record["shape"] = {{"units", options.n_units},
                       {"conditions", options.n_conditions},
                       {"trials", options.n_trials}};
    record["warnings"] = simulation.warnings;
    write_json(json, record);
  }
  if (!values.flag("quiet"))
    std::cout << simulate_table(options, output, phases, total_seconds) << std::flush;
  for (std::string const& warning : simulation.warnings)
    std::cerr << "kovar: warning: " << warning << '\n';
}

int run_simulate(Context const& context, OptionValues const& values)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Run const run = describe_run(context, "gsn simulate", space_name<Space>(),
                               static_cast<int>(Space().concurrency()));
  dist::agree(context.comm, [&] {
    if (context.comm.is_root()) simulate_here(run, values);
  });
  return exit_done;
}

}  // namespace

Command gsn_simulate()
{
  return {
      "gsn simulate",
      "responses with known signal and noise covariance",
      "Draws Gaussian signal and noise with eigenvalues that decay by a power law, and writes the "
      "responses with the truth behind them. One rank does the work, however many there are.",
      {"kovar gsn simulate --output=sim.h5 --units=1000 --conditions=200 --trials=3",
       "kovar gsn simulate --output=sim.h5 --alignment=1 --aligned=5 --noise-multiplier=2 "
       "--seed=7"},
      simulate_options(),
      Needs::kokkos,
      run_simulate};
}

}  // namespace kovar::apps
