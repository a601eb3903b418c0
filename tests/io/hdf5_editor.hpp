// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_HDF5_EDITOR_HPP
#define KOVAR_TESTS_IO_HDF5_EDITOR_HPP

#include <kovar/io/hdf5_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Damages HDF5 files.

namespace kovar::test {

/// A file open for changes; what HDF5 refuses to change is a failure of the test.
class Hdf5Editor {
 public:
  explicit Hdf5Editor(std::string const& path)
      : file_(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose)
  {
    EXPECT_TRUE(file_.valid()) << path;
  }

  void remove(std::string const& name)
  {
    EXPECT_GE(H5Ldelete(file_.id(), name.c_str(), H5P_DEFAULT), 0) << name;
  }

  void rename(std::string const& name, std::string const& to)
  {
    EXPECT_GE(H5Lmove(file_.id(), name.c_str(), file_.id(), to.c_str(), H5P_DEFAULT, H5P_DEFAULT),
              0)
        << name;
  }

  template <class Number>
  void put(std::string const& name, std::int64_t index, Number value)
  {
    auto values = numbers<Number>(name);
    values.at(static_cast<std::size_t>(index)) = value;
    io::Hdf5Handle const dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    EXPECT_GE(
        H5Dwrite(dataset.id(), native<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }

  /// Another dataset in the place of one.
  template <class Number>
  void replace(std::string const& name, std::vector<std::int64_t> const& extents,
               std::vector<Number> const& values)
  {
    remove(name);
    auto const dataset = create(name, native<Number>(), extents, H5P_DEFAULT);
    EXPECT_GE(
        H5Dwrite(dataset.id(), native<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()), 0);
  }

  /// One value less in a list.
  template <class Number>
  void shorten(std::string const& name)
  {
    auto values = numbers<Number>(name);
    values.pop_back();
    replace(name, {static_cast<std::int64_t>(values.size())}, values);
  }

  /// One value more.
  template <class Number>
  void lengthen(std::string const& name, Number value)
  {
    auto values = numbers<Number>(name);
    values.push_back(value);
    replace(name, {static_cast<std::int64_t>(values.size())}, values);
  }

  /// A dataset of these extents of which nothing was ever written.
  void claim(std::string const& name, hid_t type, std::vector<std::int64_t> const& extents,
             std::vector<hsize_t> const& chunk)
  {
    remove(name);
    io::Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
    create(name, type, extents, creation.id());
  }

  /// A list of n numbers in a chunk that went through a filter which nobody has here.
  void claim_filtered(std::string const& name, int filter, std::string const& label, std::int64_t n)
  {
    // HDF5 takes a filter that stands in for it only until the file is written.
    H5Z_class2_t stand_in{};
    stand_in.version = H5Z_CLASS_T_VERS;
    stand_in.id = filter;
    stand_in.encoder_present = stand_in.decoder_present = 1;
    stand_in.name = label.c_str();
    stand_in.filter = [](unsigned, std::size_t, unsigned const*, std::size_t n_bytes, std::size_t*,
                         void**) { return n_bytes; };
    H5Zregister(&stand_in);
    remove(name);
    {
      io::Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      auto const chunk = static_cast<hsize_t>(n);
      H5Pset_chunk(creation.id(), 1, &chunk);
      H5Pset_filter(creation.id(), filter, H5Z_FLAG_OPTIONAL, 0, nullptr);
      auto const dataset = create(name, H5T_NATIVE_DOUBLE, {n}, creation.id());
      std::vector<double> const values(static_cast<std::size_t>(n), 1.0);
      EXPECT_GE(
          H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
          0);
    }
    H5Fflush(file_.id(), H5F_SCOPE_GLOBAL);
    H5Zunregister(filter);
  }

  /// A dataset whose values stand in another file.
  void borrow(std::string const& name, std::int64_t n, std::string const& from)
  {
    remove(name);
    io::Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    H5Pset_external(creation.id(), from.c_str(), 0, static_cast<hsize_t>(8 * n));
    create(name, H5T_NATIVE_DOUBLE, {n}, creation.id());
  }

  /// A list of texts of one length.
  void put_texts(std::string const& name, std::size_t length, std::string const& bytes)
  {
    remove(name);
    io::Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), length);
    auto const dataset =
        create(name, type.id(), {static_cast<std::int64_t>(bytes.size() / length)}, H5P_DEFAULT);
    EXPECT_GE(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes.data()), 0);
  }

  void put_integers(std::string const& object, std::string const& name,
                    std::vector<std::int64_t> const& values)
  {
    auto const n = static_cast<hsize_t>(values.size());
    io::Hdf5Handle const space(n == 1 ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, &n, nullptr),
                               H5Sclose);
    put_attribute(object, name, H5T_NATIVE_INT64, space, values.data());
  }

  void put_attribute(std::string const& object, std::string const& name, std::string const& text)
  {
    io::Hdf5Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
    io::Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
    H5Tset_size(type.id(), text.size());
    put_attribute(object, name, type.id(), space, text.c_str());
  }

  void remove_attribute(std::string const& object, std::string const& name)
  {
    EXPECT_GE(H5Adelete_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT), 0) << name;
  }

  hid_t id() const { return file_.id(); }

 private:
  template <class Number>
  static hid_t native()
  {
    if (std::is_same_v<Number, double>) return H5T_NATIVE_DOUBLE;
    return sizeof(Number) == sizeof(std::int64_t) ? H5T_NATIVE_INT64 : H5T_NATIVE_INT32;
  }

  template <class Number>
  std::vector<Number> numbers(std::string const& name) const
  {
    io::Hdf5Handle const dataset(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
    EXPECT_TRUE(dataset.valid()) << name;
    std::size_t n = 1;
    for (std::int64_t const extent : io::extents_of(dataset)) n *= static_cast<std::size_t>(extent);
    std::vector<Number> values(n);
    EXPECT_GE(H5Dread(dataset.id(), native<Number>(), H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
              0);
    return values;
  }

  io::Hdf5Handle create(std::string const& name, hid_t type,
                        std::vector<std::int64_t> const& extents, hid_t creation)
  {
    std::vector<hsize_t> const shape(extents.begin(), extents.end());
    io::Hdf5Handle const space(
        H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
    io::Hdf5Handle dataset(
        H5Dcreate2(file_.id(), name.c_str(), type, space.id(), H5P_DEFAULT, creation, H5P_DEFAULT),
        H5Dclose);
    EXPECT_TRUE(dataset.valid()) << name;
    return dataset;
  }

  void put_attribute(std::string const& object, std::string const& name, hid_t type,
                     io::Hdf5Handle const& space, void const* value)
  {
    if (H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0)
      remove_attribute(object, name);
    io::Hdf5Handle const attribute(
        H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type, space.id(), H5P_DEFAULT,
                          H5P_DEFAULT, H5P_DEFAULT),
        H5Aclose);
    EXPECT_GE(H5Awrite(attribute.id(), type, value), 0) << name;
  }

  io::Hdf5Handle file_;
};

}  // namespace kovar::test

#endif
