// SPDX-License-Identifier: BSD-3-Clause
// Times the estimate in factored form on responses that each rank draws for its own units, and prints a line
// of JSON. --case=factored leaves factors, --case=dense makes the four whole matrices of them, and --case=check runs the
// dense estimate too and prints how far apart the two are (one rank).
#include "support/bench.hpp"
#include "support/rank_phases.hpp"

#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_dense.hpp>
#include <kovar/linalg/largest_magnitude.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

struct FactoredOptions : RunOptions {
  std::int64_t n_units = 20000;
  std::int64_t n_conditions = 200;
  std::int64_t n_trials = 3;
  std::int64_t n_factors = 40;  ///< latent factors of the signal, and of the noise
};

FactoredOptions factored_options(int argc, char** argv)
{
  FactoredOptions options;
  options.bench_case = "factored";
  options.precision = "double";
  options.repeats = 1;
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("units", options.n_units);
  list.take("conditions", options.n_conditions);
  list.take("trials", options.n_trials);
  list.take("factors", options.n_factors);
  list.require_empty();
  KOVAR_REQUIRE(options.bench_case == "factored" || options.bench_case == "dense" ||
                    options.bench_case == "check",
                "--case is factored, dense or check");
  return options;
}

enum FactoredStream : std::uint32_t {
  gains,
  signal_axes,
  noise_axes,
  signal_scores,
  noise_scores,
  own_signal,
  own_noise
};

double draw(FactoredOptions const& options, FactoredStream stream, std::int64_t index)
{
  return normal_pair(options.seed, stream, static_cast<std::uint64_t>(index)).first;
}

/// n x n_factors; factor k weighs 1 / sqrt(k + 1).
std::vector<double> draw_table(FactoredOptions const& options, FactoredStream stream,
                               std::int64_t first, std::int64_t n, bool weighs)
{
  std::vector<double> table(static_cast<std::size_t>(n * options.n_factors));
  for (std::size_t at = 0; at < table.size(); ++at) {
    auto const index = first * options.n_factors + static_cast<std::int64_t>(at);
    auto const k = static_cast<double>(index % options.n_factors);
    table[at] = draw(options, stream, index) / (weighs ? std::sqrt(k + 1) : 1.0);
  }
  return table;
}

double dot(double const* x, double const* y, std::int64_t n)
{
  double sum = 0;
  for (std::int64_t k = 0; k < n; ++k) sum += x[k] * y[k];
  return sum;
}

using Cube = Kokkos::View<double***, Kokkos::LayoutRight, Kokkos::HostSpace>;

/// Responses of the units [first, first + n): factors of signal and noise, signal and noise of each unit's own,
/// and a gain per unit. No axes of N x N numbers.
Cube draw_units(FactoredOptions const& options, std::int64_t first, std::int64_t n)
{
  std::int64_t const n_conditions = options.n_conditions;
  std::int64_t const n_trials = options.n_trials;
  std::int64_t const k = options.n_factors;
  auto const of_units_signal = draw_table(options, signal_axes, first, n, true);
  auto const of_units_noise = draw_table(options, noise_axes, first, n, true);
  auto const of_conditions = draw_table(options, signal_scores, 0, n_conditions, false);
  auto const of_trials = draw_table(options, noise_scores, 0, n_conditions * n_trials, false);
  Cube const responses(Kokkos::view_alloc(Kokkos::WithoutInitializing, "kovar::perf::responses"), n,
                       n_conditions, n_trials);
  double const* const a = of_units_signal.data();
  double const* const b = of_units_noise.data();
  double const* const s = of_conditions.data();
  double const* const e = of_trials.data();
  Kokkos::parallel_for(
      "kovar::perf::draw_units", Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>(0, n),
      [=](std::int64_t i) {
        double const gain = std::exp(0.3 * draw(options, gains, first + i));
        for (std::int64_t c = 0; c < n_conditions; ++c) {
          double const signal = dot(a + i * k, s + c * k, k) +
                                draw(options, own_signal, (first + i) * n_conditions + c);
          for (std::int64_t t = 0; t < n_trials; ++t) {
            std::int64_t const trial = c * n_trials + t;
            auto const at = (first + i) * n_conditions * n_trials + trial;
            responses(i, c, t) = gain * (2 + signal + dot(b + i * k, e + trial * k, k) +
                                         0.7 * draw(options, own_noise, at));
          }
        }
      });
  return responses;
}

