// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_LANES_HPP
#define KOVAR_CORE_LANES_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <type_traits>

/// \file
/// Neighbouring numbers that one thread computes on together: a vector register of a CPU, a single
/// number on a GPU, where neighbouring threads are the lanes.

namespace kovar {

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
  /// The same where packs stand at multiples of their size; may be a template argument.
  typedef Number aligned_type __attribute__((vector_size(n_bytes)));
  static constexpr int n = n_bytes / sizeof(Number);
};
#endif

/// The type of lanes on ExecSpace, and how many there are.
template <class Number, class ExecSpace, bool on_host = is_host_space<ExecSpace>>
struct Lanes {
  using type = Number;
  using aligned_type = Number;
  static constexpr int n = 1;
};
#ifdef KOVAR_HAS_VECTOR_TYPES
template <class Number, class ExecSpace>
struct Lanes<Number, ExecSpace, true> {
  using type = typename VectorType<Number>::type;
  using aligned_type = typename VectorType<Number>::aligned_type;
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

/// Lanes to consecutive numbers.
template <class Pack, class Number>
KOKKOS_FORCEINLINE_FUNCTION void store_lanes(Pack const& pack, Number* to)
{
  *reinterpret_cast<Pack*>(to) = pack;
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

/// The same numbers in another type.
template <class To, class From>
KOKKOS_FORCEINLINE_FUNCTION To convert_lanes(From const& x)
{
  if constexpr (std::is_arithmetic_v<To>)
    return static_cast<To>(x);
  else
    return __builtin_convertvector(x, To);
}

}  // namespace kovar

#endif
