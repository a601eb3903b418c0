// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LANES_HPP
#define KOVAR_GSN_LANES_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <type_traits>

#if defined(__AVX512VPOPCNTDQ__) && !defined(__CUDACC__) && !defined(__HIPCC__)
#define KOVAR_HAS_VECTOR_POPCOUNT
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
/// A vector register of the machine: a plain type with the compiler's arithmetic, +, *, &, ==, ?:.
template <class Number>
struct VectorType {
#if defined(__AVX512F__)
  static constexpr int n_bytes = 64;
#elif defined(__AVX__)
  static constexpr int n_bytes = 32;
#else
  static constexpr int n_bytes = 16;
#endif
  typedef Number type __attribute__((vector_size(n_bytes), aligned(sizeof(Number)), may_alias));
  static constexpr int n = n_bytes / sizeof(Number);
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

/// Counts as floating-point numbers.
template <class To, class From>
KOKKOS_FORCEINLINE_FUNCTION To convert_lanes(From const& x)
{
  if constexpr (std::is_arithmetic_v<To>)
    return static_cast<To>(x);
  else
    return __builtin_convertvector(x, To);
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
