// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_RESULT_READER_HPP
#define KOVAR_TESTS_IO_RESULT_READER_HPP

#include <kovar/io/hdf5_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <string>
#include <vector>

/// \file
/// Reads a result with HDF5 alone.

namespace kovar::test {

/// A result as any program sees it.
class ResultReader {
 public:
  explicit ResultReader(std::string const& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose)
  {
    EXPECT_TRUE(file_.valid()) << path;
  }

  bool has(std::string const& name) const
  {
    return H5Lexists(file_.id(), name.c_str(), H5P_DEFAULT) > 0;
  }

  std::vector<hsize_t> shape(std::string const& name) const
  {
    io::Hdf5Handle const dataset = open(name);
    io::Hdf5Handle const space(H5Dget_space(dataset.id()), H5Sclose);
    std::vector<hsize_t> extents(static_cast<std::size_t>(H5Sget_simple_extent_ndims(space.id())));
    H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
    return extents;
  }

  /// All elements, the last index fastest.
  std::vector<double> values(std::string const& name) const
  {
    std::size_t n = 1;
    for (hsize_t const extent : shape(name)) n *= extent;
    std::vector<double> result(n);
    H5Dread(open(name).id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, result.data());
    return result;
  }

  bool has_type(std::string const& name, hid_t type) const
  {
    io::Hdf5Handle const stored(H5Dget_type(open(name).id()), H5Tclose);
    return H5Tequal(stored.id(), type) > 0;
  }

  std::vector<std::string> texts(std::string const& object, std::string const& name) const
  {
    io::Hdf5Handle const attribute(
        H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    EXPECT_TRUE(attribute.valid()) << object << " has no attribute " << name;
    if (!attribute.valid()) return {};
    io::Hdf5Handle const space(H5Aget_space(attribute.id()), H5Sclose);
    io::Hdf5Handle const type(H5Aget_type(attribute.id()), H5Tclose);
    std::vector<char*> raw(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
    if (raw.empty()) return {};
    H5Aread(attribute.id(), type.id(), raw.data());
    std::vector<std::string> result(raw.begin(), raw.end());
    H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, raw.data());
    return result;
  }

 private:
  io::Hdf5Handle open(std::string const& name) const
  {
    io::Hdf5Handle dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    EXPECT_TRUE(dataset.valid()) << name;
    return dataset;
  }

  io::Hdf5Handle file_;
};

}  // namespace kovar::test

#endif
