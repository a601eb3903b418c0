// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_WORD_SUM_HPP
#define KOVAR_DIST_WORD_SUM_HPP

#include <kovar/dist/communicator.hpp>

#include <cstdint>

/// \file
/// Sums of 64-bit words over ranks: hashes.

namespace kovar::dist {

/// Sum over ranks modulo 2^64, the same on all of them; collective. Halves of 32 bits stay exact in double up
/// to 2^21 ranks.
inline std::uint64_t word_sum(Communicator const& comm, std::uint64_t mine)
{
  constexpr std::uint64_t low_bits = 0xFFFFFFFFU;
  double halves[2] = {static_cast<double>(mine & low_bits), static_cast<double>(mine >> 32U)};
  comm.sum_to_all(halves, 2);
  return static_cast<std::uint64_t>(halves[0]) + (static_cast<std::uint64_t>(halves[1]) << 32U);
}

}  // namespace kovar::dist

#endif
