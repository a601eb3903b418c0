// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_PAIR_TILES_HPP
#define KOVAR_GSN_PAIR_TILES_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/mask_lanes.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/unit_blocks.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// Covariances over shared trials, summed over conditions in register tiles of pairs of units.
///
/// For two units that share K trials, with S = sum x_i x_j, P_ij = sum x_i and P_ji = sum x_j over
/// these, the covariance is (K S - P_ij P_ji) / (K (K-1)); and it is D / (K (K-1)), where D sums
/// d_i d_j over the differences d = x_a - x_b of all pairs of trials. A row of numbers per unit, zero
/// where a trial is lost, turns S, P and D into sums of products: x for S, and x times the other
/// unit's mask for P. K is the number of bits that two masks have in common.

namespace kovar::gsn {

/// Which of the two sums.
enum class TileForm {
  differences,  ///< T (T-1) / 2 products per condition and pair
  sums          ///< 3 T products
};

/// Trials up to which differences are packed.
constexpr int largest_difference_trials = 8;

/// Units side by side in the packed array.
template <class Scalar, class ExecSpace>
constexpr int n_packed_units = is_host_space<ExecSpace> ? n_block_units<Scalar, ExecSpace> : 64;

/// Some conditions, packed for the tiles; unit fastest, by blocks of n_packed_units, padded by units
/// without trials.
template <class Scalar, class ExecSpace>
struct PackedTrials {
  /// unit in block x number x condition x block: what is multiplied, then 1/n of the unit's n trials
  Kokkos::View<Scalar****, Kokkos::LayoutLeft, ExecSpace> values;
  /// unit in block x word x condition x block: bits of the trials that are present
  Kokkos::View<MaskWord<Scalar>****, Kokkos::LayoutLeft, ExecSpace> masks;

  /// Numbers per unit and condition.
  static std::int64_t n_numbers(TileForm form, std::int64_t n_trials)
  {
    return 1 + (form == TileForm::differences ? n_trials * (n_trials - 1) / 2 : 2 * n_trials);
  }

  /// Conditions whose numbers of the 64 + 64 units of a square stay in the second-level cache of a core.
  static std::int64_t n_conditions_at_once(TileForm form, std::int64_t n_trials)
  {
    constexpr std::int64_t n_bytes = 256 * 1024;
    std::int64_t const n_bytes_each =
        64 * static_cast<std::int64_t>(sizeof(Scalar)) * n_numbers(form, n_trials);
    return std::max<std::int64_t>(1, n_bytes / n_bytes_each);
  }

  PackedTrials(ExecSpace const& space, TileForm form, std::int64_t n_units, std::int64_t n_trials,
               std::int64_t n_conditions)
  {
    constexpr int n_side = n_packed_units<Scalar, ExecSpace>;
    constexpr int n_bits = n_mask_bits<Scalar>;
    std::int64_t const n_blocks = (n_units + n_side - 1) / n_side;
    values = allocate<decltype(values)>(space, "kovar::gsn::packed_trials", n_side,
                                        n_numbers(form, n_trials), n_conditions, n_blocks);
    masks = allocate<decltype(masks)>(space, "kovar::gsn::packed_masks", n_side,
                                      (n_trials + n_bits - 1) / n_bits, n_conditions, n_blocks);
  }
};

namespace detail {

/// What a pass over the trials of a block of units in one condition finds.
template <class Scalar, class ExecSpace>
struct TrialSummary {
  static constexpr int n_lanes = n_block_units<Scalar, ExecSpace>;
  double reference[n_lanes] = {};  ///< first trial that is present
  double sum[n_lanes] = {};        ///< of the deviations from it
  double n_present[n_lanes] = {};

