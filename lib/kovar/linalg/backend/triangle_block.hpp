// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_TRIANGLE_BLOCK_HPP
#define KOVAR_LINALG_BACKEND_TRIANGLE_BLOCK_HPP

#include <kovar/core/lanes.hpp>
#include <kovar/linalg/register_tile.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

/// \file
/// A diagonal block of a triangular factor, packed for solves in the host's registers. BLAS solves with
/// such blocks at a third of the rate of its products; here a solve is products too, up to corners of a few
/// columns. Substitution throughout, of the diagonal alone the reciprocals are kept: as accurate as BLAS however ill-conditioned the block.

namespace kovar::linalg::backend {

/// Rows of right-hand sides that are solved together, in lanes, and columns of the factor taken together.
template <class Scalar>
struct TriangleTile {
  using HostSpace = Kokkos::DefaultHostExecutionSpace;
  static constexpr int n_lanes = Lanes<Scalar, HostSpace>::n;
  static constexpr bool has_32_registers = n_lanes * sizeof(Scalar) >= 64;  // AVX-512
  static constexpr int n_rows = 2 * n_lanes > 8 ? 2 * n_lanes : 8;
  static constexpr int n_cols = has_32_registers ? 8 : 4;
  using Column = Pack<Scalar, n_rows, HostSpace>;
  static_assert(n_rows % n_cols == 0, "a corner lies in one group of rows");
};

/// The lower triangle L of a block of order max_order at most, its columns in panels of n_cols: of each
/// panel all numbers left of the diagonal and its corner, row by row of L^T, then the next panel.
template <class Scalar>
class TriangleBlock {
  using Tile = TriangleTile<Scalar>;
  using Column = typename Tile::Column;
  static constexpr int n_rows = Tile::n_rows;
  static constexpr int n_cols = Tile::n_cols;

 public:
  static constexpr int max_order = 128;
  /// Rows of right-hand sides, column by column: number c of row r is x[c * n_rows + r].
  struct alignas(64) Rows {
    Scalar x[n_rows * max_order];
  };

  /// Take the lower triangle of l, n x n.
  void take(int n, Scalar const* l, int ldl)
  {
    resize(n);
    for (int c = 0; c < n_panels_; ++c) {
      Scalar* const p = panel(c);
      int const first = c * n_cols;
      int const n_inside = std::min(n_cols, n - first);
      for (int k = 0; k < first + n_cols; ++k)
        for (int j = 0; j < n_cols; ++j) {
          bool const is_inside = j < n_inside && k <= first + j;
          p[k * n_cols + j] = is_inside ? l[first + j + as_offset(k, ldl)] : Scalar(0);
        }
      for (int j = 0; j < n_cols; ++j)
        inverse_diagonal_[as_index(first + j)] =
            j < n_inside ? 1 / l[first + j + as_offset(first + j, ldl)] : Scalar(1);
    }
  }

  /// Overwrite the lower triangle of a (n x n) with its Cholesky factor and take that.
  /// Returns the order of the first leading minor that is not positive, or 0.
  int factor(int n, Scalar* a, int lda)
  {
    resize(n);
    load_triangle(a, lda);
    for (int c = 0; c < n_panels_; ++c) {
      int const bad_minor = factor_panel(c);
      if (bad_minor != 0) return bad_minor;
    }
    store_triangle(a, lda);
    return 0;
  }

  /// rows := rows L^-T, for rows whose first `n_zeros` numbers (a multiple of n_cols) are 0.
  void solve(Rows& rows, int n_zeros = 0) const
  {
    for (int c = n_zeros / n_cols; c < n_panels_; ++c) {
      Column column[n_cols];
      subtract_left(c, n_zeros, rows, column);
      solve_corner(c, column);
      store(c, column, rows);
    }
  }

  int order() const { return n_; }
  int padded_order() const { return n_panels_ * n_cols; }

 private:
  static std::size_t as_index(int k) { return static_cast<std::size_t>(k); }
  static std::ptrdiff_t as_offset(int column, int stride)
  {
    return static_cast<std::ptrdiff_t>(column) * stride;
  }
  Scalar* panel(int c) { return panels_.data() + n_cols * n_cols * (c * (c + 1) / 2); }
  Scalar const* panel(int c) const { return panels_.data() + n_cols * n_cols * (c * (c + 1) / 2); }

  void resize(int n)
  {
    n_ = n;
    n_panels_ = (n + n_cols - 1) / n_cols;
    panels_.resize(as_index(n_cols * n_cols * (n_panels_ * (n_panels_ + 1) / 2)));
    inverse_diagonal_.resize(as_index(padded_order()));
  }

