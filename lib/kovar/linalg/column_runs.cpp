// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/column_runs.hpp>

namespace kovar::linalg {

namespace {

// True where entry k of a row that starts at first begins a run.
bool begins_run(HostSparseMatrix const& a, std::int64_t k, std::int64_t first)
{
  return k == first || a.column(k) != a.column(k - 1) + 1;
}

}  // namespace

std::int64_t count_runs(HostSparseMatrix const& a)
{
  std::int64_t n_runs = 0;
  for (std::int64_t row = 0; row < a.n_rows(); ++row)
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k)
      n_runs += begins_run(a, k, a.row_start(row)) ? 1 : 0;
  return n_runs;
}

ColumnRuns find_runs(HostSparseMatrix const& a)
{
  Kokkos::DefaultHostExecutionSpace const space;
  std::int64_t const n_runs = count_runs(a);
  ColumnRuns runs;
  runs.row_start =
      allocate<decltype(runs.row_start)>(space, "kovar::linalg::row_start_of_runs", a.n_rows() + 1);
  runs.first_column =
      allocate<decltype(runs.first_column)>(space, "kovar::linalg::first_column", n_runs);
  runs.value_start =
      allocate<decltype(runs.value_start)>(space, "kovar::linalg::value_start", n_runs + 1);
  std::int64_t run = 0;
  for (std::int64_t row = 0; row < a.n_rows(); ++row) {
    runs.row_start(row) = run;
    for (std::int64_t k = a.row_start(row); k < a.row_start(row + 1); ++k) {
      if (!begins_run(a, k, a.row_start(row))) continue;
      runs.first_column(run) = a.column(k);
      runs.value_start(run) = k;
      ++run;
    }
  }
  runs.row_start(a.n_rows()) = n_runs;
  runs.value_start(n_runs) = a.n_entries();
  return runs;
}

}  // namespace kovar::linalg
