// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/views.hpp>
#include <kovar/io/rabbit_rows.hpp>
#include <kovar/linalg/sort_rows.hpp>

#include <algorithm>
#include <limits>
#include <vector>

namespace kovar::io {

namespace {

using Host = Kokkos::DefaultHostExecutionSpace;
using linalg::HostSparseMatrix;

constexpr std::int64_t n_at_once = std::int64_t{1} << 22U;  // entries that are read together

HostSparseMatrix matrix_for(Hdf5Reader const& file, std::string const& name, std::int64_t n_rows,
                            std::int64_t n_columns, std::int64_t n_entries)
{
  file.require(n_columns <= std::numeric_limits<std::int32_t>::max(), name,
               "has " + std::to_string(n_columns) + " columns (indices have 32 bits)");
  constexpr std::int64_t bytes_of_entry = sizeof(std::int32_t) + sizeof(double);
  file.require_room(name, bounded_product(n_rows + 1, sizeof(std::int64_t)));
  file.require_room(name, bounded_product(n_entries, bytes_of_entry));
  Host const space;
  HostSparseMatrix a;
  a.n_columns = n_columns;
  a.row_start =
      Vector<std::int64_t, Host>(Kokkos::view_alloc(space, "kovar::io::row_start"), n_rows + 1);
  a.column = allocate<Vector<std::int32_t, Host>>(space, "kovar::io::column", n_entries);
  a.value = allocate<Vector<double, Host>>(space, "kovar::io::value", n_entries);
  return a;
}

HostSparseMatrix matrix_of(Hdf5Reader const& file, std::string const& name, std::int64_t n_columns,
                           std::vector<std::int64_t> const& row_start,
                           std::vector<std::int32_t> const& columns,
                           std::vector<double> const& values)
{
  auto const n_rows = static_cast<std::int64_t>(row_start.size()) - 1;
  auto a = matrix_for(file, name, n_rows, n_columns, static_cast<std::int64_t>(values.size()));
  std::copy(row_start.begin(), row_start.end(), a.row_start.data());
  std::copy(columns.begin(), columns.end(), a.column.data());
  std::copy(values.begin(), values.end(), a.value.data());
  return a;
}

// Calls visit(entry, row, column) for all entries of a list in their order.
template <class Visit>
void for_indices(Hdf5Reader const& file, std::string const& group, std::int64_t n_entries,
                 HostSparseMatrix const& a, Visit const& visit)
{
  std::string const name = group + "/indices";
  std::vector<std::int64_t> pairs(static_cast<std::size_t>(2 * std::min(n_entries, n_at_once)));
  for (std::int64_t first = 0; first < n_entries; first += n_at_once) {
    std::int64_t const n = std::min(n_at_once, n_entries - first);
    file.read(name, 2 * first, 2 * n, pairs.data());
    for (std::int64_t k = 0; k < n; ++k) {
      auto const row = pairs[static_cast<std::size_t>(2 * k)];
      auto const column = pairs[static_cast<std::size_t>(2 * k + 1)];
      if (row < 0 || row >= a.n_rows() || column < 0 || column >= a.n_columns)
        file.refuse(name, "has an entry at row " + std::to_string(row) + ", column " +
                              std::to_string(column) + " of a matrix of " +
                              std::to_string(a.n_rows()) + " x " + std::to_string(a.n_columns));
      visit(first + k, row, static_cast<std::int32_t>(column));
    }
  }
}

HostSparseMatrix read_unsorted(Hdf5Reader const& file, std::string const& group,
                               std::int64_t n_entries, HostSparseMatrix const& a)
{
  auto const values = file.list<double>(group + "/values", {n_entries});
  for_indices(file, group, n_entries, a,
              [&](std::int64_t, std::int64_t row, std::int32_t) { ++a.row_start(row + 1); });
  for (std::int64_t row = 0; row < a.n_rows(); ++row) a.row_start(row + 1) += a.row_start(row);
  std::vector<std::int64_t> next(a.row_start.data(), a.row_start.data() + a.n_rows());
  for_indices(file, group, n_entries, a,
              [&](std::int64_t entry, std::int64_t row, std::int32_t column) {
                std::int64_t const to = next[static_cast<std::size_t>(row)]++;
                a.column(to) = column;
                a.value(to) = values[static_cast<std::size_t>(entry)];
              });
  linalg::sort_rows(a);
  return a;
}

}  // namespace

HostSparseMatrix read_sparse_rows(Hdf5Reader const& file, std::string const& group,
                                  std::int64_t n_rows, std::int64_t n_columns, EntryOrder order)
{
  std::vector<std::int64_t> const expected = {n_rows, n_columns};
  auto const shape =
      file.has_attribute(group, "dense_shape") ? file.integers(group, "dense_shape") : expected;
  file.require(shape == expected, group,
               "has the shape " + shape_text(shape) + " (" + shape_text(expected) + " is needed)");
  file.require_written(group + "/values");
  auto const values = file.extents(group + "/values");
  auto const indices = file.extents(group + "/indices");
  bool const is_pairs =
      values.size() == 1 && indices.size() == 1 && indices[0] == bounded_product(values[0], 2);
  file.require(is_pairs, group,
               "has indices of shape " + shape_text(indices) + " for values of shape " +
                   shape_text(values) + " (a row and a column each are needed)");
  auto const a = matrix_for(file, group, n_rows, n_columns, values[0]);
  if (order == EntryOrder::any) return read_unsorted(file, group, values[0], a);

  std::int64_t row_before = 0;
  for_indices(file, group, values[0], a,
              [&](std::int64_t entry, std::int64_t row, std::int32_t column) {
                if (row < row_before)
                  file.refuse(group + "/indices", "has row " + std::to_string(row) + " after row " +
                                                      std::to_string(row_before) +
                                                      " (entries are sorted by rows)");
                row_before = row;
                ++a.row_start(row + 1);
                a.column(entry) = column;
              });
  for (std::int64_t row = 0; row < n_rows; ++row) a.row_start(row + 1) += a.row_start(row);
  file.read(group + "/values", 0, values[0], a.value.data());
  return a;
}

HostSparseMatrix read_dense_rows(Hdf5Reader const& file, std::string const& name,
                                 std::int64_t n_rows, std::int64_t n_columns)
{
  auto const all = file.list<double>(name);
  std::vector<std::int64_t> row_start = {0};
  std::vector<std::int32_t> columns;
  std::vector<double> values;
  std::size_t k = 0;
  for (std::int64_t row = 0; row < n_rows; ++row) {
    for (std::int64_t column = 0; column < n_columns; ++column, ++k)
      if (all[k] != 0) {
        columns.push_back(static_cast<std::int32_t>(column));
        values.push_back(all[k]);
      }
    row_start.push_back(static_cast<std::int64_t>(values.size()));
  }
  return matrix_of(file, name, n_columns, row_start, columns, values);
}

HostSparseMatrix read_dense_variations(Hdf5Reader const& file, std::string const& name,
                                       HostSparseMatrix const& yields, std::int64_t n_columns)
{
  std::int64_t const n_processes = yields.n_columns;
  std::int64_t const bin_size = n_processes * n_columns;
  std::vector<std::int64_t> row_start = {0};
  std::vector<std::int32_t> columns;
  std::vector<double> values;
  std::int64_t const bins_at_once =
      std::max<std::int64_t>(1, n_at_once / std::max<std::int64_t>(1, bin_size));
  file.require_room(name, bounded_product(bin_size, sizeof(double)));
  std::vector<double> block;
  for (std::int64_t first = 0; first < yields.n_rows(); first += bins_at_once) {
    std::int64_t const n_bins = std::min(bins_at_once, yields.n_rows() - first);
    if (yields.row_start(first) == yields.row_start(first + n_bins)) continue;
    block.resize(static_cast<std::size_t>(n_bins * bin_size));
    file.read(name, first * bin_size, n_bins * bin_size, block.data());
    for (std::int64_t bin = first; bin < first + n_bins; ++bin)
      for (std::int64_t e = yields.row_start(bin); e < yields.row_start(bin + 1); ++e) {
        double const* const row =
            block.data() + (bin - first) * bin_size + yields.column(e) * n_columns;
        for (std::int64_t column = 0; column < n_columns; ++column)
          if (row[column] != 0) {
            columns.push_back(static_cast<std::int32_t>(column));
            values.push_back(row[column]);
          }
        row_start.push_back(static_cast<std::int64_t>(values.size()));
      }
  }
  return matrix_of(file, name, n_columns, row_start, columns, values);
}

}  // namespace kovar::io
