// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_EIGENVECTOR_HPP
#define KOVAR_LINALG_LANE_EIGENVECTOR_HPP

#include <kovar/linalg/interleaved.hpp>

#include <limits>

/// \file
/// The eigenvector of a known eigenvalue of tridiagonal matrices, one matrix in each lane.

namespace kovar::linalg {

/// Packs of work that lane_eigenvector() takes for order d.
KOKKOS_INLINE_FUNCTION constexpr std::int64_t eigenvector_work_size(std::int64_t d)
{
  return 3 * d;
}

/// An eigenvector of symmetric tridiagonal matrices, not normalised: its largest entries are of the order
/// of 1. T - value is factored from both ends; where the two meet with the smallest pivot the vector is 1,
/// and the factors give the rest. No starting vector, no pivoting. Where several places are equally good
/// the first is taken.
/// \param value  an eigenvalue, to a few eps times the norm
/// \param norm   of the matrices: pivots below eps^2 norm are moved there
/// \param z      d, result
/// \param work   eigenvector_work_size(d) packs
/// Cost: about 12 d flops a matrix.
/// Source: Fernando, On computing an eigenvector of a tridiagonal matrix (1997); Parlett, Dhillon,
/// Fernando's solution to Wilkinson's problem (1997).
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void lane_eigenvector(Array const& diagonal, Array const& off_diagonal,
                                             int d, Pack const& value, Pack const& norm,
                                             Array const& z, Array const& work)
{
  using Number = lane_number_t<Pack>;
  constexpr Number epsilon = std::numeric_limits<Number>::epsilon();
  Pack const smallest = norm * (epsilon * epsilon) + std::numeric_limits<Number>::min();
  auto const away_from_zero = [&](Pack const& pivot) {
    return lane_abs(pivot) < smallest ? -smallest : pivot;
  };
  Array const top = work;         // pivots from the top
  Array const down = work + d;    // off_diagonal[i] / top[i]
  Array const up = work + 2 * d;  // off_diagonal[i] / pivot i + 1 from the bottom
  Pack pivot = away_from_zero(Pack(diagonal[0] - value));
  top[0] = pivot;
  for (int i = 0; i + 1 < d; ++i) {
    Pack const off = off_diagonal[i];
    Pack const ratio = off / pivot;
    down[i] = ratio;
    pivot = away_from_zero(Pack((diagonal[i + 1] - value) - off * ratio));
    top[i + 1] = pivot;
  }
  // Where top pivot + bottom pivot - (diagonal - value) is smallest.
  Pack least = lane_abs(Pack(top[d - 1]));
  lane_count_t<Pack> place = {};
  place += d - 1;
  pivot = away_from_zero(Pack(diagonal[d - 1] - value));
  for (int i = d - 2; i >= 0; --i) {
    Pack const off = off_diagonal[i];
    Pack const ratio = off / pivot;
    up[i] = ratio;
    Pack const meeting = lane_abs(Pack(top[i] - off * ratio));
    auto const is_better = meeting <= least;
    least = is_better ? meeting : least;
    lane_count_t<Pack> here = {};
    here += i;
    place = is_better ? here : place;
    pivot = away_from_zero(Pack((diagonal[i] - value) - off * ratio));
  }
  Pack entry = {};
  Pack const one = all_lanes<Pack>(Number(1));
  for (int i = d - 1; i >= 0; --i) {
    Pack below = {};
    if (i + 1 < d) below = -down[i] * entry;
    entry = place == i ? one : below;
    z[i] = entry;
  }
  for (int i = 0; i + 1 < d; ++i) z[i + 1] = place <= i ? Pack(-up[i] * z[i]) : Pack(z[i + 1]);
}

/// z := z / |z|. Scaled first: a square must not overflow. Where z is not finite it stays so.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void normalize_lanes(Array const& z, int d)
{
  Pack largest = {};
  for (int i = 0; i < d; ++i) largest = lane_max(lane_abs(Pack(z[i])), largest);
  Pack const scale = 1 / largest;
  Pack square = {};
  for (int i = 0; i < d; ++i) {
    Pack const entry = z[i] * scale;
    z[i] = entry;
    square += entry * entry;
  }
  Pack const inverse = 1 / lane_sqrt(square);
  for (int i = 0; i < d; ++i) z[i] *= inverse;
}

}  // namespace kovar::linalg

#endif
