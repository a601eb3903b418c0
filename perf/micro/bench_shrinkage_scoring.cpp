// SPDX-License-Identifier: BSD-3-Clause
// One choice among 51 shrinkage levels by each of the three ways, and over all of [0,1]; all in double.

#include <kovar/gsn/shrinkage_scoring.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// A noise covariance from conditions of 3 trials, one fifth of them held out.
gsn::LevelProblem<Space> noise_problem(Space const& space, std::int64_t n_units,
                                       std::int64_t n_conditions)
{
  std::int64_t const n_held_out = (n_conditions + 2) / 5;
  gsn::LevelProblem<Space> problem;
  problem.n_training_columns = 2 * (n_conditions - n_held_out);
  problem.largest_rank = problem.n_training_columns;
  problem.n_points = 3 * n_held_out;
  problem.scale = 1 / static_cast<double>(problem.n_training_columns);
  problem.training = random_matrix<double>(space, n_units, problem.n_training_columns);
  problem.validation = random_matrix<double>(space, n_units, 2 * n_held_out);
  problem.largest_response =
      allocate<Vector<double, Space>>(space, "kovar::perf::largest_response", n_units);
  Kokkos::deep_copy(space, problem.largest_response, 4.0);
  return problem;
}

/// Flops by the costs that choose_level() states.
double flops_of(gsn::Scoring scoring, gsn::LevelProblem<Space> const& problem, double n_levels)
{
  auto const n = static_cast<double>(problem.training.extent(0));
  auto const k = static_cast<double>(problem.n_training_columns);
  auto const m = static_cast<double>(problem.validation.extent(1));
  if (scoring == gsn::Scoring::low_rank)
    return n * k * (k + 2 * m) + 4.0 / 3 * k * k * k + 2 * k * k * m + 10 * n_levels * k * m;
  if (scoring == gsn::Scoring::decomposition)
    return n * n * k + 4.0 / 3 * n * n * n + 2 * n * n * m + 10 * n_levels * n * m;
  return n * n * k + n_levels * (n * n * n / 3 + n * n * m);
}

void measure_scoring(benchmark::State& state, gsn::Scoring scoring,
                     gsn::LevelSearch search = gsn::LevelSearch::grid)
{
  Space const space;
  auto const problem = noise_problem(space, state.range(0), state.range(1));
  gsn::LevelRule rule;
  rule.levels = gsn::default_shrinkage_levels();
  rule.scoring = scoring;
  rule.search = search;
  dist::Communicator const alone;
  double const flops = flops_of(scoring, problem, static_cast<double>(rule.levels.size()));
  measure(state, space, {Bound::compute, flops}, [&] {
    std::vector<gsn::Warning> warnings;
    benchmark::DoNotOptimize(
        gsn::choose_level(space, alone, problem, rule, "noise covariance", warnings).level);
  });
}

void score_low_rank(benchmark::State& state) { measure_scoring(state, gsn::Scoring::low_rank); }
void score_decomposition(benchmark::State& state)
{
  measure_scoring(state, gsn::Scoring::decomposition);
}
void score_cholesky(benchmark::State& state) { measure_scoring(state, gsn::Scoring::cholesky); }
void search_low_rank(benchmark::State& state)
{
  measure_scoring(state, gsn::Scoring::low_rank, gsn::LevelSearch::continuous);
}
void search_decomposition(benchmark::State& state)
{
  measure_scoring(state, gsn::Scoring::decomposition, gsn::LevelSearch::continuous);
}

void sizes(benchmark::internal::Benchmark* benchmark)
{
  benchmark->ArgNames({"units", "conditions"})
      ->Args({300, 100})
      ->Args({1000, 100})
      ->Args({2000, 200});
  benchmark->UseManualTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK(score_low_rank)->Apply(sizes);
BENCHMARK(score_decomposition)->Apply(sizes);
BENCHMARK(score_cholesky)->Apply(sizes);
BENCHMARK(search_low_rank)->Apply(sizes);
BENCHMARK(search_decomposition)->Apply(sizes);

}  // namespace
}  // namespace kovar::perf
