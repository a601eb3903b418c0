// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GSN_FACTORED_HPP
#define KOVAR_APPS_KOVAR_GSN_FACTORED_HPP

#include "gsn_estimate_report.hpp"
#include "gsn_estimate_request.hpp"
#include "placed_responses.hpp"

#include <kovar/core/memory.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_dense.hpp>
#include <kovar/gsn/valid_trials.hpp>
#include <kovar/io/factored_result_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/response_file.hpp>
#include <kovar/io/result_file.hpp>
#include <support/command.hpp>
#include <support/progress_bar.hpp>
#include <support/run_record.hpp>
#include <support/signals.hpp>
#include <support/space_choice.hpp>

#include <Kokkos_Core.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <vector>

/// \file
/// 'kovar gsn estimate' in factored form: when it is taken, and how it runs.

namespace kovar::apps {

/// The options form and store.
std::vector<Option> form_options();

/// Which form, and why.
struct FormChoice {
  bool is_factored = false;
  bool is_asked_for = false;  ///< by --form=factored
  bool stores_dense = false;  ///< whole matrices go into the file
  bool suits_losses = false;  ///< where trials were lost
  std::string reason;
  std::string hint;  ///< that an option keeps a far faster factored form away; or empty
};

/// --form=auto takes the factored form where it is expected to be faster by a good measure, or where
/// whole matrices do not fit into memory; and whole matrices into the file where these fit.
/// \throws InputError if an option contradicts the form that is asked for
FormChoice choose_form(OptionValues const& values, EstimateRequest const& request,
                       io::ResponseDataset const& shape, double available_bytes, int n_ranks);

/// What goes to the terminal and into the record beside what both forms tell.
std::string form_lines(FormChoice const& choice, gsn::FactoredProjection const& projection);
nlohmann::ordered_json form_record(FormChoice const& choice,
                                   gsn::FactoredProjection const& projection);

/// One run in factored form.
struct FactoredJob {
  Context const& context;
  OptionValues const& values;
  EstimateRequest const& request;
  io::ResponseDataset const& shape;
  Kokkos::Timer const& since_start;
  FormChoice const& choice;
};

/// Is any response lost, on any rank? Collective.
template <class Scalar, class ExecSpace>
bool has_losses(ExecSpace const& space, dist::Communicator const& comm,
                ConstCube<Scalar, ExecSpace> const& responses)
{
  double n_lost = 0;
  dist::agree(comm, [&] {
    n_lost = static_cast<double>(gsn::response_census<Scalar, ExecSpace>(space, responses).n_lost);
  });
  comm.max_to_all(&n_lost, 1);
  return n_lost > 0;
}

template <class ExecSpace>
EstimateFindings factored_findings(FactoredJob const& job,
                                   gsn::FactoredEstimate<ExecSpace> const& estimate)
{
  EstimateFindings findings;
  findings.shape = job.shape;
  findings.precision = "double";
  findings.path = estimate.path;
  findings.levels = estimate.levels;
  findings.noise_level = estimate.noise_level.level;
  findings.data_level = estimate.data_level.level;
  findings.n_iterations = estimate.n_iterations;
  findings.median_noise_ceiling_snr = median(estimate.noise_ceiling_snr);
  findings.warnings = distinct(estimate.warnings);
  return findings;
}

/// The results into their file. Collective.
template <class ExecSpace>
void write_factored(FactoredJob const& job, ExecSpace const& space, Run const& run,
                    gsn::FactoredEstimate<ExecSpace> const& estimate)
{
  EstimateRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  std::optional<RemoveOnSignal> remove_on_signal;
  if (comm.is_root()) remove_on_signal.emplace(io::part_of(io::target_of(request.output)));
  io::Provenance const provenance = provenance_of(run, job.values);
  if (!job.choice.stores_dense) {
    io::write_factored_estimate(request.output, space, comm, estimate, request.options.returns,
                                provenance);
    return;
  }
  auto const dense = gsn::dense_estimate(space, comm, estimate, request.options.returns);
  dist::agree(comm, [&] {
    if (comm.is_root()) io::write_estimate(request.output, dense, provenance);
  });
}

/// Read, estimate, write and report; or give up and leave nothing.
/// \return  false where auto chose the form and responses are lost which it does not suit, or the result would not be
///          exact
template <class Scalar, class ExecSpace>
bool estimate_factored_and_report(FactoredJob const& job, ExecSpace const& space)
{
  EstimateRequest const& request = job.request;
  dist::Communicator const& comm = job.context.comm;
  Run const run =
      describe_run(job.context, "gsn estimate", request.space, host_threads<ExecSpace>());
  Kokkos::Timer timer;
  auto host = io::read_responses<Scalar>(comm, request.input, request.dataset, request.order,
                                         std::int64_t{1} << 30, io::SharedAxis::units);
  PlacedResponses<Scalar, ExecSpace> const responses(space, host);
  host = {};
  double const read_seconds = timer.seconds();
  if (!job.choice.is_asked_for && !job.choice.suits_losses &&
      has_losses<Scalar, ExecSpace>(space, comm, responses.cube()))
    return false;

  gsn::Options options = request.options;
  std::optional<ProgressBar> bar;
  if (request.talks && comm.is_root() && ProgressBar::has_terminal()) {
    bar.emplace();
    options.progress = [&bar](Progress const& progress) { bar->show(progress); };
  }
  auto const estimate = gsn::estimate_factored<Scalar, ExecSpace>(space, comm, responses.cube(),
                                                                  job.shape.n_units, options);
  bar.reset();
  bool const is_exact = estimate.projection.error_bound <= 1e-9 * estimate.projection.norm;
  if (!job.choice.is_asked_for && job.choice.stores_dense && !is_exact) {
    if (request.talks && comm.is_root())
      std::cerr << "Form: factors were tried and are not exact here (error of up to "
                << estimate.projection.error_bound << " at a norm of " << estimate.projection.norm
                << "): whole matrices are taken" << '\n';
    return false;
  }

  timer.reset();
  write_factored(job, space, run, estimate);
  EstimateFindings findings = factored_findings(job, estimate);
  std::vector<PhaseTime> phases = estimate.phases;
  phases.insert(phases.begin(), {"read", read_seconds});
  phases.push_back({"write", timer.seconds()});
  findings.cost = cost_over_ranks(comm, run, phases, job.since_start.seconds());
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    if (!request.json.empty()) {
      auto record = estimate_record(request, findings);
      record["form"] = form_record(job.choice, estimate.projection);
      write_json(request.json, record);
    }
    if (request.talks)
      std::cout << estimate_table(request, findings) << form_lines(job.choice, estimate.projection)
                << std::flush;
    else
      for (gsn::Warning const& warning : findings.warnings)
        std::cerr << "kovar: warning: " << gsn::name_of(warning.code) << ": " << warning.message
                  << '\n';
  });
  return true;
}

}  // namespace kovar::apps

#endif
