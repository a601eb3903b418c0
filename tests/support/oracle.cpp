// SPDX-License-Identifier: BSD-3-Clause
#include "support/oracle.hpp"

#include <hdf5.h>

#include <algorithm>
#include <stdexcept>

namespace kovar::test {
namespace {

hid_t require(hid_t id, std::string const& what)
{
  if (id < 0) throw std::runtime_error("oracle: cannot open " + what);
  return id;
}

}  // namespace

std::string oracle_path(std::string const& name)
{
  return std::string(KOVAR_TEST_ORACLE_DIR) + "/" + name;
}

OracleFile::OracleFile(std::string const& name)
{
  std::string const path = oracle_path(name);
  file_ = require(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), path);
}

OracleFile::~OracleFile() { H5Fclose(file_); }

bool OracleFile::has(std::string const& path) const
{
  for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1))
    if (H5Lexists(file_, path.substr(0, slash).c_str(), H5P_DEFAULT) <= 0) return false;
  return H5Lexists(file_, path.c_str(), H5P_DEFAULT) > 0;
}

OracleArray OracleFile::array(std::string const& path) const
{
  hid_t const dataset = require(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), path);
  hid_t const space = H5Dget_space(dataset);
  std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space)));
  H5Sget_simple_extent_dims(space, extents.data(), nullptr);
  OracleArray result;
  std::size_t n = 1;
  for (hsize_t const extent : extents) {
    result.shape.push_back(static_cast<std::int64_t>(extent));
    n *= extent;
  }
  result.values.resize(n);
  herr_t const status = n == 0 ? 0
                               : H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                                         result.values.data());
  H5Sclose(space);
  H5Dclose(dataset);
  if (status < 0) throw std::runtime_error("oracle: cannot read " + path);
  return result;
}

std::vector<std::string> OracleFile::text_array(std::string const& path) const
{
  hid_t const dataset = require(H5Dopen2(file_, path.c_str(), H5P_DEFAULT), path);
  hid_t const space = H5Dget_space(dataset);
  hid_t const type = H5Dget_type(dataset);
  std::vector<char*> texts(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)));
  if (!texts.empty()) H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, texts.data());
  std::vector<std::string> const found(texts.begin(), texts.end());
  for (char* const text : texts) H5free_memory(text);
  H5Tclose(type);
  H5Sclose(space);
  H5Dclose(dataset);
  return found;
}

bool OracleFile::has_attribute(std::string const& path, std::string const& attribute) const
{
  return H5Aexists_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT) > 0;
}

std::string OracleFile::text(std::string const& path, std::string const& attribute) const
{
  hid_t const id =
      require(H5Aopen_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
              path + "@" + attribute);
  hid_t const type = H5Aget_type(id);
  std::string value;
  if (H5Tis_variable_str(type) > 0) {
    char* text = nullptr;
    H5Aread(id, type, &text);
    value = text;
    H5free_memory(text);
  } else {
    value.resize(H5Tget_size(type));
    H5Aread(id, type, value.data());
    value.resize(std::min(value.size(), value.find('\0')));
  }
  H5Tclose(type);
  H5Aclose(id);
  return value;
}

std::vector<std::string> OracleFile::texts(std::string const& path,
                                           std::string const& attribute) const
{
  hid_t const id =
      require(H5Aopen_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
              path + "@" + attribute);
  hid_t const type = H5Aget_type(id);
  hid_t const space = H5Aget_space(id);
  std::size_t const size = H5Tget_size(type);
  auto const n = static_cast<std::size_t>(H5Sget_simple_extent_npoints(space));
  std::string all(size * n, '\0');
  H5Aread(id, type, all.data());
  H5Sclose(space);
  H5Tclose(type);
  H5Aclose(id);
  std::vector<std::string> list;
  for (std::size_t k = 0; k < n; ++k) {
    std::string const one = all.substr(k * size, size);
    list.push_back(one.substr(0, one.find('\0')));
  }
  return list;
}

double OracleFile::number(std::string const& path, std::string const& attribute) const
{
  hid_t const id =
      require(H5Aopen_by_name(file_, path.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
              path + "@" + attribute);
  double value = 0;
  H5Aread(id, H5T_NATIVE_DOUBLE, &value);
  H5Aclose(id);
  return value;
}

std::vector<std::string> OracleFile::groups(std::string const& path) const
{
  hid_t const group = require(H5Gopen2(file_, path.c_str(), H5P_DEFAULT), path);
  std::vector<std::string> names;
  H5Literate(
      group, H5_INDEX_NAME, H5_ITER_INC, nullptr,
      [](hid_t, char const* name, H5L_info_t const*, void* list) -> herr_t {
        static_cast<std::vector<std::string>*>(list)->emplace_back(name);
        return 0;
      },
      &names);
  H5Gclose(group);
  return names;
}

}  // namespace kovar::test
