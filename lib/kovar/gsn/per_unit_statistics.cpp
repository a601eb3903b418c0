// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_means.hpp>
#include <kovar/gsn/pairwise_means.hpp>
#include <kovar/gsn/per_unit_levels.hpp>
#include <kovar/gsn/per_unit_statistics.hpp>
#include <kovar/gsn/stages.hpp>

#include <cmath>
#include <string>

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
PerUnitStatistics<ExecSpace> per_unit_statistics(Task<Scalar, ExecSpace> const& task,
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
  return {means, statistics.largest, q};
}

template <class ExecSpace>
ActiveUnits per_unit_variances(ExecSpace const& space,
                               PerUnitStatistics<ExecSpace> const& statistics,
                               PairDiagonals const& diagonals, EstimateSummary& result)
{
  UnitMoments moments;
  moments.mean = to_list(space, mean_of_defined(space, statistics.means));
  warn_of_empty_means(moments.mean, result.warnings);
  moments.largest = to_list(space, statistics.largest);
  moments.noise_variance = diagonals.noise_covariance;
  moments.data_variance = diagonals.data_covariance;
  moments.share = diagonals.noise_share;
  return summarize_units(moments, result);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                \
  template PerUnitStatistics<ExecSpace> per_unit_statistics(Task<Scalar, ExecSpace> const&, \
                                                            ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace)                                                        \
  KOVAR_INSTANTIATE(double, ExecSpace)                                                           \
  KOVAR_INSTANTIATE(float, ExecSpace)                                                            \
  template ActiveUnits per_unit_variances(ExecSpace const&, PerUnitStatistics<ExecSpace> const&, \
                                          PairDiagonals const&, EstimateSummary&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
