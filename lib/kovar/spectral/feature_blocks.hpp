// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_FEATURE_BLOCKS_HPP
#define KOVAR_SPECTRAL_FEATURE_BLOCKS_HPP

#include <Kokkos_Core.hpp>

#include <type_traits>

/// \file
/// Features in blocks whose numbers stay in registers.

namespace kovar::spectral {

/// Call f(first, n) for blocks of 8, 4, 2 and 1 of p features, n being a std::integral_constant.
template <class Function>
KOKKOS_FORCEINLINE_FUNCTION void for_feature_blocks(int p, Function const& f)
{
  int first = 0;
  for (; first + 8 <= p; first += 8) f(first, std::integral_constant<int, 8>());
  if ((p & 4) != 0) {
    f(first, std::integral_constant<int, 4>());
    first += 4;
  }
  if ((p & 2) != 0) {
    f(first, std::integral_constant<int, 2>());
    first += 2;
  }
  if ((p & 1) != 0) f(first, std::integral_constant<int, 1>());
}

}  // namespace kovar::spectral

#endif
