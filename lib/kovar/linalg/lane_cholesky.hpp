// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_CHOLESKY_HPP
#define KOVAR_LINALG_LANE_CHOLESKY_HPP

#include <kovar/core/lane_math.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// Cholesky factors, solutions and inverses of small symmetric positive definite matrices, one matrix
/// in each lane (linalg/interleaved.hpp). A matrix is cut into register tiles: what is added to a tile
/// is summed in registers, and both factors of every product are read one after the other.
///
/// The order of every sum depends on the place of the entry only, and zeros below a smaller matrix
/// that is padded with the identity change no bit: a lane's results are the same whatever its
/// neighbours are, and however large.

namespace kovar::linalg {

/// Order of a tile: with its sums, four operands and a factor it fits the registers.
template <class Pack>
constexpr int lane_tile_order = std::is_arithmetic_v<Pack> || sizeof(Pack) >= 64 ? 4 : 3;

/// Lower triangles as tiles, tile row by tile row, each tile column by column. The tiles on the diagonal
/// are whole: what stands above the diagonal is not read in a symmetric matrix and zero in a factor.
template <class Pack, class Array>
struct LaneTiles {
  static constexpr int order = lane_tile_order<Pack>;
  static constexpr int n_entries = order * order;

  Array data;
  int n_tiles;  ///< on a side

  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t tiles_of(std::int64_t n)
  {
    return (n + order - 1) / order;
  }
  /// Packs that matrices of order n need.
  KOKKOS_FORCEINLINE_FUNCTION static std::int64_t size(std::int64_t n)
  {
    return tiles_of(n) * (tiles_of(n) + 1) / 2 * n_entries;
  }
  /// Order with the padding.
  KOKKOS_FORCEINLINE_FUNCTION int n_padded() const { return n_tiles * order; }

  /// Tile of tile row i and tile column j <= i.
  KOKKOS_FORCEINLINE_FUNCTION Array tile(int i, int j) const
  {
    return data + (std::int64_t{i} * (i + 1) / 2 + j) * n_entries;
  }
  /// Entry (i, j), i >= j.
  KOKKOS_FORCEINLINE_FUNCTION Pack& operator()(int i, int j) const
  {
    return tile(i / order, j / order)[j % order * order + i % order];
  }
};

namespace detail {

/// A tile in registers, column by column.
template <class Pack, class Array>
struct RegisterTile {
  static constexpr int order = lane_tile_order<Pack>;
  Pack entry[order][order];  ///< [column][row]

  KOKKOS_FORCEINLINE_FUNCTION void clear()
  {
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      KOVAR_UNROLL for (int r = 0; r < order; ++r) entry[c][r] = Pack{};
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION void load(Array const& from)
  {
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      KOVAR_UNROLL for (int r = 0; r < order; ++r) entry[c][r] = from[c * order + r];
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION void store(Array const& to) const
  {
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      KOVAR_UNROLL for (int r = 0; r < order; ++r) to[c * order + r] = entry[c][r];
    }
  }

  /// Add a b, a^T b or, with a sign of -1, subtract a b^T, for one tile a and one tile b.
  /// \tparam a_by_rows  entry (r, k) of the left factor stands in row k of a
  /// \tparam b_by_rows  entry (k, c) of the right factor stands in row c of b
  template <int sign, bool a_by_rows, bool b_by_rows>
  KOKKOS_FORCEINLINE_FUNCTION void add_product(Array const& a, Array const& b)
  {
    KOVAR_UNROLL for (int k = 0; k < order; ++k)
    {
      Pack left[order];
      KOVAR_UNROLL for (int r = 0; r < order; ++r)
      {
        left[r] = a[a_by_rows ? r * order + k : k * order + r];
        keep_in_register(left[r]);
      }
      KOVAR_UNROLL for (int c = 0; c < order; ++c)
      {
        Pack right = b[b_by_rows ? k * order + c : c * order + k];
        keep_in_register(right);
        KOVAR_UNROLL for (int r = 0; r < order; ++r)
        {
          if constexpr (sign > 0)
            entry[c][r] += left[r] * right;
          else
            entry[c][r] -= left[r] * right;
        }
      }
    }
  }

  /// The factor of this tile, zero above the diagonal.
  /// \param bad      1 in lanes with a pivot that is not positive
  /// \param inverse  of the factor's diagonal
  KOKKOS_FORCEINLINE_FUNCTION void factor(Pack& bad, Pack (&inverse)[order])
  {
    Pack const zero = {};
    Pack const one = all_lanes<Pack>(lane_number_t<Pack>(1));
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      bad = entry[c][c] > zero ? bad : one;
      entry[c][c] = lane_sqrt(entry[c][c]);
      inverse[c] = one / entry[c][c];
      KOVAR_UNROLL for (int r = 0; r < order; ++r)
      {
        if (r < c) entry[c][r] = zero;
        if (r > c) entry[c][r] *= inverse[c];
      }
      KOVAR_UNROLL for (int j = 0; j < order; ++j)
      {
        KOVAR_UNROLL for (int r = 0; r < order; ++r)
        {
          if (j > c && r >= j) entry[j][r] -= entry[c][r] * entry[c][j];
        }
      }
    }
  }

