// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>

#include "measure.hpp"

#include <numeric>
#include <vector>

namespace kovar::perf {
namespace {

/// Means, contrasts and largest responses of 3 trials. Counted are one reading of the responses and
/// one writing of as many doubles.
template <class Scalar, class Layout>
void measure_layout(benchmark::State& state)
{
  Space const space;
  auto const n_units = state.range(0);
  auto const n_conditions = state.range(1);
  std::int64_t const n_trials = 3;
  using Cube = Kokkos::View<Scalar***, Layout, Space>;
  auto const numbers = random_matrix<Scalar>(space, n_units, n_conditions * n_trials);
  Cube const responses(numbers.data(), n_units, n_conditions, n_trials);
  std::vector<std::int64_t> order(static_cast<std::size_t>(n_conditions));
  std::iota(order.begin(), order.end(), 0);
  gsn::ResponseCensus nothing_lost;
  nothing_lost.lost_trial.assign(static_cast<std::size_t>(n_conditions * n_trials), 0);
  auto const plan =
      gsn::plan_of_valid_trials(gsn::ValidTrials(nothing_lost, n_conditions, n_trials),
                                gsn::LocalOrder(order, 0, n_conditions), n_trials);
  double const n_numbers = static_cast<double>(n_units * n_conditions * n_trials);
  measure(state, space, {Bound::memory, 0, n_numbers * (sizeof(Scalar) + sizeof(double))}, [&] {
    gsn::trial_statistics<Scalar, Space>(space, ConstCube<Scalar, Space>(responses), plan);
  });
}

/// Trials fastest, as HDF5 files of C programs and NumPy have them.
template <class Scalar>
void trial_statistics_trials_first(benchmark::State& state)
{
  measure_layout<Scalar, Kokkos::LayoutRight>(state);
}

/// Units fastest, as MATLAB has them.
template <class Scalar>
void trial_statistics_units_first(benchmark::State& state)
{
  measure_layout<Scalar, Kokkos::LayoutLeft>(state);
}

KOVAR_BENCHMARK(trial_statistics_trials_first, ->ArgNames({"units", "conditions"})
                                                   ->Args({2000, 200})
                                                   ->Args({10000, 500}));
KOVAR_BENCHMARK(trial_statistics_units_first, ->ArgNames({"units", "conditions"})
                                                  ->Args({2000, 200})
                                                  ->Args({10000, 500}));

}  // namespace
}  // namespace kovar::perf
