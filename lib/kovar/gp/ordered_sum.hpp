// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_ORDERED_SUM_HPP
#define KOVAR_GP_ORDERED_SUM_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Sums down the columns of a matrix, in double and always in the same order.

namespace kovar::gp {

/// Teams of a pass over columns: a team per column; on a host it is one thread.
template <class ExecSpace>
Kokkos::TeamPolicy<ExecSpace> column_teams(ExecSpace const& space, std::int64_t n_columns)
{
  constexpr int n_device_threads = 128;
  return {space, lapack_int(n_columns, "columns"), is_host_space<ExecSpace> ? 1 : n_device_threads};
}

/// Sum of term(i) over i < n.
template <class ExecSpace, class Team, class Term>
KOKKOS_FORCEINLINE_FUNCTION double ordered_sum([[maybe_unused]] Team const& team, std::int64_t n,
                                               Term const& term)
{
  double sum = 0;
  if constexpr (is_host_space<ExecSpace>) {
    constexpr int n_lanes_of_sum = 8;  // what a vector register holds at most
    double partial[n_lanes_of_sum] = {};
    std::int64_t i = 0;
    for (; i + n_lanes_of_sum <= n; i += n_lanes_of_sum)
      for (int l = 0; l < n_lanes_of_sum; ++l) partial[l] += term(i + l);
    for (; i < n; ++i) partial[0] += term(i);
    for (double const one : partial) sum += one;
  } else {
    Kokkos::parallel_reduce(
        Kokkos::TeamThreadRange(team, n),
        [&](std::int64_t i, double& partial) { partial += term(i); }, sum);
  }
  return sum;
}

}  // namespace kovar::gp

#endif
