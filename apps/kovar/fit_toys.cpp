// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "fit_build_input.hpp"
#include "fit_stored_minimum.hpp"
#include "fit_study_options.hpp"
#include "fit_toys_report.hpp"
#include "fit_toys_request.hpp"
#include "in_step.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/dist/rank_groups.hpp>
#include <kovar/fit/chi_square.hpp>
#include <kovar/fit/experiment.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/toys.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/stop_rule.hpp>

#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>

namespace kovar::apps {
namespace {

/// What one run is made of.
struct Job {
  Context const& context;
  OptionValues const& values;
  ToysRequest const& request;
  Kokkos::Timer const& since_start;
};

/// What a checkpoint belongs to: all options that change the toys. What a result says of the likelihood is in
/// options of their own.
io::Fingerprint fingerprint_of_toys(Job const& job)
{
  io::Fingerprint fingerprint = {{"version of kovar", KOVAR_VERSION}};
  std::vector<std::string> const no_matter = {"output", "json",    "checkpoint", "time_limit",
                                              "groups", "backend", "device",     "params",
                                              "quiet",  "result"};
  for (auto const& [name, value] : job.values.all())
    if (std::find(no_matter.begin(), no_matter.end(), name) == no_matter.end())
      fingerprint.emplace_back(name, value);
  return fingerprint;
}

/// All toys, in parts that a checkpoint keeps.
template <class ExecSpace>
std::vector<fit::ToyFit> fit_in_parts(Job const& job, ExecSpace const& space,
                                      dist::RankGroups const& groups,
                                      fit::Likelihood<ExecSpace>& likelihood,
                                      fit::ExperimentMaker const& maker, fit::ToyFitOptions options,
                                      io::CheckpointFile* checkpoint)
{
  ToysRequest const& request = job.request;
  std::optional<ProgressBar> bar;
  if (request.fit.talks && groups.all().is_root() && ProgressBar::has_terminal()) bar.emplace();
  std::int64_t const end = request.first + request.n;
  std::int64_t const part = checkpoint == nullptr ? request.n : request.n_to_checkpoint;
  std::vector<fit::ToyFit> fits;
  for (options.first = request.first; options.first < end; options.first += part) {
    options.n = std::min(part, end - options.first);
    std::string const name = "toys_" + std::to_string(options.first);
    auto const n_before = static_cast<double>(fits.size());
    options.progress = [&](std::int64_t done, std::int64_t) {
      if (bar)
        bar->show(
            {"toys", (n_before + static_cast<double>(done)) / static_cast<double>(request.n)});
    };
    bool const is_there = checkpoint != nullptr && checkpoint->holds(name);
    auto const found =
        is_there ? fit::unpacked(checkpoint->numbers(name), likelihood.parameters().size())
                 : fit::fit_toys(space, groups, likelihood, maker, options);
    fits.insert(fits.end(), found.begin(), found.end());
    if (checkpoint == nullptr || is_there) continue;
    checkpoint->put_numbers(name, fit::packed(found));
    checkpoint->complete_stage("toys to " + std::to_string(options.first + options.n - 1));
  }
  return fits;
}

/// The fit to the data themselves, which toys are held against: that of an earlier result, or made here.
template <class ExecSpace>
ObservedFit observed_fit(Job const& job, ExecSpace const& space,
                         fit::Likelihood<ExecSpace>& likelihood, fit::ExperimentMaker const& maker,
                         fit::MinimumOptions options)
{
  ToysRequest const& request = job.request;
  auto const data = request.toys.pseudodata.empty() ? maker.observed()
                                                    : maker.pseudodata(request.toys.pseudodata);
  fit::set_experiment(space, likelihood, data);
  ObservedFit found;
  if (request.stored.empty()) {
    options.start = data.start;
    auto const minimum = fit::find_minimum(space, likelihood, options);
    found.has_converged = minimum.search.status == optim::TrustRegionStatus::converged;
    found.x = minimum.x;
  } else {
    dist::agree(job.context.comm, [&] {
      found.x =
          io::read_minimum(request.stored).x_of(request.stored, likelihood.parameters().names);
    });
    auto const at = fit::minimum_at(space, likelihood, found.x, options.frozen);
    dist::agree(job.context.comm, [&] {
      require_minimum({"fit toys", request.stored, request.fit}, space, likelihood, at,
                      options.preconditioner);
    });
    found.has_converged = true;
  }
  found.saturated = fit::saturated_goodness(likelihood);
  return found;
}

/// What the parameters of interest of each toy are held against.
std::vector<double> truths_of(ToysOutcome const& outcome, fit::ExperimentMaker const& maker,
                              fit::ToyOptions const& options)
{
  auto const& toys = outcome.toys;
  std::vector<double> truths;
  for (fit::ToyFit const& fit : toys.fits) {
    auto const x = options.mean == fit::DataMean::observed ? outcome.observed.x
                                                           : maker.truth(fit.toy, options);
    for (std::int64_t const row : toys.rows)
      truths.push_back(io::effective_value(toys.parameters, row, x[static_cast<std::size_t>(row)]));
  }
  return truths;
}

std::unique_ptr<io::CheckpointFile> open_checkpoint(Job const& job)
{
  ToysRequest const& request = job.request;
  if (request.checkpoint.empty()) return nullptr;
  dist::Communicator const& comm = job.context.comm;
  auto checkpoint =
      std::make_unique<io::CheckpointFile>(comm, request.checkpoint, fingerprint_of_toys(job),
                                           StopRule(comm, job.context.start, request.time_limit));
  if (comm.is_root() && request.fit.talks && !checkpoint->stages().empty())
    std::cout << "Going on from the checkpoint '" << request.checkpoint
              << "' (done: " << checkpoint->stages().back() << ")" << std::endl;
  return checkpoint;
}

template <class ExecSpace>
void fit_toys_on(Job const& job, ExecSpace const& space)
{
  ToysRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  dist::RankGroups const groups(comm, request.n_groups > 0 ? request.n_groups : comm.size());
  fit::TemplateTensor tensor;
  // Another group may fail alone.
  dist::agree(comm, [&] {
    tensor = read_tensor_file(groups.mine(), request.fit.tensor, request.fit.systematic_type);
  });
  auto const checkpoint = open_checkpoint(job);
  fit::Likelihood<ExecSpace> likelihood(space, groups.mine(), tensor, request.fit.likelihood);
  fit::ExperimentMaker const maker(tensor, request.fit.likelihood);
  double const read_seconds = job.since_start.seconds();

  fit::ToyFitOptions options;
  options.toy = request.toys;
  options.uncertainties = request.uncertainties;
  options.minimum = request.fit.minimum;
  options.minimum.preconditioner.external_terms = tensor.external_terms;
  ToysOutcome outcome;
  outcome.observed = observed_fit(job, space, likelihood, maker, options.minimum);
  auto& toys = outcome.toys;
  toys.parameters = likelihood.parameters();
  toys.rows = fit::parameters_of_interest(toys.parameters, tensor);
  toys.fits = fit_in_parts(job, space, groups, likelihood, maker, options, checkpoint.get());
  toys.truths = truths_of(outcome, maker, options.toy);
  for (fit::ToyFit const& fit : toys.fits)
    toys.p_values.push_back(fit::chi_square_survival(
        2 * fit.loss.total(), static_cast<double>(outcome.observed.saturated.n_degrees)));
  double const fit_seconds = job.since_start.seconds() - read_seconds;

  Run const run =
      describe_run(job.context, "fit toys", space_name<ExecSpace>(), host_threads<ExecSpace>());
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    RemoveOnSignal const remove_result(io::part_of(io::target_of(request.fit.output)));
    io::write_toys(request.fit.output, toys, provenance_of(run, job.values));
  });
  if (checkpoint) checkpoint->remove();
  double const total = job.since_start.seconds();
  RunCost const cost = cost_over_ranks(
      comm, run,
      {{"read", read_seconds}, {"fit", fit_seconds}, {"write", total - read_seconds - fit_seconds}},
      total);
  dist::agree(comm, [&] {
    if (comm.is_root()) report_toys(request, outcome, cost);
  });
}

