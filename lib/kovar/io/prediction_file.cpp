// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/prediction_file.hpp>
#include <kovar/io/result_parts.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace kovar::io {
namespace {

bool ends_with(std::string const& text, std::string const& end)
{
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

/// The shortest text that reads back as the same number.
std::string shortest(double value)
{
  std::array<char, 32> text{};
  auto const result = std::to_chars(text.data(), text.data() + text.size(), value);
  return {text.data(), result.ptr};
}

/// In quotes where a comma, a quote or a line's end would be misread.
std::string csv_field(std::string const& text)
{
  if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char const c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

/// A name and the numbers below it.
struct Column {
  std::string name;
  std::vector<double> const* values;
};

/// Predictions, or targets that are known, of all heads.
std::vector<Column> columns_of(Predictions const& predictions,
                               std::vector<double> Prediction::*list)
{
  std::vector<Column> columns;
  for (Prediction const& head : predictions.heads)
    if (list == &Prediction::values || !(head.*list).empty())
      columns.push_back({head.column, &(head.*list)});
  return columns;
}

/// The further numbers of one name, of all heads.
std::vector<Column> more_columns(Predictions const& predictions, std::size_t which)
{
  std::vector<Column> columns;
  for (Prediction const& head : predictions.heads)
    columns.push_back({head.column, &head.more[which].values});
  return columns;
}

std::vector<Column> csv_columns(Predictions const& predictions)
{
  std::vector<Column> columns;
  auto const add = [&](std::string const& name, std::vector<Column> const& of_heads) {
    for (Column const& column : of_heads)
      columns.push_back({of_heads.size() == 1 ? name : name + "_" + column.name, column.values});
  };
  add("prediction", columns_of(predictions, &Prediction::values));
  auto const& more = predictions.heads.front().more;
  for (std::size_t k = 0; k < more.size(); ++k) add(more[k].name, more_columns(predictions, k));
  for (Column const& column : columns_of(predictions, &Prediction::target))
    columns.push_back(column);
  return columns;
}

/// A vector of one head, or a matrix with a column for each; nothing without columns.
void write_dataset(NewHdf5File& file, std::string const& name, bool is_matrix,
                   std::vector<Column> const& columns, std::string const& description,
                   std::string const& unit = "unit of the target")
{
  if (columns.empty()) return;
  std::vector<std::string> names;
  std::vector<double> values;
  for (Column const& column : columns) {
    names.push_back(column.name);
    values.insert(values.end(), column.values->begin(), column.values->end());
  }
  auto const n_columns = static_cast<std::int64_t>(columns.size());
  std::int64_t const n_rows = size_of(values) / n_columns;
  if (is_matrix)
    file.write_matrix(name, n_rows, n_columns, values.data(), n_rows,
                      {unit, description + "the columns that are its names", {"row", "head"}});
  else
    file.write(name, {n_rows}, values.data(), {unit, description + names.front(), {"row"}});
  file.write_texts(name, "names", names);
}

void write_csv(std::string const& path, Predictions const& predictions)
{
  std::string const target = target_of(path);
  std::string const part = part_of(target);
  auto const columns = csv_columns(predictions);
  {
    std::ofstream file(part, std::ios::trunc);
    file << "row";
    for (Column const& column : columns) file << ',' << csv_field(column.name);
    file << '\n';
    for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
      file << predictions.rows[i] + 1;
      for (Column const& column : columns) file << ',' << shortest((*column.values)[i]);
      file << '\n';
    }
    file.close();
    if (!file) {
      std::remove(part.c_str());
      throw BackendError("writing '" + path + "' failed (" + std::strerror(errno) +
                         "); no file was written");
    }
  }
  if (std::rename(part.c_str(), target.c_str()) != 0) {
    std::remove(part.c_str());
    throw BackendError("writing '" + path + "' failed in rename (" + std::strerror(errno) +
                       "); no file was written");
  }
}

}  // namespace

void write_predictions(std::string const& path, Predictions const& predictions,
                       Provenance const& provenance)
{
  Region const region("kovar::io::write_predictions");
  KOVAR_REQUIRE(!predictions.heads.empty(),
                "write_predictions: there are no predictions; give some of a column");
  for (Prediction const& head : predictions.heads) {
    KOVAR_REQUIRE(predictions.rows.size() == head.values.size() &&
                      (head.target.empty() || head.target.size() == head.values.size()),
                  "write_predictions: " << predictions.rows.size() << " rows, "
                                        << head.values.size() << " predictions and "
                                        << head.target.size()
                                        << " targets (as many of each are needed)");
    auto const& first = predictions.heads.front().more;
    bool fits = head.more.size() == first.size();
    for (std::size_t k = 0; fits && k < first.size(); ++k)
      fits = head.more[k].name == first[k].name && head.more[k].values.size() == head.values.size();
    KOVAR_REQUIRE(fits, "write_predictions: the further numbers of '"
                            << head.column << "' have other names or lengths than those before");
  }
  require_writable(path);
  if (ends_with(path, ".csv")) {
    write_csv(path, predictions);
    return;
  }
  auto const n_heads = static_cast<std::int64_t>(predictions.heads.size());
  NewHdf5File file(path, (8 + 16 * n_heads) * size_of(predictions.rows));
  std::vector<std::int64_t> rows = predictions.rows;
  for (std::int64_t& row : rows) ++row;
  write_numbers(file, "row", rows, {"1", "row of the table, from 1", {"row"}});
  write_dataset(file, "prediction", n_heads > 1, columns_of(predictions, &Prediction::values),
                "prediction of ");
  auto const& more = predictions.heads.front().more;
  for (std::size_t k = 0; k < more.size(); ++k)
    write_dataset(file, more[k].name, n_heads > 1, more_columns(predictions, k),
                  more[k].name + " of ", more[k].unit);
  write_dataset(file, "target", n_heads > 1, columns_of(predictions, &Prediction::target), "");
  write_origin(file, "predictions", {}, provenance);
  file.commit();
}

}  // namespace kovar::io
