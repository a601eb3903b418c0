// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LANES_HPP
#define KOVAR_GSN_LANES_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

#ifdef __AVX512VPOPCNTDQ__
#include <immintrin.h>
#endif

/// \file
/// Numbers and bit masks of neighbouring units that one thread computes on together: a vector
/// register of a CPU, a single number on a GPU, where neighbouring threads are the lanes.

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

#if defined(__GNUC__) && !defined(__CUDACC__) && !defined(__HIPCC__)
#define KOVAR_HAS_VECTOR_TYPES
/// 64 bytes are one AVX-512 register; narrower machines split them. A plain type with the compiler's
/// arithmetic: +, *, &, comparison.
template <class Number>
struct VectorType {
  typedef Number type __attribute__((vector_size(64), aligned(sizeof(Number)), may_alias));
  static constexpr int n = 64 / sizeof(Number);
};
#endif

/// The type of lanes on ExecSpace, and how many there are.
template <class Number, class ExecSpace, bool on_host = is_host_space<ExecSpace>>
struct Lanes {
  using type = Number;
  static constexpr int n = 1;
};
#ifdef KOVAR_HAS_VECTOR_TYPES
template <class Number, class ExecSpace>
struct Lanes<Number, ExecSpace, true> {
  using type = typename VectorType<Number>::type;
  static constexpr int n = VectorType<Number>::n;
};
#endif

/// Unroll the loop that follows, of few and constantly many turns, so that arrays become registers.
#if defined(__clang__) || defined(__CUDACC__)
#define KOVAR_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define KOVAR_UNROLL _Pragma("GCC unroll 16")
#else
#define KOVAR_UNROLL
#endif

/// Lanes from consecutive numbers.
template <class Pack, class Number>
KOKKOS_FORCEINLINE_FUNCTION Pack load_lanes(Number const* from)
{
  return *reinterpret_cast<Pack const*>(from);
}

/// Keep what was loaded in its register: GCC else reads it from memory again for every product, and
/// loads, not products, set the pace.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION void keep_in_register([[maybe_unused]] Pack& pack)
{
#if defined(__AVX512F__) && defined(KOVAR_HAS_VECTOR_TYPES)
  if constexpr (sizeof(Pack) == 64) asm("" : "+v"(pack));
#endif
}

/// One number in all lanes.
template <class Pack, class Number>
KOKKOS_FORCEINLINE_FUNCTION Pack all_lanes(Number x)
{
  return Pack{} + x;
}

/// One of the lanes.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION auto lane_of(Pack const& pack, int lane)
{
  if constexpr (std::is_arithmetic_v<Pack>)
    return lane == 0 ? pack : Pack{};
  else
    return pack[lane];
}

/// Bits set, lane by lane.
template <class Pack>
KOKKOS_FORCEINLINE_FUNCTION Pack popcount_lanes(Pack const& bits)
{
  if constexpr (std::is_arithmetic_v<Pack>) {
    return static_cast<Pack>(popcount(static_cast<std::make_unsigned_t<Pack>>(bits)));
  } else {
    constexpr unsigned n_lanes = sizeof(Pack) / sizeof(bits[0]);
#ifdef __AVX512VPOPCNTDQ__
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

/// Counts as floating-point numbers.
template <class To, class From>
KOKKOS_FORCEINLINE_FUNCTION To convert_lanes(From const& x)
{
  if constexpr (std::is_arithmetic_v<To>)
    return static_cast<To>(x);
  else
    return __builtin_convertvector(x, To);
}

/// A table of numbers by count that lanes look up: two registers on a CPU, memory on a GPU.
template <class Scalar, class ExecSpace>
struct LaneTable {
  using Pack = typename Lanes<Scalar, ExecSpace>::type;
  using Counts = typename Lanes<MaskWord<Scalar>, ExecSpace>::type;
  static constexpr int n_lanes = Lanes<Scalar, ExecSpace>::n;
  /// Counts up to here can be looked up; memory ends where the caller's table does.
  static constexpr int largest_count = n_lanes > 1 ? 2 * n_lanes - 1 : 1 << 30;
  /// Entries that a table must have at least.
  static constexpr int n_entries = n_lanes > 1 ? 2 * n_lanes : 0;

  Scalar const* entries;
  Pack low;
  Pack high;

  KOKKOS_FORCEINLINE_FUNCTION explicit LaneTable(Scalar const* table) : entries(table)
  {
    low = load_lanes<Pack>(table);
    high = load_lanes<Pack>(table + (n_lanes > 1 ? n_lanes : 0));
  }
  KOKKOS_FORCEINLINE_FUNCTION Pack operator()(Counts const& count) const
  {
    if constexpr (n_lanes == 1)
      return entries[count];
    else
      return shuffled(low, high, count);
  }

 private:
  template <class P, class C>
  KOKKOS_FORCEINLINE_FUNCTION static P shuffled(P const& a, P const& b, C const& index)
  {
#ifdef KOVAR_HAS_VECTOR_TYPES
#ifdef __clang__
    P result;
    for (unsigned l = 0; l < n_lanes; ++l)
      result[l] = index[l] < n_lanes ? a[index[l]] : b[index[l] - n_lanes];
    return result;
#else
    return __builtin_shuffle(a, b, index);
#endif
#else
    return a + b * static_cast<P>(index);  // never called: there is one lane
#endif
  }
};

}  // namespace kovar::gsn

#endif