  /// Take trial t; bit t of the masks is set where it is present.
  KOKKOS_FORCEINLINE_FUNCTION void add(double const (&x)[n_lanes], std::int64_t t,
                                       MaskWord<Scalar>* words)
  {
    using Unsigned = std::make_unsigned_t<MaskWord<Scalar>>;
    std::int64_t const shift = t % n_mask_bits<Scalar>;
    for (int lane = 0; lane < n_lanes; ++lane) {
      bool const present = !math::is_nan(x[lane]);
      reference[lane] = present && n_present[lane] == 0 ? x[lane] : reference[lane];
      sum[lane] += present ? x[lane] - reference[lane] : 0;
      n_present[lane] += present ? 1 : 0;
      Unsigned const before = shift == 0 ? 0 : static_cast<Unsigned>(words[lane]);
      words[lane] = static_cast<MaskWord<Scalar>>(before | Unsigned(present ? 1 : 0) << shift);
    }
  }
};

/// Differences of all pairs of trials, 0 where one is lost.
template <class Scalar, int n_lanes>
KOKKOS_FORCEINLINE_FUNCTION void pack_differences(double const (*x)[n_lanes], int n_trials,
                                                  Scalar* to, std::int64_t stride)
{
  for (int a = 0; a < n_trials; ++a)
    for (int b = a + 1; b < n_trials; ++b, to += stride)
      for (int lane = 0; lane < n_lanes; ++lane) {
        double const difference = x[a][lane] - x[b][lane];  // NaN where one is
        to[lane] = math::is_nan(difference) ? Scalar(0) : static_cast<Scalar>(difference);
      }
}

/// A trial less the unit's mean over its trials, 0 where lost; beside it one where present.
template <class Scalar, class ExecSpace, int n_lanes>
KOKKOS_FORCEINLINE_FUNCTION void pack_deviation(double const (&x)[n_lanes],
                                                TrialSummary<Scalar, ExecSpace> const& summary,
                                                double const (&mean)[n_lanes], Scalar* to,
                                                Scalar* to_mask)
{
  Scalar deviation[n_lanes];  // apart from `to`, which the compiler cannot tell from the rest
  for (int lane = 0; lane < n_lanes; ++lane) {
    double const value = (x[lane] - summary.reference[lane]) - mean[lane];
    deviation[lane] = math::is_nan(value) ? Scalar(0) : static_cast<Scalar>(value);
  }
  Scalar mask[n_lanes];
  for (int lane = 0; lane < n_lanes; ++lane)
    mask[lane] = math::is_nan(x[lane]) ? Scalar(0) : Scalar(1);
  for (int lane = 0; lane < n_lanes; ++lane) to[lane] = deviation[lane];
  for (int lane = 0; lane < n_lanes; ++lane) to_mask[lane] = mask[lane];
}

}  // namespace detail

/// Pack conditions list(begin) ... list(end - 1). Reads them twice, from memory once.
template <class Scalar, class ExecSpace>
void pack_trials(ExecSpace const& space, TileForm form,
                 ConstCube<Scalar, ExecSpace> const& responses,
                 Vector<std::int64_t, ExecSpace> const& list, std::int64_t begin, std::int64_t end,
                 PackedTrials<Scalar, ExecSpace> const& packed)
{
  auto const values = packed.values;
  auto const masks = packed.masks;
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  std::int64_t const n_side = values.extent(0);
  std::int64_t const n_numbers = values.extent(1);
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::pack_trials", static_cast<std::int64_t>(values.extent(3)) * n_side,
      end - begin, KOKKOS_LAMBDA(std::int64_t first, int, std::int64_t k) {
        constexpr int n_lanes = n_block_units<Scalar, ExecSpace>;
        constexpr int n_bits = n_mask_bits<Scalar>;
        std::int64_t const side = first % n_side;
        std::int64_t const b = first / n_side;
        std::int64_t const c = list(begin + k);
        int const n = static_cast<int>(n_units - first < n_lanes ? n_units - first : n_lanes);
        Scalar* const to = &values(side, 0, k, b);
        detail::TrialSummary<Scalar, ExecSpace> summary;
        double by_lane[n_lanes];
        if (form == TileForm::differences) {
          double x[largest_difference_trials][n_lanes];
          for (int t = 0; t < n_trials; ++t) {
            load_trial(responses, first, n, c, t, x[t]);
            summary.add(x[t], t, &masks(side, 0, k, b));
          }
          detail::pack_differences(x, static_cast<int>(n_trials), to, n_side);
        } else {
          double x[n_lanes];
          for (std::int64_t t = 0; t < n_trials; ++t) {
            load_trial(responses, first, n, c, t, x);
            summary.add(x, t, &masks(side, t / n_bits, k, b));
          }
          for (int lane = 0; lane < n_lanes; ++lane)
            by_lane[lane] =
                summary.n_present[lane] > 0 ? summary.sum[lane] / summary.n_present[lane] : 0;
          for (std::int64_t t = 0; t < n_trials; ++t) {
            load_trial(responses, first, n, c, t, x);
            detail::pack_deviation(x, summary, by_lane, to + t * n_side,
                                   to + (n_trials + t) * n_side);
          }
        }
        for (int lane = 0; lane < n_lanes; ++lane)
          to[(n_numbers - 1) * n_side + lane] =
              static_cast<Scalar>(summary.n_present[lane] > 0 ? 1 / summary.n_present[lane] : 0.0);
      });
}

/// 1/(K (K-1)) by the number K of shared trials, 0 where there is no covariance.
template <class Scalar, class ExecSpace>
Vector<Scalar, ExecSpace> pair_weights(ExecSpace const& space, std::int64_t n_trials)
{
  std::int64_t const n =
      std::max<std::int64_t>(n_trials + 1, LaneTable<Scalar, ExecSpace>::n_entries);
  auto const weights = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::pair_weights", n);
  Kokkos::parallel_for(
      "kovar::gsn::pair_weights",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t k) {
        double const count = static_cast<double>(k);
        weights(k) = k < 2 ? Scalar(0) : static_cast<Scalar>(1 / (count * (count - 1)));
      });
  return weights;
}

