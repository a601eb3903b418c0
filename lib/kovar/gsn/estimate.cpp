// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/phase_clock.hpp>
#include <kovar/gsn/psd_projection.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/linalg/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

/// Refuse ranks that were called with different shapes or options: they would wait for each other.
/// Collective.
void require_same_call(dist::Communicator const& comm, std::vector<std::int64_t> const& call)
{
  // A number is the same on all ranks if its largest and its smallest value are.
  std::vector<std::int64_t> extremes = call;
  for (std::int64_t const x : call) extremes.push_back(-x);
  comm.max_to_all(extremes.data(), static_cast<std::int64_t>(extremes.size()));
  for (std::size_t k = 0; k < call.size(); ++k)
    if (extremes[k] != -extremes[k + call.size()])
      throw InputError(
          "estimate: ranks were called with different numbers of units, conditions, trials or "
          "levels, or "
          "with different options (they work on one estimate together); give all ranks the same",
          true);
}

/// Message about the response at a linear index (trials fastest) that is NaN or infinite.
template <class Scalar, class ExecSpace>
std::string describe_not_finite(ExecSpace const& space,
                                ConstCube<Scalar, ExecSpace> const& responses, std::int64_t index,
                                std::int64_t first_condition)
{
  std::int64_t const t = index % static_cast<std::int64_t>(responses.extent(2));
  std::int64_t const cell = index / static_cast<std::int64_t>(responses.extent(2));
  std::int64_t const c = cell % static_cast<std::int64_t>(responses.extent(1));
  std::int64_t const i = cell / static_cast<std::int64_t>(responses.extent(1));
  int is_nan = 0;
  Kokkos::parallel_reduce(
      "kovar::gsn::bad_response", Kokkos::RangePolicy<ExecSpace>(space, 0, 1),
      KOKKOS_LAMBDA(int, int& found) { found += math::is_nan(responses(i, c, t)) ? 1 : 0; },
      is_nan);
  std::ostringstream text;
  text << "estimate: the response is " << (is_nan != 0 ? "NaN" : "infinite") << " at unit " << i
       << ", condition " << first_condition + c << ", trial " << t
       << (is_nan != 0
               ? " (this version estimates from complete data only); leave out the trial of every "
                 "condition, or the units that lost it"
               : " (covariances of it are not defined); mend or leave out the unit");
  return text.str();
}

/// Refuse what cannot be estimated from, before any collective work. The order of the checks is that of
/// section 15 of the specification.
template <class Scalar, class ExecSpace>
void require_estimable(ExecSpace const& space, dist::Communicator const& comm,
                       ConstCube<Scalar, ExecSpace> const& responses, std::int64_t n_conditions,
                       Options const& options)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  dist::Blocks const blocks{n_conditions, comm.size()};
  std::int64_t const first_condition = blocks.begin(comm.rank());
  KOVAR_REQUIRE(n_units > 0,
                "estimate: the responses have no units (shape units x conditions x trials)");
  KOVAR_REQUIRE(n_trials >= 2, "estimate: the responses have "
                                   << n_trials << (n_trials == 1 ? " trial" : " trials")
                                   << " per condition (noise is what differs between trials of one "
                                      "condition); at least 2 are needed");
  KOVAR_REQUIRE(static_cast<std::int64_t>(responses.extent(1)) == blocks.size(comm.rank()),
                "estimate: rank " << comm.rank() << " holds " << responses.extent(1)
                                  << " conditions (its block of " << n_conditions << " over "
                                  << comm.size() << " ranks has " << blocks.size(comm.rank())
                                  << ")");
  levels_of(options);

  std::int64_t const bad = first_not_finite<Scalar, ExecSpace>(space, responses);
  if (bad >= 0)
    throw InputError(
        describe_not_finite<Scalar, ExecSpace>(space, responses, bad, first_condition));
  KOVAR_REQUIRE(n_conditions >= 2,
                "estimate: the responses have "
                    << n_conditions << (n_conditions == 1 ? " condition" : " conditions")
                    << " (signal is what differs between conditions); at least 2 are "
                       "needed");
}

/// Bytes that one rank will hold at most, beside the responses themselves: the most of three phases.
double needed_bytes(bool is_root, std::int64_t n_units, std::int64_t n_conditions,
                    std::int64_t n_trials, std::size_t scalar_size, Options const& options)
{
  auto const square = static_cast<double>(n_units) * static_cast<double>(n_units);
  double const thin = 3.0 * 8.0 * static_cast<double>(n_units) * static_cast<double>(n_conditions) *
                      static_cast<double>(n_trials);
  // Levels are scored in double: no square, the correlation matrix, or it and one of a stack.
  bool const is_low_rank = n_conditions * (n_trials - 1) < n_units;
  double const n_scoring = options.scoring == Scoring::cholesky        ? 3
                           : options.scoring == Scoring::decomposition ? 1
                           : is_low_rank                               ? 0
                                                                       : 1;
  // Two covariances, work, two results, and eigenvectors with the workspace of divide and conquer.
  double const n_projection = is_root ? 8 : 1;
  // Up to four results, two bases, and again the workspace.
  bool const wants_basis =
      wants_signal_basis(options.returns) || wants_difference_basis(options.returns);
  double const n_bases = is_root && wants_basis ? 9 : 0;
  auto const size = static_cast<double>(scalar_size);
  return thin + square * std::max({8 * n_scoring, size * n_projection, size * n_bases});
}

