// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TEAM_EIGENVALUE_HPP
#define KOVAR_LINALG_TEAM_EIGENVALUE_HPP

#include <kovar/linalg/lane_eigenvalue.hpp>

#include <Kokkos_Core.hpp>

#include <limits>

/// \file
/// One eigenvalue of a tridiagonal matrix by counting, each thread of a team counting at places of its own.

namespace kovar::linalg {

namespace detail {

/// Places at which one thread counts in a sweep: two chains of divisions hide half of their latency.
constexpr int n_shifts_of_a_thread = 2;

/// Cut the bracket by counts at as many equally spaced shifts as the team can take at once.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION void multisect_by_team(Team const& team, Scalar const* diagonal,
                                              Scalar const* squares, int d, int k,
                                              LaneBracket<Scalar>& bracket)
{
  constexpr int n_each = n_shifts_of_a_thread;
  int const n_threads = team.team_size();
  Scalar const step = (bracket.high - bracket.low) / static_cast<Scalar>(n_each * n_threads + 1);
  Kokkos::MinMaxScalar<Scalar> cut;
  cut.min_val = bracket.high;
  cut.max_val = bracket.low;
  Kokkos::parallel_reduce(
      Kokkos::TeamThreadRange(team, n_threads),
      [&](int thread, Kokkos::MinMaxScalar<Scalar>& best) {
        Scalar shift[n_each];
        KOVAR_UNROLL
        for (int s = 0; s < n_each; ++s)
          shift[s] = bracket.low + step * static_cast<Scalar>(thread * n_each + s + 1);
        LaneBracket<Scalar> own = bracket;
        cut_bracket<n_each, Scalar>(diagonal, squares, d, k, shift, own);
        best.min_val = lane_min(best.min_val, own.high);
        best.max_val = lane_max(best.max_val, own.low);
      },
      Kokkos::MinMax<Scalar>(cut));
  bracket.high = lane_min(bracket.high, cut.min_val);
  bracket.low = lane_max(bracket.low, cut.max_val);
}

}  // namespace detail

/// lane_eigenvalue() by a team of P threads: a sweep divides the interval by 2 P + 1, so that counts alone
/// find it to half an eps of the norm; one step more, and it is as right as theirs. All threads get it.
/// \param diagonal      d; negative zeros in it become zeros; complete on entry
/// \param off_diagonal  d - 1
/// \param squares       d, overwritten
/// \param norm          result: a bound on all eigenvalues' magnitudes
/// Cost: sweeps of 2 d divisions a thread: 9 in double and 4 in float for 32 threads, 7 and 4 for 128; then
/// one of d divisions that all threads do alike.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION Scalar eigenvalue_by_team(Team const& team, Scalar* diagonal,
                                                 Scalar const* off_diagonal, int d, int k,
                                                 Scalar* squares, Scalar& norm)
{
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d), [&](int i) {
    diagonal[i] += Scalar(0);
    if (i + 1 < d)
      squares[i] =
          lane_max(Scalar(off_diagonal[i] * off_diagonal[i]), std::numeric_limits<Scalar>::min());
  });
  team.team_barrier();
  auto bracket =
      detail::gershgorin<Scalar>(static_cast<Scalar const*>(diagonal), off_diagonal, d, norm);
  Scalar const tolerance = norm * (Scalar(0.5) * std::numeric_limits<Scalar>::epsilon());
  // A sweep of one thread divides by three, unless there is no number between.
  constexpr int most_sweeps = std::numeric_limits<Scalar>::digits;
  for (int sweep = 0; sweep < most_sweeps; ++sweep) {
    if (!(bracket.high - bracket.low > Scalar(2.5) * tolerance)) break;
    detail::multisect_by_team<Team, Scalar>(team, diagonal, squares, d, k, bracket);
  }
  // What counts find is off by up to half a bracket; a step from there ends at the eigenvalue.
  Scalar const middle = bracket.low + (bracket.high - bracket.low) * Scalar(0.5);
  return detail::last_step<Scalar>(static_cast<Scalar const*>(diagonal),
                                   static_cast<Scalar const*>(squares), d, k, middle, tolerance);
}

}  // namespace kovar::linalg

#endif
