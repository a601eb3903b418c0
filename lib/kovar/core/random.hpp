// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_RANDOM_HPP
#define KOVAR_CORE_RANDOM_HPP

#include <kovar/core/kokkos_compat.hpp>

#include <cstdint>

/// \file
/// Counter-based random numbers: draw i of stream s is a pure function of (seed, s, i), hence the
/// same on any number of ranks and threads and in any order.

namespace kovar {

/// Four 32-bit words.
struct Philox4x32 {
  std::uint32_t word[4];
};

/// Philox-4x32 with ten rounds.
/// Source: Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3 (SC 2011).
KOKKOS_INLINE_FUNCTION Philox4x32 philox(Philox4x32 counter, std::uint32_t key0, std::uint32_t key1)
{
  for (int round = 0; round < 10; ++round) {
    std::uint64_t const product0 = std::uint64_t{0xD2511F53U} * counter.word[0];
    std::uint64_t const product1 = std::uint64_t{0xCD9E8D57U} * counter.word[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32U) ^ counter.word[1] ^ key0,
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32U) ^ counter.word[3] ^ key1,
                static_cast<std::uint32_t>(product0)}};
    key0 += 0x9E3779B9U;
    key1 += 0xBB67AE85U;
  }
  return counter;
}

/// Two independent uniform numbers, neither 0 nor 1.
struct UniformPair {
  double first;
  double second;
};

/// Pair i of a stream in a block: rejection takes from block after block as many pairs for draw i as it
/// needs. 52 bits and a half each. Block 0 has the bits of normal_pair().
KOKKOS_INLINE_FUNCTION UniformPair uniform_pair(std::uint64_t seed, std::uint32_t stream,
                                                std::uint64_t i, std::uint32_t block)
{
  Philox4x32 const bits =
      philox({{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32U), stream, block}},
             static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U));
  constexpr double scale = 1.0 / 4503599627370496.0;  // 2^-52
  auto const number = [](std::uint32_t a, std::uint32_t b) {
    return (static_cast<double>(((std::uint64_t{a} << 32U) | b) >> 12U) + 0.5) * scale;
  };
  return {number(bits.word[0], bits.word[1]), number(bits.word[2], bits.word[3])};
}

/// Two independent standard normal numbers: number 2i and 2i+1 of a stream.
struct NormalPair {
  double first;
  double second;
};

/// Pair i of a stream, by the transform of Box and Muller on 53-bit uniforms.
KOKKOS_INLINE_FUNCTION NormalPair normal_pair(std::uint64_t seed, std::uint32_t stream,
                                              std::uint64_t i)
{
  Philox4x32 const bits =
      philox({{static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i >> 32U), stream, 0U}},
             static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U));
  constexpr double scale = 1.0 / 9007199254740992.0;  // 2^-53
  auto const high = [](std::uint32_t a, std::uint32_t b) {
    return static_cast<double>(((std::uint64_t{a} << 32U) | b) >> 11U);
  };
  double const u = (high(bits.word[0], bits.word[1]) + 0.5) * scale;  // never 0
  double const v = high(bits.word[2], bits.word[3]) * scale;
  double const radius = math::sqrt(-2.0 * math::log(u));
  double const angle = 6.283185307179586476925 * v;
  return {radius * math::cos(angle), radius * math::sin(angle)};
}

/// Standard normal number i of a stream.
KOKKOS_INLINE_FUNCTION double normal_draw(std::uint64_t seed, std::uint32_t stream, std::uint64_t i)
{
  NormalPair const pair = normal_pair(seed, stream, i / 2);
  return i % 2 == 0 ? pair.first : pair.second;
}

}  // namespace kovar

#endif
