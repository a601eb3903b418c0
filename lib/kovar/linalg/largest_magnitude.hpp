// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LARGEST_MAGNITUDE_HPP
#define KOVAR_LINALG_LARGEST_MAGNITUDE_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// The largest magnitude among numbers, by which matrices are scaled.

namespace kovar::linalg {

/// Of a list; 0 if it is empty.
template <class Scalar>
double largest_magnitude(std::vector<Scalar> const& list)
{
  double largest = 0;
  for (double const x : list) largest = std::max(largest, std::fabs(x));
  return largest;
}

/// In the lower triangle of a symmetric matrix (n x n). NaN is passed over. Waits for the instance.
/// Cost: n^2/2 numbers read.
template <class Scalar, class ExecSpace>
double largest_magnitude(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  using Policy = Kokkos::TeamPolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  std::int64_t const n = a.extent(0);
  double largest = 0;
  if (n == 0) return largest;
  Kokkos::parallel_reduce(
      "kovar::linalg::largest_magnitude", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team, double& bound) {
        std::int64_t const j = team.league_rank();
        double const of_column = team_max<ExecSpace>(
            team, j, n, [&](std::int64_t i) { return math::fabs(static_cast<double>(a(i, j))); });
        if (of_column > bound) bound = of_column;
      },
      Kokkos::Max<double>(largest));
  return std::max(largest, 0.0);
}

}  // namespace kovar::linalg

#endif