  /// This tile times the inverse of a factor's transpose.
  KOKKOS_FORCEINLINE_FUNCTION void solve_transposed(Array const& factor,
                                                    Pack const (&inverse)[order])
  {
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      KOVAR_UNROLL for (int k = 0; k < order; ++k)
      {
        if (k >= c) continue;
        Pack const l = factor[k * order + c];
        KOVAR_UNROLL for (int r = 0; r < order; ++r) entry[c][r] -= entry[k][r] * l;
      }
      KOVAR_UNROLL for (int r = 0; r < order; ++r) entry[c][r] *= inverse[c];
    }
  }

  /// The inverse of the factor that this tile is.
  KOKKOS_FORCEINLINE_FUNCTION void invert_factor()
  {
    Pack const one = all_lanes<Pack>(lane_number_t<Pack>(1));
    KOVAR_UNROLL for (int r = 0; r < order; ++r) entry[r][r] = one / entry[r][r];
    KOVAR_UNROLL for (int c = 0; c < order; ++c)
    {
      // Column c of the inverse from the top down; it may stand where column c of the factor stood.
      KOVAR_UNROLL for (int r = 0; r < order; ++r)
      {
        if (r <= c) continue;
        Pack sum = {};
        KOVAR_UNROLL for (int k = 0; k < order; ++k)
        {
          if (k < c || k >= r) continue;
          sum += entry[k][r] * entry[c][k];
        }
        entry[c][r] = -(sum * entry[r][r]);
      }
    }
  }

  /// Minus a lower triangular tile times this one.
  KOKKOS_FORCEINLINE_FUNCTION void multiply_by_lower(Array const& lower)
  {
    KOVAR_UNROLL for (int step = 0; step < order; ++step)
    {
      int const r = order - 1 - step;  // upwards: the rows above are still those of the factor
      KOVAR_UNROLL for (int c = 0; c < order; ++c)
      {
        Pack sum = {};
        KOVAR_UNROLL for (int k = 0; k < order; ++k)
        {
          if (k <= r) sum -= lower[k * order + r] * entry[c][k];
        }
        entry[c][r] = sum;
      }
    }
  }
};

/// a_ij - sum_k<j L_ik L_jk^T
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION RegisterTile<Pack, Array> schur_tile(LaneTiles<Pack, Array> const& a,
                                                                 int i, int j)
{
  RegisterTile<Pack, Array> sum;
  sum.load(a.tile(i, j));
  for (int k = 0; k < j; ++k) sum.template add_product<-1, false, true>(a.tile(i, k), a.tile(j, k));
  return sum;
}

}  // namespace detail

