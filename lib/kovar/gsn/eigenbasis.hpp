// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_EIGENBASIS_HPP
#define KOVAR_GSN_EIGENBASIS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/eigen.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Eigenpairs as GSN returns them: descending, with a sign rule.

namespace kovar::gsn {

/// Eigenvalues (n, descending) and eigenvectors (n x n, columns).
template <class Scalar, class ExecSpace>
struct Eigenbasis {
  Vector<Scalar, ExecSpace> values;
  Matrix<Scalar, ExecSpace> vectors;
};

/// Eigenbasis of a symmetric matrix (lower triangle; destroyed). In each column the first entry of
/// largest magnitude is positive. Vectors of equal eigenvalues are any orthonormal basis.
/// \param with_vectors  false: vectors stay of extent 0
/// Cost: 4/3 n^3 flops, and about 4 n^3 more with vectors.
template <class Scalar, class ExecSpace>
Eigenbasis<Scalar, ExecSpace> eigenbasis(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         bool with_vectors)
{
  std::int64_t const n = a.extent(0);
  linalg::Eigenpairs<Scalar, ExecSpace> pairs;
  if (with_vectors)
    pairs = linalg::eigenpairs<Scalar, ExecSpace>(space, a);
  else
    pairs.values = linalg::eigenvalues<Scalar, ExecSpace>(
        space, linalg::tridiagonalize<Scalar, ExecSpace>(space, a));
  Eigenbasis<Scalar, ExecSpace> basis;
  basis.values = allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::eigenvalues", n);
  auto const values_host = Kokkos::create_mirror_view(basis.values);
  for (std::int64_t k = 0; k < n; ++k)
    values_host(k) = pairs.values[static_cast<std::size_t>(n - 1 - k)];
  Kokkos::deep_copy(space, basis.values, values_host);
  space.fence();  // the host copy of the eigenvalues goes away
  if (!with_vectors || n == 0) return basis;

  basis.vectors = allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::eigenvectors", n, n);
  auto const from = pairs.vectors;
  auto const to = basis.vectors;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::order_eigenvectors", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        std::int64_t const ascending = n - 1 - k;
        Scalar largest = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t i, Scalar& bound) {
              Scalar const size = math::fabs(from(i, ascending));
              if (size > bound) bound = size;
            },
            Kokkos::Max<Scalar>(largest));
        std::int64_t first = n;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n),
            [&](std::int64_t i, std::int64_t& least) {
              if (math::fabs(from(i, ascending)) == largest && i < least) least = i;
            },
            Kokkos::Min<std::int64_t>(first));
        Scalar const sign = first < n && from(first, ascending) < 0 ? -1 : 1;
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n),
                             [&](std::int64_t i) { to(i, k) = sign * from(i, ascending); });
      });
  return basis;
}

}  // namespace kovar::gsn

#endif