/// Rows and columns of a register tile: on a CPU two vector registers of rows, and as many columns
/// as keep the sums of a condition (one or three per pair) within the 32 registers of AVX-512.
template <class Scalar, class ExecSpace, TileForm form>
struct PairTileShape {
  static constexpr bool on_host = is_host_space<ExecSpace>;
  static constexpr int n_lanes = Lanes<Scalar, ExecSpace>::n;
  static constexpr int n_packs = !on_host ? 4 : form == TileForm::differences ? 2 : 1;
  static constexpr int n_rows = n_packs * n_lanes;
  static constexpr int n_cols = 4;
};

namespace detail {

/// The sums of one tile over the packed conditions.
template <class Scalar, class ExecSpace, TileForm form, PairSums wanted>
class PairTile {
  using Shape = PairTileShape<Scalar, ExecSpace, form>;
  using Pack = typename Lanes<Scalar, ExecSpace>::type;
  using Word = MaskWord<Scalar>;
  using Counts = typename Lanes<Word, ExecSpace>::type;
  using Table = LaneTable<Scalar, ExecSpace>;
  static constexpr int n_packs = Shape::n_packs;
  static constexpr int n_lanes = Shape::n_lanes;
  static constexpr int n_cols = Shape::n_cols;
  static constexpr int n_side = n_packed_units<Scalar, ExecSpace>;

 public:
  Pack covariance[n_packs][n_cols] = {};
  Pack share[n_packs][n_cols] = {};

  /// \param rows, columns            numbers of the tile's first unit in the first condition
  /// \param row_masks, column_masks  and their words
  KOKKOS_FORCEINLINE_FUNCTION void add_conditions(std::int64_t n_conditions, int n_trials,
                                                  int n_numbers, int n_words, Scalar const* rows,
                                                  Scalar const* columns, Word const* row_masks,
                                                  Word const* column_masks, Scalar const* weights)
  {
    Table const table(weights);
    for (std::int64_t k = 0; k < n_conditions; ++k) {
      if constexpr (form == TileForm::differences)
        add_differences(n_numbers - 1, rows, columns, row_masks, column_masks, table);
      else
        add_sums(n_trials, n_words, rows, columns, row_masks, column_masks, table);
      rows += n_numbers * n_side;
      columns += n_numbers * n_side;
      row_masks += n_words * n_side;
      column_masks += n_words * n_side;
    }
  }

 private:
  KOKKOS_FORCEINLINE_FUNCTION void add_share(int v, int c, Pack const& n_shared, Scalar const* row,
                                             Scalar const* column)
  {
    if constexpr (wanted == PairSums::covariance_and_share)
      share[v][c] += n_shared * (load_lanes<Pack>(row + v * n_lanes) * column[c]);
  }

  KOKKOS_FORCEINLINE_FUNCTION void add_differences(int n_differences, Scalar const* rows,
                                                   Scalar const* columns, Word const* row_masks,
                                                   Word const* column_masks, Table const& table)
  {
    Pack sum[n_packs][n_cols] = {};
    for (int p = 0; p < n_differences; ++p, rows += n_side, columns += n_side) {
      Pack row[n_packs];
      KOVAR_UNROLL
      for (int v = 0; v < n_packs; ++v) {
        row[v] = load_lanes<Pack>(rows + v * n_lanes);
        keep_in_register(row[v]);
      }
      KOVAR_UNROLL
      for (int c = 0; c < n_cols; ++c) KOVAR_UNROLL
      for (int v = 0; v < n_packs; ++v) sum[v][c] += row[v] * columns[c];
    }
    KOVAR_UNROLL
    for (int v = 0; v < n_packs; ++v) {
      Counts const mask = load_lanes<Counts>(row_masks + v * n_lanes);
      KOVAR_UNROLL
      for (int c = 0; c < n_cols; ++c) {
        Counts const n_shared = popcount_lanes(mask & column_masks[c]);
        covariance[v][c] += sum[v][c] * table(n_shared);
        add_share(v, c, convert_lanes<Pack>(n_shared), rows, columns);
      }
    }
  }

