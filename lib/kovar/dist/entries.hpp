// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_ENTRIES_HPP
#define KOVAR_DIST_ENTRIES_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Passes over the entries that a rank owns of several block-cyclic matrices of one shape.

namespace kovar::dist {

/// Where an entry stands: in local(), and in the whole matrix.
struct OwnedEntry {
  std::int64_t i;  ///< row of local()
  std::int64_t j;
  std::int64_t row;  ///< of the matrix
  std::int64_t column;
};

/// Call f(OwnedEntry) for this rank's entries on and below the diagonal of a, which is square; no
/// communication. f works on this entry alone, of a and of matrices of the same shape, blocks and grid.
/// \param label  full name of the kernel
template <class Scalar, class Function>
void for_lower_entries(Host const& space, std::string const& label,
                       BlockCyclicMatrix<Scalar> const& a, Function const& f)
{
  auto const n_rows = static_cast<std::int64_t>(a.local().extent(0));
  auto const n_columns = static_cast<std::int64_t>(a.local().extent(1));
  if (n_rows == 0 || n_columns == 0) return;
  BlockCyclic const rows = a.rows();
  BlockCyclic const columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  // Columns get shorter: handed out one by one.
  using Policy = Kokkos::TeamPolicy<Host, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n_columns), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        std::int64_t const column = columns.global(grid_column, j);
        std::int64_t const first = rows.size_before(grid_row, column);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, first, n_rows), [&](std::int64_t i) {
          f(OwnedEntry{i, j, rows.global(grid_row, i), column});
        });
      });
}

}  // namespace kovar::dist

#endif
