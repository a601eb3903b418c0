// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TRIANGLE_HPP
#define KOVAR_LINALG_TRIANGLE_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Passes over the lower triangle of a symmetric matrix.

namespace kovar::linalg {

/// Call f(i, j) for all i >= j of an n x n matrix: a team per column, rows over its
/// threads. f works on (i, j) alone: the order of calls is not specified.
/// \param label  full name of the kernel
template <class ExecSpace, class Function>
void for_lower_triangle(ExecSpace const& space, std::string const& label, std::int64_t n,
                        Function const& f)
{
  if (n == 0) return;
  // Columns get shorter: handed out one by one.
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n), Kokkos::AUTO), KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, j, n), [&](std::int64_t i) { f(i, j); });
      });
}

/// The same tile by tile, for an f that also touches (j, i): a tile and its mirror image stay in
/// cache together.
template <class ExecSpace, class Function>
void for_lower_tiles(ExecSpace const& space, std::string const& label, std::int64_t n,
                     Function const& f)
{
  constexpr std::int64_t tile = 32;
  std::int64_t const n_tiles = (n + tile - 1) / tile;
  if (n == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n_tiles * n_tiles), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const column = team.league_rank() / n_tiles * tile;
        std::int64_t const row = team.league_rank() % n_tiles * tile;
        if (row < column) return;  // above the diagonal
        std::int64_t const row_end = row + tile < n ? row + tile : n;
        std::int64_t const column_end = column + tile < n ? column + tile : n;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, column, column_end),
                             [&](std::int64_t j) {
                               for (std::int64_t i = row > j ? row : j; i < row_end; ++i) f(i, j);
                             });
      });
}

/// Lower triangle of `to` := that of `from`; both n x n.
template <class ExecSpace, class From, class To>
void copy_lower_triangle(ExecSpace const& space, From const& from, To const& to)
{
  for_lower_triangle(
      space, "kovar::linalg::copy_lower_triangle", static_cast<std::int64_t>(from.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { to(i, j) = from(i, j); });
}

/// Copy the lower triangle over the upper one, tile by tile. Reads n^2/2 and writes n^2/2 numbers.
template <class ExecSpace, class SquareMatrix>
void fill_upper_triangle(ExecSpace const& space, SquareMatrix const& a)
{
  constexpr std::int64_t tile = 32;
  std::int64_t const n = a.extent(0);
  std::int64_t const n_tiles = (n + tile - 1) / tile;
  if (n == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::linalg::fill_upper_triangle",
      Policy(space, static_cast<int>(n_tiles * n_tiles), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const row = team.league_rank() / n_tiles * tile;
        std::int64_t const column = team.league_rank() % n_tiles * tile;
        if (row > column) return;  // (row, column) is a tile of the upper triangle, to be written
        std::int64_t const row_end = row + tile < n ? row + tile : n;
        std::int64_t const column_end = column + tile < n ? column + tile : n;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, column, column_end),
                             [&](std::int64_t j) {
                               for (std::int64_t i = row; i < row_end && i < j; ++i)
                                 a(i, j) = a(j, i);
                             });
      });
}

}  // namespace kovar::linalg

#endif
