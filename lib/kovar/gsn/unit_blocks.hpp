// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_UNIT_BLOCKS_HPP
#define KOVAR_GSN_UNIT_BLOCKS_HPP

#include <kovar/core/not_a_number.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/mask_lanes.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// How work on units is cut: blocks of units through all conditions, and register tiles of pairs of
/// units grouped to tiles that share caches.

namespace kovar::gsn {

/// Units that one thread takes at once: whole cache lines of column-major results on a CPU.
template <class Scalar, class ExecSpace>
constexpr int n_block_units = is_host_space<ExecSpace> ? static_cast<int>(128 / sizeof(Scalar)) : 1;

/// What stands for a response that is not there.
constexpr double lost_response = not_a_number<double>();

/// Call f(first_unit, n, k) for all blocks of n units (n_block_units, less in the last) and all
/// 0 <= k < n_columns. A CPU thread takes a block through the columns, one stream of row-major
/// responses per unit; neighbouring threads of a GPU take neighbouring units.
template <class Scalar, class ExecSpace, class Function>
void for_unit_blocks(ExecSpace const& space, std::string const& label, std::int64_t n_units,
                     std::int64_t n_columns, Function const& f)
{
  constexpr int n_lanes = n_block_units<Scalar, ExecSpace>;
  std::int64_t const n_blocks = (n_units + n_lanes - 1) / n_lanes;
  if (n_blocks == 0 || n_columns == 0) return;
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      n_blocks * n_columns),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const block = n_lanes > 1 ? index / n_columns : index % n_blocks;
        std::int64_t const k = n_lanes > 1 ? index % n_columns : index / n_blocks;
        std::int64_t const first = block * n_lanes;
        f(first, static_cast<int>(n_units - first < n_lanes ? n_units - first : n_lanes), k);
      });
}

/// Trial t of condition c of the block of n units from `first` on. Units beyond have lost it.
template <class Scalar, class ExecSpace, int n_lanes>
KOKKOS_FORCEINLINE_FUNCTION void load_trial(ConstCube<Scalar, ExecSpace> const& responses,
                                            std::int64_t first, int n, std::int64_t c,
                                            std::int64_t t, double (&x)[n_lanes])
{
  if (n <= 0) {
    for (int lane = 0; lane < n_lanes; ++lane) x[lane] = lost_response;
    return;
  }
  Scalar const* const from = &responses(first, c, t);
  std::int64_t const stride = responses.stride_0();
  if (n == n_lanes)
    for (int lane = 0; lane < n_lanes; ++lane) x[lane] = from[lane * stride];
  else
    for (int lane = 0; lane < n_lanes; ++lane)
      x[lane] = lane < n ? from[lane * stride] : lost_response;
}

/// Call f(i, j) for the corners of all tiles of n_rows x n_cols pairs that touch the lower triangle of
/// an n x n matrix. Those of a square of 64 x 64 pairs follow each other: their inputs stay in the
/// cache of a core, or of a multiprocessor.
template <int n_rows, int n_cols, class ExecSpace, class Function>
void for_register_tiles(ExecSpace const& space, std::string const& label, std::int64_t n,
                        Function const& f)
{
  constexpr int edge = 64;
  static_assert(edge % n_rows == 0 && edge % n_cols == 0, "register tiles fill a square");
  constexpr int n_down = edge / n_rows;
  constexpr int n_across = edge / n_cols;
  std::int64_t const n_squares = (n + edge - 1) / edge;
  if (n == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n_squares * n_squares), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const row = team.league_rank() / n_squares * edge;
        std::int64_t const column = team.league_rank() % n_squares * edge;
        if (row < column) return;  // above the diagonal
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_down * n_across), [&](int tile) {
          std::int64_t const i = row + tile % n_down * n_rows;
          std::int64_t const j = column + tile / n_down * n_cols;
          if (i < n && j < n && i + n_rows > j) f(i, j);
        });
      });
}

}  // namespace kovar::gsn

#endif