  KOKKOS_FORCEINLINE_FUNCTION void add_sums(int n_trials, int n_words, Scalar const* rows,
                                            Scalar const* columns, Word const* row_masks,
                                            Word const* column_masks, Table const& table)
  {
    Pack products[n_packs][n_cols] = {};
    Pack row_sum[n_packs][n_cols] = {};     // of the row's unit, where the column's unit is present
    Pack column_sum[n_packs][n_cols] = {};  // the other way round
    int const to_masks = n_trials * n_side;
    for (int t = 0; t < n_trials; ++t, rows += n_side, columns += n_side) {
      Pack x[n_packs];
      Pack present[n_packs];
      KOVAR_UNROLL
      for (int v = 0; v < n_packs; ++v) {
        x[v] = load_lanes<Pack>(rows + v * n_lanes);
        present[v] = load_lanes<Pack>(rows + to_masks + v * n_lanes);
        keep_in_register(x[v]);
        keep_in_register(present[v]);
      }
      KOVAR_UNROLL
      for (int c = 0; c < n_cols; ++c) KOVAR_UNROLL
      for (int v = 0; v < n_packs; ++v) {
        products[v][c] += x[v] * columns[c];
        column_sum[v][c] += present[v] * columns[c];
        row_sum[v][c] += x[v] * columns[to_masks + c];
      }
    }
    bool const can_look_up = n_trials <= Table::largest_count;
    KOVAR_UNROLL
    for (int v = 0; v < n_packs; ++v) KOVAR_UNROLL
    for (int c = 0; c < n_cols; ++c) {
      Counts n_shared = {};
      for (int w = 0; w < n_words; ++w)
        n_shared += popcount_lanes(load_lanes<Counts>(row_masks + w * n_side + v * n_lanes) &
                                   column_masks[w * n_side + c]);
      Pack const n = convert_lanes<Pack>(n_shared);
      Pack const centered = n * products[v][c] - row_sum[v][c] * column_sum[v][c];
      if (can_look_up) {
        covariance[v][c] += centered * table(n_shared);
      } else {
        Pack const divisor = n * (n - Scalar(1));
        covariance[v][c] += divisor > Scalar(0) ? centered / divisor : Pack{};
      }
      add_share(v, c, n, rows + to_masks, columns + to_masks);
    }
  }
};

}  // namespace detail

/// Add the packed conditions to covariance_sum and, if wanted, share_sum (lower triangles).
/// \param weights  weights(K) = 1/(K (K-1)), 0 for K < 2: at least LaneTable's n_entries, and T + 1
/// Flops per condition and pair, i >= j: T(T-1) for differences, 6 T for sums, and about 8.
template <class Scalar, class ExecSpace, TileForm form, PairSums wanted>
void add_pair_tiles(ExecSpace const& space, PackedTrials<Scalar, ExecSpace> const& packed,
                    std::int64_t n_conditions, std::int64_t n_trials,
                    Vector<Scalar, ExecSpace> const& weights,
                    Matrix<Scalar, ExecSpace> const& covariance_sum,
                    Matrix<Scalar, ExecSpace> const& share_sum)
{
  using Shape = PairTileShape<Scalar, ExecSpace, form>;
  using Pack = typename Lanes<Scalar, ExecSpace>::type;
  auto const values = packed.values;
  auto const masks = packed.masks;
  std::int64_t const n_units = covariance_sum.extent(0);
  for_register_tiles<Shape::n_rows, Shape::n_cols>(
      space, "kovar::gsn::pair_tiles", n_units, KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        constexpr int n_side = n_packed_units<Scalar, ExecSpace>;
        constexpr int n_lanes = Shape::n_lanes;
        constexpr bool with_share = wanted == PairSums::covariance_and_share;
        detail::PairTile<Scalar, ExecSpace, form, wanted> tile;
        tile.add_conditions(
            n_conditions, static_cast<int>(n_trials), static_cast<int>(values.extent(1)),
            static_cast<int>(masks.extent(1)), &values(i % n_side, 0, 0, i / n_side),
            &values(j % n_side, 0, 0, j / n_side), &masks(i % n_side, 0, 0, i / n_side),
            &masks(j % n_side, 0, 0, j / n_side), weights.data());
        bool const is_inside = i + Shape::n_rows <= n_units && i >= j + Shape::n_cols - 1;
        for (int c = 0; c < Shape::n_cols && j + c < n_units; ++c)
          for (int v = 0; v < Shape::n_packs; ++v) {
            std::int64_t const row = i + v * n_lanes;
            if (is_inside) {
              auto* const to = reinterpret_cast<Pack*>(&covariance_sum(row, j + c));
              *to += tile.covariance[v][c];
              if (with_share) *reinterpret_cast<Pack*>(&share_sum(row, j + c)) += tile.share[v][c];
              continue;
            }
            for (int lane = 0; lane < n_lanes; ++lane)
              if (row + lane < n_units && row + lane >= j + c) {
                covariance_sum(row + lane, j + c) += lane_of(tile.covariance[v][c], lane);
                if (with_share) share_sum(row + lane, j + c) += lane_of(tile.share[v][c], lane);
              }
          }
      });
}

}  // namespace kovar::gsn

#endif
