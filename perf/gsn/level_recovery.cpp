// SPDX-License-Identifier: BSD-3-Clause
// Does the observed rule find the shrinkage level that losses hide from the complete one?
//
// Responses with known noise covariance lose 5 to 40 % of their values at random, unit by unit. Printed
// is the noise level chosen from all responses before the loss, and after it by the complete rule
// (level 1 where no trial is whole), by the observed rule, and by the observed rule on trials that are
// centred unit by unit, as the complete rule takes them, in place of differences of trials; and for each
// the loss against the truth of the shrunken pairwise covariance G: Kullback-Leibler divergence per
// unit, (tr G^-1 S - log det G^-1 S - N) / 2N, above that of the best level of the list.

#include <kovar/core/permutation.hpp>
#include <kovar/core/random.hpp>
#include <kovar/dist/environment.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/observed_folds.hpp>
#include <kovar/gsn/simulate.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;
using Cube = gsn::Simulation::Cube;
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

ConstCube<double, Space> view_of(Cube const& cube) { return cube; }

/// A copy of which every value is lost with a probability.
Cube with_losses(Space const& space, Cube const& complete, double share_lost, std::uint64_t seed)
{
  Cube const lossy(Kokkos::view_alloc(space, "kovar::perf::lossy"), complete.extent(0),
                   complete.extent(1), complete.extent(2));
  for (std::size_t k = 0; k < complete.size(); ++k) {
    auto const pair = normal_pair(seed, 1, k);
    double const exponential = pair.first * pair.first + pair.second * pair.second;
    lossy.data()[k] = std::exp(-0.5 * exponential) < share_lost ? nan : complete.data()[k];
  }
  return lossy;
}

/// Held-out trials centred by unit on the trials that it has; NaN where these are fewer than two.
Matrix<double, Space> centred_trials(Space const& space, Cube const& responses,
                                     std::vector<std::int64_t> const& conditions)
{
  auto const n_trials = static_cast<std::int64_t>(responses.extent(2));
  auto const points =
      allocate<Matrix<double, Space>>(space, "kovar::perf::centred_trials", responses.extent(0),
                                      static_cast<std::int64_t>(conditions.size()) * n_trials);
  for (std::size_t i = 0; i < responses.extent(0); ++i)
    for (std::size_t k = 0; k < conditions.size(); ++k) {
      double sum = 0;
      int n = 0;
      for (std::int64_t t = 0; t < n_trials; ++t)
        if (double const x = responses(i, conditions[k], t); !std::isnan(x)) {
          sum += x;
          ++n;
        }
      for (std::int64_t t = 0; t < n_trials; ++t)
        points(i, static_cast<std::int64_t>(k) * n_trials + t) =
            n >= 2 ? responses(i, conditions[k], t) - sum / n : nan;
    }
  return points;
}

/// What held-out points the observed rule sees.
enum class Points { differences, centred };

/// The noise level by the observed rule.
double observed_level(Space const& space, Cube const& responses, Points points)
{
  auto const order = permutation(static_cast<std::int64_t>(responses.extent(1)));
  auto const n_held_out =
      gsn::held_out_places(static_cast<std::int64_t>(order.size()), 1, 0).size();
  std::vector<std::int64_t> const held_out(order.begin(), order.begin() + n_held_out);
  std::vector<std::int64_t> const training(order.begin() + n_held_out, order.end());
  auto const largest =
      allocate<Vector<double, Space>>(space, "kovar::perf::largest", responses.extent(0));
  Kokkos::deep_copy(space, largest, 1.0);
  dist::Communicator const alone;
  gsn::LevelRule rule;
  rule.levels = gsn::default_shrinkage_levels();
  std::vector<gsn::Warning> warnings;
  gsn::MakeObservedFold<Space> const make_fold = [&](int) {
    auto problem = gsn::observed_noise_fold<double, Space>(space, alone, view_of(responses),
                                                           largest, training, held_out);
    if (points == Points::centred) problem.validation = centred_trials(space, responses, held_out);
    return problem;
  };
  return gsn::choose_level_observed(space, alone, 1, make_fold, rule, "noise covariance", warnings)
      .level;
}

double estimated_level(Space const& space, Cube const& responses)
{
  gsn::Options options;
  options.uneven = gsn::Uneven::missing;
  options.returns = {};
  return gsn::estimate(space, responses, options).noise_level.level;
}

