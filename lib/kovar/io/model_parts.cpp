// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/model_parts.hpp>
#include <kovar/io/result_parts.hpp>

#include <hdf5.h>

#include <algorithm>
#include <cmath>

namespace kovar::io {
namespace {

std::vector<std::string> names_of(std::vector<ColumnTransform> const& columns)
{
  std::vector<std::string> names;
  for (ColumnTransform const& column : columns) names.push_back(column.column);
  return names;
}

}  // namespace

void write_columns(NewHdf5File& file, std::string const& group,
                   std::vector<ColumnTransform> const& columns)
{
  std::vector<double> means;
  std::vector<double> scales;
  std::vector<std::int64_t> constant;
  std::vector<std::string> logarithms;
  for (ColumnTransform const& column : columns) {
    means.push_back(column.mean);
    scales.push_back(column.scale);
    constant.push_back(column.is_constant ? 1 : 0);
    logarithms.emplace_back(name_of(column.logarithm));
  }
  file.create_group(group);
  file.write_texts(group, "names", names_of(columns));
  file.write_texts(group, "logarithms", logarithms);
  write_numbers(
      file, group + "/mean", means,
      {"unit of the column", "mean of the training rows, after the logarithm", {"column"}});
  write_numbers(file, group + "/scale", scales,
                {"unit of the column", "standard deviation of the training rows", {"column"}});
  write_numbers(file, group + "/is_constant", constant,
                {"1", "1 where all training rows have one value", {"column"}});
}

ModelReader::ModelReader(std::string const& path) : path_(path), file_(open_hdf5_file(path)) {}

void ModelReader::require_content(std::string const& content, std::string const& what,
                                  std::string const& command) const
{
  auto const found = read_texts(file_, "/", "content");
  KOVAR_REQUIRE(found && found->size() == 1 && found->front() == content,
                "'" << path_ << "' holds no " << what
                    << (found && found->size() == 1 ? " but: " + found->front() : "")
                    << "; give a file that '" << command << "' wrote");
}

bool ModelReader::has(std::string const& name) const
{
  return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
}

Hdf5Handle ModelReader::open(std::string const& name) const
{
  Hdf5Handle dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  KOVAR_REQUIRE(dataset.valid(), "'" << path_ << "' lacks the dataset '" << name
                                     << "' (it is no whole model); train it again");
  return dataset;
}

std::vector<std::int64_t> ModelReader::extents(std::string const& name) const
{
  return extents_of(open(name));
}

std::vector<double> ModelReader::numbers(std::string const& name) const
{
  Hdf5Handle const dataset = open(name);
  std::int64_t n = 1;
  for (std::int64_t const extent : extents_of(dataset)) n *= extent;
  std::vector<double> values(static_cast<std::size_t>(n));
  if (H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()) < 0)
    throw BackendError("reading '" + name + "' from '" + path_ + "' failed in H5Dread (" +
                       hdf5_message() + "); the file may be damaged: try h5dump on it");
  return values;
}

double ModelReader::number(std::string const& name) const
{
  auto const values = numbers(name);
  KOVAR_REQUIRE(values.size() == 1, "'" << path_ << "': '" << name << "' holds " << values.size()
                                        << " numbers (one is expected); train it again");
  return values.front();
}

std::vector<std::string> ModelReader::texts(std::string const& object,
                                            std::string const& attribute) const
{
  auto const found = read_texts(file_, object, attribute);
  KOVAR_REQUIRE(found, "'" << path_ << "' lacks the attribute '" << attribute << "' of '" << object
                           << "' (it is no whole model); train it again");
  return *found;
}

std::string ModelReader::text(std::string const& object, std::string const& attribute) const
{
  auto const found = texts(object, attribute);
  KOVAR_REQUIRE(found.size() == 1, "'" << path_ << "': the attribute '" << attribute << "' of '"
                                       << object << "' holds " << found.size()
                                       << " texts (one is expected); train it again");
  return found.front();
}

std::vector<ColumnTransform> ModelReader::columns(std::string const& group) const
{
  auto const names = read_texts(file_, group, "names");
  auto const logarithms = read_texts(file_, group, "logarithms");
  auto const means = numbers(group + "/mean");
  auto const scales = numbers(group + "/scale");
  auto const constant = numbers(group + "/is_constant");
  KOVAR_REQUIRE(names && logarithms && logarithms->size() == names->size() &&
                    means.size() == names->size() && scales.size() == names->size() &&
                    constant.size() == names->size(),
                "'" << path_ << "': the parts of '" << group
                    << "' have different lengths (it is no whole model); train it again");
  std::vector<ColumnTransform> columns;
  for (std::size_t i = 0; i < names->size(); ++i)
    columns.push_back(
        {(*names)[i], logarithm_named((*logarithms)[i]), means[i], scales[i], constant[i] != 0});
  return columns;
}

bool are_sound(std::vector<ColumnTransform> const& columns)
{
  return std::all_of(columns.begin(), columns.end(), [](ColumnTransform const& column) {
    return std::isfinite(column.mean) && std::isfinite(column.scale) && column.scale > 0;
  });
}

bool are_finite(std::vector<double> const& list)
{
  return std::all_of(list.begin(), list.end(), [](double x) { return std::isfinite(x); });
}

}  // namespace kovar::io
