// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_SPECTRUM_HPP
#define KOVAR_LINALG_LANE_SPECTRUM_HPP

#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/linalg/lane_ql.hpp>
#include <kovar/linalg/lane_tridiagonal.hpp>

/// \file
/// All eigenvalues and eigenvectors of small symmetric matrices, one matrix in each lane.

namespace kovar::linalg {

/// Work of the functions below on matrices of order d, in packs.
constexpr std::int64_t spectrum_work_size(std::int64_t d)
{
  return 2 * d + tridiagonal_work_size(d);
}

namespace detail {

/// Rows i, ..., i + n_rows - 1 of Q^T for the Q of tridiagonalize_lanes(): columns of the unit matrix
/// through those reflectors that reach them. They share the loads of the reflectors.
template <int n_rows, class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void reflector_rows(Array const& a, int d, Array const& tau, int i,
                                                Array const& rows)
{
  Array row[n_rows];
  for (int r = 0; r < n_rows; ++r) {
    row[r] = rows + std::int64_t{i + r} * d;
    for (int k = 0; k < d; ++k) row[r][k] = Pack{};
    row[r][i + r] += 1;
  }
  int const last = i + n_rows - 2;
  for (int s = last < d - 3 ? last : d - 3; s >= 0; --s) {
    Array const column = a + (column_index(d, s, s) - s);
    Pack factor[n_rows];
    KOVAR_UNROLL
    for (int r = 0; r < n_rows; ++r) factor[r] = row[r][s + 1];
    for (int k = s + 2; k < d; ++k) {
      Pack const entry = column[k];
      KOVAR_UNROLL
      for (int r = 0; r < n_rows; ++r) factor[r] += entry * row[r][k];
    }
    Pack const scale = tau[s];
    KOVAR_UNROLL
    for (int r = 0; r < n_rows; ++r) {
      factor[r] *= scale;
      row[r][s + 1] -= factor[r];
    }
    for (int k = s + 2; k < d; ++k) {
      Pack const entry = column[k];
      KOVAR_UNROLL
      for (int r = 0; r < n_rows; ++r) row[r][k] -= factor[r] * entry;
    }
  }
}

/// Apply a step's rotations to n_columns columns of d rows: what a row hands on to the next stays in
/// registers.
template <int n_columns, class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void rotate_columns(Array const& rows, int d, int column, int bottom,
                                                int top, Array const& cosines, Array const& sines)
{
  Pack carried[n_columns];
  Array row = rows + (std::int64_t{top + 1} * d + column);
  KOVAR_UNROLL
  for (int k = 0; k < n_columns; ++k) carried[k] = row[k];
  for (int i = top; i >= bottom; --i) {
    Pack const c = cosines[i];
    Pack const s = sines[i];
    Array const above = rows + (std::int64_t{i} * d + column);
    KOVAR_UNROLL
    for (int k = 0; k < n_columns; ++k) {
      Pack const entry = above[k];
      row[k] = s * entry + c * carried[k];
      carried[k] = c * entry - s * carried[k];
    }
    row = above;
  }
  KOVAR_UNROLL
  for (int k = 0; k < n_columns; ++k) row[k] = carried[k];
}

/// Bring the norm of z, which rotations have moved off 1 by rounding, back, and add the taint.
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void restore_norm(Array const& z, int d, Pack const& taint)
{
  Pack excess = all_lanes<Pack>(lane_number_t<Pack>(-1));
  for (int i = 0; i < d; ++i) excess += z[i] * z[i];
  Pack const correction = excess * lane_number_t<Pack>(-0.5);  // 1 / |z| - 1 to first order
  for (int i = 0; i < d; ++i) z[i] += z[i] * correction + taint;
}

}  // namespace detail

/// All eigenvalues of symmetric matrices, in no order. A matrix with NaN or infinity gives NaN, and so does one
/// that takes lane_ql() more than most_ql_steps(d), as none is known to; its neighbours do not notice.
/// \param matrix  triangle_size(d) packs, lower triangles column by column; overwritten
/// \param values  d packs, result
/// \param work    spectrum_work_size(d) packs
/// Cost: 4/3 d^3 flops a matrix and about 1.25 d^2 square roots and twice as many divisions.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_eigenvalues(Array const& matrix, int d, Array const& values,
                                             Array const& work)
{
  LaneTridiagonal<Array> const form = {values, work, work + d};
  Pack scale = detail::reduce_scaled<Pack>(matrix, d, form, work + 2 * d);
  scale += lane_ql<Pack>(
      values, form.off_diagonal, d, work + 2 * d, [](int, int, Array const&, Array const&) {},
      most_ql_steps(d));
  for (int i = 0; i < d; ++i) values[i] *= scale;
}

/// The same values and orthonormal eigenvectors, whatever the spectrum.
/// \param vectors  d^2 packs, result: row i is the vector of value i
/// Cost: about 10 d^3 flops a matrix, three quarters of them in rotations.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_eigenpairs(Array const& matrix, int d, Array const& values,
                                            Array const& vectors, Array const& work)
{
  constexpr int n_at_once = 4;
  LaneTridiagonal<Array> const form = {values, work, work + d};
  Pack scale = detail::reduce_scaled<Pack>(matrix, d, form, work + 2 * d);
  int i = 0;
  for (; i + n_at_once <= d; i += n_at_once)
    detail::reflector_rows<n_at_once, Pack>(matrix, d, form.tau, i, vectors);
  for (; i < d; ++i) detail::reflector_rows<1, Pack>(matrix, d, form.tau, i, vectors);
  scale += lane_ql<Pack>(
      values, form.off_diagonal, d, work + 2 * d,
      [&](int bottom, int top, Array const& cosines, Array const& sines) {
        int j = 0;
        for (; j + n_at_once <= d; j += n_at_once)
          detail::rotate_columns<n_at_once, Pack>(vectors, d, j, bottom, top, cosines, sines);
        for (; j < d; ++j)
          detail::rotate_columns<1, Pack>(vectors, d, j, bottom, top, cosines, sines);
      },
      most_ql_steps(d));
  for (int k = 0; k < d; ++k) {
    values[k] *= scale;
    detail::restore_norm<Pack>(vectors + std::int64_t{k} * d, d, Pack(scale * 0));
  }
}

/// Where each value stands in ascending order, equal ones in the order in which they come. Of NaN in all
/// places of a lane this is some order too.
/// \param values  d
/// \param places  d, result: whole numbers
/// Cost: d^2 / 2 comparisons a matrix.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_places(Array const& values, int d, Array const& places)
{
  for (int i = 0; i < d; ++i) places[i] = Pack{};
  Pack const one = all_lanes<Pack>(lane_number_t<Pack>(1));
  for (int i = 0; i < d; ++i) {
    Pack const value = values[i];
    Pack place = places[i];
    for (int j = i + 1; j < d; ++j) {
      auto const is_before = value <= values[j];
      places[j] += is_before ? one : Pack{};
      place += is_before ? Pack{} : one;
    }
    places[i] = place;
  }
}

}  // namespace kovar::linalg

#endif
