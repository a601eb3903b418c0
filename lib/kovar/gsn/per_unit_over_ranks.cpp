// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/pairwise_over_ranks.hpp>
#include <kovar/gsn/per_unit_statistics.hpp>
#include <kovar/gsn/raw_over_ranks.hpp>

#include <utility>

namespace kovar::gsn {
namespace {

/// The responses of this rank without gaps in the host's memory.
template <class Scalar, class ExecSpace>
HostCube<Scalar> host_responses(ExecSpace const& space,
                                ConstCube<Scalar, ExecSpace> const& responses)
{
  using Cube = Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace>;
  auto const dense = allocate<Cube>(space, "kovar::gsn::responses_without_gaps",
                                    responses.extent(0), responses.extent(1), responses.extent(2));
  Kokkos::deep_copy(space, dense, responses);
  if constexpr (is_host_space<ExecSpace>) {
    space.fence();  // another instance reads them
    return dense;
  } else {
    auto const host =
        allocate<HostCube<Scalar>>(dist::Host(), "kovar::gsn::host_responses", responses.extent(0),
                                   responses.extent(1), responses.extent(2));
    Kokkos::deep_copy(space, host, dense);
    space.fence();  // another instance reads them
    return host;
  }
}

}  // namespace

template <class Scalar, class ExecSpace>
RawOverRanks<Scalar> per_unit_over_ranks(Task<Scalar, ExecSpace> const& task,
                                         dist::Host const& host, ResponseCensus const& census)
{
  auto const n = static_cast<double>(task.n_units());
  auto const c = static_cast<double>(task.n_conditions);
  auto const t = static_cast<double>(task.n_trials());
  auto const statistics = per_unit_statistics(task, census);
  dist::ProcessGrid const grid(task.comm);

  task.clock.begin("noise covariance", n * n * c * (3 * t + 4));
  HostCube<Scalar> responses;
  dist::agree(task.comm,
              [&] { responses = host_responses<Scalar, ExecSpace>(task.space, task.responses); });
  auto const pairs = pairwise_noise_over_ranks(host, grid, std::exchange(responses, {}));
  task.clock.begin("data covariance", 3 * n * n * c);
  Matrix<double, dist::Host> means;
  dist::agree(task.comm, [&] { means = host_columns(task.space, statistics.means); });
  auto const data = pairwise_covariance_over_ranks<Scalar>(host, grid, means);

  task.clock.begin("unit variances", n * c);
  ActiveUnits const active = per_unit_variances(
      task.space, statistics,
      {dist::diagonal_list(host, pairs.noise_covariance), dist::diagonal_list(host, data),
       dist::diagonal_list(host, pairs.noise_share)},
      task.result);
  clear_constant_units(host, active.noise_variance, pairs.noise_covariance);
  clear_constant_units(host, active.data_variance, data);

  RawOverRanks<Scalar> raw;
  raw.noise = pairs.noise_covariance;
  raw.signal = data;
  raw.variance = larger_variances(active);
  raw.weights = biconvex_weights(task.n_conditions, statistics.mean_trials);
  raw.noise_share.entrywise = pairs.noise_share;
  shrink_over_ranks(host, raw.noise, raw.signal, task.result.noise_level.level,
                    task.result.data_level.level, raw.noise_share);
  return raw;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                        \
  template RawOverRanks<Scalar> per_unit_over_ranks(Task<Scalar, ExecSpace> const&, \
                                                    dist::Host const&, ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