/// Divergence per unit of the Gaussian of covariance S from that of G = shrink(pairwise, level).
double divergence(Matrix<double, Space> const& pairwise, gsn::Simulation::HostMatrix const& truth,
                  double level)
{
  auto const n = static_cast<std::int64_t>(pairwise.extent(0));
  std::vector<double> g(static_cast<std::size_t>(n * n));
  std::vector<double> s(static_cast<std::size_t>(n * n));
  auto const at = [n](std::int64_t i, std::int64_t j) {
    return static_cast<std::size_t>(i + j * n);
  };
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = j; i < n; ++i) {
      g[at(i, j)] = (i == j ? 1 : level) * pairwise(i, j);
      s[at(i, j)] = truth(i, j);
    }
  auto const factor = [&](std::vector<double>& a) {
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = j; i < n; ++i) {
        double x = a[at(i, j)];
        for (std::int64_t k = 0; k < j; ++k) x -= a[at(i, k)] * a[at(j, k)];
        a[at(i, j)] = i == j ? std::sqrt(x) : x / a[at(j, j)];
      }
  };
  factor(g);
  factor(s);
  // tr G^-1 S is the squared Frobenius norm of L_G^-1 L_S.
  double sum = 0;
  for (std::int64_t j = 0; j < n; ++j) {
    std::vector<double> y(static_cast<std::size_t>(n), 0.0);
    for (std::int64_t i = j; i < n; ++i) {
      double x = s[at(i, j)];
      for (std::int64_t k = j; k < i; ++k) x -= g[at(i, k)] * y[static_cast<std::size_t>(k)];
      y[static_cast<std::size_t>(i)] = x / g[at(i, i)];
      sum += y[static_cast<std::size_t>(i)] * y[static_cast<std::size_t>(i)];
    }
    sum += 2 * std::log(g[at(j, j)] / s[at(j, j)]) - 1;
  }
  return 0.5 * sum / static_cast<double>(n);
}

struct Column {
  std::vector<double> level;
  std::vector<double> excess;  ///< divergence above that of the best level; infinite if indefinite
};

double median(std::vector<double> values)
{
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void report(Space const& space, std::int64_t n_units, int percent_lost, int n_repeats)
{
  Column before;
  Column complete;
  Column observed;
  Column centred;
  Column best;
  for (int repeat = 0; repeat < n_repeats; ++repeat) {
    gsn::SimulationOptions options;
    options.n_units = n_units;
    options.n_conditions = 100;
    options.n_trials = 3;
    options.n_aligned = std::min<std::int64_t>(5, n_units);
    options.noise_decay = 0.75;
    options.seed = static_cast<std::uint64_t>(repeat + 1);
    auto const simulation = gsn::simulate(options);
    Cube const lossy = with_losses(space, simulation.train, 0.01 * percent_lost, options.seed);
    auto sums = gsn::pairwise_noise_sums<double, Space>(space, view_of(lossy));
    auto const pairwise = gsn::pairwise_mean(space, sums).noise_covariance;
    space.fence();  // the host reads the covariance

    double lowest = std::numeric_limits<double>::infinity();
    double best_level = 0;
    for (double const level : gsn::default_shrinkage_levels())
      if (double const d = divergence(pairwise, simulation.noise_covariance, level); d < lowest) {
        lowest = d;
        best_level = level;
      }
    auto const add = [&](Column& column, double level) {
      double const d = divergence(pairwise, simulation.noise_covariance, level);
      column.level.push_back(level);
      column.excess.push_back(std::isnan(d) ? std::numeric_limits<double>::infinity() : d - lowest);
    };
    add(before, estimated_level(space, simulation.train));
    add(complete, estimated_level(space, lossy));
    add(observed, observed_level(space, lossy, Points::differences));
    add(centred, observed_level(space, lossy, Points::centred));
    add(best, best_level);
  }
  std::printf("| %lld | %d %% |", static_cast<long long>(n_units), percent_lost);
  for (Column const* column : {&before, &complete, &centred, &observed, &best})
    std::printf(" %.2f (%.2g) |", median(column->level), median(column->excess));
  std::printf("\n");
}

void run(int n_repeats)
{
  Space const space;
  std::printf(
      "Noise level (excess divergence per unit), medians of %d simulations, 100 conditions, 3 "
      "trials\n\n",
      n_repeats);
  std::printf(
      "| units | lost | before the loss | complete | observed, centred trials | observed | "
      "best |\n| --- | --- | --- | --- | --- | --- | --- |\n");
  for (std::int64_t const n_units : {10, 40, 100})
    for (int const percent_lost : {5, 10, 20, 40}) report(space, n_units, percent_lost, n_repeats);
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  kovar::dist::Environment const environment(argc, argv);
  Kokkos::ScopeGuard const kokkos(argc, argv);
  kovar::perf::run(argc > 1 ? std::max(1, std::atoi(argv[1])) : 11);
  return 0;
}
