// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_DOUBLE_LANES_HPP
#define KOVAR_GP_DOUBLE_LANES_HPP

#include <kovar/core/lane_math.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

/// \file
/// Sums of packs in double.

namespace kovar::gp {

/// Lanes of sums in double, whatever the lanes' own type: one double for each lane of each sum.
template <class Pack>
struct DoubleLanes {
  double* values;

  KOKKOS_FORCEINLINE_FUNCTION void operator()(int k, Pack const& x) const
  {
    constexpr int width = n_lanes<Pack>;
    double* const to = values + k * width;
    if constexpr (std::is_same_v<lane_number_t<Pack>, double>)
      *reinterpret_cast<Pack*>(to) += x;
    else
      for (int l = 0; l < width; ++l) to[l] += static_cast<double>(lane_of(x, l));
  }
  KOKKOS_FORCEINLINE_FUNCTION double sum(int k) const
  {
    constexpr int width = n_lanes<Pack>;
    double total = 0;
    for (int l = 0; l < width; ++l) total += values[k * width + l];
    return total;
  }
  KOKKOS_FORCEINLINE_FUNCTION void clear(int n) const
  {
    for (int k = 0; k < n * n_lanes<Pack>; ++k) values[k] = 0;
  }
  /// Packs of memory for n sums.
  static std::int64_t n_packs(std::int64_t n)
  {
    return n * static_cast<std::int64_t>(sizeof(double) / sizeof(lane_number_t<Pack>));
  }
};

}  // namespace kovar::gp

#endif
