// SPDX-License-Identifier: BSD-3-Clause
#include "fit_study.hpp"
#include "fit_build_input.hpp"
#include "fit_plan.hpp"
#include "fit_report.hpp"
#include "fit_steps.hpp"
#include "in_step.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/hash.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/yield_response.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <support/exit_code.hpp>
#include <support/format.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>
#include <support/status_line.hpp>
#include <support/stop_rule.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <memory>
#include <set>

namespace kovar::apps {
namespace {

/// What one run is made of.
struct Job {
  Context const& context;
  OptionValues const& values;
  StudyRequest const& request;
  Kokkos::Timer const& since_start;
};

/// What a checkpoint belongs to: all options that change the minimum, and the templates.
io::Fingerprint fingerprint_of_study(Job const& job, fit::TemplateTensor const& tensor)
{
  io::Fingerprint fingerprint = {{"version of kovar", KOVAR_VERSION}};
  auto names = likelihood_option_names();
  for (Option const& option : minimizer_group().options) names.push_back(option.name);
  for (char const* name : {"asimov", "pseudodata", "start"}) names.emplace_back(name);
  for (std::string const& name : names) fingerprint.emplace_back(name, job.values.text(name));
  std::uint64_t hash = 0;
  for (auto const* list : {&tensor.data, &tensor.entry_yield, &tensor.sum_of_squared_weights})
    hash = mix_bits(hash ^ hash_of_array(list->data(), static_cast<std::int64_t>(list->size())));
  for (std::string const& name : tensor.systematics) hash = mix_bits(hash ^ hash_of_text(name));
  fingerprint.emplace_back("hash of the tensor", hash_text(hash));
  return fingerprint;
}

/// The checkpoint of a run that asked for one.
std::unique_ptr<io::CheckpointFile> open_checkpoint(Job const& job,
                                                    fit::TemplateTensor const& tensor)
{
  StudyRequest const& request = job.request;
  if (request.checkpoint.empty()) return nullptr;
  dist::Communicator const& comm = job.context.comm;
  auto checkpoint = std::make_unique<io::CheckpointFile>(
      comm, request.checkpoint, fingerprint_of_study(job, tensor),
      StopRule(comm, job.context.start, request.time_limit));
  if (comm.is_root() && request.fit.talks && !checkpoint->stages().empty())
    std::cout << "Going on from the checkpoint '" << request.checkpoint
              << "' (done: " << checkpoint->stages().back() << ")" << std::endl;
  return checkpoint;
}

/// A fit to make: data, and the group that its results go to.
struct Task {
  std::string group;
  fit::Experiment experiment;
};

template <class ExecSpace>
std::vector<Task> tasks_of(StudyRequest const& request, ExecSpace const& space,
                           fit::ExperimentMaker const& maker,
                           fit::Likelihood<ExecSpace>& likelihood)
{
  if (request.is_asimov) return {{"results_asimov", maker.asimov(space, likelihood)}};
  std::vector<Task> tasks;
  for (std::string const& name : request.pseudodata)
    tasks.push_back({io::result_group(name), maker.pseudodata(name)});
  if (tasks.empty()) tasks.push_back({"results", maker.observed()});
  return tasks;
}

/// Where the search starts, or the study stands.
std::vector<double> start_of(StudyRequest const& request, fit::Parameters const& parameters,
                             fit::Experiment const& experiment)
{
  if (request.stored.empty()) return experiment.start;
  return io::read_minimum(request.stored).x_of(request.stored, parameters.names);
}

template <class ExecSpace>
io::SavedFit fit_of(Workplace<ExecSpace> const& w, Task const& task, Findings& findings)
{
  fit::set_experiment(w.space, w.likelihood, task.experiment);
  io::SavedFit fit;
  fit.group = task.group;
  fit.parameters = w.likelihood.parameters();
  fit.rows = fit::parameters_of_interest(fit.parameters, w.tensor);
  fit.data = task.experiment.data;
  fit.data_variances = task.experiment.data_variances;
  std::vector<double> start;
  dist::agree(w.groups.all(),
              [&] { start = start_of(w.request, fit.parameters, task.experiment); });
  add_prefit(w, task.experiment.start, fit);
  add_minimum(w, w.request.point == StudyPoint::prefit ? task.experiment.start : start, fit,
              findings);
  if (fit.is_prefit_only) return fit;

  if (!w.request.has_hessian)
    add_results(w, add_selected_covariance(w, fit, findings), fit);
  else if (w.over_ranks)
    add_results(w, add_shared_covariance(w, fit, findings), fit);
  else
    add_results(w, add_covariance(w, fit, findings), fit);
  return fit;
}

/// Read the part of this rank. Another group may fail alone.
fit::TemplateTensor read_part(Job const& job, dist::RankGroups const& groups, ReadBytes& read)
{
  FitRequest const& fit = job.request.fit;
  std::int64_t const before = io::numbers_read_bytes();
  fit::TemplateTensor tensor;
  dist::agree(groups.all(), [&] {
    tensor = read_tensor_file(groups.mine(), fit.tensor, fit.systematic_type);
    read.of_file = static_cast<std::int64_t>(std::filesystem::file_size(fit.tensor));
  });
  read.of_rank = io::numbers_read_bytes() - before;
  groups.all().max_to_all(&read.of_rank, 1);
  return tensor;
}

/// Decide who holds the covariance, and tell it, and what ranks have read.
std::optional<MatrixPlan> make_plan(Job const& job, fit::Parameters const& parameters,
                                    fit::TemplateTensor const& tensor, ReadBytes const& read,
                                    bool on_host)
{
  dist::Communicator const& comm = job.context.comm;
  bool const talks = comm.is_root() && job.request.fit.talks && comm.size() > 1;
  if (talks)
    std::cerr << "Read: up to " << readable_bytes(static_cast<double>(read.of_rank))
              << " per rank, of a file of " << readable_bytes(static_cast<double>(read.of_file))
              << std::endl;
  if (!has_covariance(job.request)) return std::nullopt;
  auto const plan = plan_covariance(comm, job.request, parameters, tensor, on_host);
  if (talks)
    std::cerr << plan_line(
                     plan, comm.size(),
                     " for the covariance of " + std::to_string(parameters.size()) + " parameters")
              << std::endl;  // no result: it comes before errors
  return plan;
}

void require_known_names(StudyRequest const& request, fit::Parameters const& parameters)
{
  auto const free = fit::free_parameters(parameters.names, request.fit.minimum.frozen);
  auto const require_free = [&](std::string const& name) {
    KOVAR_REQUIRE(std::binary_search(free.begin(), free.end(), parameters.index(name)),
                  "'" << name << "' is frozen and to be scanned as well; leave one of them away");
  };
  for (auto const* names : {&request.scan.parameters, &request.scan.intervals}) {
    std::set<std::string> seen;
    for (std::string const& name : *names) {
      require_free(name);
      KOVAR_REQUIRE(seen.insert(name).second,
                    "'" << name << "' is to be scanned twice; once will do");
    }
  }
  for (auto const& pair : request.scan.pairs)
    for (std::string const& name : pair) require_free(name);
}

/// "iteration 12   loss 1234.5   distance 0.01   345 products".
std::string iteration_line(optim::TrustRegionIterate const& iterate, double seconds)
{
  return "iteration " + std::to_string(iterate.iteration) + "   loss " +
         format_number(iterate.value, 9) + "   distance " + format_number(iterate.distance, 2) +
         "   " + std::to_string(iterate.n_products) + " products   " + format_duration(seconds);
}

/// Show where a study is, on a terminal.
template <class ExecSpace>
void show_progress(Job const& job, std::optional<StatusLine>& line, Workplace<ExecSpace>& w)
{
  if (!job.request.fit.talks || !job.context.comm.is_root() || !ProgressBar::has_terminal()) return;
  line.emplace();
  w.on_iteration = [&line](optim::TrustRegionIterate const& iterate) {
    line->show([&](double seconds) { return iteration_line(iterate, seconds); });
  };
  w.on_point = [&line](std::string const& what, std::int64_t done, std::int64_t all) {
    line->show([&](double seconds) {
      return what + "   " + std::to_string(done) + " of " + std::to_string(all) + "   " +
             format_duration(seconds);
    });
  };
}

void write_result(Job const& job, fit::TemplateTensor const& tensor,
                  std::vector<io::SavedFit> const& fits, io::Provenance const& provenance)
{
  std::string const& path = job.request.fit.output;
  if (path.empty()) return;
  std::optional<RemoveOnSignal> remove_result;
  if (job.context.comm.is_root()) remove_result.emplace(io::part_of(io::target_of(path)));
  io::write_fits(path, job.context.comm, tensor, fits, provenance);
}

/// Refuse before the fit what cannot be made after it.
template <class ExecSpace>
void require_makeable(StudyRequest const& request, fit::Likelihood<ExecSpace> const& likelihood)
{
  for (std::string const& kind : request.impacts) {
    if (kind == "traditional") fit::require_bin_response(likelihood, "traditional impacts");
    if (kind == "global") fit::require_separate_bins(likelihood, "global impacts");
  }
}

template <class ExecSpace>
void study_on(Job const& job, ExecSpace const& space)
{
  StudyRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  dist::RankGroups const groups(comm, request.scan.n_groups);
  StudyNotes study;
  fit::TemplateTensor const tensor = read_part(job, groups, study.read);
  auto const checkpoint = open_checkpoint(job, tensor);
  fit::Likelihood<ExecSpace> likelihood(space, groups.mine(), tensor, request.fit.likelihood);
  dist::agree(comm, [&] {
    require_known_names(request, likelihood.parameters());
    require_makeable(request, likelihood);
  });
  fit::ExperimentMaker const maker(tensor, request.fit.likelihood);
  double const read_seconds = job.since_start.seconds();
  study.plan =
      make_plan(job, likelihood.parameters(), tensor, study.read, is_host_space<ExecSpace>);

  Workplace<ExecSpace> w{
      space,   groups, tensor, tensor.external_terms, likelihood,
      request, {},     {},     checkpoint.get(),      study.plan && study.plan->over_ranks};
  std::optional<StatusLine> line;
  show_progress(job, line, w);
  std::optional<RemoveOnSignal> remove_on_signal;
  if (checkpoint && comm.is_root())
    remove_on_signal.emplace(io::part_of(io::target_of(request.checkpoint)));
  Findings findings;
  std::vector<io::SavedFit> fits;
  for (Task const& task : tasks_of(request, space, maker, likelihood)) {
    fits.push_back(fit_of(w, task, findings));
    fits.back().warnings = boundary_warnings(request.fit.tensor, fits.back());
  }
  for (fit::FitNotice const& notice : fit::fit_notices(tensor, request.fit.likelihood))
    (notice.kind == fit::FitNotice::Kind::warning ? fits.front().warnings : findings.notes)
        .push_back(notice.text);
  study.notes = findings.notes;
  line.reset();
  remove_on_signal.reset();
  double const fit_seconds = job.since_start.seconds() - read_seconds;

  Run const run = describe_run(job.context, request.command, space_name<ExecSpace>(),
                               host_threads<ExecSpace>());
  write_result(job, tensor, fits, provenance_of(run, job.values));
  if (checkpoint) checkpoint->remove();
  double const total = job.since_start.seconds();
  RunCost const cost = cost_over_ranks(
      comm, run,
      {{"read", read_seconds}, {"fit", fit_seconds}, {"write", total - read_seconds - fit_seconds}},
      total);
  dist::agree(comm, [&] {
    if (comm.is_root()) report_study(request, tensor, fits, study, cost);
  });
  if (!findings.problems.empty())
    throw Error(request.command + ": " + join(findings.problems, "; ") + "; what there is is kept" +
                    (request.fit.output.empty() ? "" : " in '" + request.fit.output + "'"),
                true);
}

}  // namespace

void require_study(StudyRequest const& request)
{
  std::string const& command = request.command;
  KOVAR_REQUIRE(!request.is_asimov || request.pseudodata.empty(),
                command << ": --asimov and --pseudodata contradict each other (both say what the "
                           "data are); give one of them");
  bool const wants_hessian_results = !request.impacts.empty() || request.variations ||
                                     request.chi_square || !request.scan.parameters.empty() ||
                                     !request.scan.pairs.empty() || !request.scan.intervals.empty();
  KOVAR_REQUIRE(request.point != StudyPoint::prefit || !wants_hessian_results ||
                    (request.chi_square && request.impacts.empty() && !request.variations &&
                     request.scan.parameters.empty() && request.scan.pairs.empty() &&
                     request.scan.intervals.empty()),
                command << ": --prefit_only leaves nothing for --impacts, --variations, --scan, "
                           "--scan_2d and --interval (there is no minimum); leave them away");
  std::vector<std::string> wanted;
  if (!request.impacts.empty()) wanted.emplace_back("--impacts");
  if (request.variations) wanted.emplace_back("--variations");
  if (request.wants_yields && request.yield_errors != fit::YieldErrors::none)
    wanted.emplace_back("--yields=" +
                        std::string(request.yield_errors == fit::YieldErrors::variances
                                        ? "variances"
                                        : "covariances"));
  if (request.chi_square) wanted.emplace_back("--chi_square");
  if (!request.has_hessian) fit::require_none_without_hessian(wanted);
  KOVAR_REQUIRE(request.matrices != MatrixSharing::ranks || has_covariance(request),
                command << ": --matrices=ranks is for the covariance of all parameters, and there "
                           "is none "
                        << (request.has_hessian ? "before a fit" : "without the Hessian")
                        << "; leave it away");
  KOVAR_REQUIRE(!request.time_limit || !request.checkpoint.empty(),
                command << ": --time_limit needs a --checkpoint to end with; give one");
}

int run_study(Context const& context, OptionValues const& values, StudyRequest const& request)
{
  Kokkos::Timer const since_start;
  std::optional<NoteSignals> note_signals;
  dist::agree(context.comm, [&] {
    require_study(request);
    if (!request.checkpoint.empty()) note_signals.emplace();
    if (!context.comm.is_root()) return;
    for (std::string const& path : {request.fit.output, request.checkpoint, request.fit.json})
      if (!path.empty()) io::require_writable(path);
  });
  Job const job{context, values, request, since_start};
  do_in_step(
      [&] { with_space(request.fit.space, [&](auto const& space) { study_on(job, space); }); });
  return exit_done;
}

}  // namespace kovar::apps
