// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OWNED_PAIRS_HPP
#define KOVAR_GSN_OWNED_PAIRS_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gsn/pair_tiles.hpp>
#include <kovar/gsn/trial_masks.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Sums over pairs of units in register tiles, for the pairs whose entries a rank owns of matrices over ranks: those of
/// the units of its rows with the units of its columns. Units stand in the order of the rank's rows, or columns.

namespace kovar::gsn {

/// Call f(i, j) for the corners, in local(), of all tiles of n_rows x n_cols entries of this rank that touch the lower
/// triangle of a. Those of a square of 64 x 64 entries follow each other.
template <int n_rows, int n_cols, class Scalar, class Function>
void for_owned_tiles(dist::Host const& space, std::string const& label,
                     dist::BlockCyclicMatrix<Scalar> const& a, Function const& f)
{
  constexpr int edge = 64;
  static_assert(edge % n_rows == 0 && edge % n_cols == 0, "register tiles fill a square");
  constexpr int n_down = edge / n_rows;
  constexpr int n_across = edge / n_cols;
  auto const n_owned_rows = static_cast<std::int64_t>(a.local().extent(0));
  auto const n_owned_columns = static_cast<std::int64_t>(a.local().extent(1));
  if (n_owned_rows == 0 || n_owned_columns == 0) return;
  std::int64_t const n_squares_down = (n_owned_rows + edge - 1) / edge;
  std::int64_t const n_squares_across = (n_owned_columns + edge - 1) / edge;
  dist::BlockCyclic const rows = a.rows();
  dist::BlockCyclic const columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  using Policy = Kokkos::TeamPolicy<dist::Host, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n_squares_down * n_squares_across), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const first_row = team.league_rank() % n_squares_down * edge;
        std::int64_t const first_column = team.league_rank() / n_squares_down * edge;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_down * n_across), [&](int tile) {
          std::int64_t const i = first_row + tile % n_down * n_rows;
          std::int64_t const j = first_column + tile / n_down * n_cols;
          if (i >= n_owned_rows || j >= n_owned_columns) return;
          std::int64_t const end = i + n_rows < n_owned_rows ? i + n_rows : n_owned_rows;
          bool const is_above = rows.global(grid_row, end - 1) < columns.global(grid_column, j);
          if (!is_above) f(i, j);
        });
      });
}

/// Counts of conditions in which a pair shares trials.
template <class Scalar>
struct OwnedCounts {
  dist::BlockCyclicMatrix<Scalar> two;   ///< two trials at least
  dist::BlockCyclicMatrix<Scalar> both;  ///< both units have any trial
  dist::BlockCyclicMatrix<Scalar>
      share;  ///< the share of complete conditions, 1/T, is added for each of the
              ///< latter from word first_share_word on
};

