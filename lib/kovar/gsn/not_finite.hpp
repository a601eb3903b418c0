// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NOT_FINITE_HPP
#define KOVAR_GSN_NOT_FINITE_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Where data that must be complete are not.

namespace kovar::gsn {

/// Where the first entry stands that is NaN or infinite, as a linear index (last axis fastest), or -1.
/// Cost: one pass over the data.
template <class Scalar, class ExecSpace>
std::int64_t find_not_finite(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& data)
{
  std::int64_t const n_middle = data.extent(1);
  std::int64_t const n_last = data.extent(2);
  std::int64_t const n_entries = static_cast<std::int64_t>(data.extent(0)) * n_middle * n_last;
  if (n_entries == 0) return -1;
  std::int64_t first = n_entries;
  Kokkos::parallel_reduce(
      "kovar::gsn::find_not_finite",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_entries),
      KOKKOS_LAMBDA(std::int64_t index, std::int64_t & least) {
        std::int64_t const k = index % n_last;
        std::int64_t const j = index / n_last % n_middle;
        std::int64_t const i = index / n_last / n_middle;
        if (!math::is_finite(data(i, j, k)) && index < least) least = index;
      },
      Kokkos::Min<std::int64_t>(first));
  return first < n_entries ? first : -1;
}

}  // namespace kovar::gsn

#endif
