// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_means.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/pairwise_means.hpp>
#include <kovar/gsn/per_unit_levels.hpp>
#include <kovar/gsn/root_diagonal.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/linalg/triangle.hpp>

#include <cmath>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

/// q: mean number of trials over the units and conditions that have any; 1 where none has. Collective.
template <class ExecSpace>
double mean_trials(ExecSpace const& space, dist::Communicator const& comm,
                   Matrix<double, ExecSpace> const& counts)
{
  std::int64_t const n_units = counts.extent(0);
  double total = 0;
  double n_defined = 0;
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;
  auto const n_entries = static_cast<std::int64_t>(counts.size());
  // Sums of small integers: exact, in any order.
  Kokkos::parallel_reduce(
      "kovar::gsn::total_trials", Policy(space, 0, n_entries),
      KOKKOS_LAMBDA(std::int64_t k, double& sum) { sum += counts(k % n_units, k / n_units); },
      total);
  Kokkos::parallel_reduce(
      "kovar::gsn::defined_conditions", Policy(space, 0, n_entries),
      KOKKOS_LAMBDA(std::int64_t k, double& sum) {
        sum += counts(k % n_units, k / n_units) > 0 ? 1 : 0;
      },
      n_defined);
  double sums[2] = {total, n_defined};
  comm.sum_to_all(sums, 2);
  return sums[1] > 0 ? sums[0] / sums[1] : 1.0;
}

/// Rows and columns of the active units; those of no variance are zero. The matrix itself where every
/// unit is active and varies. Lower triangles.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> active_block(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                       std::vector<std::int64_t> const& units,
                                       std::vector<double> const& variance)
{
  auto const n = static_cast<std::int64_t>(units.size());
  bool all_vary = n == static_cast<std::int64_t>(a.extent(0));
  std::vector<std::int64_t> keeps;
  for (std::int64_t const unit : units) {
    keeps.push_back(variance[static_cast<std::size_t>(unit)] > 0 ? 1 : 0);
    all_vary = all_vary && keeps.back() == 1;
  }
  if (all_vary) return a;
  auto const row = to_space(space, units, "kovar::gsn::active_units");
  auto const keep = to_space(space, keeps, "kovar::gsn::units_that_vary");
  auto const block = allocate<Matrix<Scalar, ExecSpace>>(space, a.label(), n, n);
  linalg::for_lower_triangle(
      space, "kovar::gsn::active_block", n, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        block(i, j) = keep(i) == 1 && keep(j) == 1 ? a(row(i), row(j)) : Scalar(0);
      });
  return block;
}

/// Warn of units that have no response at all.
void warn_of_empty_means(std::vector<double> const& means, std::vector<Warning>& warnings)
{
  std::string which;
  int n_empty = 0;
  for (std::size_t i = 0; i < means.size(); ++i) {
    if (!std::isnan(means[i])) continue;
    if (++n_empty <= 5) which += (n_empty == 1 ? "unit " : ", ") + std::to_string(i);
  }
  if (n_empty == 0) return;
  warnings.push_back({Warning::Code::empty_mean,
                      std::to_string(n_empty) + (n_empty == 1 ? " unit has" : " units have") +
                          " no response at all (" + which + (n_empty > 5 ? ", ...)" : ")") +
                          "; the mean is NaN there and the covariances are zero"});
}

}  // namespace

template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> per_unit_covariances(Task<Scalar, ExecSpace> const& task,
                                                       ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  dist::Communicator const& comm = task.comm;
  EstimateSummary& result = task.result;
  std::int64_t const n_units = task.n_units();
  auto const n = static_cast<double>(n_units);
  auto const c = static_cast<double>(task.n_conditions);
  auto const t = static_cast<double>(task.n_trials());

  task.clock.begin("trial statistics", n * c * t);
  auto const statistics = condition_means<Scalar, ExecSpace>(space, task.responses);
  dist::max_to_all(space, comm, statistics.largest);
  auto const means = dist::gather_columns(space, comm, statistics.means);
  double const q = mean_trials(space, comm, statistics.counts);

  task.clock.begin("noise levels",
                   level_work(n_units, c, result.levels.size(), task.options.scoring));
  result.noise_level = level_stage(task.options.checkpoint, "noise level", 1, result, [&] {
    return per_unit_noise_level(task, census, statistics.largest);
  });
  task.clock.begin("data levels",
                   level_work(n_units, c, result.levels.size(), task.options.scoring));
  result.data_level = level_stage(
      task.options.checkpoint, "data level",
      n * n * c * (3 * t + 7) / level_work(n_units, c, result.levels.size(), task.options.scoring),
      result, [&] { return per_unit_data_level(task, means, statistics.largest); });

  // Per condition two products and counts for each pair (section 18).
  task.clock.begin("noise covariance", n * n * c * (3 * t + 4));
  PairwiseNoise<Scalar, ExecSpace> sums;
  dist::agree(comm, [&] { sums = pairwise_noise_sums<Scalar, ExecSpace>(space, task.responses); });
  auto const noise = pairwise_means_on_root(space, comm, sums);
  task.clock.begin("data covariance", 3 * n * n * c);
  Matrix<Scalar, ExecSpace> data;
  dist::agree(comm, [&] {
    if (comm.is_root()) data = pairwise_covariance<Scalar, ExecSpace>(space, means);
  });

  task.clock.begin("unit variances", n * c);
  UnitMoments moments;
  moments.mean = to_list(space, mean_of_defined(space, means));
  warn_of_empty_means(moments.mean, result.warnings);
  moments.largest = to_list(space, statistics.largest);
  moments.noise_variance = root_diagonal(space, comm, noise.noise_covariance, n_units);
  moments.data_variance = root_diagonal(space, comm, data, n_units);
  moments.share = root_diagonal(space, comm, noise.noise_share, n_units);
  ActiveUnits const active = summarize_units(moments, result);

  RawCovariances<Scalar, ExecSpace> raw;
  raw.units = active.units;
  raw.weights = biconvex_weights(task.n_conditions, q);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    std::vector<double> const all_kept(moments.mean.size(), 1.0);
    raw.noise = active_block(space, noise.noise_covariance, active.units, active.noise_variance);
    raw.data = active_block(space, data, active.units, active.data_variance);
    raw.share.entrywise = active_block(space, noise.noise_share, active.units, all_kept);
  });
  return raw;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                      \
  template RawCovariances<Scalar, ExecSpace> per_unit_covariances(Task<Scalar, ExecSpace> const&, \
                                                                  ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
