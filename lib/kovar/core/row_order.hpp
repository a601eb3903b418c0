// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_ROW_ORDER_HPP
#define KOVAR_CORE_ROW_ORDER_HPP

#include <cstdint>
#include <vector>

/// \file
/// The order in which rows of data are taken.

namespace kovar {

enum class RowOrder {
  file,     ///< as they come
  shuffled  ///< by a permutation that depends on a seed and the number of rows only
};

/// What rows are shuffled for: permutations of one seed for different ones have nothing in common.
enum class ShuffleUse : std::uint32_t {
  split = 0x53504C54U,   ///< which rows validate
  batches = 0x50000000U  ///< which rows make a batch; a permutation for each epoch
};

/// A permutation of 0 .. n-1: rows in ascending order of 64 bits each, drawn by counters (Philox). The same
/// on every machine and number of ranks.
/// Cost: n log n.
std::vector<std::int64_t> shuffled_rows(ShuffleUse use, std::uint64_t seed, std::int64_t n,
                                        std::int64_t epoch = 0);

}  // namespace kovar

#endif
