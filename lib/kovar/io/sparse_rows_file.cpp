// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/views.hpp>
#include <kovar/io/sparse_rows_file.hpp>

#include <algorithm>

namespace kovar::io {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;

}  // namespace

void require_row_starts(Hdf5Reader const& file, std::string const& name, std::int64_t const* start,
                        std::int64_t n_rows, std::int64_t n_entries)
{
  file.require(start[0] == 0, name,
               "starts with " + std::to_string(start[0]) + " (the first row starts at entry 0)");
  for (std::int64_t row = 0; row < n_rows; ++row)
    if (start[row] > start[row + 1])
      file.refuse(name, "descends from " + std::to_string(start[row]) + " to " +
                            std::to_string(start[row + 1]) + " after row " + std::to_string(row));
  file.require(start[n_rows] == n_entries, name,
               "ends with " + std::to_string(start[n_rows]) + " where " +
                   std::to_string(n_entries) + " entries are stored (it counts them)");
}

SparseRowsFile::SparseRowsFile(Hdf5Reader const& file, std::string const& group,
                               std::int64_t n_rows, std::int64_t n_columns)
    : file_(file), group_(group), n_columns_(n_columns)
{
  auto const shape = file.integers(group, "shape");
  std::vector<std::int64_t> const expected = {n_rows, n_columns};
  file.require(shape == expected, group,
               "has the shape " + shape_text(shape) + " (" + shape_text(expected) + " is needed)");
  auto const columns = file.extents(group + "/indices");
  auto const values = file.extents(group + "/values");
  file.require(columns.size() == 1 && columns == values, group,
               "has indices of shape " + shape_text(columns) + " for values of shape " +
                   shape_text(values) + " (one is needed per value)");
  row_start_ = file.list<std::int64_t>(group + "/indptr", {n_rows + 1});
  require_row_starts(file, group + "/indptr", row_start_.data(), n_rows, values[0]);
}

linalg::HostSparseMatrix SparseRowsFile::without_entries() const
{
  Host const space;
  linalg::HostSparseMatrix a;
  a.n_columns = n_columns_;
  a.row_start =
      allocate<Vector<std::int64_t, Host>>(space, "kovar::io::row_start", row_start_.size());
  std::copy(row_start_.begin(), row_start_.end(), a.row_start.data());
  return a;
}

linalg::HostSparseMatrix SparseRowsFile::rows(std::int64_t first, std::int64_t end) const
{
  auto a = without_entries();
  auto const first_entry = row_start_[static_cast<std::size_t>(first)];
  auto const end_entry = row_start_[static_cast<std::size_t>(end)];
  std::int64_t const n = end_entry - first_entry;
  for (std::int64_t row = 0; row <= a.n_rows(); ++row)
    a.row_start(row) = std::clamp(a.row_start(row), first_entry, end_entry) - first_entry;
  constexpr std::int64_t bytes_of_entry = sizeof(std::int32_t) + sizeof(double);
  file_.require_room(group_, bounded_product(n, bytes_of_entry));
  Host const space;
  a.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::io::column", n);
  a.value = allocate<Vector<double, Host>>(space, "kovar::io::value", n);
  file_.read(group_ + "/indices", first_entry, n, a.column.data());
  file_.read(group_ + "/values", first_entry, n, a.value.data());
  return a;
}

Kokkos::View<double*, Kokkos::HostSpace> SparseRowsFile::diagonal(std::string const& name,
                                                                  std::int64_t first,
                                                                  std::int64_t end) const
{
  auto const n = static_cast<std::int64_t>(row_start_.size()) - 1;
  auto const extents = file_.extents(name);
  file_.require(extents == std::vector<std::int64_t>{n}, name,
                "has the shape " + shape_text(extents) + " (" + std::to_string(n) + " is needed)");
  Host const space;
  Kokkos::View<double*, Kokkos::HostSpace> const found(
      Kokkos::view_alloc(space, "kovar::io::diagonal"), n);
  file_.read(name, first, end - first, found.data() + first);
  return found;
}

void SparseRowsFile::require_right_of_diagonal(linalg::HostSparseMatrix const& a) const
{
  for (std::int64_t row = 0; row < a.n_rows(); ++row) {
    if (a.row_start(row) == a.row_start(row + 1)) continue;
    std::int64_t const column = a.column(a.row_start(row));
    if (column <= row)
      file_.refuse(group_, "has an entry at row " + std::to_string(row) + ", column " +
                               std::to_string(column) +
                               " (it holds what stands right of the diagonal)");
  }
}

}  // namespace kovar::io
