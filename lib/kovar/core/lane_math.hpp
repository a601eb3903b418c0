// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_LANE_MATH_HPP
#define KOVAR_CORE_LANE_MATH_HPP

#include <kovar/core/lanes.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

/// \file
/// Functions of lanes (core/lanes.hpp). The lanes' own comparisons give masks, and `mask ? a : b`
/// chooses lane by lane; a plain number is one lane, its mask a bool.

namespace kovar {

/// The number type of a pack.
template <class Pack, bool is_number = std::is_arithmetic_v<Pack>>
struct LaneNumber {
  using type = Pack;
};
#ifdef KOVAR_HAS_VECTOR_TYPES
template <class Pack>
struct LaneNumber<Pack, false> {
  using type = std::remove_reference_t<decltype(std::declval<Pack&>()[0])>;
};
#endif
template <class Pack>
using lane_number_t = std::remove_cv_t<typename LaneNumber<Pack>::type>;

template <class Pack>
constexpr int n_lanes = static_cast<int>(sizeof(Pack) / sizeof(lane_number_t<Pack>));

/// What a comparison of packs gives.
template <class Pack>
using lane_mask_t = std::decay_t<decltype(std::declval<Pack>() < std::declval<Pack>())>;

/// Whole numbers, one per lane, as wide as the lanes are.
template <class Pack>
using lane_count_t = std::conditional_t<std::is_arithmetic_v<Pack>, int, lane_mask_t<Pack>>;

/// 1 where the mask holds, else 0.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION lane_count_t<Pack> lanes_in(lane_mask_t<Pack> const& mask)
{
  if constexpr (std::is_arithmetic_v<Pack>)
    return mask ? 1 : 0;
  else
    return -mask;  // a mask that holds is -1
}

/// Counts as numbers of the lanes' type.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack to_lanes(lane_count_t<Pack> const& count)
{
  return convert_lanes<Pack>(count);
}

template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION bool any_lane(lane_mask_t<Pack> const& mask)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return mask;
  } else {
    bool any = false;
    for (int l = 0; l < n_lanes<Pack>; ++l) any = any || mask[l] != 0;
    return any;
  }
}

template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_abs(Pack const& x)
{
  Pack const negative = -x;
  return x > negative ? x : negative;
}

/// The larger; b where a is NaN.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_max(Pack const& a, Pack const& b)
{
  return a > b ? a : b;
}

/// The smaller; b where a is NaN.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_min(Pack const& a, Pack const& b)
{
  return a < b ? a : b;
}

template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_sqrt(Pack const& x)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return ::sqrt(x);
  } else {
    Pack root = x;  // a value, for compilers that do not see that every lane is written
    for (int l = 0; l < n_lanes<Pack>; ++l) root[l] = std::sqrt(x[l]);
    return root;
  }
}

/// The largest power of two not above a positive normal number; infinity of infinity.
KOKKOS_FORCEINLINE_FUNCTION float power_of_two_below(float x)
{
  unsigned bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= 0x7f800000U;
  memcpy(&x, &bits, sizeof bits);
  return x;
}
KOKKOS_FORCEINLINE_FUNCTION double power_of_two_below(double x)
{
  unsigned long long bits;
  memcpy(&bits, &x, sizeof bits);
  bits &= 0x7ff0000000000000ULL;
  memcpy(&x, &bits, sizeof bits);
  return x;
}

/// Lane by lane.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack lane_power_of_two_below(Pack const& x)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return power_of_two_below(x);
  } else {
    Pack result;
    for (int l = 0; l < n_lanes<Pack>; ++l)
      result[l] = power_of_two_below(lane_number_t<Pack>(x[l]));
    return result;
  }
}

/// Sum of the lanes, always in the same order.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION lane_number_t<Pack> sum_of_lanes(Pack const& x)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return x;
  } else {
    lane_number_t<Pack> half[n_lanes<Pack>];
    for (int l = 0; l < n_lanes<Pack>; ++l) half[l] = x[l];
    for (int n = n_lanes<Pack> / 2; n > 0; n /= 2)
      for (int l = 0; l < n; ++l) half[l] += half[l + n];
    return half[0];
  }
}

/// Put a number into one lane.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION void set_lane(Pack& pack, int lane, lane_number_t<Pack> x)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    if (lane == 0) pack = x;
  } else {
    pack[lane] = x;
  }
}

}  // namespace kovar

#endif
