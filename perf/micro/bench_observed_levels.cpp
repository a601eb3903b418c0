// SPDX-License-Identifier: BSD-3-Clause
// One choice of a level on held-out points that lost 20 % of their units, each by a mask of its own: 120
// points are the trials of 40 held-out conditions of 200, three trials each.

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/gsn/observed_levels.hpp>

#include "measure.hpp"

#include <limits>

namespace kovar::perf {
namespace {

/// Points of which every value is lost with a probability.
Matrix<double, Space> incomplete_points(Space const& space, std::int64_t n_units,
                                        std::int64_t n_points, double share_lost)
{
  auto const x = random_matrix<double>(space, n_units, n_points);
  double const lost = std::numeric_limits<double>::quiet_NaN();
  Kokkos::parallel_for(
      "kovar::perf::lose_values",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n_units * n_points),
      KOKKOS_LAMBDA(std::int64_t k) {
        // The square of a normal number and of its partner: exponential with mean 2.
        auto const pair = normal_pair(2, 0, static_cast<std::uint64_t>(k));
        double const exponential = pair.first * pair.first + pair.second * pair.second;
        if (math::exp(-0.5 * exponential) < share_lost) x(k % n_units, k / n_units) = lost;
      });
  return x;
}

void measure_observed(benchmark::State& state, gsn::LevelSearch search)
{
  Space const space;
  std::int64_t const n_units = state.range(0);
  std::int64_t const n_points = state.range(1);
  double const share_lost = 0.01 * static_cast<double>(state.range(2));
  gsn::ObservedProblem<Space> problem;
  problem.covariance = definite_matrix<double>(space, n_units);
  problem.validation = incomplete_points(space, n_units, n_points, share_lost);
  problem.largest_response =
      allocate<Vector<double, Space>>(space, "kovar::perf::largest_response", n_units);
  Kokkos::deep_copy(space, problem.largest_response, 4.0);
  gsn::LevelRule rule;
  rule.levels = gsn::default_shrinkage_levels();
  rule.search = search;
  dist::Communicator const alone;
  gsn::MakeObservedFold<Space> const make_fold = [&](int) { return problem; };
  auto const n = static_cast<double>(n_units);
  double const n_kept = (1 - share_lost) * n;
  double const flops =
      4.0 / 3 * (n * n * n + static_cast<double>(n_points) * n_kept * n_kept * n_kept);
  measure(state, space, {Bound::compute, flops}, [&] {
    std::vector<gsn::Warning> warnings;
    benchmark::DoNotOptimize(
        gsn::choose_level_observed(space, alone, 1, make_fold, rule, "noise covariance", warnings)
            .level);
  });
}

void score_observed(benchmark::State& state) { measure_observed(state, gsn::LevelSearch::grid); }
void search_observed(benchmark::State& state)
{
  measure_observed(state, gsn::LevelSearch::continuous);
}

void sizes(benchmark::internal::Benchmark* benchmark)
{
  benchmark->ArgNames({"units", "points", "percent_lost"})
      ->Args({100, 120, 20})
      ->Args({100, 400, 20})
      ->Args({300, 120, 20})
      ->Args({1000, 120, 5})
      ->Args({1000, 120, 20})
      ->Args({1000, 120, 40});
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(score_observed)->Apply(sizes);
BENCHMARK(search_observed)->Apply(sizes);

}  // namespace
}  // namespace kovar::perf
