// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_RESPONSES_HPP
#define KOVAR_TESTS_GSN_RESPONSES_HPP

#include <kovar/core/random.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Responses for tests of the estimate, on the host and spread over ranks.

namespace kovar::test {

/// units x conditions x trials, trials fastest.
struct Responses {
  std::int64_t n_units = 0;
  std::int64_t n_conditions = 0;
  std::int64_t n_trials = 0;
  std::vector<double> values;

  Responses(std::int64_t n, std::int64_t c, std::int64_t t)
      : n_units(n), n_conditions(c), n_trials(t), values(static_cast<std::size_t>(n * c * t), 0.0)
  {
  }
  double& operator()(std::int64_t i, std::int64_t c, std::int64_t t)
  {
    return values[static_cast<std::size_t>((i * n_conditions + c) * n_trials + t)];
  }
  double operator()(std::int64_t i, std::int64_t c, std::int64_t t) const
  {
    return values[static_cast<std::size_t>((i * n_conditions + c) * n_trials + t)];
  }
};

/// Signal and noise with correlated units: each unit mixes its own draw with that of its neighbour.
inline Responses random_responses(std::int64_t n, std::int64_t c, std::int64_t t,
                                  std::uint64_t seed)
{
  Responses responses(n, c, t);
  auto const draw = [&](std::uint32_t stream, std::int64_t index) {
    return normal_pair(seed, stream, static_cast<std::uint64_t>(index)).first;
  };
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t s = 0; s < t; ++s) {
        std::int64_t const before = i > 0 ? i - 1 : i;
        double const signal = draw(1, i * c + k) + 0.7 * draw(1, before * c + k) + 0.5 * draw(2, k);
        double const noise = draw(3, (i * c + k) * t + s) +
                             0.6 * draw(3, (before * c + k) * t + s) + 0.4 * draw(4, k * t + s);
        responses(i, k, s) = 3 + signal + noise;
      }
  return responses;
}

/// The conditions of this rank in the memory of ExecSpace.
template <class Scalar, class ExecSpace>
Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> local_responses(
    dist::Communicator const& comm, Responses const& all)
{
  dist::Blocks const blocks{all.n_conditions, comm.size()};
  std::int64_t const first = blocks.begin(comm.rank());
  Kokkos::View<Scalar***, Kokkos::LayoutRight, ExecSpace> const local(
      "test::responses", all.n_units, blocks.size(comm.rank()), all.n_trials);
  auto const host = Kokkos::create_mirror_view(local);
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t c = 0; c < blocks.size(comm.rank()); ++c)
      for (std::int64_t t = 0; t < all.n_trials; ++t)
        host(i, c, t) = static_cast<Scalar>(all(i, first + c, t));
  Kokkos::deep_copy(local, host);
  return local;
}

/// Estimate on all ranks of comm.
template <class Scalar, class ExecSpace>
gsn::Estimate<Scalar, ExecSpace> estimate_on(dist::Communicator const& comm, Responses const& all,
                                             gsn::Options const& options = {})
{
  auto const local = local_responses<Scalar, ExecSpace>(comm, all);
  return gsn::estimate<Scalar, ExecSpace>(ExecSpace(), comm, ConstCube<Scalar, ExecSpace>(local),
                                          all.n_conditions, options);
}

}  // namespace kovar::test

#endif
