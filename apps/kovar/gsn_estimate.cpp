// SPDX-License-Identifier: BSD-3-Clause
#include "commands.hpp"
#include "gsn_estimate_plan.hpp"
#include "gsn_estimate_report.hpp"
#include "gsn_estimate_request.hpp"
#include "gsn_factored.hpp"
#include "placed_responses.hpp"

#include <kovar/core/memory.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/estimate_streamed.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/fingerprint.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/response_file.hpp>
#include <kovar/io/response_stream.hpp>
#include <kovar/io/result_file.hpp>
#include <kovar/io/result_file_over_ranks.hpp>
#include <support/exit_code.hpp>
#include <support/progress_bar.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/stop_rule.hpp>
#include <support/text.hpp>

#include <Kokkos_Core.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

namespace kovar::apps {
namespace {

/// What one run is made of.
struct Job {
  Context const& context;
  OptionValues const& values;
  EstimateRequest const& request;
  io::ResponseDataset shape;
  Kokkos::Timer const& since_start;
};

/// The checkpoint of a run that asked for one.
/// \param fingerprint_of  called if so
template <class FingerprintOf>
std::unique_ptr<io::CheckpointFile> open_checkpoint(Job const& job, EstimatePlan const& plan,
                                                    FingerprintOf const& fingerprint_of)
{
  EstimateRequest const& request = job.request;
  if (request.checkpoint.empty()) return nullptr;
  dist::Communicator const& comm = job.context.comm;
  io::Fingerprint fingerprint = fingerprint_of();
  fingerprint.emplace_back(place_entry, place_of(plan));
  auto checkpoint = std::make_unique<io::CheckpointFile>(
      comm, request.checkpoint, fingerprint, StopRule(comm, job.context.start, request.time_limit));
  if (comm.is_root() && request.talks && !checkpoint->stages().empty())
    std::cout << "Going on from the checkpoint '" << request.checkpoint
              << "' (done: " << join(checkpoint->stages()) << ")" << std::endl;
  return checkpoint;
}

/// Call estimate(options) with what a run shows and leaves behind on its way.
template <class Estimate>
auto with_progress(Job const& job, Checkpoint* checkpoint, Estimate const& estimate)
{
  std::optional<RemoveOnSignal> remove_on_signal;
  if (checkpoint != nullptr && job.context.comm.is_root())
    remove_on_signal.emplace(io::part_of(io::target_of(job.request.checkpoint)));
  gsn::Options options = job.request.options;
  options.checkpoint = checkpoint;
  std::optional<ProgressBar> bar;
  if (job.request.talks && job.context.comm.is_root() && ProgressBar::has_terminal()) {
    bar.emplace();
    options.progress = [&bar](Progress const& progress) { bar->show(progress); };
  }
  return estimate(options);
}

/// What is left of a run when its results are written.
struct Outcome {
  gsn::EstimateSummary estimate;
  std::vector<std::string> stages_taken_up;  ///< from the checkpoint
  double read_seconds = 0;
  double write_seconds = 0;
};

/// Write what estimate(options) returns, on rank 0; the numbers that fit on a page, and the seconds of writing.
template <class Call>
Outcome estimate_and_write(Job const& job, Checkpoint* checkpoint, io::Provenance const& provenance,
                           Call const& call)
{
  dist::Communicator const& comm = job.context.comm;
  std::string const& output = job.request.output;
  auto const estimate = with_progress(job, checkpoint, call);
  comm.barrier();  // a rank that failed alone ends all of them here, before there is a result file
  Kokkos::Timer const timer;
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    RemoveOnSignal const remove_on_signal(io::part_of(io::target_of(output)));
    io::write_estimate(output, estimate, provenance);
  });
  return {estimate, {}, 0, timer.seconds()};
}

/// The same with matrices over ranks.
template <class Call>
Outcome estimate_and_write_over_ranks(Job const& job, Checkpoint* checkpoint,
                                      io::Provenance const& provenance, Call const& call)
{
  dist::Communicator const& comm = job.context.comm;
  auto const estimate = with_progress(job, checkpoint, call);
  comm.barrier();  // a rank that failed alone ends all of them here, before there is a result file
  Kokkos::Timer const timer;
  std::optional<RemoveOnSignal> remove_on_signal;
  if (comm.is_root()) remove_on_signal.emplace(io::part_of(io::target_of(job.request.output)));
  io::write_estimate(job.request.output, comm, estimate, provenance);
  return {estimate, {}, 0, timer.seconds()};
}

std::vector<std::string> stages_of(io::CheckpointFile const* checkpoint)
{
  return checkpoint != nullptr ? checkpoint->stages() : std::vector<std::string>();
}

