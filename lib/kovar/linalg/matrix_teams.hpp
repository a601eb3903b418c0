// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_MATRIX_TEAMS_HPP
#define KOVAR_LINALG_MATRIX_TEAMS_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>
#include <kovar/linalg/team_eigenpair.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <limits>
#include <string>

/// \file
/// A team of threads for each of many small problems, its work in the team's scratch memory.

namespace kovar::linalg {

template <class ExecSpace>
using TeamMember = typename Kokkos::TeamPolicy<ExecSpace>::member_type;

/// Threads of a device that share a matrix of order d: about one for each row, and from the next power of two
/// on more of them, up to 256, while rows are many. A warp has 32: teams of that size wait for no other
/// warp. On hosts one, which is for tests: there lanes are faster.
template <class ExecSpace>
constexpr int matrix_team_size(std::int64_t d)
{
  if (is_host_space<ExecSpace>) return 1;
  return d <= 32 ? 32 : d <= 64 ? 64 : d <= 128 ? 128 : 256;
}

/// Call body(team, problem, work) by a team for each problem, work being n_work numbers, undefined, in the
/// scratch memory nearest to the processor that can hold them. What is beyond comes from a pool that
/// Kokkos keeps, large enough for as many teams as run at once.
/// \param label       full name of the kernel
/// \param n_problems  how many
template <class Scalar, class ExecSpace, class Body>
void for_matrix_teams(ExecSpace const& space, std::string const& label, std::int64_t n_problems,
                      std::int64_t n_work, int team_size, Body const& body)
{
  if (n_problems == 0) return;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  constexpr std::int64_t most = std::numeric_limits<int>::max();
  std::int64_t const n_bytes = n_work * static_cast<std::int64_t>(sizeof(Scalar));
  KOVAR_REQUIRE(n_problems <= most && n_bytes <= Policy::scratch_size_max(1),
                label << ": " << n_problems << " problems take " << n_bytes
                      << " bytes of work each (a team has " << Policy::scratch_size_max(1)
                      << " and is counted by a 32-bit integer); take fewer or smaller matrices");
  int const bytes = static_cast<int>(n_bytes);
  int const level = bytes <= Policy::scratch_size_max(0) ? 0 : 1;
  Kokkos::parallel_for(
      label,
      Policy(space, static_cast<int>(n_problems), team_size)
          .set_scratch_size(level, Kokkos::PerTeam(bytes)),
      KOKKOS_LAMBDA(TeamMember<ExecSpace> const& team) {
        auto* const work = static_cast<Scalar*>(team.team_scratch(level).get_shmem(bytes));
        body(team, std::int64_t{team.league_rank()}, work);
      });
}

/// Read the lower triangle of a matrix, columns one after the other; complete on return.
template <class Scalar, class ExecSpace>
KOKKOS_INLINE_FUNCTION void load_by_team(TeamMember<ExecSpace> const& team,
                                         SymmetricBatch<Scalar, ExecSpace> const& batch,
                                         std::int64_t matrix, int d, Scalar* to)
{
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d * d), [&](int entry) {
    int const i = entry / d;
    int const j = entry % d;
    if (j <= i) to[column_index(d, i, j)] = batch(matrix, i, j);
  });
  team.team_barrier();
}

/// Eigenvalue k of each matrix by a team, and eigenvectors unless vectors is empty. On any space.
/// \param label    full name of the kernel
/// \param values   n, result
/// \param vectors  n x d, result, or empty
/// \throws InputError if a matrix does not fit a team's scratch memory (order 2,200 in double)
template <class Scalar, class ExecSpace>
void team_kth_eigenpairs(ExecSpace const& space, std::string const& label,
                         SymmetricBatch<Scalar, ExecSpace> const& batch, int k,
                         Vector<Scalar, ExecSpace> const& values,
                         Rows<Scalar, ExecSpace> const& vectors, int team_size)
{
  int const d = static_cast<int>(batch.order());
  std::int64_t const n_matrix = triangle_size(d);
  std::int64_t const n_work = n_matrix + eigenpair_work_size(d);
  bool const has_vectors = vectors.data() != nullptr;
  for_matrix_teams<Scalar>(
      space, label, batch.n_matrices(), n_work + d, team_size,
      KOKKOS_LAMBDA(TeamMember<ExecSpace> const& team, std::int64_t b, Scalar* work) {
        load_by_team(team, batch, b, d, work);
        Scalar* const vector = work + n_work;
        Scalar const value = has_vectors
                                 ? kth_eigenpair_by_team(team, work, d, k, vector, work + n_matrix)
                                 : kth_eigenvalue_by_team(team, work, d, k, work + n_matrix);
        Kokkos::single(Kokkos::PerTeam(team), [&] { values(b) = value; });
        if (has_vectors)
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d),
                               [&](int i) { vectors(b, i) = vector[i]; });
      });
}

}  // namespace kovar::linalg

#endif
