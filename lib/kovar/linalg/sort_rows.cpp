// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/sort_rows.hpp>

#include <algorithm>
#include <utility>
#include <vector>

namespace kovar::linalg {

namespace {

bool is_sorted(HostSparseMatrix const& a, std::int64_t row)
{
  return std::is_sorted(a.column.data() + a.row_start(row), a.column.data() + a.row_start(row + 1));
}

}  // namespace

bool has_sorted_rows(HostSparseMatrix const& a)
{
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    if (!is_sorted(a, row)) return false;
  return true;
}

void sort_rows(HostSparseMatrix const& a)
{
  std::vector<std::pair<std::int32_t, double>> entries;
  for (std::int64_t row = 0; row < a.n_rows(); ++row) {
    if (is_sorted(a, row)) continue;
    entries.clear();
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k)
      entries.emplace_back(a.column(k), a.value(k));
    std::sort(entries.begin(), entries.end(),
              [](auto const& left, auto const& right) { return left.first < right.first; });
    std::int64_t to = a.row_start(row);
    for (auto const& [column, value] : entries) {
      a.column(to) = column;
      a.value(to++) = value;
    }
  }
}

}  // namespace kovar::linalg
