// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TASK_HPP
#define KOVAR_GSN_TASK_HPP

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/phase_clock.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <cmath>
#include <cstdint>

/// \file
/// What the paths of the estimate share, and the two paths themselves.

namespace kovar::gsn {

/// One estimate under way.
template <class Scalar, class ExecSpace>
struct Task {
  ExecSpace const& space;
  dist::Communicator const& comm;
  ConstCube<Scalar, ExecSpace> const& responses;  ///< N x C_local x T
  std::int64_t n_conditions;                      ///< C, over all ranks
  Options const& options;
  PhaseClock<ExecSpace>& clock;
  Estimate<Scalar, ExecSpace>& result;

  std::int64_t n_units() const { return responses.extent(0); }
  std::int64_t n_trials() const { return responses.extent(2); }

  LevelRule level_rule() const
  {
    auto& running = clock;
    return {result.levels,
            options.scoring,
            options.zero_variance,
            options.memory_budget,
            [&running](double share) { running.update(share); },
            options.level_search};
  }
};

/// Flops of a choice of levels from k training columns; those of a tridiagonal form, which is bound by
/// memory, count four times.
inline double level_work(std::int64_t n_units, double k, std::size_t n_levels, Scoring scoring)
{
  auto const n = static_cast<double>(n_units);
  if (scoring == Scoring::cholesky)
    return n * n * k + static_cast<double>(n_levels) * n * n * (n / 3 + k / 4);
  return n * n * std::min(k, n) + 5 * std::pow(std::min(k, n), 3);
}

/// Complete data, and data where trials are used only if no unit lost them (sections 5, 6 and
/// 12 of the specification). Fills means, ratios, levels and warnings of the result. Collective.
/// \throws InputError, on all ranks: a condition without valid trial, nothing to train or validate with
template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> whole_trial_covariances(Task<Scalar, ExecSpace> const& task,
                                                          ResponseCensus const& census);

/// Data where each pair of units uses the trials that both have (section 13). As above.
template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> per_unit_covariances(Task<Scalar, ExecSpace> const& task,
                                                       ResponseCensus const& census);

}  // namespace kovar::gsn

#endif
