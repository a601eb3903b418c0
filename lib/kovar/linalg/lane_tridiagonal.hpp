// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_TRIDIAGONAL_HPP
#define KOVAR_LINALG_LANE_TRIDIAGONAL_HPP

#include <kovar/linalg/interleaved.hpp>

#include <limits>

/// \file
/// Small symmetric matrices to tridiagonal form by Householder reflectors, one matrix in each lane.

namespace kovar::linalg {

/// Tridiagonal matrices and what brings their eigenvectors back.
template <class Array>
struct LaneTridiagonal {
  Array diagonal;      ///< d
  Array off_diagonal;  ///< d - 1
  Array tau;           ///< d - 2: scales of the reflectors; their vectors stay in the matrix
};

namespace detail {

/// Sum of f(i) for first <= i < last in four parts, which hide the latency of additions and round less
/// than one.
template <class Pack, class Function>
KOKKOS_FORCEINLINE_FUNCTION Pack sum_in_parts(int first, int last, Function const& f)
{
  Pack part[4] = {};
  int i = first;
  for (; i + 4 <= last; i += 4) {
    KOVAR_UNROLL
    for (int k = 0; k < 4; ++k) part[k] += f(i + k);
  }
  for (; i < last; ++i) part[0] += f(i);
  return (part[0] + part[1]) + (part[2] + part[3]);
}

/// Columns that one pass takes together: each row's vector entries are then loaded once for all.
constexpr int n_columns_at_once = 4;

/// Take away the pending rank-two term v w^T + w v^T from n_columns columns j, j + 1, ... of the trailing
/// matrix, and add what they give to y = A u.
template <int n_columns, class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void update_and_multiply(Array const& a, int d, int j, Array const& v,
                                                     Array const& w, Array const& u, Array const& y)
{
  Pack vj[n_columns];
  Pack wj[n_columns];
  Pack uj[n_columns];
  Pack sum[n_columns];
  Array column[n_columns];
  KOVAR_UNROLL
  for (int c = 0; c < n_columns; ++c) {
    vj[c] = v[j + c];
    wj[c] = w[j + c];
    uj[c] = u[j + c];
    sum[c] = Pack{};
    column[c] = a + (column_index(d, j + c, j + c) - (j + c));
  }
  // The triangle on the diagonal.
  KOVAR_UNROLL
  for (int c = 0; c < n_columns; ++c) {
    KOVAR_UNROLL
    for (int r = c; r < n_columns; ++r) {
      Pack const entry = column[c][j + r] - vj[r] * wj[c] - wj[r] * vj[c];
      column[c][j + r] = entry;
      sum[r] += entry * uj[c];
      if (r > c) sum[c] += entry * uj[r];
    }
  }
  // Two sums a column, and one of the row's own: shorter ones round less.
  Pack other[n_columns] = {};
  auto const row = [&](int i, Pack(&into)[n_columns]) {
    Pack const vi = v[i];
    Pack const wi = w[i];
    Pack const ui = u[i];
    Pack yi = {};
    KOVAR_UNROLL
    for (int c = 0; c < n_columns; ++c) {
      Pack const entry = column[c][i] - vi * wj[c] - wi * vj[c];
      column[c][i] = entry;
      yi += entry * uj[c];
      into[c] += entry * ui;
    }
    y[i] += yi;
  };
  int i = j + n_columns;
  for (; i + 1 < d; i += 2) {
    row(i, sum);
    row(i + 1, other);
  }
  if (i < d) row(i, sum);
  KOVAR_UNROLL
  for (int c = 0; c < n_columns; ++c) y[j + c] += sum[c] + other[c];
}

}  // namespace detail

/// Packs of work that tridiagonalize_lanes() takes for order d.
KOKKOS_INLINE_FUNCTION constexpr std::int64_t tridiagonal_work_size(std::int64_t d)
{
  return 4 * d;
}

/// Reduce symmetric matrices to tridiagonal form. The pending rank-two term of one reflector is taken away
/// in the pass that multiplies by the next one, so that each entry is loaded and stored once per column:
/// four multiply-adds to one load and one store.
/// \param a     d x d, lower triangles column by column, entries of at most 1; overwritten: the vector
///              of reflector s is 1 at s + 1 and stands below that in column s
/// \param t     result
/// \param work  tridiagonal_work_size(d) packs
/// Cost: 4/3 d^3 flops a matrix.
/// Source: Van Zee, van de Geijn, Quintana-Orti, Elizondo, Families of algorithms for reducing a matrix to
/// condensed form (2012).
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void tridiagonalize_lanes(Array const& a, int d,
                                                 LaneTridiagonal<Array> const& t, Array const& work)
{
  using Number = lane_number_t<Pack>;
  // Squares below this have lost digits; such a column is zero but for rounding errors of the whole.
  constexpr Number vanishing =
      std::numeric_limits<Number>::min() / std::numeric_limits<Number>::epsilon();
  Array v = work;
  Array w = work + d;
  Array u = work + 2 * d;
  Array const y = work + 3 * d;
  for (int i = 0; i < d; ++i) {
    v[i] = Pack{};
    w[i] = Pack{};
  }
  for (int s = 0; s < d; ++s) {
    Array const column = a + (column_index(d, s, s) - s);
    Pack const vs = v[s];
    Pack const ws = w[s];
    t.diagonal[s] = column[s] - vs * ws - ws * vs;
    if (s == d - 1) return;
    Pack const alpha = column[s + 1] - v[s + 1] * ws - w[s + 1] * vs;
    if (s == d - 2) {
      t.off_diagonal[s] = alpha;
      t.diagonal[d - 1] =
          a[column_index(d, d - 1, d - 1)] - v[d - 1] * w[d - 1] - w[d - 1] * v[d - 1];
      return;
    }
    Pack const square = detail::sum_in_parts<Pack>(s + 2, d, [&](int i) {
      Pack const entry = column[i] - v[i] * ws - w[i] * vs;
      column[i] = entry;
      return Pack(entry * entry);
    });
    Pack const whole = alpha * alpha + square;
    auto const is_zero = (square == 0) | (whole < vanishing);
    Pack const root = lane_sqrt(whole);
    Pack const beta = alpha > 0 ? -root : root;
    Pack const tau = is_zero ? Pack{} : (beta - alpha) / beta;
    Pack const inverse = is_zero ? Pack{} : 1 / (alpha - beta);
    t.off_diagonal[s] = is_zero ? alpha : beta;
    t.tau[s] = tau;
    u[s + 1] = all_lanes<Pack>(Number(1));
    y[s + 1] = Pack{};
    for (int i = s + 2; i < d; ++i) {
      Pack const entry = column[i] * inverse;
      column[i] = entry;
      u[i] = entry;
      y[i] = Pack{};
    }
    int j = s + 1;
    for (; j + detail::n_columns_at_once <= d; j += detail::n_columns_at_once)
      detail::update_and_multiply<detail::n_columns_at_once, Pack>(a, d, j, v, w, u, y);
    for (; j < d; ++j) detail::update_and_multiply<1, Pack>(a, d, j, v, w, u, y);

    Pack const product =
        detail::sum_in_parts<Pack>(s + 1, d, [&](int i) { return Pack(y[i] * u[i]); });
    Pack const shift = tau * tau * product * Number(-0.5);
    for (int i = s + 1; i < d; ++i) y[i] = tau * y[i] + shift * u[i];
    // y becomes the pending w, u the pending v.
    for (int i = s + 1; i < d; ++i) {
      v[i] = u[i];
      w[i] = y[i];
    }
  }
}

/// x := Q x for the Q of tridiagonalize_lanes(): an eigenvector of the tridiagonal matrix becomes one of
/// the matrix. Cost: 2 d^2 flops a matrix.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void apply_lane_reflectors(Array const& a, int d, Array const& tau,
                                                  Array const& x)
{
  for (int s = d - 3; s >= 0; --s) {
    Array const column = a + (column_index(d, s, s) - s);
    Pack const product =
        detail::sum_in_parts<Pack>(s + 2, d, [&](int i) { return Pack(column[i] * x[i]); });
    Pack const factor = tau[s] * (x[s + 1] + product);
    x[s + 1] -= factor;
    for (int i = s + 2; i < d; ++i) x[i] -= factor * column[i];
  }
}

}  // namespace kovar::linalg

#endif
