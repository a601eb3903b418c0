// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_ROW_PARTS_HPP
#define KOVAR_LINALG_ROW_PARTS_HPP

#include <cstdint>
#include <vector>

/// \file
/// Rows of a sparse matrix dealt to the threads of a host, each a stretch of about as many entries.

namespace kovar::linalg {

/// Columns from begin to end - 1.
struct ColumnSpan {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Cut n_rows rows, row r holding the entries start[r] to start[r + 1] - 1, into n_parts stretches of
/// nearly equal numbers of entries: part p has the rows [result[p], result[p + 1]).
/// \param start  n_rows + 1, ascending
std::vector<std::int64_t> deal_rows(std::int64_t const* start, std::int64_t n_rows, int n_parts);

}  // namespace kovar::linalg

#endif
