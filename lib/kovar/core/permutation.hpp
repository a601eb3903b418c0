// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_PERMUTATION_HPP
#define KOVAR_CORE_PERMUTATION_HPP

#include <cstdint>
#include <vector>

/// \file
/// The permutation that decides which conditions are held out, the same on every machine.

namespace kovar {

/// Seed of every split in GSN.
constexpr std::uint32_t gsn_seed = 42;

/// The first n doubles in [0,1) of the 53-bit stream of the Mersenne Twister MT19937.
/// std::uniform_real_distribution is not used: its result differs between standard libraries.
std::vector<double> uniform_stream(std::int64_t n, std::uint32_t seed = gsn_seed);

/// Indices of the keys in ascending order; equal ones stay in theirs. Cost: n log n.
std::vector<std::int64_t> ascending_order(std::vector<double> const& keys);

/// Permutation of 0..n-1: entry k is the index of the k-th smallest of uniform_stream(n, seed).
/// Depends on n and the seed only. Cost: n log n.
/// Source: GSN, as given in section 4 of its specification (permutation by ranks of MT19937 draws).
std::vector<std::int64_t> permutation(std::int64_t n, std::uint32_t seed = gsn_seed);

}  // namespace kovar

#endif
