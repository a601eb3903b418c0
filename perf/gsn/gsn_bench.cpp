// SPDX-License-Identifier: BSD-3-Clause
// Times the whole estimate on responses that each rank draws for its own conditions, and prints a line of
// JSON. README.md says what goes in and out.
#include "support/bench.hpp"
#include "support/rank_phases.hpp"

#include <kovar/core/not_a_number.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_over_ranks.hpp>
#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::perf {
namespace {

struct GsnOptions : RunOptions {
  std::int64_t n_units = 1000;
  std::int64_t n_conditions = 200;
  std::int64_t n_trials = 3;
  std::string matrices = "root";    ///< who has the N x N matrices
  std::int64_t count_negative = 0;  ///< 1: eigenvalues of the signal covariance
  double missing =
      0.2;  ///< of the trials, or of the responses of each unit; nothing on the even path
};

GsnOptions gsn_options(int argc, char** argv)
{
  GsnOptions options;
  options.bench_case = "even";
  options.precision = "double";
  options.repeats = 3;
  OptionList list(argc, argv);
  take_run_options(list, options);
  list.take("units", options.n_units);
  list.take("conditions", options.n_conditions);
  list.take("trials", options.n_trials);
  list.take("missing", options.missing);
  list.take("matrices", options.matrices);
  list.take("count-negative", options.count_negative);
  list.require_empty();
  KOVAR_REQUIRE(options.bench_case == "even" || options.bench_case == "whole_trial" ||
                    options.bench_case == "per_unit",
                "--case is even, whole_trial or per_unit");
  KOVAR_REQUIRE(options.matrices == "root" || options.matrices == "ranks",
                "--matrices is root or ranks");
  KOVAR_REQUIRE(options.missing >= 0 && options.missing < 1, "--missing is a share from 0 to 1");
  return options;
}

/// Latent factors of the signal, and of the noise: factor k weighs 1 / sqrt(k + 1).
constexpr std::int64_t n_factors = 24;

enum GsnStream : std::uint32_t {
  signal_axes,
  noise_axes,
  signal_scores,
  noise_scores,
  own_noise,
  losses
};

struct Factors {
  std::vector<double> axes;    ///< of each unit, n_factors numbers
  std::vector<double> scores;  ///< of each condition or trial