int run_toys(Context const& context, OptionValues const& given)
{
  Kokkos::Timer const since_start;
  OptionValues values = given;
  ToysRequest request;
  std::optional<NoteSignals> note_signals;
  dist::agree(context.comm, [&] {
    if (!given.text("result").empty()) values = with_options_of(given.text("result"), given);
    request = toys_request(values);
    if (!request.checkpoint.empty()) note_signals.emplace();
    if (!context.comm.is_root()) return;
    for (std::string const& path : {request.fit.output, request.checkpoint, request.fit.json})
      if (!path.empty()) io::require_writable(path);
  });
  Job const job{context, values, request, since_start};
  do_in_step(
      [&] { with_space(request.fit.space, [&](auto const& space) { fit_toys_on(job, space); }); });
  return exit_done;
}

}  // namespace

Command fit_toys()
{
  return {
      "fit toys",
      "fits of many pseudo-experiments",
      "Draws pseudo-experiments and fits each: how parameters scatter, whether their "
      "uncertainties are right, and how often data agree as badly as these. Under mpirun groups "
      "of ranks share the toys, which are the same on any number of ranks.",
      {"kovar fit toys tensor.h5 --toys=1-1000 -o toys.h5",
       "mpirun -n 8 kovar fit toys tensor.h5 --toys=1-100000 -o toys.h5 "
       "--checkpoint=toys.checkpoint --time_limit=11:50:00",
       "kovar fit toys tensor.h5 --result=result.h5 --toys=500 --data_mean=observed -o toys.h5",
       "kovar fit toys tensor.h5 --toys=200 --draw_systematics=bayesian -o toys.h5"},
      toys_options(),
      Needs::kokkos,
      run_toys};
}

}  // namespace kovar::apps
