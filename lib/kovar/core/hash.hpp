// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_HASH_HPP
#define KOVAR_CORE_HASH_HPP

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>

/// \file
/// 64 bits that tell arrays apart: for finding damage and accidental exchange, not for security.
///
/// The hash of an array is the sum of one term per element modulo 2^64; threads and ranks may add up
/// the terms in any order.

namespace kovar {

/// A bijection of 64-bit words in which every bit of the result depends on every bit of x.
/// Source: Steele, Lea, Flood, Fast splittable pseudorandom number generators (OOPSLA 2014), with the
/// constants of Stafford's variant 13.
KOKKOS_INLINE_FUNCTION std::uint64_t mix_bits(std::uint64_t x)
{
  x = (x ^ (x >> 30U)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27U)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31U);
}

/// What the element at a position of an array adds to the array's hash.
KOKKOS_INLINE_FUNCTION std::uint64_t hash_term(std::uint64_t position, std::uint64_t bits)
{
  // The odd constant is 2^64 over the golden ratio: neighbours in position differ in many bits.
  return mix_bits(bits ^ mix_bits(0x9E3779B97F4A7C15U * (position + 1)));
}

/// The bits of a number such that equal values have equal bits: one zero and one NaN, and a float has
/// those of the double of its value.
inline std::uint64_t bits_of_value(double value)
{
  if (value == 0) return 0;
  if (value != value) return 0x7FF8000000000000U;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  return bits;
}

/// Hash of n numbers in host memory, all bits of them: also the sign of zero. About 2 ns per number
/// and thread.
template <class Number>
std::uint64_t hash_of_array(Number const* values, std::int64_t n)
{
  using Bits = std::conditional_t<sizeof(Number) == 8, std::uint64_t, std::uint32_t>;
  static_assert(sizeof(Number) == sizeof(Bits), "numbers have 32 or 64 bits");
  using Space = Kokkos::DefaultHostExecutionSpace;
  Space const space;
  std::uint64_t sum = 0;
  Kokkos::parallel_reduce(
      "kovar::core::hash_of_array",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      [=](std::int64_t i, std::uint64_t& partial) {
        Bits bits = 0;
        std::memcpy(&bits, values + i, sizeof bits);
        partial += hash_term(static_cast<std::uint64_t>(i), bits);
      },
      sum);
  return sum;
}

/// Hash of a text.
inline std::uint64_t hash_of_text(std::string const& text)
{
  std::uint64_t hash = mix_bits(text.size());
  for (char const c : text) hash = mix_bits(hash ^ static_cast<unsigned char>(c));
  return hash;
}

/// Sixteen hexadecimal digits.
std::string hash_text(std::uint64_t hash);

}  // namespace kovar

#endif
