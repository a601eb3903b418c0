// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/kept_rows.hpp>

#include <algorithm>

namespace kovar::linalg {

namespace {

// From here on runs are faster than CSR, whose entries bring 4 bytes each and a gather
// (kovar_micro --benchmark_filter=sparse_product).
constexpr std::int64_t worthwhile_run = 12;

}  // namespace

KeptRows::KeptRows(HostSparseMatrix a, SparseFormat format) : matrix_(std::move(a))
{
  if (matrix_.n_rows() == 0) return;
  has_runs_ = format == SparseFormat::runs ||
              (format == SparseFormat::automatic && matrix_.n_entries() > 0 &&
               matrix_.n_entries() >= worthwhile_run * count_runs(matrix_));
  if (!has_runs_) return;
  runs_ = find_runs(matrix_);
  matrix_.column = {};
}

std::int64_t KeptRows::n_bytes() const
{
  constexpr auto n_value = static_cast<std::int64_t>(sizeof(double));
  constexpr auto n_column = static_cast<std::int64_t>(sizeof(std::int32_t));
  constexpr auto n_start = static_cast<std::int64_t>(sizeof(std::int64_t));
  if (!has_runs_) return n_entries() * (n_value + n_column) + n_rows() * n_start;
  auto const n_runs = static_cast<std::int64_t>(runs_.first_column.extent(0));
  return n_entries() * n_value + n_runs * (n_column + n_start) + n_rows() * n_start;
}

ColumnSpan KeptRows::span(std::int64_t first, std::int64_t end) const
{
  ColumnSpan span{n_columns(), 0};
  for (std::int64_t row = first; row < end; ++row) {
    std::int64_t const k = row_start()[row];
    std::int64_t const k_end = row_start()[row + 1];
    if (k == k_end) continue;
    std::int64_t leftmost = 0;
    std::int64_t rightmost = 0;
    if (has_runs_) {
      std::int64_t const last = runs_.row_start(row + 1) - 1;
      leftmost = runs_.first_column(runs_.row_start(row));
      rightmost =
          runs_.first_column(last) + runs_.value_start(last + 1) - runs_.value_start(last) - 1;
    } else {
      leftmost = matrix_.column(k);
      rightmost = matrix_.column(k_end - 1);
    }
    span.begin = std::min(span.begin, leftmost);
    span.end = std::max(span.end, rightmost + 1);
  }
  return span.end == 0 ? ColumnSpan{} : span;
}

}  // namespace kovar::linalg
