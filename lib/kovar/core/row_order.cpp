// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/random.hpp>
#include <kovar/core/row_order.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>

namespace kovar {

std::vector<std::int64_t> shuffled_rows(ShuffleUse use, std::uint64_t seed, std::int64_t n,
                                        std::int64_t epoch)
{
  std::vector<std::pair<std::uint64_t, std::int64_t>> keys(static_cast<std::size_t>(n));
  for (std::int64_t row = 0; row < n; ++row) {
    Philox4x32 const bits =
        philox({{static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32U),
                 static_cast<std::uint32_t>(use), static_cast<std::uint32_t>(epoch)}},
               static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32U));
    keys[static_cast<std::size_t>(row)] = {(std::uint64_t{bits.word[0]} << 32U) | bits.word[1],
                                           row};
  }
  std::sort(keys.begin(), keys.end());  // equal draws: by row
  std::vector<std::int64_t> rows(keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) rows[i] = keys[i].second;
  return rows;
}

}  // namespace kovar
