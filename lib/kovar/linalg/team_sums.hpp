// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TEAM_SUMS_HPP
#define KOVAR_LINALG_TEAM_SUMS_HPP

#include <kovar/core/lane_math.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Sums and largest numbers that a team's threads find together and all know afterwards. What f writes is
/// there for all of them on return. The order of a sum depends on the size of the team alone.

namespace kovar::linalg {

/// Sum of f(i) for first <= i < last.
template <class Scalar, class Team, class Function>
KOKKOS_FORCEINLINE_FUNCTION Scalar team_sum_of(Team const& team, int first, int last,
                                               Function const& f)
{
  Scalar sum = 0;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, first, last), [&](int i, Scalar& partial) { partial += f(i); },
      sum);
  team.team_barrier();
  return sum;
}

/// Largest |f(i)| for 0 <= i < n; NaN is passed over.
template <class Scalar, class Team, class Function>
KOKKOS_FORCEINLINE_FUNCTION Scalar team_largest_of(Team const& team, int n, Function const& f)
{
  Scalar largest = 0;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, n),
      [&](int i, Scalar& bound) { bound = lane_max(lane_abs(Scalar(f(i))), bound); },
      Kokkos::Max<Scalar>(largest));
  team.team_barrier();
  return largest;
}

}  // namespace kovar::linalg

#endif
