// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TEAM_TRIDIAGONAL_HPP
#define KOVAR_LINALG_TEAM_TRIDIAGONAL_HPP

#include <kovar/linalg/lane_tridiagonal.hpp>
#include <kovar/linalg/team_sums.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <limits>

/// \file
/// A small symmetric matrix to tridiagonal form by Householder reflectors, the threads of a team sharing
/// its rows.

namespace kovar::linalg {

namespace detail {

/// Vectors of one step, d numbers each: the pending rank-two term v w^T + w v^T, the reflector's
/// vector u and y = A u.
template <class Scalar>
struct TeamReflection {
  Scalar* v;
  Scalar* w;
  Scalar* u;
  Scalar* y;
};

/// A reflector's numbers.
template <class Scalar>
struct ReflectorScales {
  Scalar off_diagonal;
  Scalar tau;
  Scalar inverse;  ///< of the entries below the first
};

/// What maps (alpha, rest), |rest|^2 = square, to (off_diagonal, 0).
template <class Scalar>
KOKKOS_FORCEINLINE_FUNCTION ReflectorScales<Scalar> reflector_of(Scalar alpha, Scalar square)
{
  // As tridiagonalize_lanes() has it.
  constexpr Scalar vanishing =
      std::numeric_limits<Scalar>::min() / std::numeric_limits<Scalar>::epsilon();
  Scalar const whole = alpha * alpha + square;
  if (square == 0 || whole < vanishing) return {alpha, 0, 0};
  Scalar const root = lane_sqrt(whole);
  Scalar const beta = alpha > 0 ? -root : root;
  return {beta, (beta - alpha) / beta, 1 / (alpha - beta)};
}

/// Take the pending term away from the rows of the trailing matrix from s + 1 on and set y to what the
/// part up to the diagonal gives: row i is one thread's.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION void update_rows(Team const& team, Scalar* a, int d, int s,
                                        TeamReflection<Scalar> const& r)
{
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, s + 1, d), [&](int i) {
    Scalar const vi = r.v[i];
    Scalar const wi = r.w[i];
    Scalar sum = 0;
    std::int64_t at = column_index(d, i, s + 1);
    for (int j = s + 1; j <= i; ++j) {
      Scalar const entry = a[at] - vi * r.w[j] - wi * r.v[j];
      a[at] = entry;
      sum += entry * r.u[j];
      at += d - j - 1;  // the next column begins one row lower
    }
    r.y[i] = sum;
  });
  team.team_barrier();
}

/// Add to y what the part below the diagonal gives, column i read by one thread. \return y^T u
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION Scalar multiply_columns(Team const& team, Scalar const* a, int d, int s,
                                               TeamReflection<Scalar> const& r)
{
  return team_sum_of<Scalar>(team, s + 1, d, [&](int i) {
    Scalar const* const column = a + (column_index(d, i, i) - i);
    Scalar sum = 0;
    for (int j = i + 1; j < d; ++j) sum += column[j] * r.u[j];
    Scalar const entry = r.y[i] + sum;
    r.y[i] = entry;
    return Scalar(entry * r.u[i]);
  });
}

}  // namespace detail

/// tridiagonalize_lanes() by a team. Sums have an order that the size of the team sets.
/// \param a     d x d, lower triangle column by column, entries of at most 1; overwritten as there
/// \param t     result, complete on return
/// \param work  tridiagonal_work_size(d) numbers
/// Cost: 4/3 d^3 flops; about 5 d barriers. Entries are read twice and written once for each column.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION void tridiagonalize_by_team(Team const& team, Scalar* a, int d,
                                                   LaneTridiagonal<Scalar*> const& t, Scalar* work)
{
  detail::TeamReflection<Scalar> r = {work, work + d, work + 2 * d, work + 3 * d};
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d), [&](int i) {
    r.v[i] = 0;
    r.w[i] = 0;
  });
  team.team_barrier();
  for (int s = 0; s < d; ++s) {
    Scalar* const column = a + (column_index(d, s, s) - s);
    Scalar const vs = r.v[s];
    Scalar const ws = r.w[s];
    Scalar const diagonal = column[s] - vs * ws - ws * vs;
    Scalar alpha = 0;
    Scalar square = 0;
    if (s + 1 < d) alpha = column[s + 1] - r.v[s + 1] * ws - r.w[s + 1] * vs;
    if (s + 2 < d)
      square = team_sum_of<Scalar>(team, s + 2, d, [&](int i) {
        Scalar const entry = column[i] - r.v[i] * ws - r.w[i] * vs;
        column[i] = entry;
        return Scalar(entry * entry);
      });
    auto const scales = detail::reflector_of(alpha, square);
    Kokkos::single(Kokkos::PerTeam(team), [&] {
      t.diagonal[s] = diagonal;
      if (s + 1 < d) t.off_diagonal[s] = scales.off_diagonal;
      if (s + 2 < d) t.tau[s] = scales.tau;
    });
    // Below order 2 nothing is left to reflect, but the last diagonal entry still has its pending term.
    if (s + 2 >= d) continue;
    Kokkos::parallel_for(Kokkos::TeamThreadRange(team, s + 1, d), [&](int i) {
      Scalar const entry = i == s + 1 ? Scalar(1) : column[i] * scales.inverse;
      r.u[i] = entry;
      if (i > s + 1) column[i] = entry;
    });
    team.team_barrier();
    detail::update_rows(team, a, d, s, r);
    Scalar const product = detail::multiply_columns(team, a, d, s, r);
    Scalar const shift = scales.tau * scales.tau * product * Scalar(-0.5);
    Kokkos::parallel_for(Kokkos::TeamThreadRange(team, s + 1, d),
                         [&](int i) { r.y[i] = scales.tau * r.y[i] + shift * r.u[i]; });
    team.team_barrier();
    r = {r.u, r.y, r.v, r.w};
  }
  team.team_barrier();
}

/// x := Q x for the Q of tridiagonalize_by_team(). x is complete on entry and on return.
/// Cost: 2 d^2 flops and 2 d barriers.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION void apply_reflectors_by_team(Team const& team, Scalar const* a, int d,
                                                     Scalar const* tau, Scalar* x)
{
  for (int s = d - 3; s >= 0; --s) {
    Scalar const* const column = a + (column_index(d, s, s) - s);
    Scalar const product = team_sum_of<Scalar>(
        team, s + 1, d, [&](int i) { return Scalar((i == s + 1 ? Scalar(1) : column[i]) * x[i]); });
    Scalar const factor = tau[s] * product;
    Kokkos::parallel_for(Kokkos::TeamThreadRange(team, s + 1, d),
                         [&](int i) { x[i] -= factor * (i == s + 1 ? Scalar(1) : column[i]); });
    team.team_barrier();
  }
}

}  // namespace kovar::linalg

#endif