/// Estimate and write where the plan says, and do away with the checkpoint.
/// \param on_root     estimate(options) for matrices on rank 0
/// \param over_ranks  the same for matrices over ranks
template <class OnRoot, class OverRanks>
Outcome estimate_as_planned(Job const& job, EstimatePlan const& plan,
                            io::CheckpointFile* checkpoint, io::Provenance const& provenance,
                            OnRoot const& on_root, OverRanks const& over_ranks)
{
  auto const stages = stages_of(checkpoint);
  Outcome outcome = plan.over_ranks
                        ? estimate_and_write_over_ranks(job, checkpoint, provenance, over_ranks)
                        : estimate_and_write(job, checkpoint, provenance, on_root);
  if (checkpoint != nullptr) checkpoint->remove();
  outcome.stages_taken_up = stages;
  return outcome;
}

/// Read all responses, estimate and write.
template <class Scalar, class ExecSpace>
Outcome estimate_whole(Job const& job, ExecSpace const& space, EstimatePlan const& plan,
                       io::Provenance const& provenance)
{
  EstimateRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  std::int64_t const n_conditions = job.shape.n_conditions;
  Kokkos::Timer const timer;
  auto host = io::read_responses<Scalar>(comm, request.input, request.dataset, request.order);
  auto const checkpoint = open_checkpoint(job, plan, [&] {
    return io::fingerprint_of<Scalar>(comm, host, n_conditions, request.options);
  });
  PlacedResponses<Scalar, ExecSpace> const responses(space, host);
  host = {};
  double const read_seconds = timer.seconds();
  Outcome outcome = estimate_as_planned(
      job, plan, checkpoint.get(), provenance,
      [&](gsn::Options const& options) {
        return gsn::estimate<Scalar, ExecSpace>(space, comm, responses.cube(), n_conditions,
                                                options);
      },
      [&](gsn::Options const& options) {
        return gsn::estimate_over_ranks<Scalar, ExecSpace>(space, comm, responses.cube(),
                                                           n_conditions, options);
      });
  outcome.read_seconds = read_seconds;
  return outcome;
}

/// The same with responses that pass by in blocks. They are read once more where there is a checkpoint: it
/// belongs to these data.
template <class Scalar, class ExecSpace>
Outcome estimate_by_blocks(Job const& job, ExecSpace const& space, EstimatePlan const& plan,
                           io::Provenance const& provenance)
{
  EstimateRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  std::int64_t const size = plan.reading.conditions_per_block;
  Kokkos::Timer const timer;
  io::ResponseStream<Scalar> stream(comm, request.input, request.dataset, request.order);
  auto const checkpoint = open_checkpoint(
      job, plan, [&] { return io::fingerprint_of<Scalar>(comm, stream, size, request.options); });
  double const read_seconds =
      timer.seconds();  // what passes by is read in the phases of the estimate
  Outcome outcome = estimate_as_planned(
      job, plan, checkpoint.get(), provenance,
      [&](gsn::Options const& options) {
        return gsn::estimate_streamed<Scalar, ExecSpace>(space, comm, stream, size, options);
      },
      [&](gsn::Options const& options) {
        return gsn::estimate_streamed_over_ranks<Scalar, ExecSpace>(space, comm, stream, size,
                                                                    options);
      });
  outcome.read_seconds = read_seconds;
  return outcome;
}

EstimateFindings findings_of(Job const& job, gsn::EstimateSummary const& estimate)
{
  EstimateFindings findings;
  findings.shape = job.shape;
  findings.levels = estimate.levels;
  findings.noise_level = estimate.noise_level.level;
  findings.data_level = estimate.data_level.level;
  findings.path = estimate.path;
  findings.n_iterations = estimate.n_iterations;
  findings.median_noise_ceiling_snr = median(estimate.noise_ceiling_snr);
  findings.warnings = distinct(estimate.warnings);
  return findings;
}

void report(Job const& job, EstimateFindings const& findings)
{
  if (!job.request.json.empty())
    write_json(job.request.json, estimate_record(job.request, findings));
  if (job.request.talks)
    std::cout << estimate_table(job.request, findings) << std::flush;
  else
    for (gsn::Warning const& warning : findings.warnings)
      std::cerr << "kovar: warning: " << gsn::name_of(warning.code) << ": " << warning.message
                << '\n';
}

template <class Scalar, class ExecSpace>
void estimate_and_report(Job const& job, ExecSpace const& space)
{
  EstimateRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  Run const run =
      describe_run(job.context, "gsn estimate", request.space, host_threads<ExecSpace>());
  constexpr bool on_host = is_host_space<ExecSpace>;
  ReadingPlan const reading = plan_reading(comm, request, job.shape, sizeof(Scalar), on_host,
                                           static_cast<double>(available_bytes<ExecSpace>()));
  EstimatePlan const plan =
      plan_estimate(comm, request, job.shape, sizeof(Scalar), on_host, reading);
  // No result: it comes before errors.
  if (comm.is_root() && request.talks && comm.size() > 1)
    std::cerr << plan_line(plan, comm.size()) << std::endl;
  if (comm.is_root() && request.talks && reading.by_blocks())
    std::cerr << reading_line(reading) << std::endl;

  auto const provenance = provenance_of(run, job.values);
  Outcome const outcome = reading.by_blocks()
                              ? estimate_by_blocks<Scalar, ExecSpace>(job, space, plan, provenance)
                              : estimate_whole<Scalar, ExecSpace>(job, space, plan, provenance);

  EstimateFindings findings = findings_of(job, outcome.estimate);
  findings.plan = plan;
  findings.precision = std::is_same_v<Scalar, double> ? "double" : "float";
  findings.stages_taken_up = outcome.stages_taken_up;
  std::vector<PhaseTime> phases = outcome.estimate.phases;
  phases.insert(phases.begin(), {"read", outcome.read_seconds});
  phases.push_back({"write", outcome.write_seconds});
  findings.cost = cost_over_ranks(comm, run, phases, job.since_start.seconds());
  dist::agree(comm, [&] {
    if (comm.is_root()) report(job, findings);
  });
}

