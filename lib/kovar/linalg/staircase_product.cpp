// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/lanes.hpp>
#include <kovar/core/region.hpp>
#include <kovar/linalg/register_tile.hpp>
#include <kovar/linalg/staircase_product.hpp>

#include <algorithm>

namespace kovar::linalg {
namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

/// The entries of c that a thread sums up in registers: 24 of the 32 of AVX-512, 12 of the 16 of AVX.
template <class Scalar>
struct Tile {
  static constexpr int n_lanes = Lanes<Scalar, Host>::n;
  static constexpr bool has_32_registers = n_lanes * sizeof(Scalar) >= 64;
  static constexpr int n_rows = 3 * n_lanes;
  static constexpr int n_columns = has_32_registers ? 8 : 4;
  using Column = Pack<Scalar, n_rows, Host>;

  /// What threads take at a time: its rows stay in the second cache while its columns go by.
  static constexpr int n_block_rows = 10 * n_rows;
  static constexpr int n_block_columns = 128;
  static_assert(n_block_columns % n_columns == 0, "packed columns are found by the tile");
};

std::int64_t n_pieces(std::int64_t n, std::int64_t piece) { return (n + piece - 1) / piece; }

/// n, filled up to whole pieces.
template <int piece>
std::int64_t in_whole(std::int64_t n)
{
  return n_pieces(n, piece) * piece;
}

/// An operand's lines, n_together of them side by side: of these, number t of line l is [t * n_together + l]. Beyond
/// the last line there are zeros.
template <int n_together, class Scalar>
void pack(Host const& space, Matrix<Scalar, Host> const& a, bool has_lines_as_rows, Scalar* packed)
{
  auto const n_lines = static_cast<std::int64_t>(a.extent(has_lines_as_rows ? 0 : 1));
  auto const n_terms = static_cast<std::int64_t>(a.extent(has_lines_as_rows ? 1 : 0));
  Kokkos::parallel_for("kovar::linalg::pack",
                       Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(
                           space, 0, n_pieces(n_lines, n_together)),
                       [=](std::int64_t piece) {
                         std::int64_t const first = piece * n_together;
                         auto const n =
                             static_cast<int>(std::min<std::int64_t>(n_together, n_lines - first));
                         Scalar* const to = packed + first * n_terms;
                         if (has_lines_as_rows)
                           for (std::int64_t t = 0; t < n_terms; ++t) {
                             Scalar const* const from = &a(first, t);
                             if (n == n_together)
                               std::copy_n(from, n_together, to + t * n_together);
                             else
                               std::fill(std::copy_n(from, n, to + t * n_together),
                                         to + (t + 1) * n_together, Scalar(0));
                           }
                         else
                           for (int l = 0; l < n_together; ++l)
                             for (std::int64_t t = 0; t < n_terms; ++t)
                               to[t * n_together + l] = l < n ? a(t, first + l) : Scalar(0);
                       });
}

template <class Scalar>
std::int64_t work_size(std::int64_t n_rows, std::int64_t n_columns, std::int64_t n_terms)
{
  using T = Tile<Scalar>;
  return n_terms * (in_whole<T::n_rows>(n_rows) + in_whole<T::n_columns>(n_columns));
}

/// The product of packed operands, tile by tile.
template <class Scalar>
struct TiledProduct {
  using T = Tile<Scalar>;
  using Column = typename T::Column;

  std::int64_t n_terms;
  Scalar alpha;
  Scalar const* left;   ///< packed
  Scalar const* right;  ///< the same
  Scalar beta;
  Matrix<Scalar, Host> c;
  std::int64_t const* first_rows;  ///< of each column, below the staircase

  std::int64_t n_row_blocks() const { return n_pieces(n_rows(), T::n_block_rows); }
  std::int64_t n_column_blocks() const { return n_pieces(n_columns(), T::n_block_columns); }

  void block(std::int64_t row_block, std::int64_t column_block) const
  {
    std::int64_t const row = row_block * T::n_block_rows;
    std::int64_t const row_end = std::min(n_rows(), row + T::n_block_rows);
    std::int64_t const column = column_block * T::n_block_columns;
    std::int64_t const column_end = std::min(n_columns(), column + T::n_block_columns);
    for (std::int64_t j = column; j < column_end && first_rows[j] < row_end; j += T::n_columns) {
      std::int64_t const last = std::min(n_columns(), j + T::n_columns) - 1;
      bool const has_all_columns = last == j + T::n_columns - 1;
      std::int64_t const first_tile = first_rows[j] / T::n_rows * T::n_rows;
      for (std::int64_t i = std::max(row, first_tile); i < row_end; i += T::n_rows)
        if (has_all_columns && i >= first_rows[last] && i + T::n_rows <= n_rows())
          whole_tile(i, j);
        else
          cut_tile(i, j);
    }
  }

  std::int64_t n_rows() const { return static_cast<std::int64_t>(c.extent(0)); }
  std::int64_t n_columns() const { return static_cast<std::int64_t>(c.extent(1)); }

