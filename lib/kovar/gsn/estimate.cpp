// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/eigenbasis.hpp>
#include <kovar/gsn/estimate.hpp>
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

Items const signal_basis = {Item::eigenvalues_signal, Item::eigenvectors_signal};
Items const difference_basis = {Item::eigenvalues_difference, Item::eigenvectors_difference};

/// Cost of a partial eigendecomposition, memory-bound flops counted as several.
double eigen_flops(std::int64_t n_units) { return 7 * std::pow(static_cast<double>(n_units), 3); }

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
      options.returns.contains_any(signal_basis) || options.returns.contains_any(difference_basis);
  double const n_bases = is_root && wants_basis ? 9 : 0;
  auto const size = static_cast<double>(scalar_size);
  return thin + square * std::max({8 * n_scoring, size * n_projection, size * n_bases});
}

/// Variances of all units, and the units that vary at all.
struct ActiveUnits {
  std::vector<std::int64_t> units;     ///< those with noise or data variance
  std::vector<double> noise_variance;  ///< per unit of all: diagonal of cN
  std::vector<double> data_variance;   ///< per unit of all: diagonal of cD
};

/// Active rows of a thin matrix in the precision of the result; rows of no variance become zeros.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> active_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                      std::vector<std::int64_t> const& units,
                                      std::vector<double> const& variance)
{
  auto const n_rows = static_cast<std::int64_t>(units.size());
  bool const all_vary =
      n_rows == static_cast<std::int64_t>(x.extent(0)) &&
      std::all_of(variance.begin(), variance.end(), [](double v) { return v > 0; });
  if constexpr (std::is_same_v<Scalar, double>)
    if (all_vary) return x;
  std::int64_t const n_cols = x.extent(1);
  auto const row =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::active_units", n_rows);
  auto const keep =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::units_that_vary", n_rows);
  auto const row_host = Kokkos::create_mirror_view(row);
  auto const keep_host = Kokkos::create_mirror_view(keep);
  for (std::int64_t i = 0; i < n_rows; ++i) {
    row_host(i) = units[static_cast<std::size_t>(i)];
    keep_host(i) = variance[static_cast<std::size_t>(row_host(i))] > 0 ? 1 : 0;
  }
  Kokkos::deep_copy(space, row, row_host);
  Kokkos::deep_copy(space, keep, keep_host);
  auto const active =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::active_rows", n_rows, n_cols);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (n_rows > 0 && n_cols > 0)
    Kokkos::parallel_for(
        "kovar::gsn::active_rows", Policy(space, {0, 0}, {n_rows, n_cols}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          active(i, j) = keep(i) > 0 ? static_cast<Scalar>(x(row(i), j)) : Scalar(0);
        });
  space.fence();  // the host copies of the rows go away
  return active;
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

/// Full N x N matrix from the lower triangle over the active units.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> whole_matrix(ExecSpace const& space,
                                       Matrix<Scalar, ExecSpace> const& lower,
                                       std::vector<std::int64_t> const& units, std::int64_t n_units,
                                       std::string const& label)
{
  auto const n = static_cast<std::int64_t>(units.size());
  if (n == n_units) {
    linalg::fill_upper_triangle(space, lower);
    return lower;
  }
  Matrix<Scalar, ExecSpace> const whole(Kokkos::view_alloc(space, label), n_units, n_units);
  auto const row = allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::active_units", n);
  auto const row_host = Kokkos::create_mirror_view(row);
  std::copy(units.begin(), units.end(), row_host.data());
  Kokkos::deep_copy(space, row, row_host);
  linalg::for_lower_triangle(
      space, "kovar::gsn::whole_matrix", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        whole(row(i), row(j)) = lower(i, j);
        whole(row(j), row(i)) = lower(i, j);
      });
  space.fence();  // the host copy of the rows goes away
  return whole;
}

template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> copy_of(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                  std::string const& label)
{
  auto const copy = allocate<Matrix<Scalar, ExecSpace>>(space, label, a.extent(0), a.extent(1));
  Kokkos::deep_copy(space, copy, a);
  return copy;
}

template <class ExecSpace>
Matrix<double, ExecSpace> columns(Matrix<double, ExecSpace> const& x, std::int64_t first,
                                  std::int64_t last)
{
  return Kokkos::subview(x, Kokkos::ALL, std::make_pair(first, last));
}

/// What the biconvex loop did.
struct LoopOutcome {
  int n_iterations = 0;
  bool converged = true;
};

