// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_EIGENVALUE_HPP
#define KOVAR_LINALG_LANE_EIGENVALUE_HPP

#include <kovar/linalg/interleaved.hpp>

#include <limits>
#include <type_traits>

/// \file
/// One eigenvalue of tridiagonal matrices by counting, one matrix in each lane.

namespace kovar::linalg {

namespace detail {

/// Bounds of one eigenvalue in each lane.
template <class Pack>
struct LaneBracket {
  Pack low;   ///< at most k eigenvalues lie below
  Pack high;  ///< more than k do
};

/// An interval that holds all eigenvalues (Gershgorin), a little widened. norm: the larger magnitude of its
/// ends.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION LaneBracket<Pack> gershgorin(Array const& diagonal,
                                                    Array const& off_diagonal, int d, Pack& norm)
{
  using Number = lane_number_t<Pack>;
  Pack low = diagonal[0];
  Pack high = diagonal[0];
  Pack before = {};
  for (int i = 0; i < d; ++i) {
    Pack after = {};
    if (i + 1 < d) after = lane_abs(off_diagonal[i]);
    Pack const radius = before + after;
    low = lane_min(Pack(diagonal[i] - radius), low);
    high = lane_max(Pack(diagonal[i] + radius), high);
    before = after;
  }
  norm = lane_max(lane_abs(low), lane_abs(high));
  Pack const margin =
      norm * (4 * std::numeric_limits<Number>::epsilon()) + std::numeric_limits<Number>::min();
  return {low - margin, high + margin};
}

/// Eigenvalues below each of some shifts, by Sylvester's law: negative pivots of T - shift. Several
/// shifts hide the latency of the divisions. squares: of the off-diagonal, at least the smallest
/// normal number, so that no pivot is 0/0: after a pivot of zero comes one of infinity, and their signs
/// count as those of a zero that was moved by less than rounding does.
template <int n_shifts, class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void count_below(Array const& diagonal, Array const& squares, int d,
                                             Pack const (&shift)[n_shifts],
                                             lane_count_t<Pack> (&count)[n_shifts])
{
  Pack pivot[n_shifts];
  KOVAR_UNROLL
  for (int s = 0; s < n_shifts; ++s) {
    pivot[s] = diagonal[0] - shift[s];
    count[s] = lanes_in<Pack>(pivot[s] < 0);
  }
  for (int i = 1; i < d; ++i) {
    Pack const entry = diagonal[i];
    Pack const square = squares[i - 1];
    KOVAR_UNROLL
    for (int s = 0; s < n_shifts; ++s) {
      pivot[s] = (entry - shift[s]) - square / pivot[s];
      count[s] += lanes_in<Pack>(pivot[s] < 0);
    }
  }
}

/// Cut the bracket by counts at the shifts, which may lie outside.
template <int n_shifts, class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void cut_bracket(Array const& diagonal, Array const& squares, int d,
                                             int k, Pack const (&shift)[n_shifts],
                                             LaneBracket<Pack>& bracket)
{
  lane_count_t<Pack> count[n_shifts];
  count_below<n_shifts, Pack>(diagonal, squares, d, shift, count);
  KOVAR_UNROLL
  for (int s = 0; s < n_shifts; ++s) {
    auto const is_above = count[s] > k;
    bracket.low = is_above ? bracket.low : lane_max(bracket.low, shift[s]);
    bracket.high = is_above ? lane_min(bracket.high, shift[s]) : bracket.high;
  }
}

/// Cut the bracket by counts at four equally spaced shifts.
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION void multisect(Array const& diagonal, Array const& squares, int d,
                                           int k, LaneBracket<Pack>& bracket)
{
  using Number = lane_number_t<Pack>;
  constexpr int n_shifts = 4;
  Pack const width = bracket.high - bracket.low;
  Pack shift[n_shifts];
  KOVAR_UNROLL
  for (int s = 0; s < n_shifts; ++s)
    shift[s] = bracket.low + width * (Number(s + 1) / Number(n_shifts + 1));
  cut_bracket<n_shifts, Pack>(diagonal, squares, d, k, shift, bracket);
}

/// Where Laguerre's iteration goes from x on its way to eigenvalue k, which it approaches from one side with
/// cubic convergence, or to the first of those between. Cuts the bracket at x. \return any number or none where
/// the recurrences overflow
/// Source: Li, Zeng, The Laguerre iteration in solving the symmetric tridiagonal eigenproblem,
/// revisited (1994).
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION Pack next_by_laguerre(Array const& diagonal, Array const& squares,
                                                  int d, int k, Pack const& x,
                                                  LaneBracket<Pack>& bracket)
{
  using Number = lane_number_t<Pack>;
  // With pivots q of T - x: first and second derivatives over q, and their sums over the rows. Counted are
  // the pivots and not their inverses: that of the infinite one after a zero has no sign.
  Pack pivot = diagonal[0] - x;
  Pack inverse = 1 / pivot;
  lane_count_t<Pack> count = lanes_in<Pack>(pivot < 0);
  Pack first = -inverse;
  Pack second = {};
  Pack sum = inverse;
  Pack square_sum = inverse * inverse;
  for (int i = 1; i < d; ++i) {
    Pack const ratio = squares[i - 1] * inverse;
    pivot = (diagonal[i] - x) - ratio;
    inverse = 1 / pivot;
    count += lanes_in<Pack>(pivot < 0);
    second = ratio * (second - 2 * first * first) * inverse;
    first = (ratio * first - 1) * inverse;
    sum -= first;                          // of 1 / (eigenvalue - x)
    square_sum += first * first - second;  // of 1 / (eigenvalue - x)^2
  }
  auto const is_above = count > k;
  bracket.low = is_above ? bracket.low : lane_max(bracket.low, x);
  bracket.high = is_above ? lane_min(bracket.high, x) : bracket.high;
  // Eigenvalue k is the m-th one on its side of x: a step that does not pass it.
  lane_count_t<Pack> const m = is_above ? count - k : k + 1 - count;
  Pack const place = to_lanes<Pack>(m);
  Number const n = static_cast<Number>(d);
  Pack const spread = (n - place) / place * (n * square_sum - sum * sum);
  Pack const root = lane_sqrt(lane_max(spread, Pack{}));
  return x + n / (is_above ? sum - root : sum + root);
}

/// That step within the bracket, or to the middle of what is left of it.
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION Pack laguerre_step(Array const& diagonal, Array const& squares, int d,
                                               int k, Pack const& x, LaneBracket<Pack>& bracket)
{
  using Number = lane_number_t<Pack>;
  Pack const next = next_by_laguerre(diagonal, squares, d, k, x, bracket);
  Pack const middle = bracket.low + (bracket.high - bracket.low) * Number(0.5);
  return (next >= bracket.low) & (next <= bracket.high) ? next : middle;
}

/// A step, and counts on both sides of where it ends: they confirm the eigenvalue if it is there. If not, counts
/// at the thirds of the bracket shorten it anyhow.
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION Pack confirmed_step(Array const& diagonal, Array const& squares, int d,
                                                int k, Pack const& x, Pack const& tolerance,
                                                LaneBracket<Pack>& bracket)
{
  using Number = lane_number_t<Pack>;
  Pack const next = laguerre_step(diagonal, squares, d, k, x, bracket);
  Pack const third = (bracket.high - bracket.low) * (Number(1) / Number(3));
  Pack const shift[4] = {next - tolerance, next + tolerance, bracket.low + third,
                         bracket.high - third};
  cut_bracket(diagonal, squares, d, k, shift, bracket);
  return lane_max(bracket.low, lane_min(bracket.high, next));
}

/// The step from an x that is right to some tolerances; x itself where the recurrences overflow, as they may
/// at an eigenvalue. The ends of the bracket do not hold it: the counts there were rounded too.
template <class Pack, class Array>
KOKKOS_FORCEINLINE_FUNCTION Pack last_step(Array const& diagonal, Array const& squares, int d,
                                           int k, Pack const& x, Pack const& tolerance)
{
  LaneBracket<Pack> unused = {x, x};
  Pack const next = next_by_laguerre(diagonal, squares, d, k, x, unused);
  return lane_abs(Pack(next - x)) <= 3 * tolerance ? next : x;
}

}  // namespace detail

