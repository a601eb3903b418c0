// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "headed_samples.hpp"
#include "prediction_report.hpp"
#include "response_request.hpp"
#include "table_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>
#include <kovar/linalg/symmetric_batch.hpp>
#include <kovar/spectral/headed_model.hpp>
#include <support/exit_code.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <iostream>
#include <utility>

namespace kovar::apps {
namespace {

OptionTable predict_options()
{
  using Kind = OptionKind;
  return {{
              {"Data", in_a_row({table_options("CSV or HDF5 table with the model's columns"),
                                 {missing_option(),
                                  {"model", Kind::file, required, "file of 'kovar spectral train'"},
                                  {"output", Kind::file, required,
                                   "predictions: HDF5, or CSV if the name ends in .csv"}}})},
              {"Machine", space_options()},
              common_options(),
          },
          "data"};
}

/// What the heads give for every sample, in units of the model; each rank evaluates its share.
template <class ExecSpace>
std::vector<std::vector<double>> evaluate_samples(ExecSpace const& space,
                                                  dist::Communicator const& comm,
                                                  io::SavedModel const& saved,
                                                  HeadedSamples const& samples)
{
  spectral::HeadedModel<double, ExecSpace> const model =
      spectral::make_headed_model<double>(space, saved.order(), saved.n_features(), saved.k);
  auto const upload = [&](std::vector<double> const& from, auto const& to) {
    Kokkos::deep_copy(space, Vector<double, ExecSpace>(to.data(), to.size()),
                      HostListView<double const>(from.data(), from.size()));
  };
  upload(saved.diagonals, model.diagonals);
  upload(saved.coefficients, model.coefficients);

  dist::Blocks const blocks{samples.n_rows(), comm.size()};
  std::int64_t const begin = blocks.begin(comm.rank());
  std::int64_t const n = blocks.size(comm.rank());
  std::int64_t const p = saved.n_features();
  auto const x = allocate<spectral::Rows<double, ExecSpace>>(space, "kovar::apps::features", n, p);
  Kokkos::deep_copy(
      space, Vector<double, ExecSpace>(x.data(), x.size()),
      HostListView<double const>(samples.x.data() + begin * p, static_cast<std::size_t>(n * p)));
  auto const values =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::apps::predictions", n, saved.n_heads());
  spectral::evaluate(space, model, linalg::ConstRows<double, ExecSpace>(x), values);
  auto const mine = to_list(space, Vector<double, ExecSpace>(values.data(), values.size()));
  std::vector<std::int64_t> counts;
  for (int rank = 0; rank < comm.size(); ++rank) counts.push_back(blocks.size(rank));
  std::vector<std::vector<double>> all;
  for (std::int64_t h = 0; h < saved.n_heads(); ++h) {
    all.emplace_back(samples.rows.size());
    comm.gather_to_all(mine.data() + h * n, counts, all.back().data());
  }
  return all;
}

io::Predictions in_units(io::SavedModel const& model, HeadedSamples const& samples,
                         std::vector<std::vector<double>> const& values)
{
  io::Predictions predictions;
  predictions.rows = samples.rows;
  for (std::size_t h = 0; h < values.size(); ++h) {
    bool const has_target = !model.targets.empty();
    io::Prediction prediction;
    prediction.column = has_target           ? model.targets[h].column
                        : values.size() == 1 ? "value"
                                             : "value_" + std::to_string(h + 1);
    for (double const value : values[h])
      prediction.values.push_back(has_target ? model.targets[h].to_units(value) : value);
    for (double const y : samples.y[h]) prediction.target.push_back(model.targets[h].to_units(y));
    predictions.heads.push_back(std::move(prediction));
  }
  return predictions;
}

int run_predict(Context const& context, OptionValues const& values)
{
  dist::Communicator const& comm = context.comm;
  Kokkos::Timer const since_start;
  std::string const output = values.text("output");
  std::string space_name_chosen;
  TableRequest request;
  dist::agree(comm, [&] {
    request = table_request("spectral predict", values);
    space_name_chosen =
        choose_space("spectral predict", values.text("backend"), values.text("device"));
    std::string const json = values.text("json");
    for (std::string const& input : {request.path, values.text("model")})
      require_different_files("spectral predict", input, {{"output", output}, {"json", json}});
    if (!comm.is_root()) return;
    io::require_writable(output);
    if (!json.empty()) io::require_writable(json);
  });
  io::SavedModel model;
  dist::agree(comm, [&] { model = io::read_model(values.text("model")); });
  io::Table const table = io::read_table(comm, request.path, request.options);
  HeadedSamples samples;
  dist::agree(comm, [&] {
    samples = new_samples({model.features, model.targets, model.n_heads()}, table,
                          missing_request(values));
  });
  double const read_seconds = since_start.seconds();

  with_space(space_name_chosen, [&](auto const& space) {
    using Space = std::decay_t<decltype(space)>;
    Run const run =
        describe_run(context, "spectral predict", space_name<Space>(), host_threads<Space>());
    io::Predictions const predictions =
        in_units(model, samples, evaluate_samples(space, comm, model, samples));
    double const evaluate_seconds = since_start.seconds() - read_seconds;
    std::int64_t const peak = peak_memory_bytes(comm);
    dist::agree(comm, [&] {
      if (!comm.is_root()) return;
      {
        RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
        io::write_predictions(output, predictions, provenance_of(run, values));
      }
      std::vector<PhaseTime> const phases = {
          {"read", read_seconds},
          {"evaluate", evaluate_seconds},
          {"write", since_start.seconds() - read_seconds - evaluate_seconds}};
      SummaryTable summary;
      summary.heading("Predictions of " + columns_of(predictions));
      summary.line("rows", samples.n_rows());
      summary.line("rows left out", table.n_rows - samples.n_rows());
      add_errors(predictions, summary);
      summary.line("file", output);
      summary.heading("Time");
      summary.phases(phases, since_start.seconds());
      if (!values.flag("quiet")) std::cout << summary.text() << std::flush;
      if (values.text("json").empty()) return;
      auto record = record_of(run, phases, since_start.seconds(), peak);
      record["rows"] = samples.n_rows();
      add_errors(predictions, record);
      write_json(values.text("json"), record);
    });
  });
  return exit_done;
}

}  // namespace

Command spectral_predict()
{
  return {
      "spectral predict",
      "values of a k-th-eigenvalue model for the rows of a table",
      "Applies a trained model to new rows. Columns are found by their names, and treated as the "
      "training rows were; where the table has the target too, the error is told. A model of "
      "several targets predicts each. Ranks share the rows.",
      {"kovar spectral predict new.csv --model=model.h5 -o predictions.csv",
       "mpirun -n 4 kovar spectral predict new.h5 --model=model.h5 -o predictions.h5"},
      predict_options(),
      Needs::kokkos,
      run_predict};
}

}  // namespace kovar::apps
