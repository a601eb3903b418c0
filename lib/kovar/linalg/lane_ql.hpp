// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_QL_HPP
#define KOVAR_LINALG_LANE_QL_HPP

#include <kovar/linalg/interleaved.hpp>

#include <limits>

/// \file
/// All eigenvalues of tridiagonal matrices by implicit QL steps, one matrix in each lane.

namespace kovar::linalg {

/// Steps after which lane_ql() is best given up.
KOKKOS_INLINE_FUNCTION constexpr int most_ql_steps(int d) { return 30 * d; }

/// Packs of work that lane_ql() takes for order d.
constexpr std::int64_t ql_work_size(std::int64_t d) { return 2 * d; }

namespace detail {

/// Smallest and largest of the lanes.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION int lowest_lane(lane_count_t<Pack> const& count)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return count;
  } else {
    auto lowest = count[0];
    for (int l = 1; l < n_lanes<Pack>; ++l) lowest = count[l] < lowest ? count[l] : lowest;
    return static_cast<int>(lowest);
  }
}
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION int highest_lane(lane_count_t<Pack> const& count)
{
  return -lowest_lane<Pack>(-count);
}

/// The first block that is not diagonal yet, in each lane, and the shift for it. Lanes that are done have
/// first = d and last = -1.
template <class Pack>
struct QlBlock {
  lane_count_t<Pack> first;
  lane_count_t<Pack> last;
  Pack shift;
};

/// Set off-diagonals that are small to zero and find the first block between such zeros. NaN counts as small:
/// its lane is done.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION QlBlock<Pack> find_block(Array const& diagonal, Array const& off_diagonal,
                                                int d, Pack const& tolerance)
{
  using Number = lane_number_t<Pack>;
  QlBlock<Pack> block = {};
  block.first += d;
  block.last -= 1;
  lane_mask_t<Pack> next_is_open = {};
  Pack upper = {};
  Pack lower = {};
  Pack between = {};
  for (int i = d - 2; i >= 0; --i) {
    Pack const entry = off_diagonal[i];
    lane_mask_t<Pack> const is_open = lane_abs(entry) > tolerance;
    off_diagonal[i] = is_open ? entry : Pack{};
    lane_count_t<Pack> here = {};
    here += i;
    block.last = is_open & (next_is_open == 0) ? here + 1 : block.last;
    block.first = is_open ? here : block.first;
    upper = is_open ? Pack(diagonal[i]) : upper;
    lower = is_open ? Pack(diagonal[i + 1]) : lower;
    between = is_open ? entry : between;
    next_is_open = is_open;
  }
  // The eigenvalue of the first two rows that is closer to the first entry (Wilkinson).
  Pack const half = (lower - upper) * Number(0.5);
  Pack const root = lane_sqrt(Pack(half * half + between * between));
  block.shift = upper - between * between / (half < 0 ? half - root : half + root);
  return block;
}