/// Eigenvalue k (0: the smallest) of symmetric tridiagonal matrices whose entries are of the order of 1. Its
/// error is a fraction of eps times the norm: an absolute criterion, since the middle eigenvalues are
/// often near zero. The residual of the vector is that error over the vector's largest entry, so that it counts
/// several times. A few cuts of the interval that holds the spectrum bring Laguerre's iteration near; counts
/// on both sides of where it ends confirm the eigenvalue, and where they do not, it goes on in a bracket that
/// the counts have cut. So any iterate is good that is only fast.
/// \param diagonal      d; negative zeros in it become zeros
/// \param off_diagonal  d - 1
/// \param squares       d, overwritten
/// \param k             the same for all lanes
/// \param norm          result: a bound on all eigenvalues' magnitudes, at most three times the largest
/// Cost: mostly 24 d divisions; at most 195 d in double, 100 d in float.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_eigenvalue(Array const& diagonal, Array const& off_diagonal, int d,
                                            int k, Array const& squares, Pack& norm)
{
  using Number = lane_number_t<Pack>;
  constexpr bool is_double = std::is_same_v<Number, double>;
  constexpr int n_first_cuts = 4;
  constexpr int n_first_steps = is_double ? 2 : 1;
  // A pivot that is a negative zero would count for nothing, and so would the one after it.
  for (int i = 0; i < d; ++i) diagonal[i] += Number(0);
  for (int i = 0; i + 1 < d; ++i)
    squares[i] = lane_max(Pack(off_diagonal[i] * off_diagonal[i]),
                          all_lanes<Pack>(std::numeric_limits<Number>::min()));
  auto bracket = detail::gershgorin<Pack>(diagonal, off_diagonal, d, norm);
  for (int cut = 0; cut < n_first_cuts; ++cut) detail::multisect(diagonal, squares, d, k, bracket);
  Pack x = bracket.low + (bracket.high - bracket.low) * Number(0.5);
  for (int step = 0; step < n_first_steps; ++step)
    x = detail::laguerre_step(diagonal, squares, d, k, x, bracket);
  Pack const tolerance = norm * (Number(0.5) * std::numeric_limits<Number>::epsilon());
  // A step divides the width by 3 unless there is no number between. Lanes that are done stay as they are:
  // what they hold must not depend on their neighbours.
  constexpr int most_steps = std::numeric_limits<Number>::digits * 2 / 3;
  for (int step = 0; step < most_steps; ++step) {
    auto const is_wide = bracket.high - bracket.low > 2.5f * tolerance;
    if (!any_lane<Pack>(is_wide)) break;
    auto narrower = bracket;
    Pack const next = detail::confirmed_step<Pack>(diagonal, squares, d, k, x, tolerance, narrower);
    bracket.low = is_wide ? narrower.low : bracket.low;
    bracket.high = is_wide ? narrower.high : bracket.high;
    x = is_wide ? next : x;
  }
  return detail::last_step<Pack>(diagonal, squares, d, k, x, tolerance);
}

}  // namespace kovar::linalg

#endif
