// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LOST_ENTRIES_HPP
#define KOVAR_GSN_LOST_ENTRIES_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// How many entries of a column are not defined.

namespace kovar::gsn {

/// Number of NaN in each column of x, on the host. One pass over x.
template <class ExecSpace>
std::vector<int> lost_per_column(ExecSpace const& space, Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_rows = x.extent(0);
  int const n_columns = lapack_int(static_cast<std::int64_t>(x.extent(1)), "lost_per_column");
  if (n_columns == 0) return {};
  auto const n_lost = allocate<Vector<int, ExecSpace>>(space, "kovar::gsn::n_lost", n_columns);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::lost_per_column", Policy(space, n_columns, Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        int const c = team.league_rank();
        int n = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n_rows),
            [&](std::int64_t i, int& count) { count += math::is_nan(x(i, c)) ? 1 : 0; }, n);
        Kokkos::single(Kokkos::PerTeam(team), [&] { n_lost(c) = n; });
      });
  return to_list(space, n_lost);
}

/// Columns whose number of NaN the predicate accepts, ascending.
template <class ExecSpace, class Predicate>
std::vector<std::int64_t> columns_by_losses(ExecSpace const& space,
                                            Matrix<double, ExecSpace> const& x,
                                            Predicate const& accepts)
{
  std::vector<int> const n_lost = lost_per_column(space, x);
  std::vector<std::int64_t> accepted;
  for (std::size_t c = 0; c < n_lost.size(); ++c)
    if (accepts(n_lost[c])) accepted.push_back(static_cast<std::int64_t>(c));
  return accepted;
}

}  // namespace kovar::gsn

#endif
