// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "gp_fit_matrices.hpp"
#include "gp_fit_report.hpp"
#include "gp_fit_request.hpp"
#include "gp_units.hpp"
#include "product_rate.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/status_line.hpp>
#include <support/stop_rule.hpp>

#include <cmath>
#include <iostream>
#include <limits>
#include <memory>
#include <optional>

namespace kovar::apps {
namespace {

/// What one run is made of.
struct Job {
  Context const& context;
  OptionValues const& values;
  GpFitRequest const& request;
  PreparedHeads const& samples;
  gp::Model const& start;
  io::SavedProcess const& process;  ///< columns and observations, parameters as they start
  Kokkos::Timer const& since_start;
};

/// What a checkpoint belongs to: all options that change the result, and the samples.
io::Fingerprint fingerprint_of_fit(Job const& job)
{
  io::Fingerprint fingerprint = {{"version of kovar", KOVAR_VERSION}};
  for (char const* name : {"kernel",
                           "mean",
                           "noise",
                           "noise_column",
                           "start",
                           "constraint",
                           "prior",
                           "fix",
                           "optimizer",
                           "steps",
                           "learning_rate",
                           "value_tolerance",
                           "gradient_tolerance",
                           "restarts",
                           "perturbation",
                           "seed",
                           "precision",
                           "jitter",
                           "jitter_base",
                           "jitter_tries",
                           "jitter_relative"})
    fingerprint.emplace_back(name, job.values.text(name));
  fingerprint.emplace_back("number of targets", std::to_string(job.samples.targets.size()));
  fingerprint.emplace_back("hash of the samples", std::to_string(hash_of(job.samples)));
  return fingerprint;
}

/// The process before the fit.
io::SavedProcess unfitted_process(GpFitRequest const& request, PreparedHeads const& samples,
                                  gp::Model const& start)
{
  io::SavedProcess process;
  process.model = start;
  process.is_single_precision = request.single_precision;
  process.jitter = request.training.jitter;
  process.features = samples.features;
  process.targets = samples.targets;
  process.noise_column = request.noise_column;
  process.rows = samples.train.rows;
  process.x = samples.train.x;
  for (auto const& y : samples.train.y) process.y.insert(process.y.end(), y.begin(), y.end());
  require_noise(request, samples);
  process.noise_variance = model_variances(process, samples.train.carried);
  return process;
}

/// "start 0, evaluation 12   loss 1.234567   gradient 0.01   3 s", with what is left where that is known.
std::string fit_line(gp::FitStep const& step, gp::FitOptions const& options, std::int64_t n_done,
                     int n_ranks, double seconds)
{
  std::string line = options.n_restarts > 0 ? "start " + std::to_string(step.start) + ", " : "";
  line += "evaluation " + std::to_string(step.evaluation + 1) + "   loss " +
          format_number(step.value.loss, 7) + "   gradient " + format_number(step.gradient_norm, 3);
  if (options.optimizer != gp::Optimizer::adam || n_done == 0)
    return line + "   " + format_duration(seconds);
  auto const n_starts = options.n_restarts + 1;
  std::int64_t const n_rounds = (n_starts + n_ranks - 1) / n_ranks;
  std::int64_t const left = n_rounds * (options.n_steps + 1) -
                            step.start / n_ranks * (options.n_steps + 1) - step.evaluation - 1;
  double const per_round = seconds / static_cast<double>(n_done);
  return line + "   " + format_duration(per_round * static_cast<double>(left)) + " left";
}

/// All steps, start by start.
std::vector<gp::FitStep> whole_trace(std::vector<gp::FitStart> const& starts)
{
  std::vector<gp::FitStep> trace;
  for (gp::FitStart const& start : starts)
    trace.insert(trace.end(), start.trace.begin(), start.trace.end());
  return trace;
}

std::vector<std::string> warnings_of(Job const& job, gp::FactorReport const& factor,
                                     gp::FitResult const& result)
{
  std::vector<std::string> warnings;
  if (std::string const text = gp::text_of(factor); !text.empty())
    warnings.push_back(text + "; predictions do the same");
  double const eps = job.request.single_precision
                         ? static_cast<double>(std::numeric_limits<float>::epsilon())
                         : std::numeric_limits<double>::epsilon();
  if (factor.condition * eps > 1e-3)
    warnings.push_back("the condition number of the covariance is at least " +
                       format_number(factor.condition, 2) +
                       ": few digits of the results are right; take a larger noise" +
                       (job.request.single_precision ? " or --precision=double" : ""));
  if (result.best().n_failures > 0)
    warnings.push_back(std::to_string(result.best().n_failures) + " of " +
                       std::to_string(result.best().n_evaluations) +
                       " evaluations had no finite loss: the covariance could not be factored, or "
                       "numbers overflowed");
  if (result.best().end == gp::FitEnd::no_progress)
    warnings.emplace_back("the fit ended where no lower loss was found, before it converged");
  for (io::ColumnTransform const& column : job.samples.features)
    if (column.is_constant)
      warnings.push_back("'" + column.column +
                         "' has one value in all training rows: it tells nothing");
  return warnings;
}

/// "progression -500.6, bmi -inf"
std::string lml_text(io::SavedProcess const& process, gp::LikelihoodValue const& value)
{
  std::string text;
  for (std::size_t t = 0; t < value.lml.size(); ++t)
    text +=
        (t == 0 ? "" : ", ") + process.targets.at(t).column + " " + format_number(value.lml[t], 6);
  return text;
}

/// The likelihood at the end of the fit, into the process.
/// \throws InputError if no start had one that is finite, derivatives included
void take_likelihood(gp::LikelihoodValue const& value, bool has_finite_loss,
                     io::SavedProcess& process)
{
  KOVAR_REQUIRE(value.factor, "gp fit: " << gp::text_of(value.factor));
  KOVAR_REQUIRE(std::isfinite(value.total()),
                "gp fit: the log marginal likelihood is not finite ("
                    << lml_text(process, value) << "; log prior "
                    << format_number(value.log_prior, 6)
                    << "); look for extreme targets, or for priors that are far from the start");
  KOVAR_REQUIRE(has_finite_loss,
                "gp fit: derivatives of the log marginal likelihood overflow at the "
                "start; look for extreme inputs or hyperparameters");
  process.likelihood = {value.lml,           value.mll,
                        value.log_prior,     value.log_determinant,
                        value.factor.jitter, value.factor.condition};
}

/// What came of a fit, on rank 0; collective.
template <class Matrices>
GpFitOutcome outcome_of(Job const& job, Matrices& matrices, gp::FitResult const& result)
{
  GpFitOutcome outcome;
  outcome.process = job.process;
  outcome.process.model = result.model;
  outcome.process.trace = whole_trace(result.starts);
  outcome.process.best_start = static_cast<std::int64_t>(result.best_start);
  outcome.starts = result.starts;
  outcome.n_dropped = job.samples.n_dropped;
  matrices.finish(
      [&](gp::LikelihoodValue const& value) {
        take_likelihood(value, std::isfinite(result.best().loss), outcome.process);
        outcome.warnings = warnings_of(job, value.factor, result);
      },
      job.samples.validation, outcome.process);
  return outcome;
}

/// The checkpoint of a fit, if one is wanted.
std::unique_ptr<io::CheckpointFile> open_checkpoint(Job const& job)
{
  std::string const& path = job.request.checkpoint;
  if (path.empty()) return nullptr;
  auto checkpoint =
      std::make_unique<io::CheckpointFile>(job.context.comm, path, fingerprint_of_fit(job));
  if (job.context.comm.is_root() && job.request.talks && !checkpoint->stages().empty())
    std::cout << "Going on from the checkpoint '" << path
              << "' (done: " << checkpoint->stages().back() << ")" << std::endl;
  return checkpoint;
}

/// Run the optimiser, with what it shows and leaves behind on its way.
/// \param n_at_once  starts that are under way together
template <class Matrices>
gp::FitResult run_optimizer(Job const& job, Matrices& matrices, io::CheckpointFile* checkpoint,
                            int n_at_once)
{
  GpFitRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  gp::FitOptions options = request.options;
  options.checkpoint = checkpoint;
  std::optional<StatusLine> line;
  std::int64_t n_done = 0;
  if (request.talks && comm.is_root() && ProgressBar::has_terminal()) {
    line.emplace();
    options.on_step = [&](gp::FitStep const& step) {
      if (step.start % n_at_once == 0) ++n_done;
      line->show(
          [&](double seconds) { return fit_line(step, options, n_done, n_at_once, seconds); });
    };
  }
  if (checkpoint != nullptr)
    options.stop = [&job] { return early_end(job.context.start, job.request.time_limit); };
  std::optional<RemoveOnSignal> remove_on_signal;
  if (checkpoint != nullptr && comm.is_root())
    remove_on_signal.emplace(io::part_of(io::target_of(request.checkpoint)));
  return matrices.fit(options);
}

template <class Matrices>
void fit_and_report(Job const& job, Run const& run, MatrixPlan const& plan, Matrices& matrices,
                    double read_seconds)
{
  GpFitRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  auto const checkpoint = open_checkpoint(job);
  gp::FitResult const result =
      run_optimizer(job, matrices, checkpoint.get(), plan.over_ranks ? 1 : comm.size());
  double const fit_seconds = job.since_start.seconds() - read_seconds;

  GpFitOutcome outcome = outcome_of(job, matrices, result);
  outcome.plan = plan;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    RemoveOnSignal const remove_model(io::part_of(io::target_of(request.output)));
    io::write_process(request.output, outcome.process, provenance_of(run, job.values));
  });
  if (checkpoint) checkpoint->remove();
  double const total_seconds = job.since_start.seconds();
  RunCost const cost =
      cost_over_ranks(comm, run,
                      {{"read", read_seconds},
                       {"fit", fit_seconds},
                       {"predict and write", total_seconds - read_seconds - fit_seconds}},
                      total_seconds);
  dist::agree(comm, [&] {
    if (comm.is_root()) report_fit(request, outcome, cost);
  });
}

