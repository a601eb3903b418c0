// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_ROW_ORDER_HPP
#define KOVAR_SPECTRAL_ROW_ORDER_HPP

#include <kovar/core/random.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// The order in which an epoch visits the training rows.

namespace kovar::spectral {

enum class RowOrder { file, shuffled };

/// A permutation of 0 .. n-1 that depends on seed, epoch and n alone: rows in ascending order of a draw
/// of 64 bits each. Cost: n log n.
inline std::vector<std::int64_t> shuffled_rows(std::uint64_t seed, std::int64_t epoch,
                                               std::int64_t n)
{
  constexpr std::uint32_t stream = 0x5u << 28U;  // away from those that normal_pair() is used with
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys(static_cast<std::size_t>(n));
  for (std::int64_t row = 0; row < n; ++row) {
    Philox4x32 const bits =
        philox({{static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32U), stream,
                 static_cast<std::uint32_t>(epoch)}},
               static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U));
    keys[static_cast<std::size_t>(row)] = {(std::uint64_t{bits.word[0]} << 32U) | bits.word[1],
                                           row};
  }
  std::sort(keys.begin(), keys.end());  // equal draws: by row
  std::vector<std::int64_t> rows(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) rows[i] = keys[i].second;
  return rows;
}

}  // namespace kovar::spectral

#endif
