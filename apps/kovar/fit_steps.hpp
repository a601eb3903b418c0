// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_STEPS_HPP
#define KOVAR_APPS_KOVAR_FIT_STEPS_HPP

#include "fit_report.hpp"
#include "fit_stored_minimum.hpp"
#include "fit_study.hpp"

#include <kovar/fit/covariance.hpp>
#include <kovar/fit/experiment.hpp>
#include <kovar/fit/frozen_parameters.hpp>
#include <kovar/fit/global_impacts.hpp>
#include <kovar/fit/goodness_of_fit.hpp>
#include <kovar/fit/impacts.hpp>
#include <kovar/fit/interval.hpp>
#include <kovar/fit/minimum.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/multi_start.hpp>
#include <kovar/fit/prefit_variances.hpp>
#include <kovar/fit/scan.hpp>
#include <kovar/fit/selected_covariance.hpp>
#include <kovar/fit/shared_covariance.hpp>
#include <kovar/io/fit_result_file.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

/// \file
/// The steps of a study, each of which adds to what is saved of a fit. All ranks call them together.

namespace kovar::apps {

/// What the steps work on.
template <class ExecSpace>
struct Workplace {
  ExecSpace space;
  dist::RankGroups const& groups;
  fit::TemplateTensor const& tensor;
  std::vector<fit::ExternalTerm> terms;  ///< for preconditioners
  fit::Likelihood<ExecSpace>& likelihood;
  StudyRequest const& request;
  /// Told of every iteration of the main fit, and of points of scans: "scan of mu", done, all. May be empty.
  std::function<void(optim::TrustRegionIterate const&)> on_iteration;
  std::function<void(std::string const&, std::int64_t, std::int64_t)> on_point;
  Checkpoint* checkpoint;   ///< null: none
  bool over_ranks = false;  ///< they share the covariance, and those of yields
};

/// What there is to be of the uncertainties of yields.
template <class ExecSpace>
fit::YieldErrors yield_errors(Workplace<ExecSpace> const& w)
{
  bool const in_shares = w.over_ranks && w.request.yield_errors == fit::YieldErrors::covariance;
  return in_shares ? fit::YieldErrors::covariance_in_shares : w.request.yield_errors;
}

/// What a step found that is not as it should be.
struct Findings {
  std::vector<std::string> problems;  ///< results are kept, the exit code tells
  std::vector<std::string> notes;
};

/// Values before the fit, with their yields and chi square.
template <class ExecSpace>
void add_prefit(Workplace<ExecSpace> const& w, std::vector<double> const& start, io::SavedFit& fit)
{
  auto const free = fit::free_parameters(fit.parameters.names, w.request.fit.minimum.frozen);
  fit.prefit_x = start;
  fit.prefit_variances = fit::prefit_variances(fit.parameters, free, w.request.fit.unconstrained);
  bool const stands_here = w.request.point == StudyPoint::prefit;
  if (!w.request.wants_yields && !w.request.chi_square && !stands_here) return;
  fit::move_to(w.space, w.likelihood, start);
  if (w.request.wants_yields) {
    fit.prefit.bins = fit::prefit_yields(w.space, w.likelihood, fit.prefit_variances,
                                         fit::YieldDetail::bins, yield_errors(w));
    if (w.request.by_process)
      fit.prefit.entries = fit::prefit_yields(
          w.space, w.likelihood, fit.prefit_variances, fit::YieldDetail::entries,
          w.request.yield_errors == fit::YieldErrors::none ? fit::YieldErrors::none
                                                           : fit::YieldErrors::variances);
  }
  if (w.request.chi_square)
    fit.prefit_chi_square = fit::prefit_goodness(
        w.space, w.likelihood, fit.prefit_variances,
        w.request.leaves_out_exact_bins ? fit::ExactBins::leave_out : fit::ExactBins::keep);
}

/// The deepest minimum of several starts.
template <class ExecSpace>
fit::Minimum deepest_minimum(Workplace<ExecSpace> const& w, fit::MinimumOptions const& options,
                             Findings& findings)
{
  auto const ends = fit::find_minima(w.space, w.likelihood, options, w.request.fit.starts);
  if (ends.minima.empty()) return fit::find_minimum(w.space, w.likelihood, options);
  std::string note = std::to_string(w.request.fit.starts.n_starts) + " starts ended in " +
                     std::to_string(ends.minima.size()) +
                     (ends.minima.size() == 1 ? " minimum" : " minima");
  if (!ends.failed.empty()) note += ", " + std::to_string(ends.failed.size()) + " did not converge";
  findings.notes.push_back(note);
  return ends.minima.front().minimum;
}

/// Where the study stands from here on.
template <class ExecSpace>
void add_minimum(Workplace<ExecSpace> const& w, std::vector<double> const& start, io::SavedFit& fit,
                 Findings& findings)
{
  if (w.request.point == StudyPoint::minimum) {
    fit::MinimumOptions options = w.request.fit.minimum;
    options.start = start;
    options.preconditioner.external_terms = w.terms;
    options.checkpoint = w.checkpoint;
    options.checkpoint_name = fit.group;
    options.trust_region.on_iteration = [&w](optim::TrustRegionIterate const& iterate) {
      if (w.on_iteration) w.on_iteration(iterate);
      return true;
    };
    fit.minimum = w.request.fit.starts.n_starts > 1
                      ? deepest_minimum(w, options, findings)
                      : fit::find_minimum(w.space, w.likelihood, options);
    fit.distance = fit.minimum.search.distance;
    if (fit.minimum.search.status != optim::TrustRegionStatus::converged)
      findings.problems.push_back(std::string("the fit did not converge (") +
                                  optim::name_of(fit.minimum.search.status) + " after " +
                                  std::to_string(fit.minimum.search.n_iterations) + " iterations)");
  } else {
    fit.minimum = fit::minimum_at(w.space, w.likelihood, start, w.request.fit.minimum.frozen);
    fit.is_prefit_only = w.request.point == StudyPoint::prefit;
  }
  fit.full = w.likelihood.full(w.space);
  if (!fit.is_prefit_only) fit.saturated = fit::saturated_goodness(w.likelihood);
}

/// Indices of parameters, by name.
inline std::vector<std::int64_t> indices_of(fit::Parameters const& parameters,
                                            std::vector<std::string> const& names)
{
  std::vector<std::int64_t> indices;
  for (std::string const& name : names) indices.push_back(parameters.index(name));
  return indices;
}

/// The parameters whose rows of the covariance are needed: those of interest, and what is scanned.
inline std::vector<std::int64_t> needed_rows(StudyRequest const& request, io::SavedFit const& fit)
{
  auto rows = fit.rows;
  auto names = request.scan.parameters;
  names.insert(names.end(), request.scan.intervals.begin(), request.scan.intervals.end());
  for (auto const& pair : request.scan.pairs) names.insert(names.end(), pair.begin(), pair.end());
  for (std::int64_t const row : indices_of(fit.parameters, names))
    if (std::find(rows.begin(), rows.end(), row) == rows.end()) rows.push_back(row);
  return rows;
}

template <class ExecSpace>
StoredPoint stored_point(Workplace<ExecSpace> const& w)
{
  return {w.request.command, w.request.stored, w.request.fit};
}

/// A study at the minimum of an earlier result needs one. Collective, as groups round differently.
template <class ExecSpace>
void require_stored_minimum(Workplace<ExecSpace> const& w, io::SavedFit const& fit)
{
  dist::agree(w.groups.all(), [&] {
    if (w.request.point == StudyPoint::stored) require_near_minimum(stored_point(w), fit.distance);
  });
}

/// The covariance without its matrix: rows by conjugate gradients.
template <class ExecSpace>
fit::SelectedCovariance add_selected_covariance(Workplace<ExecSpace> const& w, io::SavedFit& fit,
                                                Findings& findings)
{
  fit::SelectedCovarianceOptions options;
  options.preconditioner = w.request.fit.minimum.preconditioner;
  options.preconditioner.external_terms = w.terms;
  auto const found = fit::selected_covariance(w.space, w.likelihood, fit.minimum,
                                              needed_rows(w.request, fit), options);
  fit.variances = found.variances;
  fit.distance = found.distance;
  dist::agree(w.groups.all(), [&] {
    if (found.status == optim::LinearSolveStatus::indefinite &&
        w.request.point == StudyPoint::stored)
      refuse_indefinite(stored_point(w));
  });
  require_stored_minimum(w, fit);
  for (std::size_t row = 0; row < fit.rows.size(); ++row)
    fit.covariance_rows.insert(fit.covariance_rows.end(), found.rows[row].begin(),
                               found.rows[row].end());
  if (!found.failed.empty())
    findings.problems.push_back("conjugate gradients for the covariance did not converge (" +
                                found.failed + ")");
  return found;
}

/// What a covariance says of the minimum; without a matrix where the Hessian is not positive definite.
template <class ExecSpace, class AnyCovariance>
void judge_covariance(Workplace<ExecSpace> const& w, AnyCovariance& found, io::SavedFit& fit,
                      Findings& findings)
{
  // Groups of other sizes round differently, and what follows needs all of them.
  std::int64_t bad_minor = found.bad_minor;
  w.groups.all().max_to_all(&bad_minor, 1);
  found.bad_minor = static_cast<int>(bad_minor);
  if (found.bad_minor == 0) {
    fit.distance = found.distance;
    require_stored_minimum(w, fit);
    fit.variances = fit::variances(w.space, found);
    return;
  }
  found.matrix = {};
  auto const culprit =
      static_cast<std::size_t>(fit.minimum.free[static_cast<std::size_t>(found.bad_minor) - 1]);
  if (w.request.point == StudyPoint::stored)
    refuse_indefinite(stored_point(w), fit.parameters.names[culprit]);
  findings.problems.push_back("the Hessian is not positive definite (its leading minor of order " +
                              std::to_string(found.bad_minor) + ", at parameter '" +
                              fit.parameters.names[culprit] +
                              "', is not): there are no uncertainties");
}

/// The covariance of which each rank keeps a share.
template <class ExecSpace>
fit::SharedCovariance add_shared_covariance(Workplace<ExecSpace> const& w, io::SavedFit& fit,
                                            Findings& findings)
{
  auto found = fit::shared_covariance(w.space, w.likelihood, fit.minimum);
  judge_covariance(w, found, fit, findings);
  if (found.bad_minor > 0) return found;
  fit.shared_covariance = found;
  add_shared_correlations(w.request.n_shown, fit);
  return found;
}

/// The whole covariance.
template <class ExecSpace>
fit::Covariance<ExecSpace> add_covariance(Workplace<ExecSpace> const& w, io::SavedFit& fit,
                                          Findings& findings)
{
  auto found = fit::covariance(w.space, w.likelihood, fit.minimum);
  judge_covariance(w, found, fit, findings);
  if (found.bad_minor > 0 || !w.groups.all().is_root()) return found;
  auto const host = Kokkos::create_mirror_view(found.matrix);
  Kokkos::deep_copy(w.space, host, found.matrix);
  w.space.fence();  // the host reads the copy
  auto const n = static_cast<std::size_t>(fit.n());
  fit.covariance.assign(n * n, 0.0);
  for (std::size_t i = 0; i < fit.minimum.free.size(); ++i)
    for (std::size_t j = 0; j < fit.minimum.free.size(); ++j)
      fit.covariance[static_cast<std::size_t>(fit.minimum.free[i]) * n +
                     static_cast<std::size_t>(fit.minimum.free[j])] = host(i, j);
  return found;
}

/// \param covariance  whole or shared
template <class ExecSpace, class AnyCovariance>
void add_impacts(Workplace<ExecSpace> const& w, AnyCovariance const& covariance, io::SavedFit& fit)
{
  for (std::string const& kind : w.request.impacts) {
    if (kind == "traditional")
      fit.impacts.push_back(
          {"impacts", fit::traditional_impacts(w.space, w.likelihood, w.tensor, covariance)});
    else
      fit.impacts.push_back(
          {kind == "global" ? "global_impacts" : "gaussian_global_impacts",
           fit::global_impacts(w.space, w.likelihood, w.tensor, covariance,
                               kind == "global" ? fit::GlobalImpactKind::likelihood
                                                : fit::GlobalImpactKind::gaussian)});
  }
}

/// Yields after the fit; without uncertainties where there is no covariance.
/// \param covariance  whole or shared
template <class ExecSpace, class AnyCovariance>
void add_postfit(Workplace<ExecSpace> const& w, AnyCovariance const& covariance, io::SavedFit& fit)
{
  bool const has_matrix = w.request.has_hessian && covariance.bad_minor == 0;
  auto const errors = has_matrix ? yield_errors(w) : fit::YieldErrors::none;
  if (w.request.wants_yields) {
    fit.postfit.bins =
        fit::postfit_yields(w.space, w.likelihood, covariance, fit::YieldDetail::bins, errors);
    if (w.request.by_process)
      fit.postfit.entries = fit::postfit_yields(
          w.space, w.likelihood, covariance, fit::YieldDetail::entries,
          errors == fit::YieldErrors::none ? errors : fit::YieldErrors::variances);
  }
  if (!has_matrix) return;
  if (w.request.variations)
    fit.postfit.variations = fit::postfit_variations(w.space, w.likelihood, covariance, fit.rows,
                                                     fit::VariationKind::correlated);
  if (w.request.chi_square)
    fit.postfit_chi_square = fit::postfit_goodness(
        w.space, w.likelihood, covariance,
        w.request.leaves_out_exact_bins ? fit::ExactBins::leave_out : fit::ExactBins::keep);
}

/// Scans and intervals; the likelihood may stand elsewhere afterwards.
/// \param column  covariances of a parameter with all
template <class ExecSpace>
void add_scans(Workplace<ExecSpace> const& w,
               std::function<std::vector<double>(std::string const&)> const& column,
               io::SavedFit& fit)
{
  ScanRequest const& wanted = w.request.scan;
  fit::ScanOptions options;
  options.n_points = wanted.n_points;
  options.range = wanted.range;
  options.minimum = w.request.fit.minimum;
  options.minimum.preconditioner.external_terms = w.terms;
  auto const told = [&w](std::string const& what) -> dist::JobProgress {
    if (!w.on_point) return {};
    return [&w, what](std::int64_t done, std::int64_t all) { w.on_point(what, done, all); };
  };
  for (std::string const& name : wanted.parameters) {
    options.progress = told("scan of " + name);
    fit.scans.push_back(
        fit::scan(w.space, w.groups, w.likelihood, fit.minimum, name, column(name), options));
  }
  for (auto const& pair : wanted.pairs) {
    options.progress = told("scan of " + pair[0] + " and " + pair[1]);
    std::string const names[2] = {pair[0], pair[1]};
    std::vector<double> const columns[2] = {column(pair[0]), column(pair[1])};
    fit.scans_2d.push_back(
        fit::scan_2d(w.space, w.groups, w.likelihood, fit.minimum, names, columns, options));
  }
  fit::IntervalOptions ends;
  ends.minimum = options.minimum;
  for (std::string const& name : wanted.intervals)
    for (double const level : wanted.levels) {
      ends.level = level;
      ends.progress = told("interval of " + name);
      fit.intervals.push_back(
          fit::interval(w.space, w.groups, w.likelihood, fit.minimum, name, column(name), ends));
    }
}

/// What follows from the covariance of all parameters.
/// \param covariance  whole or shared; perhaps without a matrix
template <class ExecSpace, class AnyCovariance>
void add_results(Workplace<ExecSpace> const& w, AnyCovariance const& covariance, io::SavedFit& fit)
{
  bool const has_matrix = covariance.bad_minor == 0;
  if (has_matrix) add_impacts(w, covariance, fit);
  add_postfit(w, covariance, fit);
  if (!has_matrix) return;
  auto const column = [&](std::string const& name) {
    return fit::covariance_row(w.space, covariance, fit.parameters.index(name));
  };
  add_scans<ExecSpace>(w, column, fit);
}

/// The same from rows of it alone.
template <class ExecSpace>
void add_results(Workplace<ExecSpace> const& w, fit::SelectedCovariance const& selected,
                 io::SavedFit& fit)
{
  add_postfit(w, fit::Covariance<ExecSpace>(), fit);
  auto const column = [&](std::string const& name) {
    std::int64_t const parameter = fit.parameters.index(name);
    for (std::size_t row = 0; row < selected.parameters.size(); ++row)
      if (selected.parameters[row] == parameter) return selected.rows[row];
    throw Error("fit: no row of the covariance for '" + name + "' (an error in the program)");
  };
  add_scans<ExecSpace>(w, column, fit);
}

}  // namespace kovar::apps

#endif
