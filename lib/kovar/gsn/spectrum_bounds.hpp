// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SPECTRUM_BOUNDS_HPP
#define KOVAR_GSN_SPECTRUM_BOUNDS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/linalg/eigen.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

/// \file
/// Bounds of the spectrum of a diagonal plus a factor.

namespace kovar::gsn {

/// Where the spectrum of A lies, on all ranks.
struct SpectrumBounds {
  double smallest_diagonal;
  double largest_diagonal;
  double lowest;   ///< no eigenvalue is below
  double highest;  ///< none is above
  double norm() const { return std::max({-lowest, highest, 0.0}); }
};

/// Largest eigenvalue of the rows and columns of gram whose weights have a sign, scaled by their roots.
template <class ExecSpace>
double largest_part(ExecSpace const& space, Matrix<double, ExecSpace> const& gram,
                    std::vector<double> const& weights, double sign)
{
  WeightsOfSign const some = weights_of_sign(weights, sign);
  auto const n = static_cast<std::int64_t>(some.places.size());
  if (n == 0) return 0;
  auto const place = to_space(space, some.places, "kovar::gsn::places");
  auto const root = to_space(space, some.roots, "kovar::gsn::weight_roots");
  auto const part = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::gram_part", n, n);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::gram_part", Policy(space, {0, 0}, {n, n}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        part(i, j) = root(i) * gram(place(i), place(j)) * root(j);
      });
  return std::max(0.0, linalg::eigenvalues(space, linalg::tridiagonalize(space, part)).back());
}

/// Smallest and largest entry over all ranks.
template <class ExecSpace>
std::pair<double, double> extremes(ExecSpace const& space, dist::Communicator const& comm,
                                   Vector<double, ExecSpace> const& d)
{
  double ends[2] = {-std::numeric_limits<double>::infinity(),
                    -std::numeric_limits<double>::infinity()};
  for (double const x : to_list(space, d)) {
    ends[0] = std::max(ends[0], -x);
    ends[1] = std::max(ends[1], x);
  }
  comm.max_to_all(ends, 2);
  return {-ends[0], ends[1]};
}

/// \param gram  F^T F
template <class ExecSpace>
SpectrumBounds spectrum_bounds(ExecSpace const& space, dist::Communicator const& comm,
                               FactoredMatrix<ExecSpace> const& a,
                               Matrix<double, ExecSpace> const& gram)
{
  auto const [smallest, largest] = extremes(space, comm, a.diagonal);
  double parts[2] = {0, 0};
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    parts[0] = largest_part(space, gram, a.weights, -1.0);
    parts[1] = largest_part(space, gram, a.weights, 1.0);
  });
  comm.broadcast(parts, 2);
  return {smallest, largest, smallest - parts[0], largest + parts[1]};
}

}  // namespace kovar::gsn

#endif
