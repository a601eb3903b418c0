// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONSTANT_PATTERN_HPP
#define KOVAR_GSN_CONSTANT_PATTERN_HPP

#include <kovar/core/simd.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Patterns without their part along equal responses of all units, which correlation distance does not
/// see.

namespace kovar::gsn {

/// x(:, j) -= constant (constant . x(:, j)) by a team; constant has norm 1.
template <class ExecSpace, class Team>
KOKKOS_FORCEINLINE_FUNCTION void remove_constant(Team const& team,
                                                 Matrix<double, ExecSpace> const& x, std::int64_t j,
                                                 Vector<double, ExecSpace> const& constant)
{
  std::int64_t const n = x.extent(0);
  double const along =
      team_sum<ExecSpace>(team, 0, n, [&](std::int64_t i) { return x(i, j) * constant(i); });
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                       [&](std::int64_t i) { x(i, j) -= along * constant(i); });
}

/// The same for each column of x.
/// Cost: 4 n m flops for x of n x m.
template <class ExecSpace>
void remove_constant(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                     Vector<double, ExecSpace> const& constant)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  if (x.size() == 0) return;
  int const n_columns = lapack_int(static_cast<std::int64_t>(x.extent(1)), "remove_constant");
  Kokkos::parallel_for(
      "kovar::gsn::remove_constant", Policy(space, n_columns, Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        remove_constant<ExecSpace>(team, x, team.league_rank(), constant);
      });
}

}  // namespace kovar::gsn

#endif
