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

void write_csv(std::string const& path, Predictions const& predictions)
{
  std::string const target = target_of(path);
  std::string const part = part_of(target);
  bool const knows_target = !predictions.target.empty();
  {
    std::ofstream file(part, std::ios::trunc);
    file << "row,prediction" << (knows_target ? "," + csv_field(predictions.column) : "") << '\n';
    for (std::size_t i = 0; i < predictions.rows.size(); ++i) {
      file << predictions.rows[i] + 1 << ',' << shortest(predictions.values[i]);
      if (knows_target) file << ',' << shortest(predictions.target[i]);
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
  KOVAR_REQUIRE(
      predictions.rows.size() == predictions.values.size() &&
          (predictions.target.empty() || predictions.target.size() == predictions.values.size()),
      "write_predictions: " << predictions.rows.size() << " rows, " << predictions.values.size()
                            << " predictions and " << predictions.target.size()
                            << " targets (as many of each are needed)");
  require_writable(path);
  if (ends_with(path, ".csv")) {
    write_csv(path, predictions);
    return;
  }
  NewHdf5File file(path, 24 * size_of(predictions.values));
  std::string const unit = "unit of the target";
  std::vector<std::int64_t> rows = predictions.rows;
  for (std::int64_t& row : rows) ++row;
  write_numbers(file, "row", rows, {"1", "row of the table, from 1", {"row"}});
  write_numbers(file, "prediction", predictions.values,
                {unit, "prediction of " + predictions.column, {"row"}});
  write_numbers(file, "target", predictions.target, {unit, predictions.column, {"row"}});
  write_origin(file, "predictions", {}, provenance);
  file.commit();
}

}  // namespace kovar::io