  /// \param i_thing  condition or trial
  double at(std::int64_t i_unit, std::int64_t i_thing) const
  {
    double sum = 0;
    for (std::int64_t k = 0; k < n_factors; ++k)
      sum += axes[static_cast<std::size_t>(i_unit * n_factors + k)] *
             scores[static_cast<std::size_t>(i_thing * n_factors + k)];
    return sum;
  }
};

Factors draw_factors(GsnOptions const& options, GsnStream axes, GsnStream scores,
                     std::int64_t first_thing, std::int64_t n_things)
{
  Factors factors;
  for (std::int64_t i = 0; i < options.n_units * n_factors; ++i)
    factors.axes.push_back(normal_draw(options.seed, axes, static_cast<std::uint64_t>(i)) /
                           std::sqrt(static_cast<double>(i % n_factors + 1)));
  for (std::int64_t i = first_thing * n_factors; i < (first_thing + n_things) * n_factors; ++i)
    factors.scores.push_back(normal_draw(options.seed, scores, static_cast<std::uint64_t>(i)));
  return factors;
}

/// Is a response lost? The first and the last trial of a condition stay whole on the whole-trial path.
bool is_lost(GsnOptions const& options, std::int64_t i_unit, std::int64_t c, std::int64_t t)
{
  if (options.bench_case == "even") return false;
  bool const whole = options.bench_case == "whole_trial";
  if (whole && t < 2) return false;
  auto const trial = static_cast<std::uint64_t>(c * options.n_trials + t);
  auto const at = whole ? trial
                        : trial * static_cast<std::uint64_t>(options.n_units) +
                              static_cast<std::uint64_t>(i_unit);
  return uniform_pair(options.seed, losses, at, 0).first < options.missing;
}

using Cube = Kokkos::View<double***, Kokkos::LayoutRight, Kokkos::HostSpace>;

/// Responses of this rank's conditions; they do not depend on the number of ranks.
Cube draw_responses(GsnOptions const& options, std::int64_t first, std::int64_t n_local)
{
  std::int64_t const n_trials = options.n_trials;
  auto const signal = draw_factors(options, signal_axes, signal_scores, first, n_local);
  auto const noise =
      draw_factors(options, noise_axes, noise_scores, first * n_trials, n_local * n_trials);
  Cube const responses("kovar::perf::responses", options.n_units, n_local, n_trials);
  Kokkos::parallel_for(
      "kovar::perf::responses",
      Kokkos::RangePolicy<Kokkos::DefaultHostExecutionSpace>(0, options.n_units),
      [=](std::int64_t i) {
        for (std::int64_t c = 0; c < n_local; ++c) {
          double const of_condition = signal.at(i, c);
          for (std::int64_t t = 0; t < n_trials; ++t) {
            auto const at =
                static_cast<std::uint64_t>(((first + c) * n_trials + t) * options.n_units + i);
            responses(i, c, t) = is_lost(options, i, first + c, t)
                                     ? not_a_number<double>()
                                     : of_condition + noise.at(i, c * n_trials + t) +
                                           normal_draw(options.seed, own_noise, at);
          }
        }
      });
  return responses;
}

/// Medians over the repeats, phase by phase.
std::vector<PhaseTime> median_phases(std::vector<std::vector<PhaseTime>> const& repeats)
{
  std::vector<PhaseTime> medians = repeats.front();
  for (std::size_t i = 0; i < medians.size(); ++i) {
    std::vector<double> seconds;
    for (auto const& phases : repeats) seconds.push_back(phases.at(i).seconds);
    medians[i].seconds = median_of(seconds);
  }
  return medians;
}

/// Share of the eigenvalues of a that are below a bound, which is relative to the largest. Overwrites a.
template <class Scalar, class ExecSpace>
double share_below(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a, double bound)
{
  auto const values =
      linalg::eigenvalues(space, linalg::tridiagonalize<Scalar, ExecSpace>(space, a));
  auto const limit = static_cast<Scalar>(bound) * values.back();
  auto const n_below =
      std::count_if(values.begin(), values.end(), [=](Scalar value) { return value < limit; });
  return static_cast<double>(n_below) / static_cast<double>(values.size());
}

/// What the cost of the projection goes by, from one more estimate: the share of the eigenvalues of cS that
/// are negative, and of the noise covariance that were set to zero. Collective, on rank 0.
template <class Scalar, class ExecSpace>
void add_shares(ExecSpace const& space, dist::Communicator const& comm,
                ConstCube<Scalar, ExecSpace> const& responses, std::int64_t n_conditions,
                gsn::Options options, JsonObject& check)
{
  options.returns = {gsn::Item::signal_covariance, gsn::Item::noise_covariance_psd};
  auto const estimate =
      gsn::estimate<Scalar, ExecSpace>(space, comm, responses, n_conditions, options);
  if (!comm.is_root()) return;
  auto const rounding = static_cast<double>(std::numeric_limits<Scalar>::epsilon()) *
                        static_cast<double>(responses.extent(0));
  check.add("negative", share_below(space, estimate.signal_covariance, 0));
  check.add("clipped_noise", share_below(space, estimate.noise_covariance_psd, rounding));
}

/// Its matrices are let go.
template <class Scalar, class ExecSpace>
gsn::EstimateSummary estimate_once(GsnOptions const& options, ExecSpace const& space,
                                   dist::Communicator const& comm,
                                   ConstCube<Scalar, ExecSpace> const& responses,
                                   gsn::Options const& estimate_options)
{
  if (options.matrices == "ranks")
    return gsn::estimate_over_ranks<Scalar, ExecSpace>(space, comm, responses, options.n_conditions,
                                                       estimate_options);
  return gsn::estimate<Scalar, ExecSpace>(space, comm, responses, options.n_conditions,
                                          estimate_options);
}

/// Of a rank, its responses included.
template <class Scalar>
std::int64_t needed_bytes(dist::Communicator const& comm, GsnOptions const& options,
                          gsn::EstimateSummary const& estimate,
                          gsn::Options const& estimate_options)
{
  double const responses =
      static_cast<double>(sizeof(Scalar)) *
      static_cast<double>(options.n_units * options.n_conditions * options.n_trials) / comm.size();
  return static_cast<std::int64_t>(
      responses + gsn::needed_bytes_over_ranks(estimate.path, comm.size(), options.n_units,
                                               options.n_conditions, options.n_trials,
                                               sizeof(Scalar), estimate_options));
}

template <class Scalar, class ExecSpace>
JsonObject bench(GsnOptions const& options, ExecSpace const& space)
{
  auto const comm = dist::Communicator::world();
  dist::Blocks const blocks{options.n_conditions, comm.size()};
  auto const host = draw_responses(options, blocks.begin(comm.rank()), blocks.size(comm.rank()));
  Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> const responses(
      Kokkos::view_alloc(space, "kovar::perf::responses"), host.extent(0), host.extent(1),
      host.extent(2));
  auto const mirror = Kokkos::create_mirror_view(responses);
  for (std::size_t i = 0; i < host.size(); ++i)
    mirror.data()[i] = static_cast<Scalar>(host.data()[i]);
  Kokkos::deep_copy(space, responses, mirror);
  gsn::Options estimate_options;
  estimate_options.returns = {gsn::Item::noise_covariance_psd, gsn::Item::signal_covariance_psd};
  if (options.bench_case == "per_unit") estimate_options.uneven = gsn::Uneven::missing;

  std::vector<std::vector<PhaseTime>> repeats;
  std::vector<double> seconds;
  gsn::EstimateSummary estimate;
  for (std::int64_t i = -1; i < options.repeats; ++i) {  // the first is not counted
    comm.barrier();
    seconds.push_back(seconds_of_one(space, [&] {
      estimate = estimate_once<Scalar, ExecSpace>(
          options, space, comm, ConstCube<Scalar, ExecSpace>(responses), estimate_options);
    }));
    repeats.push_back(estimate.phases);
  }
  seconds.erase(seconds.begin());
  repeats.erase(repeats.begin());

  JsonObject line = run_fields<ExecSpace>(options);
  line.add("units", options.n_units);
  line.add("conditions", options.n_conditions);
  line.add("trials", options.n_trials);
  line.add("path", gsn::name_of(estimate.path));
  line.add("matrices", options.matrices);
  if (options.matrices == "ranks")
    line.add("planned_bytes", needed_bytes<Scalar>(comm, options, estimate, estimate_options));
  line.add("seconds", seconds);
  auto phases = median_phases(repeats);
  add_phases(line, comm, phases);
  JsonObject check;
  check.add("noise_level", estimate.noise_level.level);
  check.add("data_level", estimate.data_level.level);
  check.add("iterations", std::int64_t{estimate.n_iterations});
  if (options.count_negative == 1)
    add_shares<Scalar, ExecSpace>(space, comm, ConstCube<Scalar, ExecSpace>(responses),
                                  options.n_conditions, estimate_options, check);
  line.add("check", check);
  return line;
}

}  // namespace
}  // namespace kovar::perf

int main(int argc, char** argv)
{
  using kovar::perf::GsnOptions;
  return kovar::perf::bench_main("kovar_gsn_bench", argc, argv, kovar::perf::gsn_options,
                                 [](GsnOptions const& options, auto scalar, auto const& space) {
                                   return kovar::perf::bench<decltype(scalar)>(options, space);
                                 });
}