  /// column := those of panel c, less what stands left of it times L.
  void subtract_left(int c, int n_zeros, Rows const& rows, Column* column) const
  {
    Scalar const* const p = panel(c);
    int const first = c * n_cols;
    KOVAR_UNROLL for (int j = 0; j < n_cols; ++j) column[j] =
        Column::load(rows.x + (first + j) * n_rows);
    for (int k = n_zeros; k < first; ++k) {
      Column const left = Column::load(rows.x + k * n_rows);
      KOVAR_UNROLL for (int j = 0; j < n_cols; ++j) column[j].subtract(left, p[k * n_cols + j]);
    }
  }

  void solve_corner(int c, Column* column) const
  {
    Scalar const* const corner = panel(c) + c * n_cols * n_cols;
    KOVAR_UNROLL for (int j = 0; j < n_cols; ++j)
    {
      KOVAR_UNROLL for (int i = 0; i < j; ++i) column[j].subtract(column[i],
                                                                  corner[i * n_cols + j]);
      column[j].scale(inverse_diagonal_[as_index(c * n_cols + j)]);
    }
  }

  static void store(int c, Column const* column, Rows& rows)
  {
    KOVAR_UNROLL for (int j = 0; j < n_cols; ++j) column[j].store(rows.x +
                                                                  (c * n_cols + j) * n_rows);
  }

  /// Below the diagonal the numbers of a, zero elsewhere.
  void load_triangle(Scalar const* a, int lda)
  {
    work_.resize(as_index((padded_order() + n_rows - 1) / n_rows));
    for (std::size_t g = 0; g < work_.size(); ++g) {
      int const first = static_cast<int>(g) * n_rows;
      for (int k = 0; k < std::min(padded_order(), first + n_rows); ++k)
        for (int r = 0; r < n_rows; ++r) {
          bool const is_inside = first + r < n_ && k <= first + r;
          work_[g].x[k * n_rows + r] = is_inside ? a[first + r + as_offset(k, lda)] : Scalar(0);
        }
    }
  }

  void store_triangle(Scalar* a, int lda) const
  {
    for (std::size_t g = 0; g < work_.size(); ++g) {
      int const first = static_cast<int>(g) * n_rows;
      int const end = std::min(n_, first + n_rows);
      for (int k = 0; k < end; ++k)
        for (int i = std::max(first, k); i < end; ++i)
          a[i + as_offset(k, lda)] = work_[g].x[k * n_rows + i - first];
    }
  }

  /// The columns of panel c of the factor from those left of it.
  int factor_panel(int c)
  {
    int const first = c * n_cols;
    std::size_t const top = as_index(first / n_rows);
    int const offset = first % n_rows;
    Scalar* const p = panel(c);
    for (int k = 0; k < first; ++k)
      std::copy_n(work_[top].x + k * n_rows + offset, n_cols, p + k * n_cols);
    Column column[n_cols];
    subtract_left(c, 0, work_[top], column);
    store(c, column, work_[top]);
    int const bad_minor = factor_corner(first, work_[top].x + first * n_rows + offset);
    if (bad_minor != 0) return bad_minor;
    solve_corner(c, column);
    store(c, column, work_[top]);
    for (int j = 0; j < n_cols; ++j)  // what the factor of the corner is, not what solving gives
      for (int i = 0; i < n_cols; ++i)
        work_[top].x[(first + j) * n_rows + offset + i] = p[(first + j) * n_cols + i];
    for (std::size_t g = top + 1; g < work_.size(); ++g) {
      subtract_left(c, 0, work_[g], column);
      solve_corner(c, column);
      store(c, column, work_[g]);
    }
    return 0;
  }

  /// The factor of a corner into its panel; beyond the matrix the identity.
  /// \param a  the corner's columns stand n_rows apart
  int factor_corner(int first, Scalar const* a)
  {
    Scalar* const l = panel(first / n_cols) + first * n_cols;  // L(i, j) is l[j * n_cols + i]
    for (int j = 0; j < n_cols; ++j) {
      bool const is_inside = first + j < n_;
      for (int i = 0; i < n_cols; ++i) {
        Scalar entry = is_inside || i != j ? a[j * n_rows + i] : Scalar(1);
        for (int k = 0; k < j; ++k) entry -= l[k * n_cols + i] * l[k * n_cols + j];
        l[j * n_cols + i] = i < j ? Scalar(0) : entry;
      }
      Scalar const pivot = l[j * n_cols + j];
      if (!(pivot > 0)) return first + j + 1;  // NaN, too
      Scalar const root = std::sqrt(pivot);
      inverse_diagonal_[as_index(first + j)] = 1 / root;
      l[j * n_cols + j] = root;
      for (int i = j + 1; i < n_cols; ++i) l[j * n_cols + i] /= root;
    }
    return 0;
  }

  int n_ = 0;
  int n_panels_ = 0;
  std::vector<Scalar> panels_;
  std::vector<Scalar> inverse_diagonal_;
  std::vector<Rows> work_;  ///< a matrix that is being factored
};

}  // namespace kovar::linalg::backend

#endif