  static constexpr int n_terms_ahead = 8;  ///< of which a tile's rows come from the second cache

  /// Ask for a column of a tile, which may lie beyond the end.
  template <bool is_written>
  KOKKOS_FORCEINLINE_FUNCTION static void prefetch([[maybe_unused]] Scalar const* x)
  {
#ifdef KOVAR_HAS_VECTOR_TYPES
    for (int r = 0; r < T::n_rows; r += T::n_lanes) __builtin_prefetch(x + r, is_written);
#endif
  }

  KOKKOS_FORCEINLINE_FUNCTION void sum_up(std::int64_t i, std::int64_t j, Column* sum) const
  {
    Scalar const* a = left + i * n_terms;
    Scalar const* b = right + j * n_terms;
    KOVAR_UNROLL for (int k = 0; k < T::n_columns; ++k) sum[k] = {};
    for (std::int64_t t = 0; t < n_terms; ++t, a += T::n_rows, b += T::n_columns) {
      prefetch<false>(a + n_terms_ahead * T::n_rows);
      Column const x = Column::load(a);
      KOVAR_UNROLL for (int k = 0; k < T::n_columns; ++k) sum[k].add(x, b[k]);
    }
  }

  /// alpha sum + beta entries: by the same instructions wherever an entry stands.
  KOKKOS_FORCEINLINE_FUNCTION void update(Column const& sum, Scalar* entries) const
  {
    Column updated = {};
    if (beta != 0) {
      updated = Column::load(entries);
      updated.scale(beta);
    }
    updated.add(sum, alpha);
    updated.store(entries);
  }

  void whole_tile(std::int64_t i, std::int64_t j) const
  {
    for (int k = 0; k < T::n_columns; ++k) prefetch<true>(&c(i, j + k));
    Column sum[T::n_columns];
    sum_up(i, j, sum);
    KOVAR_UNROLL for (int k = 0; k < T::n_columns; ++k) update(sum[k], &c(i, j + k));
  }

  /// A tile that the staircase or the edge of c cuts.
  void cut_tile(std::int64_t i, std::int64_t j) const
  {
    Column sum[T::n_columns];
    sum_up(i, j, sum);
    std::int64_t const end = std::min(n_rows(), i + T::n_rows);
    for (std::int64_t k = j; k < std::min(n_columns(), j + T::n_columns); ++k) {
      std::int64_t const first = std::max(i, first_rows[k]);
      if (first >= end) continue;
      Scalar entries[T::n_rows] = {};
      std::copy_n(&c(first, k), end - first, entries + (first - i));
      update(sum[k - j], entries);
      std::copy_n(entries + (first - i), end - first, &c(first, k));
    }
  }
};

}  // namespace

template <class Scalar>
StaircaseProduct<Scalar>::StaircaseProduct(Host const& space, std::int64_t n_rows,
                                           std::int64_t n_columns, std::int64_t n_terms)
    : space_(space),
      work_(allocate<Vector<Scalar, Host>>(space, "kovar::linalg::packed_operands",
                                           work_size<Scalar>(n_rows, n_columns, n_terms)))
{
}

template <class Scalar>
void StaircaseProduct<Scalar>::add(Scalar alpha, Op op_left, Matrix<Scalar, Host> const& left,
                                   Op op_right, Matrix<Scalar, Host> const& right, Scalar beta,
                                   Matrix<Scalar, Host> const& c,
                                   std::int64_t const* first_rows) const
{
  if (c.size() == 0) return;
  Region const region("kovar::linalg::staircase_product");
  using T = Tile<Scalar>;
  auto const n_terms = static_cast<std::int64_t>(left.extent(op_left == Op::none ? 1 : 0));
  auto const n_rows = static_cast<std::int64_t>(c.extent(0));
  KOVAR_ASSERT(work_size<Scalar>(n_rows, static_cast<std::int64_t>(c.extent(1)), n_terms) <=
               static_cast<std::int64_t>(work_.extent(0)));
  Scalar* const packed_left = work_.data();
  Scalar* const packed_right = packed_left + n_terms * in_whole<T::n_rows>(n_rows);
  pack<T::n_rows>(space_, left, op_left == Op::none, packed_left);
  pack<T::n_columns>(space_, right, op_right == Op::transpose, packed_right);
  TiledProduct<Scalar> const product = {n_terms, alpha, packed_left, packed_right,
                                        beta,    c,     first_rows};
  std::int64_t const n_column_blocks = product.n_column_blocks();
  Kokkos::parallel_for(
      "kovar::linalg::staircase_product",
      Kokkos::RangePolicy<Host, Kokkos::Schedule<Kokkos::Dynamic>, Kokkos::IndexType<std::int64_t>>(
          space_, 0, product.n_row_blocks() * n_column_blocks, Kokkos::ChunkSize(1)),
      [=](std::int64_t block) { product.block(block / n_column_blocks, block % n_column_blocks); });
}

template class StaircaseProduct<double>;
template class StaircaseProduct<float>;

}  // namespace kovar::linalg
