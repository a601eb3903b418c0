// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/row_parts.hpp>

#include <algorithm>

namespace kovar::linalg {

std::vector<std::int64_t> deal_rows(std::int64_t const* start, std::int64_t n_rows, int n_parts)
{
  std::vector<std::int64_t> first_row(static_cast<std::size_t>(n_parts) + 1, n_rows);
  std::int64_t const n_entries = n_rows == 0 ? 0 : start[n_rows] - start[0];
  first_row[0] = 0;
  for (int p = 1; p < n_parts; ++p) {
    // Not n_entries * p / n_parts, whose product may not fit.
    std::int64_t const before =
        n_entries / n_parts * p + n_entries % n_parts * p / n_parts + (n_rows ? start[0] : 0);
    auto const row = std::lower_bound(start, start + n_rows, before) - start;
    first_row[static_cast<std::size_t>(p)] = row;
  }
  return first_row;
}

}  // namespace kovar::linalg