/// From the unshrunken covariances of noise and data (lower triangles; overwritten) to all matrices and
/// bases that were asked for: shrink both, take the noise out of the data covariance, make both
/// semidefinite. Does not communicate.
template <class Scalar, class ExecSpace>
LoopOutcome finish_on_root(ExecSpace const& space, PhaseClock<ExecSpace>& clock,
                           ActiveUnits const& active,
                           Matrix<Scalar, ExecSpace> const& noise_covariance,
                           Matrix<Scalar, ExecSpace> const& data_covariance,
                           std::int64_t n_conditions, std::int64_t n_trials, Options const& options,
                           Estimate<Scalar, ExecSpace>& result)
{
  auto const n_units = static_cast<std::int64_t>(result.mean_signal.size());
  double const eigen_work = eigen_flops(n_units);
  auto const noise_level = static_cast<Scalar>(result.noise_level.level);
  auto const data_level = static_cast<Scalar>(result.data_level.level);
  auto const inverse_trials = static_cast<Scalar>(1.0 / static_cast<double>(n_trials));
  auto const signal_covariance = data_covariance;  // from here on
  linalg::for_lower_triangle(
      space, "kovar::gsn::shrink", noise_covariance.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Scalar const noise = (i == j ? Scalar(1) : noise_level) * noise_covariance(i, j);
        Scalar const data = (i == j ? Scalar(1) : data_level) * data_covariance(i, j);
        noise_covariance(i, j) = noise;
        signal_covariance(i, j) = data - noise * inverse_trials;
      });
  BiconvexResult<Scalar, ExecSpace> loop =
      biconvex_loop(space, signal_covariance, noise_covariance,
                    NoiseShare<Scalar, ExecSpace>{1.0 / static_cast<double>(n_trials), {}},
                    biconvex_weights(n_conditions, static_cast<double>(n_trials)), n_units);

  clock.begin_on_root("results", 4 * static_cast<double>(n_units) * static_cast<double>(n_units));
  // Where the loop changed nothing, raw and semidefinite matrices are the same memory so far.
  Items const& returns = options.returns;
  if (loop.signal.data() == signal_covariance.data() && returns.contains(Item::signal_covariance))
    loop.signal = copy_of(space, signal_covariance, "kovar::gsn::signal_covariance_psd");
  if (loop.noise.data() == noise_covariance.data() && returns.contains(Item::noise_covariance))
    loop.noise = copy_of(space, noise_covariance, "kovar::gsn::noise_covariance_psd");
  auto const whole = [&](Matrix<Scalar, ExecSpace> const& lower) {
    return whole_matrix(space, lower, active.units, n_units, lower.label());
  };
  if (returns.contains(Item::noise_covariance)) result.noise_covariance = whole(noise_covariance);
  if (returns.contains(Item::signal_covariance))
    result.signal_covariance = whole(signal_covariance);
  auto const signal_psd = whole(loop.signal);
  auto const noise_psd = whole(loop.noise);
  if (returns.contains(Item::signal_covariance_psd)) result.signal_covariance_psd = signal_psd;
  if (returns.contains(Item::noise_covariance_psd)) result.noise_covariance_psd = noise_psd;

  if (returns.contains_any(signal_basis)) {
    clock.begin_on_root("signal eigenbasis", eigen_work);
    auto const basis = eigenbasis(space, copy_of(space, signal_psd, "kovar::gsn::eigenbasis_work"),
                                  returns.contains(Item::eigenvectors_signal));
    if (returns.contains(Item::eigenvalues_signal)) result.eigenvalues_signal = basis.values;
    result.eigenvectors_signal = basis.vectors;
  }
  if (returns.contains_any(difference_basis)) {
    clock.begin_on_root("difference eigenbasis", eigen_work);
    auto const difference = copy_of(space, signal_psd, "kovar::gsn::eigenbasis_work");
    linalg::for_lower_triangle(
        space, "kovar::gsn::signal_less_noise", n_units,
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          difference(i, j) -= noise_psd(i, j) * inverse_trials;
        });
    auto const basis =
        eigenbasis(space, difference, returns.contains(Item::eigenvectors_difference));
    if (returns.contains(Item::eigenvalues_difference))
      result.eigenvalues_difference = basis.values;
    result.eigenvectors_difference = basis.vectors;
  }
  return {loop.n_iterations, loop.converged};
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
  PhaseClock<ExecSpace> clock(
      space, comm, options.progress,
      level_work(noise_columns) + level_work(c) + n * n * (noise_columns + c + 4) + 2 * n * c * t +
          eigen_work * (1 + (options.returns.contains_any(signal_basis) ? 1 : 0) +
                        (options.returns.contains_any(difference_basis) ? 1 : 0)));

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
      outcome = finish_on_root(space, clock, active, noise_covariance, data_covariance,
                               n_conditions, n_trials, options, result);
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