template <class Scalar, class ExecSpace>
void fit_as_planned(Job const& job, ExecSpace const& space)
{
  GpFitRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  Run const run =
      describe_run(job.context, "gp fit", space_name<ExecSpace>(), host_threads<ExecSpace>());
  double const read_seconds = job.since_start.seconds();
  MatrixPlan const plan =
      plan_matrices(comm, "gp fit", request.matrices,
                    fit_costs(size_of(job.process), request.options.n_restarts + 1, comm.size(),
                              product_rate(comm)),
                    is_host_space<ExecSpace>, smaller_process);
  if (comm.is_root() && request.talks && comm.size() > 1)
    std::cerr << plan_line(plan, comm.size(),
                           request.options.n_restarts > 0 ? " an evaluation of all starts"
                                                          : " an evaluation")
              << std::endl;  // no result: it comes before errors
  FitInputs const inputs = {comm, job.process, job.start, request.training};
  if (plan.over_ranks) {
    MatrixOverRanks<Scalar> matrices(inputs);
    fit_and_report(job, run, plan, matrices, read_seconds);
  } else {
    WholeMatrices<Scalar, ExecSpace> matrices(space, inputs);
    fit_and_report(job, run, plan, matrices, read_seconds);
  }
}

int run_fit(Context const& context, OptionValues const& values)
{
  Kokkos::Timer const since_start;
  dist::Communicator const& comm = context.comm;
  GpFitRequest request;
  std::optional<NoteSignals> note_signals;
  dist::agree(comm, [&] {
    request = gp_fit_request(values);
    if (!request.checkpoint.empty()) note_signals.emplace();
    if (!comm.is_root()) return;
    io::require_writable(request.output);
    if (!request.checkpoint.empty()) io::require_writable(request.checkpoint);
    if (!request.json.empty()) io::require_writable(request.json);
  });
  io::Table const table = io::read_table(comm, request.table.path, request.table.options);
  PreparedHeads samples;
  gp::Model start = {gp::zero_mean(), gp::rbf(), gp::no_noise()};
  io::SavedProcess process;
  dist::agree(comm, [&] {
    samples = prepare_heads(table, request.samples, request.noise_column);
    start = start_model(request, samples.features);
    process = unfitted_process(request, samples, start);
  });
  Job const job{context, values, request, samples, start, process, since_start};
  with_space(request.space, [&](auto const& space) {
    if (request.single_precision)
      fit_as_planned<float>(job, space);
    else
      fit_as_planned<double>(job, space);
  });
  return exit_done;
}

}  // namespace

Command gp_fit()
{
  return {
      "gp fit",
      "a Gaussian process of columns of a table",
      "Fits the kernel's parameters, the mean and the noise of a Gaussian process by the exact "
      "marginal likelihood, or maximum a posteriori where parameters have priors. Features and "
      "target are standardised by the training rows; the model's file keeps how, so that 'kovar gp "
      "predict' takes new rows as they are. Several targets share one covariance. Ranks share "
      "restarts, or one matrix (--matrices=ranks).",
      {"kovar gp fit housing.csv --target=price --kernel='scale(matern52(ard)) + linear' -o "
       "model.h5",
       "kovar gp fit data.h5 --prior='lengthscale=gamma(3,6),noise=lognormal(-4,1)' --restarts=7 "
       "-o model.h5",
       "kovar gp fit data.csv --optimizer=adam --steps=50 --start=lengthscale=1 -o model.h5",
       "mpirun -n 16 kovar gp fit large.h5 --matrices=ranks -o model.h5",
       "kovar plot model.h5 --output=pictures"},
      gp_fit_options(),
      Needs::kokkos,
      run_fit};
}

}  // namespace kovar::apps
