// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_TEAM_EIGENPAIR_HPP
#define KOVAR_LINALG_TEAM_EIGENPAIR_HPP

#include <kovar/linalg/lane_eigenpair.hpp>
#include <kovar/linalg/team_eigenvalue.hpp>
#include <kovar/linalg/team_tridiagonal.hpp>

#include <Kokkos_Core.hpp>

#include <limits>

/// \file
/// One eigenpair of a small symmetric matrix that the threads of a team share: what lane_eigenpair.hpp
/// does, with the same guarantees. All threads call these functions and all get the value.

namespace kovar::linalg {

namespace detail {

/// scale_lanes() by a team.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION Scalar scale_by_team(Team const& team, Scalar* a, int n)
{
  Scalar const largest = team_largest_of<Scalar>(team, n, [&](int k) { return a[k]; });
  Scalar const power =
      power_of_two_below(lane_max(largest, 4 * std::numeric_limits<Scalar>::min()));
  Scalar const inverse = 1 / power;
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n), [&](int k) { a[k] *= inverse; });
  team.team_barrier();
  return power;
}

/// find_eigenvalue() by a team.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION FoundEigenvalue<Scalar, Scalar*> find_eigenvalue_by_team(Team const& team,
                                                                                Scalar* matrix,
                                                                                int d, int k,
                                                                                Scalar* work)
{
  FoundEigenvalue<Scalar, Scalar*> found;
  found.form = {work, work + d, work + 2 * d};
  found.scale = scale_by_team(team, matrix, static_cast<int>(triangle_size(d)));
  tridiagonalize_by_team(team, matrix, d, found.form, work + 4 * d);
  found.scale += taint_of<Scalar>(found.form, d);
  team.team_barrier();  // all have read the form before it is changed
  found.value = eigenvalue_by_team(team, found.form.diagonal, found.form.off_diagonal, d, k,
                                   work + 3 * d, found.norm);
  return found;
}

/// normalize_lanes() by a team, and the taint added.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION void normalize_by_team(Team const& team, Scalar* z, int d, Scalar taint)
{
  Scalar const inverse = 1 / team_largest_of<Scalar>(team, d, [&](int i) { return z[i]; });
  Scalar const square = team_sum_of<Scalar>(team, 0, d, [&](int i) {
    Scalar const entry = z[i] * inverse;
    z[i] = entry;
    return Scalar(entry * entry);
  });
  Scalar const scale = 1 / lane_sqrt(square);
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d),
                       [&](int i) { z[i] = z[i] * scale + taint; });
  team.team_barrier();
}

}  // namespace detail

/// Eigenvalue k (0: the smallest) of a symmetric matrix; NaN where an entry is not finite.
/// \param matrix  triangle_size(d) numbers, the lower triangle column by column, complete on entry;
///                overwritten
/// \param work    eigenpair_work_size(d) numbers
/// Cost: those of tridiagonalize_by_team() and eigenvalue_by_team().
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION Scalar kth_eigenvalue_by_team(Team const& team, Scalar* matrix, int d, int k,
                                                     Scalar* work)
{
  auto const found = detail::find_eigenvalue_by_team(team, matrix, d, k, work);
  return found.value * found.scale;
}

/// The same eigenvalue, bit for bit, and a unit eigenvector of it.
/// \param vector  d numbers, result, complete on return
/// Cost: 2 d^2 flops more, and 12 d by one thread while the others wait.
template <class Team, class Scalar>
KOKKOS_INLINE_FUNCTION Scalar kth_eigenpair_by_team(Team const& team, Scalar* matrix, int d, int k,
                                                    Scalar* vector, Scalar* work)
{
  auto const found = detail::find_eigenvalue_by_team(team, matrix, d, k, work);
  Kokkos::single(Kokkos::PerTeam(team), [&] {
    lane_eigenvector<Scalar>(found.form.diagonal, found.form.off_diagonal, d, found.value,
                             found.norm, vector, work + 4 * d);
  });
  team.team_barrier();
  apply_reflectors_by_team(team, matrix, d, static_cast<Scalar const*>(found.form.tau), vector);
  detail::normalize_by_team(team, vector, d, Scalar(found.scale * 0));
  return found.value * found.scale;
}

}  // namespace kovar::linalg

#endif
