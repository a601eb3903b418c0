// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_TASK_HPP
#define KOVAR_GSN_TASK_HPP

#include <kovar/gsn/active_units.hpp>
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
  EstimateSummary& result;
  double work_with_covariances = 0;  ///< flops of the stage that sums over pairs, beside these sums

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

/// Flops of sums over all pairs of units.
inline double pair_work(Path path, std::int64_t n_units, std::int64_t n_conditions,
                        std::int64_t n_trials)
{
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(n_conditions);
  auto const t = static_cast<double>(n_trials);
  return n * n * (path == Path::per_unit ? c * (3 * t + 7) : c * t + 4);
}

/// Flops up to the unshrunken covariances.
inline double covariance_work(Path path, std::int64_t n_units, std::int64_t n_conditions,
                              std::int64_t n_trials, Options const& options)
{
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(n_conditions);
  auto const t = static_cast<double>(n_trials);
  std::size_t const n_levels = levels_of(options).size();
  double const k = path == Path::per_unit ? c : c * (t - 1);
  return level_work(n_units, k, n_levels, options.scoring) +
         level_work(n_units, c, n_levels, options.scoring) +
         pair_work(path, n_units, n_conditions, n_trials) + 2 * n * c * t;
}

/// Flops of the matrices of the result.
inline double result_work(std::int64_t n_units)
{
  return 4 * std::pow(static_cast<double>(n_units), 2);
}

inline Warning not_converged_warning()
{
  return {Warning::Code::not_converged,
          "the loop that makes signal and noise covariance semidefinite stopped after 100 passes "
          "before both settled"};
}

/// Columns of this rank; the sum over ranks of their products x x^T times the scale is a covariance that is
/// not shrunken. No N x N matrix was made for them.
template <class ExecSpace>
struct CovarianceColumns {
  Matrix<double, ExecSpace> noise;  ///< N x contrasts between whole trials
  Matrix<double, ExecSpace> data;   ///< N x conditions of this rank
  double noise_scale = 1;
  double data_scale = 1;
  std::int64_t n_noise_columns = 0;  ///< over all ranks
  ActiveUnits active;
  double noise_share = 1;  ///< of the noise covariance in that of the data
  double difference_share = 1;
  BiconvexWeights weights = {1, 0};
};

/// Choose both levels and make these columns, on complete data and where trials are used only if no unit
/// lost them. Fills means, ratios, levels and warnings of the result. Collective.
/// \throws InputError, on all ranks: a condition without valid trial, nothing to train or validate with
template <class Scalar, class ExecSpace>
CovarianceColumns<ExecSpace> whole_trial_columns(Task<Scalar, ExecSpace> const& task,
                                                 ResponseCensus const& census);

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