/// Overwrite matrices by their Cholesky factors. A matrix that is not positive definite, or has NaN, becomes NaN
/// or infinite somewhere; its neighbours do not notice.
/// \param a  n_padded() rows, the identity in those beyond a matrix
/// \return 1 in lanes with a pivot that is not positive, else 0; infinite entries may pass: look at the
///         factor's diagonal
/// Cost: n^3/3 flops a matrix.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_cholesky(LaneTiles<Pack, Array> const& a)
{
  using Tile = detail::RegisterTile<Pack, Array>;
  Pack bad = {};
  for (int j = 0; j < a.n_tiles; ++j) {
    Pack inverse[LaneTiles<Pack, Array>::order];
    Tile diagonal = detail::schur_tile(a, j, j);
    diagonal.factor(bad, inverse);
    diagonal.store(a.tile(j, j));
    for (int i = j + 1; i < a.n_tiles; ++i) {
      Tile below = detail::schur_tile(a, i, j);
      below.solve_transposed(a.tile(j, j), inverse);
      below.store(a.tile(i, j));
    }
  }
  return bad;
}

/// Overwrite x by the solutions of L L^T x = b. Cost: 2 n^2 flops a matrix.
/// \param x  n_padded() packs
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_cholesky_solve(LaneTiles<Pack, Array> const& factor,
                                                Array const& x)
{
  constexpr int order = LaneTiles<Pack, Array>::order;
  for (int i = 0; i < factor.n_tiles; ++i) {  // L z = b
    Pack sum[order];
    KOVAR_UNROLL for (int r = 0; r < order; ++r) sum[r] = x[i * order + r];
    Array const row = factor.tile(i, 0);
    for (int k = 0; k < i * order; ++k) {
      Pack const z = x[k];
      KOVAR_UNROLL for (int r = 0; r < order; ++r) sum[r] -= row[k * order + r] * z;
    }
    Array const diagonal = factor.tile(i, i);
    for (int c = 0; c < order; ++c) {
      Pack const z = sum[c] / diagonal[c * order + c];
      for (int r = c + 1; r < order; ++r) sum[r] -= diagonal[c * order + r] * z;
      x[i * order + c] = z;
    }
  }
  for (int i = factor.n_tiles - 1; i >= 0; --i) {  // L^T x = z
    Pack sum[order];
    KOVAR_UNROLL for (int r = 0; r < order; ++r) sum[r] = x[i * order + r];
    for (int k = i + 1; k < factor.n_tiles; ++k) {
      Array const tile = factor.tile(k, i);
      for (int r = 0; r < order; ++r) {
        Pack const z = x[k * order + r];
        KOVAR_UNROLL for (int c = 0; c < order; ++c) sum[c] -= tile[c * order + r] * z;
      }
    }
    Array const diagonal = factor.tile(i, i);
    for (int c = order - 1; c >= 0; --c) {
      for (int r = c + 1; r < order; ++r) sum[c] -= diagonal[c * order + r] * x[i * order + r];
      x[i * order + c] = sum[c] / diagonal[c * order + c];
    }
  }
}

/// Overwrite the factors by the inverses of the matrices; the tiles on the diagonal are filled wholly.
/// Cost: 2 n^3/3 flops a matrix.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_cholesky_invert(LaneTiles<Pack, Array> const& a)
{
  using Tile = detail::RegisterTile<Pack, Array>;
  // M = L^-1, row by row: M_ij = -L_ii^-1 sum_k L_ik M_kj, j <= k < i. Later tiles of the row do not need L_ij.
  for (int i = 0; i < a.n_tiles; ++i) {
    Tile diagonal;
    diagonal.load(a.tile(i, i));
    diagonal.invert_factor();
    diagonal.store(a.tile(i, i));
    for (int j = 0; j < i; ++j) {
      Tile sum;
      sum.clear();
      for (int k = j; k < i; ++k)
        sum.template add_product<1, false, false>(a.tile(i, k), a.tile(k, j));
      sum.multiply_by_lower(a.tile(i, i));
      sum.store(a.tile(i, j));
    }
  }
  // M^T M, row by row: row i of M is needed by row i of the product only, and M_ii last.
  for (int i = 0; i < a.n_tiles; ++i)
    for (int j = 0; j <= i; ++j) {
      Tile sum;
      sum.clear();
      for (int k = i; k < a.n_tiles; ++k)
        sum.template add_product<1, true, false>(a.tile(k, i), a.tile(k, j));
      sum.store(a.tile(i, j));
    }
}

}  // namespace kovar::linalg

#endif
