// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/hdf5_table.hpp>
#include <kovar/io/hdf5_table_parts.hpp>

#include <hdf5.h>

#include <algorithm>
#include <limits>
#include <unordered_set>
#include <utility>

namespace kovar::io {
namespace {

/// Where in the file a table lies.
struct TableParts {
  std::string group;                 ///< with a slash at its end
  std::vector<TableDataset> matrix;  ///< one or none
  std::vector<TableDataset> columns;
  std::int64_t n_rows = 0;
};

/// "'X' (442 x 10), 'y' (442)".
std::string list_of(std::vector<TableDataset> const& datasets)
{
  constexpr std::size_t longest = 12;
  std::string text;
  for (std::size_t i = 0; i < std::min(datasets.size(), longest); ++i)
    text += (i == 0 ? "'" : ", '") + datasets[i].name + "' (" + shape_text(datasets[i].shape) + ")";
  if (datasets.size() > longest)
    text += " and " + std::to_string(datasets.size() - longest) + " more";
  return text;
}

std::string content_text(Hdf5Handle const& file, std::string const& group)
{
  std::string const list = list_of(datasets_in(file, group));
  return list.empty() ? "it holds no datasets" : "it holds " + list;
}

/// "/a/b" for "a/b" and "/a/b/".
std::string absolute(std::string name)
{
  if (name.empty() || name.front() != '/') name.insert(name.begin(), '/');
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name;
}

H5I_type_t object_type(Hdf5Handle const& file, std::string const& name)
{
  Hdf5Handle const object(H5Oopen(file.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  return object.valid() ? H5Iget_type(object.id()) : H5I_BADID;
}

/// The table that a group holds.
TableParts parts_of_group(Hdf5Handle const& file, std::string const& path, std::string const& group)
{
  TableParts parts;
  parts.group = group == "/" ? group : group + "/";
  std::vector<TableDataset> const datasets = datasets_in(file, group);
  for (TableDataset const& dataset : datasets) {
    if (dataset.is_column())
      parts.columns.push_back(dataset);
    else if (dataset.shape.size() == 2 && dataset.is_number)
      parts.matrix.push_back(dataset);
  }
  KOVAR_REQUIRE(parts.matrix.size() <= 1, "'" << path << "' has several matrices in '" << group
                                              << "': " << list_of(parts.matrix)
                                              << "; say which one by its dataset");
  KOVAR_REQUIRE(!parts.matrix.empty() || !parts.columns.empty(),
                "'" << path << "' has no table in '" << group
                    << "' (a matrix, rows x columns, or a dataset per column); "
                    << content_text(file, group));
  return parts;
}

/// The table of a matrix and of what is beside it.
TableParts parts_of_matrix(Hdf5Handle const& file, std::string const& path, std::string const& name)
{
  std::size_t const slash = name.rfind('/');
  TableParts parts;
  parts.group = name.substr(0, slash + 1);
  for (TableDataset const& dataset : datasets_in(file, absolute(parts.group)))
    (dataset.name == name.substr(slash + 1) ? parts.matrix : parts.columns).push_back(dataset);
  KOVAR_REQUIRE(!parts.matrix.empty(), "'" << name << "' in '" << path
                                           << "' is written in a roundabout way; give the dataset "
                                              "as h5ls -r shows it");
  TableDataset const& matrix = parts.matrix.front();
  KOVAR_REQUIRE(matrix.shape.size() == 2,
                "'" << name << "' in '" << path << "' has rank " << matrix.shape.size() << " ("
                    << shape_text(matrix.shape)
                    << ", and a table is rows x columns); name a matrix, or a group of datasets "
                       "that are columns");
  KOVAR_REQUIRE(matrix.is_number, "'" << name << "' in '" << path
                                      << "' holds no numbers (integers or floating point); convert "
                                         "it first");
  return parts;
}

TableParts find_parts(Hdf5Handle const& file, std::string const& path, std::string const& dataset)
{
  std::string const name = absolute(dataset);
  H5I_type_t const type = object_type(file, name);
  KOVAR_REQUIRE(
      type == H5I_GROUP || type == H5I_DATASET,
      "'" << path << "' has no dataset or group '" << name << "'; " << content_text(file, "/"));
  TableParts parts =
      type == H5I_GROUP ? parts_of_group(file, path, name) : parts_of_matrix(file, path, name);

  // Beside a matrix, what has other lengths or holds texts is something else.
  auto& columns = parts.columns;
  parts.n_rows = (parts.matrix.empty() ? columns : parts.matrix).front().shape[0];
  if (!parts.matrix.empty())
    columns.erase(std::remove_if(columns.begin(), columns.end(),
                                 [&](TableDataset const& column) {
                                   return !column.is_column() || !column.is_number ||
                                          column.n_values() != parts.n_rows;
                                 }),
                  columns.end());
  else
    parts.n_rows = columns.front().n_values();
  for (TableDataset const& column : columns)
    KOVAR_REQUIRE(column.n_values() == parts.n_rows,
                  "'" << path << "': columns of one table are equally long, and in '" << name
                      << "' there are " << list_of(columns)
                      << "; move what is no column to another group");
  return parts;
}

/// Names of columns, all of them different.
void check_names(Table const& table, std::string const& group)
{
  std::unordered_set<std::string> seen;
  for (std::string const& name : table.columns)
    KOVAR_REQUIRE(seen.insert(name).second, "'" << table.source << "': two columns of '" << group
                                                << "' are named '" << name
                                                << "'; rename one of them");
}

/// Copy a dataset into columns [first, first + width) of the table.
void read_columns(Hdf5Handle const& file, TableParts const& parts, TableDataset const& dataset,
                  std::size_t first, std::size_t width, Table& table)
{
  auto const n_rows = static_cast<std::size_t>(table.n_rows);
  std::size_t const n_columns = table.columns.size();
  std::vector<double> buffer(n_rows * width);
  std::string const name = parts.group + dataset.name;
  Hdf5Handle const open(H5Dopen2(file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!open.valid() ||
      H5Dread(open.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer.data()) < 0)
    throw BackendError("reading '" + name + "' from '" + table.source + "' failed in H5Dread (" +
                       hdf5_message() + "); the file may be damaged: try h5dump on it");
  for (std::size_t i = 0; i < n_rows; ++i)
    for (std::size_t j = 0; j < width; ++j)
      table.values[i * n_columns + first + j] =
          dataset.is_reversed ? buffer[j * n_rows + i] : buffer[i * width + j];
}

/// A column that holds no numbers: an error now or later.
void refuse_text(TableParts const& parts, TableDataset const& column, std::size_t place,
                 TextColumns text, Table& table)
{
  bool const is_deferred = text == TextColumns::defer;
  std::string const message = "'" + parts.group + column.name + "' in '" + table.source +
                              "' holds no numbers (a column is integers or floating point); "
                              "convert it, or " +
                              (is_deferred ? "" : "read with text=defer and ") +
                              "leave the column out";
  KOVAR_REQUIRE(is_deferred, message);
  table.defects[place] = message;
  for (std::int64_t row = 0; row < table.n_rows; ++row)
    table.values[static_cast<std::size_t>(row) * table.columns.size() + place] =
        std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Table read_hdf5_table(std::string const& path, TableOptions const& options)
{
  QuietHdf5 const quiet;
  Hdf5Handle const file = open_hdf5_file(path);
  TableParts const parts = find_parts(file, path, options.dataset);

  Table table;
  table.source = path;
  table.n_rows = parts.n_rows;
  for (TableDataset const& matrix : parts.matrix)
    table.columns = names_of_columns(file, path, parts.group, matrix);
  for (TableDataset const& column : parts.columns) table.columns.push_back(column.name);
  check_names(table, parts.group);
  KOVAR_REQUIRE(table.n_rows > 0 && !table.columns.empty(),
                "'" << path << "': the table in '" << parts.group << "' is " << table.n_rows
                    << " x " << table.columns.size() << " (a table has one row at least)");
  require_memory<Kokkos::DefaultHostExecutionSpace>(
      "reading the table", 16.0 * static_cast<double>(table.n_rows) * table.n_columns(),
      "take a machine with more memory, or part of the rows");
  table.values.resize(static_cast<std::size_t>(table.n_rows) * table.columns.size());
  table.defects.resize(table.columns.size());

  std::size_t place = table.columns.size() - parts.columns.size();
  for (TableDataset const& matrix : parts.matrix)
    read_columns(file, parts, matrix, 0, place, table);
  for (TableDataset const& column : parts.columns) {
    if (column.is_number)
      read_columns(file, parts, column, place, 1, table);
    else
      refuse_text(parts, column, place, options.text, table);
    ++place;
  }
  return table;
}

}  // namespace kovar::io
