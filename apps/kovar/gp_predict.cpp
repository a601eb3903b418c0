// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "gp_over_ranks.hpp"
#include "gp_plan.hpp"
#include "gp_predictions.hpp"
#include "prediction_report.hpp"
#include "product_rate.hpp"
#include "response_request.hpp"
#include "table_request.hpp"

#include <kovar/core/error.hpp>
#include <kovar/io/gp_model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>
#include <support/exit_code.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/summary_table.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <iostream>
#include <utility>

namespace kovar::apps {
namespace {

OptionTable predict_options()
{
  using Kind = OptionKind;
  return {{
              {"Data", in_a_row({{{"model", Kind::file, required, "file of 'kovar gp fit'"}},
                                 table_options("CSV or HDF5 table with the model's columns"),
                                 {missing_option(),
                                  {"output", Kind::file, required,
                                   "predictions: HDF5, or CSV if the name ends in .csv"}}})},
              {"Machine", in_a_row({space_options(), {matrix_sharing_option()}})},
              common_options(),
          },
          "data"};
}

/// The samples of this rank, and how many each rank has.
struct Share {
  std::vector<double> x;
  std::vector<double> variance;
  std::vector<std::int64_t> counts;
};

Share share_of(dist::Communicator const& comm, io::SavedProcess const& process,
               HeadedSamples const& samples)
{
  dist::Blocks const blocks{samples.n_rows(), comm.size()};
  Share share;
  for (int rank = 0; rank < comm.size(); ++rank) share.counts.push_back(blocks.size(rank));
  auto const part = [&](std::vector<double> const& list, std::int64_t width) {
    auto const begin = list.begin() + blocks.begin(comm.rank()) * width;
    return std::vector<double>(begin, begin + blocks.size(comm.rank()) * width);
  };
  share.x = part(samples.x, samples.n_features);
  if (!samples.carried.empty()) share.variance = part(model_variances(process, samples.carried), 1);
  return share;
}

/// Predictions of all samples, in units of the model; each rank finds its share.
template <class Scalar, class ExecSpace>
RowPredictions predict_samples(ExecSpace const& space, dist::Communicator const& comm,
                               io::SavedProcess const& process, HeadedSamples const& samples)
{
  Share const share = share_of(comm, process, samples);
  RowPredictions mine;
  dist::agree(comm, [&] {
    auto const posterior = posterior_of<Scalar>(space, process);
    mine = predict_rows<Scalar>(space, posterior, share.x, share.variance);
  });
  auto const gather = [&](std::vector<double>& list) {
    std::vector<double> all(samples.rows.size());
    comm.gather_to_all(list.data(), share.counts, all.data());
    list = std::move(all);
  };
  for (auto& mean : mine.mean) gather(mean);
  gather(mine.latent_deviation);
  gather(mine.observed_deviation);
  double n_clamped = static_cast<double>(mine.n_clamped);
  comm.sum_to_all(&n_clamped, 1);
  mine.n_clamped = static_cast<std::int64_t>(n_clamped);
  return mine;
}

/// The same where the ranks share the matrix, and all samples are predicted together.
template <class Scalar>
RowPredictions predict_over_ranks(dist::Communicator const& comm, io::SavedProcess const& process,
                                  HeadedSamples const& samples)
{
  std::vector<double> variance;
  if (!samples.carried.empty()) variance = model_variances(process, samples.carried);
  auto const posterior = posterior_over_ranks_of<Scalar>(comm, process);
  return predict_rows<Scalar>(dist::Host(), posterior, samples.x, variance);
}

/// As the plan says.
template <class Scalar, class ExecSpace>
RowPredictions predict_as_planned(ExecSpace const& space, dist::Communicator const& comm,
                                  MatrixPlan const& plan, io::SavedProcess const& process,
                                  HeadedSamples const& samples)
{
  return plan.over_ranks ? predict_over_ranks<Scalar>(comm, process, samples)
                         : predict_samples<Scalar>(space, comm, process, samples);
}

io::Predictions in_units(io::SavedProcess const& process, HeadedSamples const& samples,
                         RowPredictions const& found)
{
  io::Predictions predictions;
  predictions.rows = samples.rows;
  std::string const unit = "unit of the target";
  for (std::size_t t = 0; t < process.targets.size(); ++t) {
    io::ColumnTransform const& target = process.targets[t];
    auto const& mean = found.mean[t];
    auto const& observed = found.observed_deviation;
    io::Prediction prediction;
    prediction.column = target.column;
    prediction.values = quantiles_in_units(target, mean, observed, 0);
    for (double const y : samples.y[t]) prediction.target.push_back(target.to_units(y));
    prediction.more = {
        {"sd_latent", unit, deviations_in_units(target, mean, found.latent_deviation)},
        {"sd", unit, deviations_in_units(target, mean, observed)},
        {"lower_95", unit, quantiles_in_units(target, mean, observed, -normal_95)},
        {"upper_95", unit, quantiles_in_units(target, mean, observed, normal_95)}};
    predictions.heads.push_back(std::move(prediction));
  }
  return predictions;
}

// True if the model knows the noise of each row and the table does not.
bool lacks_known_noise(io::SavedProcess const& process, HeadedSamples const& samples)
{
  return !process.noise_column.empty() && samples.carried.empty() && samples.n_rows() > 0;
}

int run_predict(Context const& context, OptionValues const& values)
{
  dist::Communicator const& comm = context.comm;
  Kokkos::Timer const since_start;
  std::string const output = values.text("output");
  std::string space_name_chosen;
  TableRequest request;
  dist::agree(comm, [&] {
    request = table_request("gp predict", values);
    space_name_chosen = choose_space("gp predict", values.text("backend"), values.text("device"));
    std::string const json = values.text("json");
    for (std::string const& input : {request.path, values.text("model")})
      require_different_files("gp predict", input, {{"output", output}, {"json", json}});
    if (!comm.is_root()) return;
    io::require_writable(output);
    if (!json.empty()) io::require_writable(json);
  });
  io::SavedProcess process;
  dist::agree(comm, [&] { process = io::read_process(values.text("model")); });
  io::Table const table = io::read_table(comm, request.path, request.options);
  HeadedSamples samples;
  dist::agree(comm, [&] {
    samples = new_samples({process.features, process.targets, process.n_targets()}, table,
                          missing_request(values), process.noise_column);
  });
  double const read_seconds = since_start.seconds();

  with_space(space_name_chosen, [&](auto const& space) {
    using Space = std::decay_t<decltype(space)>;
    Run const run = describe_run(context, "gp predict", space_name<Space>(), host_threads<Space>());
    MatrixPlan const plan = plan_matrices(
        comm, "gp predict", matrix_sharing(values),
        prediction_costs(size_of(process), samples.n_rows(), comm.size(), product_rate(comm)),
        is_host_space<Space>, "predict with a model of fewer rows");
    if (comm.is_root() && !values.flag("quiet") && comm.size() > 1)
      std::cerr << plan_line(plan, comm.size(), "") << std::endl;  // no result
    RowPredictions const found =
        process.is_single_precision
            ? predict_as_planned<float>(space, comm, plan, process, samples)
            : predict_as_planned<double>(space, comm, plan, process, samples);
    io::Predictions const predictions = in_units(process, samples, found);
    double const predict_seconds = since_start.seconds() - read_seconds;
    std::int64_t const peak = peak_memory_bytes(comm);
    dist::agree(comm, [&] {
      if (!comm.is_root()) return;
      {
        RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
        io::write_predictions(output, predictions, provenance_of(run, values));
      }
      std::vector<PhaseTime> const phases = {
          {"read", read_seconds},
          {"predict", predict_seconds},
          {"write", since_start.seconds() - read_seconds - predict_seconds}};
      SummaryTable summary;
      summary.heading("Predictions of " + columns_of(predictions));
      summary.line("rows", samples.n_rows());
      summary.line("rows left out", table.n_rows - samples.n_rows());
      add_errors(predictions, summary);
      summary.line("file", output);
      summary.heading("Time");
      summary.phases(phases, since_start.seconds());
      if (!values.flag("quiet")) std::cout << summary.text() << std::flush;
      if (lacks_known_noise(process, samples))
        std::cerr << "kovar: warning: the table has no column '" << process.noise_column
                  << "': sd and bounds leave the known noise out" << std::endl;
      if (found.n_clamped > 0)
        std::cerr << "kovar: warning: " << found.n_clamped
                  << " variances were below what rounding can tell from 0, and were raised to that"
                  << std::endl;
      if (values.text("json").empty()) return;
      auto record = record_of(run, phases, since_start.seconds(), peak);
      record["plan"] = plan_record(plan);
      record["rows"] = samples.n_rows();
      record["clamped_variances"] = found.n_clamped;
      add_errors(predictions, record);
      write_json(values.text("json"), record);
    });
  });
  return exit_done;
}

}  // namespace

Command gp_predict()
{
  return {
      "gp predict",
      "mean and standard deviation of a Gaussian process for the rows of a table",
      "Predicts new rows: prediction is the mean, sd_latent the standard deviation of the "
      "function, "
      "sd that of an observation with its noise, lower_95 and upper_95 hold 95 % of observations, "
      "all in units of the target. Of a logged target prediction is the median and the standard "
      "deviations are those of log-normal distributions. Where the table has the model's column of "
      "known noise it counts. Columns are found by their names, and treated as the training rows "
      "were; where the table has the target too, the error is told. Ranks share the rows, or the "
      "matrix (--matrices=ranks).",
      {"kovar gp predict new.csv --model=model.h5 -o predictions.csv",
       "mpirun -n 4 kovar gp predict new.h5 --model=model.h5 -o predictions.h5"},
      predict_options(),
      Needs::kokkos,
      run_predict};
}

}  // namespace kovar::apps
