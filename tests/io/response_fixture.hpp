// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_RESPONSE_FIXTURE_HPP
#define KOVAR_TESTS_IO_RESPONSE_FIXTURE_HPP

#include "io/scratch_folder.hpp"

#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

/// \file
/// Files of responses, written with HDF5 alone, and the ranks that read them.

namespace kovar::test {

constexpr auto units_first = io::AxisOrder::units_conditions_trials;
constexpr auto trials_first = io::AxisOrder::trials_conditions_units;

inline io::Hdf5Handle create_file(std::string const& path)
{
  return {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose};
}

/// Write values as doubles that HDF5 converts to the type of the file.
inline void write_dataset(io::Hdf5Handle const& file, std::string const& name,
                          std::vector<hsize_t> const& shape, std::vector<double> const& values,
                          hid_t type = H5T_IEEE_F64LE, hid_t creation = H5P_DEFAULT)
{
  io::Hdf5Handle const space(
      H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr), H5Sclose);
  io::Hdf5Handle const dataset(
      H5Dcreate2(file.id(), name.c_str(), type, space.id(), H5P_DEFAULT, creation, H5P_DEFAULT),
      H5Dclose);
  ASSERT_TRUE(dataset.valid()) << name;
  if (values.empty()) return;
  ASSERT_GE(H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            0);
}

/// The response of a unit to a condition on a trial: small integers, which every type can hold.
inline double response(std::int64_t unit, std::int64_t condition, std::int64_t trial)
{
  return static_cast<double>(25 * unit + 5 * condition + trial);
}

constexpr hsize_t n_units = 4;
constexpr hsize_t n_conditions = 5;
constexpr hsize_t n_trials = 3;

inline std::vector<double> responses_in_file(io::AxisOrder order)
{
  std::vector<double> values;
  bool const is_units_first = order == units_first;
  hsize_t const n_slow = is_units_first ? n_units : n_trials;
  hsize_t const n_fast = is_units_first ? n_trials : n_units;
  for (hsize_t slow = 0; slow < n_slow; ++slow)
    for (hsize_t condition = 0; condition < n_conditions; ++condition)
      for (hsize_t fast = 0; fast < n_fast; ++fast)
        values.push_back(is_units_first ? response(slow, condition, fast)
                                        : response(fast, condition, slow));
  return values;
}

inline std::vector<hsize_t> shape_in_file(io::AxisOrder order)
{
  if (order == units_first) return {n_units, n_conditions, n_trials};
  return {n_trials, n_conditions, n_units};
}

inline void write_responses(std::string const& path, io::AxisOrder order,
                            hid_t type = H5T_IEEE_F64LE, hid_t creation = H5P_DEFAULT)
{
  write_dataset(create_file(path), "even", shape_in_file(order), responses_in_file(order), type,
                creation);
}

/// Every rank has its conditions of the whole, and all units and trials of them.
template <class Scalar>
void expect_responses(dist::Communicator const& comm, io::HostResponses<Scalar> const& read)
{
  dist::Blocks const blocks{n_conditions, comm.size()};
  ASSERT_EQ(read.extent(0), n_units);
  ASSERT_EQ(static_cast<std::int64_t>(read.extent(1)), blocks.size(comm.rank()));
  ASSERT_EQ(read.extent(2), n_trials);
  for (std::size_t i = 0; i < read.extent(0); ++i)
    for (std::size_t c = 0; c < read.extent(1); ++c)
      for (std::size_t t = 0; t < read.extent(2); ++t)
        EXPECT_EQ(read(i, c, t),
                  response(i, blocks.begin(comm.rank()) + static_cast<std::int64_t>(c), t))
            << "unit " << i << ", condition " << c << " of rank " << comm.rank() << ", trial " << t;
}

/// Chunks that divide neither extents nor blocks, with all filters that HDF5 always has.
inline io::Hdf5Handle compressed_chunks()
{
  io::Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  hsize_t const chunk[3] = {3, 2, 2};
  H5Pset_chunk(creation.id(), 3, chunk);
  H5Pset_shuffle(creation.id());
  H5Pset_deflate(creation.id(), 4);
  H5Pset_fletcher32(creation.id());
  return creation;
}

/// Ranks that read one file, which rank 0 wrote.
class ResponseFixture : public testing::Test {
 protected:
  template <class Write>
  void on_root(Write const& write)
  {
    if (comm.is_root()) write();
    comm.barrier();
  }

  dist::Communicator comm = dist::Communicator::world();
  ScratchFolder folder{comm};
  std::string path = folder / "data.h5";
  io::QuietHdf5 quiet;
};

/// Flip a bit of the last chunk of '/even' of write_responses() with compressed_chunks(): its checksum is its end.
inline void damage_last_chunk(std::string const& path)
{
  haddr_t address = HADDR_UNDEF;
  hsize_t bytes = 0;
  {
    io::Hdf5Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
    io::Hdf5Handle const dataset(H5Dopen2(file.id(), "even", H5P_DEFAULT), H5Dclose);
    hsize_t const last[3] = {3, 4, 2};
    ASSERT_GE(H5Dget_chunk_info_by_coord(dataset.id(), last, nullptr, &address, &bytes), 0);
  }
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  auto const position = static_cast<std::streamoff>(address + bytes - 1);
  file.seekg(position);
  auto const byte = static_cast<char>(file.get() ^ 1);
  file.seekp(position);
  file.put(byte);
}

}  // namespace kovar::test

#endif