/// max |x - y| / max |y| of two N x N matrices.
template <class ExecSpace>
double relative_difference(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                           Matrix<double, ExecSpace> const& y)
{
  std::int64_t const n = x.extent(0);
  double largest = 0;
  Kokkos::parallel_reduce(
      "kovar::perf::largest_difference",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t j, double& bound) {
        for (std::int64_t i = 0; i < n; ++i) {
          double const difference = std::fabs(x(i, j) - y(i, j));
          if (!(difference <= bound)) bound = difference;
        }
      },
      Kokkos::Max<double>(largest));
  return largest / linalg::largest_magnitude<double, ExecSpace>(space, y);
}

template <class ExecSpace>
void add_differences(ExecSpace const& space, gsn::FactoredEstimate<ExecSpace> const& factored,
                     ConstCube<double, ExecSpace> const& responses, JsonObject& check)
{
  dist::Communicator const alone;
  gsn::Items const all = gsn::Options().returns;
  Kokkos::Timer const timer;
  auto const expected =
      gsn::estimate<double, ExecSpace>(space, alone, responses, responses.extent(1), {});
  check.add("dense_seconds", timer.seconds());
  auto const found = gsn::dense_estimate(space, alone, factored, all);
  check.add("levels_are_equal",
            std::int64_t{found.noise_level.level == expected.noise_level.level &&
                         found.data_level.level == expected.data_level.level});
  check.add("iterations_are_equal", std::int64_t{found.n_iterations == expected.n_iterations});
  check.add("cN", relative_difference(space, found.noise_covariance, expected.noise_covariance));
  check.add("cS", relative_difference(space, found.signal_covariance, expected.signal_covariance));
  check.add("cNb",
            relative_difference(space, found.noise_covariance_psd, expected.noise_covariance_psd));
  check.add("cSb", relative_difference(space, found.signal_covariance_psd,
                                       expected.signal_covariance_psd));
}

template <class ExecSpace>
void add_results(gsn::FactoredEstimate<ExecSpace> const& estimate, JsonObject& check)
{
  check.add("noise_level", estimate.noise_level.level);
  check.add("data_level", estimate.data_level.level);
  check.add("iterations", std::int64_t{estimate.n_iterations});
  check.add("pairs", estimate.projection.n_pairs);
  check.add("lifted", estimate.projection.n_lifted);
  check.add("change", estimate.projection.change);
  gsn::SearchWork const& work = estimate.projection.work;
  check.add("search_steps", std::int64_t{work.n_steps});
  check.add("corrections", work.n_corrections);
  check.add("systems", work.n_systems);
  check.add("correction_columns", work.correction_columns);
  check.add("system_columns", work.system_columns);
  check.add("is_complete", std::int64_t{estimate.projection.is_complete});
  check.add("norm", estimate.projection.norm);
  check.add("residual", estimate.projection.residual);
  check.add("error_bound", estimate.projection.error_bound);
}

template <class ExecSpace>
JsonObject bench(FactoredOptions const& options, ExecSpace const& space)
{
  auto const comm = dist::Communicator::world();
  dist::Blocks const blocks{options.n_units, comm.size()};
  auto const drawn = Kokkos::create_mirror_view_and_copy(
      typename ExecSpace::memory_space(),
      draw_units(options, blocks.begin(comm.rank()), blocks.size(comm.rank())));
  ConstCube<double, ExecSpace> const responses(drawn);
  std::vector<double> seconds;
  gsn::FactoredEstimate<ExecSpace> estimate;
  for (std::int64_t i = 0; i < options.repeats; ++i) {
    estimate = {};  // not two at a time
    comm.barrier();
    seconds.push_back(seconds_of_one(space, [&] {
      estimate = gsn::estimate_factored<double, ExecSpace>(space, comm, responses, options.n_units);
      if (options.bench_case == "dense")
        gsn::dense_estimate(space, comm, estimate, gsn::Options().returns);
    }));
  }
  JsonObject line = run_fields<ExecSpace>(options);
  line.add("units", options.n_units);
  line.add("conditions", options.n_conditions);
  line.add("trials", options.n_trials);
  line.add("seconds", seconds);
  add_phases(line, comm, estimate.phases);
  JsonObject check;
  add_results(estimate, check);
  if (options.bench_case == "check" && comm.size() == 1)
    add_differences(space, estimate, responses, check);
  line.add("check", check);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::FactoredOptions;
  return kovar::perf::bench_main("kovar_factored_bench", argc, argv, kovar::perf::factored_options,
                                 [](FactoredOptions const& options, auto, auto const& space) {
                                   return kovar::perf::bench(options, space);
                                 });
}
