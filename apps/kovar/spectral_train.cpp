// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "headed_samples.hpp"
#include "sample_views.hpp"
#include "spectral_train_report.hpp"
#include "spectral_train_request.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/model_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/spectral/training.hpp>
#include <support/exit_code.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/status_line.hpp>
#include <support/stop_rule.hpp>

#include <cmath>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>

namespace kovar::apps {
namespace {

/// What one run is made of.
struct Job {
  Context const& context;
  OptionValues const& values;
  TrainRequest const& request;
  PreparedHeads const& samples;
  Kokkos::Timer const& since_start;
};

/// What a checkpoint belongs to: all options that change the result, and the samples.
io::Fingerprint fingerprint_of_training(Job const& job)
{
  io::Fingerprint fingerprint = {{"version of kovar", KOVAR_VERSION}};
  for (char const* name :
       {"order", "k", "norm_penalty", "storage", "seed", "epochs", "batch", "optimizer",
        "learning_rate", "weight_decay", "schedule", "patience", "shuffle_batches", "precision"})
    fingerprint.emplace_back(name, job.values.text(name));
  fingerprint.emplace_back("number of targets", std::to_string(job.samples.targets.size()));
  fingerprint.emplace_back("hash of the samples", std::to_string(hash_of(job.samples)));
  return fingerprint;
}

/// The curves as one line: epoch, errors and the time that is left at most.
/// \param n_before  epochs that an earlier run did
std::string curve_line(spectral::EpochRecord const& epoch, std::int64_t n_epochs,
                       std::int64_t n_before, double seconds)
{
  auto const n_done = static_cast<double>(epoch.epoch + 1 - n_before);
  double const left = seconds / n_done * static_cast<double>(n_epochs - epoch.epoch - 1);
  char line[160];
  std::snprintf(line, sizeof line,
                "epoch %lld of %lld   train %.4f   validation %.4f   %.0f s left",
                static_cast<long long>(epoch.epoch + 1), static_cast<long long>(n_epochs),
                epoch.train_rmse, epoch.validation_rmse, left);
  return line;
}

template <class Scalar, class ExecSpace>
io::SavedModel saved_model(ExecSpace const& space, Job const& job,
                           spectral::TrainableHeads<Scalar, ExecSpace> const& heads,
                           spectral::TrainingResult const& result)
{
  io::SavedModel saved;
  saved.k = heads.k;
  for (auto const& diagonal : heads.diagonals)
    for (Scalar const mu : spectral::entries_of(diagonal)) saved.diagonals.push_back(mu);
  for (Scalar const a : to_list(
           space, Vector<Scalar, ExecSpace>(heads.coefficients.data(), heads.coefficients.size())))
    saved.coefficients.push_back(a);
  saved.features = job.samples.features;
  saved.targets = job.samples.targets;
  for (spectral::EpochRecord const& epoch : result.history)
    saved.curves.learning_rate.push_back(epoch.learning_rate);
  for (std::size_t h = 0; h < heads.k.size(); ++h)
    for (spectral::EpochRecord const& epoch : result.history) {
      saved.curves.train_rmse.push_back(epoch.heads[h].train_rmse);
      saved.curves.validation_rmse.push_back(epoch.heads[h].validation_rmse);
      saved.curves.largest_norm.push_back(epoch.heads[h].largest_norm);
    }
  // Without validation rows the parameters are those of the last epoch.
  saved.best_epoch = result.best_epoch >= 0 ? result.best_epoch + 1
                                            : static_cast<std::int64_t>(result.history.size());
  return saved;
}

template <class Scalar, class ExecSpace>
void train_and_report(Job const& job, ExecSpace const& space)
{
  TrainRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  Run const run = describe_run(job.context, "spectral train", space_name<ExecSpace>(),
                               host_threads<ExecSpace>());
  double const read_seconds = job.since_start.seconds();
  std::unique_ptr<io::CheckpointFile> checkpoint;
  if (!request.checkpoint.empty()) {
    checkpoint = std::make_unique<io::CheckpointFile>(comm, request.checkpoint,
                                                      fingerprint_of_training(job));
    if (comm.is_root() && request.talks && !checkpoint->stages().empty())
      std::cout << "Going on from the checkpoint '" << request.checkpoint
                << "' (done: " << checkpoint->stages().back() << ")" << std::endl;
  }

  HeadedSamples const& train = job.samples.train;
  HeadedSamples const& validation = job.samples.validation;
  std::int64_t const p = train.n_features;
  spectral::HeadedTrainingData<Scalar, ExecSpace> const data = {
      to_rows<Scalar>(space, train.x, p, "kovar::apps::x"),
      to_columns<Scalar>(space, train.y, "kovar::apps::y"),
      to_rows<Scalar>(space, validation.x, p, "kovar::apps::x_validation"),
      to_columns<Scalar>(space, validation.y, "kovar::apps::y_validation")};
  auto heads = spectral::initial_heads<Scalar>(space, request.order, p, job.request.k, request.seed,
                                               request.storage);
  spectral::TrainingOptions options = request.options;
  options.checkpoint = checkpoint.get();
  std::optional<StatusLine> line;
  std::int64_t n_before = -1;
  if (request.talks && comm.is_root() && ProgressBar::has_terminal()) {
    line.emplace();
    options.on_epoch = [&](spectral::EpochRecord const& epoch) {
      if (n_before < 0) n_before = epoch.epoch;
      line->show(
          [&](double seconds) { return curve_line(epoch, options.n_epochs, n_before, seconds); });
    };
  }
  if (checkpoint)
    options.stop = [&job] { return early_end(job.context.start, job.request.time_limit); };
  std::optional<RemoveOnSignal> remove_on_signal;
  if (checkpoint && comm.is_root())
    remove_on_signal.emplace(io::part_of(io::target_of(request.checkpoint)));
  spectral::TrainingResult const result = spectral::train(space, comm, heads, data, options);
  remove_on_signal.reset();
  line.reset();
  double const train_seconds = job.since_start.seconds() - read_seconds;

  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    RemoveOnSignal const remove_model(io::part_of(io::target_of(request.output)));
    io::write_model(request.output, saved_model(space, job, heads, result),
                    provenance_of(run, job.values));
  });
  if (checkpoint) checkpoint->remove();
  double const total_seconds = job.since_start.seconds();
  RunCost const cost = cost_over_ranks(comm, run,
                                       {{"read", read_seconds},
                                        {"train", train_seconds},
                                        {"write", total_seconds - read_seconds - train_seconds}},
                                       total_seconds);
  dist::agree(comm, [&] {
    if (comm.is_root()) report_training(request, job.samples, result, cost);
  });
}