/// In factored form, where that is asked for or pays. \return  was it done?
template <class Scalar, class ExecSpace>
bool estimate_by_factors(Job const& job, ExecSpace const& space)
{
  dist::Communicator const& comm = job.context.comm;
  FormChoice choice;
  double available = -static_cast<double>(available_bytes<ExecSpace>());
  comm.max_to_all(&available, 1);  // all ranks choose alike: by the least memory
  dist::agree(comm, [&] {
    choice = choose_form(job.values, job.request, job.shape, -available, comm.size());
  });
  if (comm.is_root() && job.request.talks && !choice.hint.empty())
    std::cerr << choice.hint << std::endl;
  return choice.is_factored &&
         estimate_factored_and_report<Scalar>(
             {job.context, job.values, job.request, job.shape, job.since_start, choice}, space);
}

/// A word on axes that look exchanged; on rank 0.
void warn_of_axes(EstimateRequest const& request, io::ResponseDataset const& shape)
{
  if (shape.doubt == io::AxisDoubt::none) return;
  bool const is_h5py = request.order == io::AxisOrder::units_conditions_trials;
  std::cerr << "kovar: warning: '" << request.dataset << "' is read as " << shape.n_units
            << " units x " << shape.n_conditions << " conditions x " << shape.n_trials
            << " trials; if these are " << shape.n_trials << " units and " << shape.n_units
            << " trials, give --layout=" << (is_h5py ? "matlab" : "h5py")
            << (shape.doubt == io::AxisDoubt::written_by_matlab
                    ? " (MATLAB wrote the file, and stores axes in reverse)"
                    : "")
            << std::endl;
}

int run_estimate(Context const& context, OptionValues const& given)
{
  Kokkos::Timer const since_start;
  OptionValues values = given;
  EstimateRequest request;
  std::optional<NoteSignals> note_signals;
  dist::agree(context.comm, [&] {
    request = estimate_request(values);
    if (!request.checkpoint.empty()) note_signals.emplace();
    if (!context.comm.is_root()) return;
    if (!request.checkpoint.empty()) io::require_writable(request.checkpoint);
    io::require_writable(request.output);
    if (!request.json.empty()) io::require_writable(request.json);
  });
  settle_dataset(context.comm, "gsn estimate", values, request);
  io::ResponseDataset const shape =
      io::inspect_responses(context.comm, request.input, request.dataset, request.order);
  if (context.comm.is_root()) warn_of_axes(request, shape);
  Job const job{context, values, request, shape, since_start};

  bool const single = request.precision == Precision::single_precision ||
                      (request.precision == Precision::as_in_file && shape.single_precision);
  with_space(request.space, [&](auto const& space) {
    if (single ? estimate_by_factors<float>(job, space) : estimate_by_factors<double>(job, space))
      return;
    if (single)
      estimate_and_report<float>(job, space);
    else
      estimate_and_report<double>(job, space);
  });
  return exit_done;
}

}  // namespace

Command gsn_estimate()
{
  return {
      "gsn estimate",
      "signal and noise covariance from repeated measurements",
      "Reads the responses of N units to C conditions over T trials, and estimates the covariance "
      "of the signal (what a condition evokes) and of the noise (what differs from trial to "
      "trial), with shrinkage levels chosen on held-out conditions. Under mpirun the conditions "
      "are spread over the ranks.",
      {"kovar gsn estimate --input=data.h5 --dataset=/even --output=result.h5",
       "kovar gsn estimate --input=data.h5 --output=result.h5 --returns=cSb,cNb "
       "--shrinklevels=0,0.5,1",
       "kovar gsn estimate --params=estimate.yaml --output=result.h5 --json=times.json",
       "kovar gsn estimate --input=data.h5 --output=result.h5 --checkpoint=result.checkpoint "
       "--time-limit=11:50:00",
       "kovar gsn estimate --input=large.h5 --output=result.h5 --memory_for_data=8GB",
       "mpirun -n 4 kovar gsn estimate --input=data.h5 --output=result.h5 --matrices=ranks"},
      estimate_options(),
      Needs::kokkos,
      run_estimate};
}

}  // namespace kovar::apps
