// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>

#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

/// Shrink, then project; or shrink what the checkpoint holds, and read the projected ones. Collective.
template <class Scalar, class ExecSpace>
ProjectedCovariances<Scalar, ExecSpace> projection_stage(
    Task<Scalar, ExecSpace> const& task, RawCovariances<Scalar, ExecSpace> const& raw)
{
  Checkpoint* const checkpoint = task.options.checkpoint;
  ProjectedCovariances<Scalar, ExecSpace> covariances;
  bool const is_held = checkpoint != nullptr && checkpoint->holds(projection_stage_name);
  dist::agree(task.comm, [&] {
    if (!task.comm.is_root()) return;
    covariances = shrink(task.space, raw, task.result.noise_level.level,
                         task.result.data_level.level, task.options.returns);
    if (!is_held) project(task.space, raw, task.n_units(), task.options.projection, covariances);
  });
  if (is_held) {
    read_projection(task.space, task.comm, *checkpoint, raw.units, covariances);
    return covariances;
  }
  std::int64_t shared[2] = {covariances.n_iterations, covariances.converged ? 0 : 1};
  task.comm.max_to_all(shared, 2);
  covariances.n_iterations = static_cast<int>(shared[0]);
  covariances.converged = shared[1] == 0;
  if (checkpoint != nullptr)
    put_projection(task.space, task.comm, *checkpoint, task.options.returns,
                   work_after(projection_stage_name, task.options.returns, task.n_units()),
                   covariances);
  return covariances;
}

/// A basis from the checkpoint; or made on rank 0, and left there. Collective.
template <class Scalar, class ExecSpace, class Make>
void basis_stage(Task<Scalar, ExecSpace> const& task, std::string const& stage,
                 Vector<Scalar, ExecSpace>& values, Matrix<Scalar, ExecSpace>& vectors,
                 Make const& make)
{
  Checkpoint* const checkpoint = task.options.checkpoint;
  if (checkpoint != nullptr && checkpoint->holds(stage)) {
    read_basis(task.space, task.comm, *checkpoint, stage, values, vectors);
    return;
  }
  dist::agree(task.comm, [&] {
    if (task.comm.is_root()) make();
  });
  if (checkpoint != nullptr)
    put_basis(task.space, task.comm, *checkpoint, stage,
              work_after(stage, task.options.returns, task.n_units()), values, vectors);
}

}  // namespace

std::string name_of(Path path)
{
  switch (path) {
    case Path::even:
      return "even";
    case Path::whole_trial:
      return "whole_trial";
    case Path::per_unit:
      return "per_unit";
  }
  return "?";
}

std::string name_of(Warning::Code code)
{
  switch (code) {
    case Warning::Code::all_levels_singular:
      return "W_ALL_LEVELS_SINGULAR";
    case Warning::Code::not_converged:
      return "W_NOT_CONVERGED";
    case Warning::Code::zero_variance:
      return "W_ZERO_VARIANCE";
    case Warning::Code::few_trials:
      return "W_NTRIALBC_BELOW_ONE";
    case Warning::Code::noise_level_fallback:
      return "W_MISSING_CN_LEVEL_FALLBACK";
    case Warning::Code::data_level_fallback:
      return "W_MISSING_CD_LEVEL_FALLBACK";
    case Warning::Code::empty_mean:
      return "W_EMPTY_MEAN";
    case Warning::Code::inexact_projection:
      return "W_INEXACT_PROJECTION";
  }
  return "?";
}

template <class Scalar, class ExecSpace>
Estimate<Scalar, ExecSpace> estimate(ExecSpace const& space, dist::Communicator const& comm,
                                     ConstCube<Scalar, ExecSpace> const& responses,
                                     std::int64_t n_conditions, Options const& options)
{
  Region const region("kovar::gsn::estimate");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  ResponseCensus const census =
      census_of_estimable<Scalar, ExecSpace>(space, comm, responses, n_conditions, options);
  Estimate<Scalar, ExecSpace> result;
  result.levels = levels_of(options);
  result.path = path_of(comm, census, options.uneven);
  dist::agree(comm, [&] {
    require_memory<ExecSpace>(
        "estimate: " + std::to_string(n_units) + " units",
        needed_bytes(comm.is_root(), result.path, n_units, n_conditions, n_trials, sizeof(Scalar),
                     options),
        "use fewer units, single precision, scoring=auto, or a machine with more memory");
  });

  double const eigen_work = eigen_flops(n_units);
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      covariance_work(result.path, n_units, n_conditions, n_trials, options) +
          eigen_work * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                        (wants_difference_basis(options.returns) ? 1 : 0)));
  Task<Scalar, ExecSpace> const task = {space,   comm,  responses, n_conditions,
                                        options, clock, result};
  RawCovariances<Scalar, ExecSpace> raw;
  Checkpoint* const checkpoint = options.checkpoint;
  if (checkpoint != nullptr && checkpoint->holds(covariance_stage::name)) {
    clock.begin("reading the checkpoint", 0);
    raw = read_covariances<Scalar>(space, comm, *checkpoint, options.returns, result);
  } else {
    raw = result.path == Path::per_unit ? per_unit_covariances(task, census)
                                        : whole_trial_covariances(task, census);
    if (checkpoint != nullptr) {
      clock.begin("writing the checkpoint", 0);
      put_covariances(space, comm, *checkpoint,
                      eigen_work / pair_work(result.path, n_units, n_conditions, n_trials), raw,
                      result);
    }
  }

  // What follows needs whole matrices: rank 0 works, the others wait for the outcome.
  clock.begin("projection", eigen_work);
  auto covariances = projection_stage(task, raw);
  result.n_iterations = covariances.n_iterations;
  if (!covariances.converged) result.warnings.push_back(not_converged_warning());
  clock.begin("results", result_work(n_units));
  dist::agree(comm, [&] {
    if (comm.is_root()) store_matrices(space, raw.units, options.returns, covariances, result);
  });
  if (wants_signal_basis(options.returns)) {
    clock.begin("signal eigenbasis", eigen_work);
    basis_stage(task, signal_basis_stage, result.eigenvalues_signal, result.eigenvectors_signal,
                [&] { store_signal_basis(space, options, covariances, result); });
  }
  if (wants_difference_basis(options.returns)) {
    clock.begin("difference eigenbasis", eigen_work);
    basis_stage(task, difference_basis_stage, result.eigenvalues_difference,
                result.eigenvectors_difference,
                [&] { store_difference_basis(space, options, raw, covariances, result); });
  }
  result.phases = clock.finish();
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template Estimate<Scalar, ExecSpace> estimate(ExecSpace const&, dist::Communicator const&,       \
                                                ConstCube<Scalar, ExecSpace> const&, std::int64_t, \
                                                Options const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