/// Add the conditions of the planes to counts (lower triangles; what stands above may change).
/// \param rows, columns  condition_planes() of the units of this rank's rows and columns
/// Cost: three operations per trial, pair and 64 conditions. \see begin_pairwise_sums()
template <class Scalar>
void add_owned_counts(dist::Host const& space, Bits<dist::Host> const& rows,
                      Bits<dist::Host> const& columns, std::int64_t first_share_word,
                      OwnedCounts<Scalar> const& counts)
{
  using Pack = typename Lanes<std::int64_t, dist::Host>::type;
  constexpr int n_rows = Lanes<std::int64_t, dist::Host>::n;
  constexpr int n_cols = 4;
  std::int64_t const n_trials = static_cast<std::int64_t>(rows.extent(1)) - 1;
  std::int64_t const n_words = rows.extent(2);
  Scalar const complete_share = Scalar(1) / static_cast<Scalar>(n_trials > 0 ? n_trials : 1);
  auto const two_local = counts.two.local();
  auto const both_local = counts.both.local();
  auto const share_local = counts.share.local();
  auto const n_owned_rows = static_cast<std::int64_t>(two_local.extent(0));
  auto const n_owned_columns = static_cast<std::int64_t>(two_local.extent(1));
  for_owned_tiles<n_rows, n_cols>(
      space, "kovar::gsn::owned_counts", counts.two, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Pack n_two[n_cols] = {};
        Pack n_both[n_cols] = {};
        Pack n_share[n_cols] = {};
        for (std::int64_t w = 0; w < n_words; ++w) {
          Pack one[n_cols] = {};
          Pack two[n_cols] = {};
          for (std::int64_t t = 0; t < n_trials; ++t) {
            Pack const row = load_lanes<Pack>(&rows(i, t, w));
            for (int c = 0; c < n_cols; ++c) {
              Pack const shared = row & static_cast<std::int64_t>(columns(j + c, t, w));
              two[c] |= one[c] & shared;
              one[c] |= shared;
            }
          }
          Pack const row = load_lanes<Pack>(&rows(i, n_trials, w));
          for (int c = 0; c < n_cols; ++c) {
            Pack const both =
                popcount_lanes(row & static_cast<std::int64_t>(columns(j + c, n_trials, w)));
            n_two[c] += popcount_lanes(two[c]);
            n_both[c] += both;
            if (w >= first_share_word) n_share[c] += both;
          }
        }
        for (int c = 0; c < n_cols && j + c < n_owned_columns; ++c)
          for (int lane = 0; lane < n_rows && i + lane < n_owned_rows; ++lane) {
            two_local(i + lane, j + c) += static_cast<Scalar>(lane_of(n_two[c], lane));
            both_local(i + lane, j + c) += static_cast<Scalar>(lane_of(n_both[c], lane));
            share_local(i + lane, j + c) +=
                complete_share * static_cast<Scalar>(lane_of(n_share[c], lane));
          }
      });
}

/// Add packed conditions to sums of covariances and of noise shares (lower triangles; what stands above may change).
/// \param rows, columns  the same conditions of the units of this rank's rows and columns
/// \see add_pair_tiles()
template <TileForm form, class Scalar>
void add_owned_tiles(dist::Host const& space, PackedTrials<Scalar, dist::Host> const& rows,
                     PackedTrials<Scalar, dist::Host> const& columns, std::int64_t n_conditions,
                     std::int64_t n_trials, Vector<Scalar, dist::Host> const& weights,
                     dist::BlockCyclicMatrix<Scalar> const& covariance,
                     dist::BlockCyclicMatrix<Scalar> const& share)
{
  using Host = dist::Host;
  using Shape = PairTileShape<Scalar, Host, form>;
  auto const row_values = rows.values;
  auto const row_masks = rows.masks;
  auto const column_values = columns.values;
  auto const column_masks = columns.masks;
  auto const covariance_local = covariance.local();
  auto const share_local = share.local();
  auto const n_owned_rows = static_cast<std::int64_t>(covariance_local.extent(0));
  auto const n_owned_columns = static_cast<std::int64_t>(covariance_local.extent(1));
  for_owned_tiles<Shape::n_rows, Shape::n_cols>(
      space, "kovar::gsn::owned_tiles", covariance, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        constexpr int n_side = n_packed_units<Scalar, Host>;
        constexpr int n_lanes = Shape::n_lanes;
        detail::PairTile<Scalar, Host, form, PairSums::covariance_and_share> tile;
        tile.add_conditions(
            n_conditions, static_cast<int>(n_trials), static_cast<int>(row_values.extent(1)),
            static_cast<int>(row_masks.extent(1)), &row_values(i % n_side, 0, 0, i / n_side),
            &column_values(j % n_side, 0, 0, j / n_side), &row_masks(i % n_side, 0, 0, i / n_side),
            &column_masks(j % n_side, 0, 0, j / n_side), weights.data());
        for (int c = 0; c < Shape::n_cols && j + c < n_owned_columns; ++c)
          for (int v = 0; v < Shape::n_packs; ++v)
            for (int lane = 0; lane < n_lanes; ++lane) {
              std::int64_t const row = i + v * n_lanes + lane;
              if (row >= n_owned_rows) break;
              covariance_local(row, j + c) += lane_of(tile.covariance[v][c], lane);
              share_local(row, j + c) += lane_of(tile.share[v][c], lane);
            }
      });
}

}  // namespace kovar::gsn

#endif
