// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "gp_fit_report.hpp"
#include "gp_predictions.hpp"
#include "response_request.hpp"

#include <kovar/io/gp_model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <utility>

namespace kovar::apps {
namespace {

OptionTable loo_options()
{
  using Kind = OptionKind;
  return {
      {
          {"Model",
           {{"model", Kind::file, required, "file of 'kovar gp fit'"},
            {"output", Kind::file, "",
             "predictions of each row from all others: HDF5, or CSV if the name ends in .csv"}}},
          {"Machine", space_options()},
          common_options(),
      },
      "model"};
}

io::Predictions predictions_of(io::SavedProcess const& process, io::SavedPredictions const& part)
{
  io::Predictions predictions;
  predictions.rows = part.rows;
  auto const m = static_cast<std::ptrdiff_t>(part.rows.size());
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    auto const of_target = [&](std::vector<double> const& list) {
      auto const begin = list.begin() + static_cast<std::ptrdiff_t>(t) * m;
      return std::vector<double>(begin, begin + m);
    };
    io::Prediction prediction;
    prediction.column = process.targets[t].column;
    prediction.values = of_target(part.mean);
    prediction.target = of_target(part.target);
    prediction.more = {{"sd", "unit of the target", of_target(part.deviation)},
                       {"log_density", "nat, standardised target", of_target(part.log_density)},
                       {"standardised_residual", "1", of_target(part.standardised)}};
    predictions.heads.push_back(std::move(prediction));
  }
  return predictions;
}

/// The part of the rows that lies within so many standard deviations.
double share_within(io::SavedPredictions const& part, std::size_t target, double limit)
{
  auto const m = static_cast<std::ptrdiff_t>(part.rows.size());
  auto const begin = part.standardised.begin() + static_cast<std::ptrdiff_t>(target) * m;
  auto const n = std::count_if(begin, begin + m, [&](double z) { return std::abs(z) <= limit; });
  return static_cast<double>(n) / static_cast<double>(m);
}

void add_target(io::SavedProcess const& process, io::SavedPredictions const& part, std::size_t t,
                SummaryTable& table)
{
  PredictionScore const score = score_of(part, t);
  auto const n = static_cast<double>(part.rows.size());
  table.line("target", process.targets[t].column);
  table.line("rows", process.n_rows());
  table.line("log density, sum (standardised target)", format_number(n * score.log_density, 8));
  table.line("log density, mean", format_number(score.log_density, 8));
  table.line("RMSE", score.rmse);
  table.line("within 1 standard deviation (68 %)",
             format_number(100 * share_within(part, t, 1), 3) + " %");
  table.line("within 1.96 standard deviations (95 %)",
             format_number(100 * share_within(part, t, normal_95), 3) + " %");
}

std::string table_of(io::SavedProcess const& process, io::SavedPredictions const& part)
{
  SummaryTable table;
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    table.heading("Each row predicted from all others");
    add_target(process, part, t, table);
  }
  return table.text();
}

nlohmann::ordered_json record_of_targets(io::SavedProcess const& process,
                                         io::SavedPredictions const& part)
{
  nlohmann::ordered_json record;
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    PredictionScore const score = score_of(part, t);
    record[process.targets[t].column] = {
        {"log_density_sum", static_cast<double>(part.rows.size()) * score.log_density},
        {"log_density", score.log_density},
        {"rmse", score.rmse},
        {"within_1_sd", share_within(part, t, 1)},
        {"within_95", share_within(part, t, normal_95)}};
  }
  return record;
}

int run_loo(Context const& context, OptionValues const& values)
{
  dist::Communicator const& comm = context.comm;
  Kokkos::Timer const since_start;
  std::string const path = values.text("model");
  std::string const output = values.text("output");
  std::string const json = values.text("json");
  std::string chosen;
  dist::agree(comm, [&] {
    chosen = choose_space("gp loo", values.text("backend"), values.text("device"));
    require_different_files("gp loo", path, {{"output", output}, {"json", json}});
    if (!comm.is_root()) return;
    if (!output.empty()) io::require_writable(output);
    if (!json.empty()) io::require_writable(json);
  });
  io::SavedProcess process;
  dist::agree(comm, [&] { process = io::read_process(path); });
  with_space(chosen, [&](auto const& space) {
    using Space = std::decay_t<decltype(space)>;
    Run const run = describe_run(context, "gp loo", space_name<Space>(), host_threads<Space>());
    io::SavedPredictions part;
    dist::agree(comm, [&] {
      if (!comm.is_root()) return;
      part = process.is_single_precision ? leave_one_out_of<float>(space, process)
                                         : leave_one_out_of<double>(space, process);
    });
    std::int64_t const peak = peak_memory_bytes(comm);
    dist::agree(comm, [&] {
      if (!comm.is_root()) return;
      if (!output.empty()) {
        RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
        io::write_predictions(output, predictions_of(process, part), provenance_of(run, values));
      }
      if (!values.flag("quiet")) std::cout << table_of(process, part) << std::flush;
      if (json.empty()) return;
      auto record = record_of(run, {}, since_start.seconds(), peak);
      record["rows"] = process.n_rows();
      record["leave_one_out"] = record_of_targets(process, part);
      write_json(json, record);
    });
  });
  return exit_done;
}

}  // namespace

Command gp_loo()
{
  return {"gp loo",
          "how well a Gaussian process predicts each of its rows from all others",
          "Leave-one-out predictions in closed form, without another fit: mean, standard "
          "deviation, log "
          "density and standardised residual of each training row, and their scores. Residuals in "
          "units "
          "of the standard deviation that are often beyond 2 tell of outliers or of a noise that "
          "is too "
          "small.",
          {"kovar gp loo model.h5", "kovar gp loo model.h5 -o loo.csv --json=loo.json"},
          loo_options(),
          Needs::kokkos,
          run_loo};
}

}  // namespace kovar::apps
