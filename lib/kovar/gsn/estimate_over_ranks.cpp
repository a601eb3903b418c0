// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/eigen.hpp>
#include <kovar/gsn/covariances_over_ranks.hpp>
#include <kovar/gsn/estimate_checks.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/gsn/finish_over_ranks.hpp>
#include <kovar/gsn/needed_memory.hpp>
#include <kovar/gsn/raw_over_ranks.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/stages_over_ranks.hpp>
#include <kovar/gsn/task.hpp>

#include <algorithm>
#include <string>

namespace kovar::gsn {
namespace {

using dist::BlockCyclicMatrix;
using dist::Host;

template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> whole_trial_over_ranks(Task<Scalar, ExecSpace> const& task, Host const& host,
                                            ResponseCensus const& census)
{
  CovarianceColumns<ExecSpace> const columns = whole_trial_columns(task, census);
  ActiveUnits const& active = columns.active;
  dist::ProcessGrid const grid(task.comm);
  auto const n = static_cast<double>(task.n_units());
  RawOverRanks<Scalar> raw;
  raw.weights = columns.weights;
  raw.noise_share.constant = columns.noise_share;
  raw.difference_share = columns.difference_share;
  raw.variance = larger_variances(active);

  Matrix<double, Host> noise;
  Matrix<double, Host> data;
  dist::agree(task.comm, [&] {
    noise = host_columns(task.space, columns.noise);
    data = host_columns(task.space, columns.data);
  });
  task.clock.begin("noise covariance", n * n * static_cast<double>(columns.n_noise_columns));
  raw.noise =
      covariance_over_ranks<Scalar>(host, grid, noise, active.noise_variance, columns.noise_scale);
  task.clock.begin("data covariance", n * n * static_cast<double>(task.n_conditions));
  raw.signal =
      covariance_over_ranks<Scalar>(host, grid, data, active.data_variance, columns.data_scale);
  shrink_over_ranks(host, raw.noise, raw.signal, task.result.noise_level.level,
                    task.result.data_level.level, raw.noise_share);
  return raw;
}

template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> raw_covariances(Task<Scalar, ExecSpace> const& task, Host const& host,
                                     ResponseCensus const& census)
{
  return task.result.path == Path::per_unit ? per_unit_over_ranks(task, host, census)
                                            : whole_trial_over_ranks(task, host, census);
}

/// \param n_projection  matrices of a projection: its copy, eigenvectors, and what their engine takes
double bytes_over_ranks(Path path, int n_ranks, std::int64_t n_units, std::int64_t n_conditions,
                        std::int64_t n_trials, std::size_t scalar_size, Options const& options,
                        double n_projection)
{
  auto const n = static_cast<double>(n_units);
  auto const ranks = static_cast<double>(n_ranks);
  double const share = static_cast<double>(scalar_size) * n * n / ranks;
  // Both raw covariances, both projected ones and the next one; on complete data a single pass of the loop, with
  // one less. Bases beside. The noise share of pairs where units have losses of their own. On several ranks the
  // reflectors of bulge chasing.
  bool const wants_basis =
      wants_signal_basis(options.returns) || wants_difference_basis(options.returns);
  double const n_matrices = wants_basis ? 7 : path == Path::even ? 4 : 5;
  double const n_shares =
      (path == Path::per_unit ? 1 : 0) + (n_ranks > 1 ? ranks / (ranks + 1) : 0);
  double const matrices =
      share * (n_matrices + n_projection + n_shares) + panel_bytes(n_ranks, n_units, scalar_size);
  double const scoring = path == Path::per_unit
                             ? per_unit_scoring_bytes(n_units, n_conditions, n_trials, options)
                             : scoring_bytes(n_units, n_conditions, n_trials, options);
  return column_bytes(path, n_ranks, n_units, n_conditions, n_trials, options) +
         std::max(scoring, matrices);
}

}  // namespace

double needed_bytes_over_ranks(Path path, int n_ranks, std::int64_t n_units,
                               std::int64_t n_conditions, std::int64_t n_trials,
                               std::size_t scalar_size, Options const& options)
{
  return bytes_over_ranks(path, n_ranks, n_units, n_conditions, n_trials, scalar_size, options, 3);
}

double likely_bytes_over_ranks(Path path, int n_ranks, std::int64_t n_units,
                               std::int64_t n_conditions, std::int64_t n_trials,
                               std::size_t scalar_size, Options const& options)
{
  bool const wants_basis =
      wants_signal_basis(options.returns) || wants_difference_basis(options.returns);
  bool const are_few =
      !wants_basis && dist::takes_few_vectors(n_units, n_ranks, n_conditions * n_trials);
  return bytes_over_ranks(path, n_ranks, n_units, n_conditions, n_trials, scalar_size, options,
                          are_few ? 1 : 3);
}

template <class Scalar, class ExecSpace>
EstimateOverRanks<Scalar> estimate_over_ranks(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConstCube<Scalar, ExecSpace> const& responses,
                                              std::int64_t n_conditions, Options const& options)
{
  Region const region("kovar::gsn::estimate_over_ranks");
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  ResponseCensus const census =
      census_of_estimable<Scalar, ExecSpace>(space, comm, responses, n_conditions, options);
  EstimateOverRanks<Scalar> result;
  result.levels = levels_of(options);
  result.path = path_of(comm, census, options.uneven);
  checkpoint_over_ranks(options);  // refuses another kind
  dist::agree(comm, [&] {
    require_memory<Host>("estimate_over_ranks: " + std::to_string(n_units) + " units on " +
                             std::to_string(comm.size()) + " ranks",
                         needed_bytes_over_ranks(result.path, comm.size(), n_units, n_conditions,
                                                 n_trials, sizeof(Scalar), options),
                         matrix_remedy(n_units, n_conditions, n_trials, "",
                                       "more ranks on more machines, or single precision"));
  });

  double const eigen_work = eigen_flops(n_units);
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      covariance_work(result.path, n_units, n_conditions, n_trials, options) +
          eigen_work * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                        (wants_difference_basis(options.returns) ? 1 : 0)));
  Task<Scalar, ExecSpace> const task = {space,   comm,  responses, n_conditions,
                                        options, clock, result,    eigen_work};
  RawOverRanks<Scalar> raw = raw_covariances(task, Host(), census);
  finish_over_ranks(task, raw, result);
  return result;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                            \
  template EstimateOverRanks<Scalar> estimate_over_ranks(                               \
      ExecSpace const&, dist::Communicator const&, ConstCube<Scalar, ExecSpace> const&, \
      std::int64_t, Options const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
