// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_MASK_LANES_HPP
#define KOVAR_GSN_MASK_LANES_HPP

#include <kovar/core/lanes.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

#if defined(__AVX512VPOPCNTDQ__) && !defined(__CUDACC__) && !defined(__HIPCC__)
#define KOVAR_HAS_VECTOR_POPCOUNT
#include <immintrin.h>
#endif

/// \file
/// Bit masks of neighbouring units in the lanes of a thread, their counts, and tables by count.

namespace kovar::gsn {

/// Number of bits that are set.
KOKKOS_FORCEINLINE_FUNCTION int popcount(std::uint64_t bits)
{
#if defined(__CUDA_ARCH__) || defined(__HIP_DEVICE_COMPILE__)
  return __popcll(bits);
#elif defined(__GNUC__)
  return __builtin_popcountll(bits);
#else
  // Sums of neighbouring fields of 1, 2, 4 bits, then of all bytes by a product.
  bits -= (bits >> 1) & 0x5555555555555555U;
  bits = (bits & 0x3333333333333333U) + ((bits >> 2) & 0x3333333333333333U);
  bits = (bits + (bits >> 4)) & 0x0F0F0F0F0F0F0F0FU;
  return static_cast<int>((bits * 0x0101010101010101U) >> 56);
#endif
}

/// Integer as wide as a Scalar: a lane's word of a mask, and its counts.
template <class Scalar>
using MaskWord = std::conditional_t<sizeof(Scalar) == 8, std::int64_t, std::int32_t>;

/// Trials or conditions that a word of a mask holds.
template <class Scalar>
constexpr int n_mask_bits = 8 * static_cast<int>(sizeof(Scalar));

/// Bits set, lane by lane.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack popcount_lanes(Pack const& bits)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return static_cast<Pack>(popcount(static_cast<std::make_unsigned_t<Pack>>(bits)));
  } else {
    constexpr unsigned n_lanes = sizeof(Pack) / sizeof(bits[0]);
#ifdef KOVAR_HAS_VECTOR_POPCOUNT
    // The compiler finds the instruction in a loop, and loses it where the loop meets others.
    auto const whole = reinterpret_cast<__m512i const&>(bits);
    if constexpr (n_lanes == 8)
      return reinterpret_cast<Pack const&>(static_cast<__m512i const&>(_mm512_popcnt_epi64(whole)));
    else
      return reinterpret_cast<Pack const&>(static_cast<__m512i const&>(_mm512_popcnt_epi32(whole)));
#else
    Pack counts;
    for (unsigned l = 0; l < n_lanes; ++l)
      counts[l] = popcount(static_cast<std::make_unsigned_t<decltype(+bits[0])>>(bits[l]));
    return counts;
#endif
  }
}

/// A table of numbers by count that lanes look up: two registers where AVX-512 permutes them, else
/// memory.
template <class Scalar, class ExecSpace>
class LaneTable {
  using Pack = typename Lanes<Scalar, ExecSpace>::type;
  using Counts = typename Lanes<MaskWord<Scalar>, ExecSpace>::type;
  static constexpr int n_lanes = Lanes<Scalar, ExecSpace>::n;
#if defined(__AVX512F__) && !defined(__clang__)
  static constexpr bool in_registers = n_lanes > 1;
#else
  static constexpr bool in_registers = false;
#endif

 public:
  /// Counts up to here can be looked up, in memory as far as the caller's table goes.
  static constexpr int largest_count = in_registers ? 2 * n_lanes - 1 : 1 << 30;
  /// Entries that the caller's table must have at least.
  static constexpr int n_entries = in_registers ? 2 * n_lanes : 1;

  KOKKOS_FORCEINLINE_FUNCTION explicit LaneTable(Scalar const* table) : entries_(table)
  {
    if constexpr (in_registers) {
      low_ = load_lanes<Pack>(table);
      high_ = load_lanes<Pack>(table + n_lanes);
    }
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack operator()(Counts const& count) const
  {
    if constexpr (n_lanes == 1)
      return entries_[count];
    else
      return looked_up(count);
  }

 private:
  template <class C>
  KOKKOS_FORCEINLINE_FUNCTION Pack looked_up(C const& count) const
  {
#if defined(__AVX512F__) && !defined(__clang__) && defined(KOVAR_HAS_VECTOR_TYPES)
    return __builtin_shuffle(low_, high_, count);
#else
    Pack result = {};
    if constexpr (n_lanes > 1)
      for (int l = 0; l < n_lanes; ++l) result[l] = entries_[count[l]];
    return result;
#endif
  }

  Scalar const* entries_;
  Pack low_ = {};
  Pack high_ = {};
};

}  // namespace kovar::gsn

#endif