int run_train(Context const& context, OptionValues const& values)
{
  Kokkos::Timer const since_start;
  dist::Communicator const& comm = context.comm;
  TrainRequest request;
  std::optional<NoteSignals> note_signals;
  dist::agree(comm, [&] {
    request = train_request(values);
    if (!request.checkpoint.empty()) note_signals.emplace();
    if (!comm.is_root()) return;
    io::require_writable(request.output);
    if (!request.checkpoint.empty()) io::require_writable(request.checkpoint);
    if (!request.json.empty()) io::require_writable(request.json);
  });
  io::Table const table = io::read_table(comm, request.table.path, request.table.options);
  PreparedHeads samples;
  dist::agree(comm, [&] {
    samples = prepare_heads(table, request.samples);
    request.k = indices_of(request, samples.targets.size());
  });
  Job const job{context, values, request, samples, since_start};
  with_space(request.space, [&](auto const& space) {
    if (request.single_precision)
      train_and_report<float>(job, space);
    else
      train_and_report<double>(job, space);
  });
  return exit_done;
}

}  // namespace

Command spectral_train()
{
  return {
      "spectral train",
      "a k-th-eigenvalue model of columns of a table",
      "Fits f(x) = lambda_k(diag(mu) + sum_i x_i A_i) to the rows of a table by minibatches and "
      "Adam. Features and target are standardised by the training rows; the model's file keeps "
      "how, so that 'kovar spectral predict' takes new rows as they are. Several targets get a "
      "function of the same features each, with mu, A_i and k of its own; the loss is the mean "
      "over rows and targets. Ranks share each batch.",
      {"kovar spectral train housing.csv --target=price --log=income,rooms -o model.h5",
       "kovar spectral train data.h5 --order=30 --epochs=300 --patience=30 --validation=3000 "
       "-o model.h5",
       "kovar spectral train housing.csv --target=price,rent --k=middle,first -o model.h5",
       "kovar plot model.h5 --output=pictures"},
      train_options(),
      Needs::kokkos,
      run_train};
}

}  // namespace kovar::apps