/// Lower triangle of scale * x x^T summed over ranks, on rank 0; of extent 0 elsewhere.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> covariance_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                             Matrix<Scalar, ExecSpace> const& x, double scale,
                                             char const* label)
{
  auto const c = allocate<Matrix<Scalar, ExecSpace>>(space, label, x.extent(0), x.extent(0));
  linalg::syrk(space, linalg::Op::none, static_cast<Scalar>(scale), x, Scalar(0), c);
  dist::sum_to_root(space, comm, c);
  return comm.is_root() ? c : Matrix<Scalar, ExecSpace>();
}

template <class ExecSpace>
Matrix<double, ExecSpace> columns(Matrix<double, ExecSpace> const& x, std::int64_t first,
                                  std::int64_t last)
{
  return Kokkos::subview(x, Kokkos::ALL, std::make_pair(first, last));
}

}  // namespace

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
  std::vector<std::int64_t> call = {
      n_units,
      n_trials,
      n_conditions,
      options.returns.bits(),
      static_cast<std::int64_t>(options.scoring),
      static_cast<std::int64_t>(options.zero_variance),
      options.shrinkage ? 1 : 0,
      options.levels ? static_cast<std::int64_t>(options.levels->size()) : -1};
  require_same_call(comm, call);
  dist::agree(comm, [&] {
    require_estimable<Scalar, ExecSpace>(space, comm, responses, n_conditions, options);
    require_memory<ExecSpace>(
        "estimate: " + std::to_string(n_units) + " units",
        needed_bytes(comm.is_root(), n_units, n_conditions, n_trials, sizeof(Scalar), options),
        "use fewer units, single precision, scoring=auto, or a machine with more memory");
  });

  Estimate<Scalar, ExecSpace> result;
  result.levels = levels_of(options);
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(n_conditions);
  auto const t = static_cast<double>(n_trials);
  double const noise_columns = c * (t - 1);
  // Flops that run at the speed of products; those of a tridiagonal form count four times.
  auto const level_work = [&](double k) {
    if (options.scoring == Scoring::cholesky)
      return n * n * k + static_cast<double>(result.levels.size()) * n * n * (n / 3 + k / 4);
    return n * n * std::min(k, n) + 5 * std::pow(std::min(k, n), 3);
  };
  double const eigen_work = eigen_flops(n_units);
  PhaseClock<ExecSpace> clock(space, comm, options.progress,
                              level_work(noise_columns) + level_work(c) +
                                  n * n * (noise_columns + c + 4) + 2 * n * c * t +
                                  eigen_work * (1 + (wants_signal_basis(options.returns) ? 1 : 0) +
                                                (wants_difference_basis(options.returns) ? 1 : 0)));

  // Thin statistics of this rank's conditions; held-out conditions stand first.
  clock.begin("trial statistics", n * c * t);
  ConditionSplit const split = split_conditions(n_conditions);
  dist::Blocks const blocks{n_conditions, comm.size()};
  LocalSplit const local = local_split(split, blocks.begin(comm.rank()), blocks.end(comm.rank()));
  auto const n_local = static_cast<std::int64_t>(local.position.size());
  auto const position =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::positions", n_local);
  auto const position_host = Kokkos::create_mirror_view(position);
  std::copy(local.position.begin(), local.position.end(), position_host.data());
  Kokkos::deep_copy(space, position, position_host);
  TrialStatistics<ExecSpace> const statistics =
      trial_statistics<Scalar, ExecSpace>(space, responses, position);
  dist::max_to_all(space, comm, statistics.largest);
  auto const means = columns_in_split_order(space, comm, statistics.means, split);

  // Noise: contrasts between trials of a condition. A = scale X X^T over the training conditions.
  clock.begin("noise levels", level_work(noise_columns));
  std::int64_t const n_contrasts = n_trials - 1;
  LevelRule const rule = {result.levels, options.scoring, options.zero_variance,
                          options.memory_budget, [&clock](double share) { clock.update(share); }};
  LevelProblem<ExecSpace> noise_problem;
  noise_problem.training =
      columns(statistics.contrasts, local.n_held_out * n_contrasts, n_local * n_contrasts);
  noise_problem.validation = columns(statistics.contrasts, 0, local.n_held_out * n_contrasts);
  noise_problem.n_training_columns = split.n_training() * n_contrasts;
  noise_problem.largest_rank = noise_problem.n_training_columns;
  noise_problem.scale = 1 / static_cast<double>(noise_problem.n_training_columns);
  noise_problem.n_points = split.n_held_out * n_trials;
  noise_problem.largest_response = statistics.largest;
  result.noise_level =
      choose_level(space, comm, noise_problem, rule, "noise covariance", result.warnings);

  // Data: condition means around the mean of the training conditions.
  clock.begin("data levels", level_work(c));
  {
    std::int64_t const n_training = split.n_training();
    auto const training_mean = mean_of_columns(space, means, split.n_held_out, n_conditions);
    // Columns are shared out evenly; every rank knows all means.
    dist::Blocks const training_blocks{n_training, comm.size()};
    dist::Blocks const validation_blocks{split.n_held_out, comm.size()};
    LevelProblem<ExecSpace> data_problem;
    data_problem.training =
        centered_columns(space, means, split.n_held_out + training_blocks.begin(comm.rank()),
                         split.n_held_out + training_blocks.end(comm.rank()), training_mean);
    data_problem.validation = centered_columns(space, means, validation_blocks.begin(comm.rank()),
                                               validation_blocks.end(comm.rank()), training_mean);
    data_problem.n_training_columns = n_training;
    data_problem.largest_rank = n_training - 1;
    data_problem.scale = 1 / static_cast<double>(n_training - 1);
    data_problem.n_points = split.n_held_out;
    data_problem.largest_response = statistics.largest;
    result.data_level =
        choose_level(space, comm, data_problem, rule, "data covariance", result.warnings);
  }

  // Variances of all units from the thin matrices: signal-to-noise ratios need no N x N matrix.
  clock.begin("unit variances", n * c * t);
  auto const all_mean = mean_of_columns(space, means, 0, n_conditions);
  dist::Blocks const mean_blocks{n_conditions, comm.size()};
  auto const deviations = centered_columns(space, means, mean_blocks.begin(comm.rank()),
                                           mean_blocks.end(comm.rank()), all_mean);
  double const noise_scale = 1 / noise_columns;
  double const data_scale = 1 / (c - 1);
  ActiveUnits active;
  active.noise_variance = unit_variances(space, comm, statistics.contrasts, noise_scale);
  active.data_variance = unit_variances(space, comm, deviations, data_scale);
  auto const largest = Kokkos::create_mirror_view(statistics.largest);
  auto const mean_host = Kokkos::create_mirror_view(all_mean);
  Kokkos::deep_copy(space, largest, statistics.largest);
  Kokkos::deep_copy(space, mean_host, all_mean);
  space.fence();  // the host reads both
  result.mean_noise.assign(static_cast<std::size_t>(n_units), 0.0);
  for (std::int64_t i = 0; i < n_units; ++i) {
    double& noise = active.noise_variance[static_cast<std::size_t>(i)];
    double& data = active.data_variance[static_cast<std::size_t>(i)];
    if (!std::isfinite(noise) || !std::isfinite(data))
      throw InputError("estimate: the variance of unit " + std::to_string(i) +
                           " overflows (its largest response is " + std::to_string(largest(i)) +
                           "); give the responses in a larger unit of measurement",
                       true);
    if (is_zero_variance(noise, largest(i))) noise = 0;
    if (is_zero_variance(data, largest(i))) data = 0;
    if (noise > 0 || data > 0) active.units.push_back(i);
    double const signal = std::max(data - noise / t, 0.0);
    result.mean_signal.push_back(mean_host(i));
    result.noise_ceiling_snr.push_back(noise > 0 ? std::sqrt(signal) / std::sqrt(noise) : 0.0);
  }

  clock.begin("noise covariance", n * n * noise_columns);
  auto const noise_covariance = covariance_on_root<Scalar, ExecSpace>(
      space, comm,
      active_rows<Scalar>(space, statistics.contrasts, active.units, active.noise_variance),
      noise_scale, "kovar::gsn::noise_covariance");
  clock.begin("data covariance", n * n * c);
  auto const data_covariance = covariance_on_root<Scalar, ExecSpace>(
      space, comm, active_rows<Scalar>(space, deviations, active.units, active.data_variance),
      data_scale, "kovar::gsn::data_covariance");

  // What follows needs whole matrices: rank 0 works, the others wait for the outcome.
  LoopOutcome outcome;
  clock.begin("projection", eigen_work);
  dist::agree(comm, [&] {
    if (comm.is_root())
      outcome = finish_on_root<Scalar, ExecSpace>(space, clock,
                                                  {noise_covariance,
                                                   data_covariance,
                                                   {1 / t, {}},
                                                   1 / t,
                                                   biconvex_weights(n_conditions, t),
                                                   active.units},
                                                  options, result);
  });
  std::int64_t shared[2] = {outcome.n_iterations, outcome.converged ? 0 : 1};
  comm.max_to_all(shared, 2);
  result.n_iterations = static_cast<int>(shared[0]);
  if (shared[1] != 0)
    result.warnings.push_back({Warning::Code::not_converged,
                               "the loop that makes signal and noise covariance semidefinite "
                               "stopped after 100 passes before "
                               "both settled"});
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
