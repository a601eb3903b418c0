// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_TEAM_ASSEMBLY_HPP
#define KOVAR_SPECTRAL_TEAM_ASSEMBLY_HPP

#include <kovar/linalg/eigenpair_path.hpp>
#include <kovar/linalg/matrix_teams.hpp>
#include <kovar/spectral/eigenvalue_model.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Values of the model on devices: a team assembles a sample's matrix in its scratch memory and finds
/// the eigenpair there.

namespace kovar::spectral {

/// matrix := diag(mu) + sum_f x_f A_f of sample b, columns of the lower triangle; complete on return.
template <class Scalar, class ExecSpace>
KOKKOS_INLINE_FUNCTION void assemble_by_team(linalg::TeamMember<ExecSpace> const& team,
                                             EigenvalueModel<Scalar, ExecSpace> const& model,
                                             ConstRows<Scalar, ExecSpace> const& x, std::int64_t b,
                                             Scalar* matrix)
{
  int const d = static_cast<int>(model.diagonal.extent(0));
  int const p = static_cast<int>(model.coefficients.extent(0));
  Kokkos::parallel_for(Kokkos::TeamThreadRange(team, d * d), [&](int entry) {
    int const i = entry / d;
    int const j = entry % d;
    if (j > i) return;
    std::int64_t const from = std::int64_t{i} * (i + 1) / 2 + j;
    Scalar sum = i == j ? model.diagonal(i) : Scalar(0);
    for (int f = 0; f < p; ++f) sum += x(b, f) * model.coefficients(f, from);
    matrix[linalg::column_index(d, i, j)] = sum;
  });
  team.team_barrier();
}

/// Values of the model, and eigenvectors unless vectors is empty, by a team for each sample. On any space.
/// \param label    full name of the kernel
/// \param k        0 <= k < d
/// \param values   n, result
/// \param vectors  n x at least d, result, zero beyond d; or empty
template <class Scalar, class ExecSpace>
void evaluate_by_teams(ExecSpace const& space, std::string const& label,
                       EigenvalueModel<Scalar, ExecSpace> const& model, int k,
                       ConstRows<Scalar, ExecSpace> const& x,
                       Vector<Scalar, ExecSpace> const& values,
                       Rows<Scalar, ExecSpace> const& vectors, int team_size)
{
  int const d = static_cast<int>(model.diagonal.extent(0));
  int const row_length = static_cast<int>(vectors.extent(1));
  std::int64_t const n_matrix = linalg::triangle_size(d);
  std::int64_t const n_work = n_matrix + linalg::eigenpair_work_size(d);
  bool const has_vectors = vectors.data() != nullptr;
  linalg::for_matrix_teams<Scalar>(
      space, label, static_cast<std::int64_t>(x.extent(0)), n_work + d, team_size,
      KOKKOS_LAMBDA(linalg::TeamMember<ExecSpace> const& team, std::int64_t b, Scalar* work) {
        assemble_by_team(team, model, x, b, work);
        Scalar* const vector = work + n_work;
        Scalar const value =
            has_vectors ? linalg::kth_eigenpair_by_team(team, work, d, k, vector, work + n_matrix)
                        : linalg::kth_eigenvalue_by_team(team, work, d, k, work + n_matrix);
        Kokkos::single(Kokkos::PerTeam(team), [&] { values(b) = value; });
        if (has_vectors)
          Kokkos::parallel_for(Kokkos::TeamThreadRange(team, row_length),
                               [&](int i) { vectors(b, i) = i < d ? vector[i] : Scalar(0); });
      });
}

/// evaluate_by_teams() on a device where matrices are large enough for teams. \return whether they are
template <class Scalar, class ExecSpace>
bool evaluate_without_lanes(ExecSpace const& space, std::string const& label,
                            EigenvalueModel<Scalar, ExecSpace> const& model, int k,
                            ConstRows<Scalar, ExecSpace> const& x,
                            Vector<Scalar, ExecSpace> const& values,
                            Rows<Scalar, ExecSpace> const& vectors)
{
  if constexpr (is_host_space<ExecSpace>) {
    return false;
  } else {
    std::int64_t const d = model.order();
    auto const n = static_cast<std::int64_t>(x.extent(0));
    if (linalg::eigenpair_path<Scalar, ExecSpace>(n, d) != linalg::EigenpairPath::team)
      return false;
    evaluate_by_teams(space, label, model, k, x, values, vectors,
                      linalg::matrix_team_size<ExecSpace>(d));
    return true;
  }
}

}  // namespace kovar::spectral

#endif