/// One QL step on each lane's block, from its last row to its first. Rotation i takes rows i and i + 1
/// together; in rows outside of a lane's block it is the identity.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void ql_step(Array const& diagonal, Array const& off_diagonal, int d,
                                    QlBlock<Pack> const& block, int bottom, int top,
                                    Array const& cosines, Array const& sines)
{
  using Number = lane_number_t<Pack>;
  // A bulge below this is zero beside eps times entries of the order of 1.
  constexpr Number vanishing =
      std::numeric_limits<Number>::min() / std::numeric_limits<Number>::epsilon();
  Pack const one = all_lanes<Pack>(Number(1));
  Pack c = one;
  Pack s = one;
  Pack p = {};
  Pack g = {};
  for (int i = top; i >= bottom; --i) {
    auto const is_active = (block.first <= i) & (block.last > i);
    auto const is_first_turn = block.last == i + 1;
    auto const is_last_turn = block.first == i;
    Pack const below = diagonal[i + 1];
    Pack const here = diagonal[i];
    Pack const entry = off_diagonal[i];
    g = is_first_turn ? below - block.shift : g;
    c = is_first_turn ? one : c;
    s = is_first_turn ? one : s;
    p = is_first_turn ? Pack{} : p;
    Pack const bulge = s * entry;
    Pack const b = c * entry;
    Pack const square = bulge * bulge + g * g;
    auto const is_zero = square < vanishing;
    Pack const root = lane_sqrt(square);
    s = is_zero ? Pack{} : bulge / root;
    c = is_zero ? one : g / root;
    if (i + 2 < d) {
      auto const is_inside = is_active & (block.last > i + 1);
      off_diagonal[i + 1] = is_inside ? (is_zero ? Pack{} : root) : Pack(off_diagonal[i + 1]);
    }
    Pack const moved = below - p;
    Pack const mixed = (here - moved) * s + 2 * c * b;
    p = s * mixed;
    diagonal[i + 1] = is_active ? moved + p : below;
    g = c * mixed - b;
    diagonal[i] = is_last_turn ? here - p : here;
    off_diagonal[i] = is_last_turn ? g : entry;
    cosines[i] = is_active ? c : one;
    sines[i] = is_active ? s : Pack{};
  }
}

}  // namespace detail

/// Overwrite the diagonals of symmetric tridiagonal matrices, whose entries are of the order of 1, with their
/// eigenvalues, in no order. Every lane has its own block and shift and stops by itself.
/// \param diagonal      d, overwritten
/// \param off_diagonal  d - 1, overwritten
/// \param work          ql_work_size(d) packs
/// \param rotate        rotate(bottom, top, cosines, sines) is called after each step: rotations of rows
///                      i and i + 1, i = top, top - 1, ..., bottom
/// Error: a few eps times the norm. An off-diagonal is taken for zero below a quarter of eps times the
/// largest entry, and after 4 d steps below eps times that.
/// \param most_steps    after which lanes that are not done are given up
/// \return 0, or NaN in lanes that were given up: to be added to what comes of them
/// Cost: mostly 2 to 2.5 d steps, as many as the slowest lane takes, of together about 1.25 d^2 rotations, each
/// with a square root and two divisions. No matrix is known to take 30 d.
/// Source: Dubrulle, Martin, Wilkinson, The implicit QL algorithm (1968); Parlett, The symmetric eigenvalue
/// problem (1998), chapter 8.
template <class Pack, class Array, class Rotate>
KOKKOS_INLINE_FUNCTION Pack lane_ql(Array const& diagonal, Array const& off_diagonal, int d,
                                    Array const& work, Rotate const& rotate, int most_steps)
{
  using Number = lane_number_t<Pack>;
  Array const cosines = work;
  Array const sines = work + d;
  Pack largest = {};
  for (int i = 0; i < d; ++i) largest = lane_max(lane_abs(Pack(diagonal[i])), largest);
  for (int i = 0; i + 1 < d; ++i) largest = lane_max(lane_abs(Pack(off_diagonal[i])), largest);
  constexpr Number epsilon = std::numeric_limits<Number>::epsilon();
  for (int step = 0;; ++step) {
    // Beside equal diagonal entries, whose last digit is eps, smaller numbers may stay for ever.
    Pack const tolerance = largest * (step < 4 * d ? Number(0.25) * epsilon : epsilon);
    auto const block = detail::find_block<Pack>(diagonal, off_diagonal, d, tolerance);
    int const bottom = detail::lowest_lane<Pack>(block.first);
    int const top = detail::highest_lane<Pack>(block.last) - 1;
    if (top < bottom) return Pack{};
    if (step >= most_steps) {
      Pack const nan = all_lanes<Pack>(std::numeric_limits<Number>::quiet_NaN());
      return block.last > block.first ? nan : Pack{};
    }
    detail::ql_step<Pack>(diagonal, off_diagonal, d, block, bottom, top, cosines, sines);
    rotate(bottom, top, cosines, sines);
  }
}

}  // namespace kovar::linalg

#endif
