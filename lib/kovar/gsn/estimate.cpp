// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/finish_estimate.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/task.hpp>

#include <cmath>
#include <string>

namespace kovar::gsn {

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
        needed_bytes(comm.is_root(), comm.size(), result.path, n_units, n_conditions, n_trials,
                     sizeof(Scalar), options),
        matrix_remedy(
            n_units, n_conditions, n_trials, "",
            "fewer units, single precision, scoring=auto, or a machine with more memory"));
  });

  double const eigen_work = eigen_flops(n_units);
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      covariance_work(result.path, n_units, n_conditions, n_trials, options) +
          eigen_work * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                        (wants_difference_basis(options.returns) ? 1 : 0)));
  Task<Scalar, ExecSpace> const task = {space,   comm,  responses, n_conditions,
                                        options, clock, result};
  RawCovariances<Scalar, ExecSpace> const raw = covariance_stage_of(
      task, eigen_work / pair_work(result.path, n_units, n_conditions, n_trials), [&] {
        return result.path == Path::per_unit ? per_unit_covariances(task, census)
                                             : whole_trial_covariances(task, census);
      });
  finish_estimate(task, raw, result);
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
