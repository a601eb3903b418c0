// SPDX-License-Identifier: BSD-3-Clause
#include "response_fixture.hpp"

#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::io::AxisOrder;
using kovar::io::Hdf5Handle;
using kovar::io::inspect_responses;
using kovar::io::likely_datasets;
using kovar::io::read_responses;
using kovar::test::compressed_chunks;
using kovar::test::create_file;
using kovar::test::expect_responses;
using kovar::test::shape_in_file;
using kovar::test::trials_first;
using kovar::test::units_first;
using kovar::test::write_dataset;
using kovar::test::write_responses;

class ResponseFile : public kovar::test::ResponseFixture {};

TEST_F(ResponseFile, IsReadByConditionsInEitherAxisOrder)
{
  for (AxisOrder const order : {units_first, trials_first}) {
    on_root([&] { write_responses(path, order); });
    expect_responses(comm, read_responses<double>(comm, path, "/even", order));
    expect_responses(comm, read_responses<float>(comm, path, "even", order));
    comm.barrier();
  }
}

TEST_F(ResponseFile, MemoryLiesAsInTheFile)
{
  on_root([&] { write_responses(path, units_first); });
  auto const rows = read_responses<double>(comm, path, "/even", units_first);
  EXPECT_EQ(rows.stride(2), 1U);
  comm.barrier();
  on_root([&] { write_responses(path, trials_first); });
  auto const columns = read_responses<double>(comm, path, "/even", trials_first);
  EXPECT_EQ(columns.stride(0), 1U);
}

TEST_F(ResponseFile, EveryNumberTypeIsConverted)
{
  Hdf5Handle const half(H5Tcopy(H5T_IEEE_F32LE), H5Tclose);
  H5Tset_fields(half.id(), 15, 10, 5, 0, 10);
  H5Tset_size(half.id(), 2);
  H5Tset_ebias(half.id(), 15);
  for (hid_t const type :
       {H5T_STD_I8LE, H5T_STD_I16LE, H5T_STD_I32LE, H5T_STD_I64LE, H5T_STD_U8LE, H5T_STD_U16LE,
        H5T_STD_U32LE, H5T_STD_U64LE, H5T_STD_I32BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE, H5T_IEEE_F64LE,
        H5T_IEEE_F64BE, half.id()}) {
    on_root([&] { write_responses(path, units_first, type); });
    SCOPED_TRACE(inspect_responses(comm, path, "/even", units_first).description);
    expect_responses(comm, read_responses<double>(comm, path, "/even", units_first));
    expect_responses(comm, read_responses<float>(comm, path, "/even", units_first));
    comm.barrier();
  }
}

TEST_F(ResponseFile, CompressedChunksAreUnpacked)
{
  for (AxisOrder const order : {units_first, trials_first}) {
    on_root([&] { write_responses(path, order, H5T_IEEE_F64LE, compressed_chunks().id()); });
    expect_responses(comm, read_responses<double>(comm, path, "/even", order));
    expect_responses(comm, read_responses<float>(comm, path, "/even", order));
    comm.barrier();
  }
}

TEST_F(ResponseFile, PiecesOfAnyLengthGiveTheSameWhole)
{
  Hdf5Handle const chunks = compressed_chunks();
  for (hid_t const creation : {hid_t{H5P_DEFAULT}, chunks.id()}) {
    on_root([&] { write_responses(path, units_first, H5T_IEEE_F64LE, creation); });
    for (std::int64_t const bytes : {1, 8, 16, 24, 50, 100, 200})
      expect_responses(comm, read_responses<double>(comm, path, "/even", units_first, bytes));
    comm.barrier();
  }
}

TEST_F(ResponseFile, RanksBeyondTheConditionsReadNothing)
{
  on_root([&] { write_dataset(create_file(path), "one", {2, 1, 3}, {1, 2, 3, 4, 5, 6}); });
  auto const read = read_responses<double>(comm, path, "/one", units_first);
  EXPECT_EQ(read.extent(0), 2U);
  EXPECT_EQ(read.extent(1), comm.is_root() ? 1U : 0U);
  EXPECT_EQ(read.extent(2), 3U);
  if (comm.is_root()) {
    EXPECT_EQ(read(1, 0, 2), 6);
  }
}

TEST_F(ResponseFile, EmptyExtentsArePassedOn)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "no_units", {0, 5, 3}, {});
    write_dataset(file, "no_conditions", {4, 0, 3}, {});
    write_dataset(file, "no_trials", {4, 5, 0}, {});
  });
  EXPECT_EQ(read_responses<double>(comm, path, "/no_units", units_first).extent(0), 0U);
  EXPECT_EQ(read_responses<double>(comm, path, "/no_conditions", units_first).extent(1), 0U);
  EXPECT_EQ(read_responses<double>(comm, path, "/no_trials", units_first).extent(2), 0U);
  EXPECT_EQ(read_responses<float>(comm, path, "/no_units", trials_first).extent(2), 0U);
}

TEST_F(ResponseFile, NanAndInfinityStay)
{
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  for (hid_t const type : {H5T_IEEE_F64LE, H5T_IEEE_F32LE}) {
    on_root([&] {
      write_dataset(create_file(path), "uneven", {2, 1, 2}, {nan, 1, infinity, -infinity}, type);
    });
    auto const doubles = read_responses<double>(comm, path, "/uneven", units_first);
    auto const floats = read_responses<float>(comm, path, "/uneven", units_first);
    comm.barrier();
    if (!comm.is_root()) continue;
    EXPECT_TRUE(std::isnan(doubles(0, 0, 0)));
    EXPECT_TRUE(std::isnan(floats(0, 0, 0)));
    EXPECT_EQ(doubles(0, 0, 1), 1);
    EXPECT_EQ(doubles(1, 0, 0), infinity);
    EXPECT_EQ(floats(1, 0, 1), -std::numeric_limits<float>::infinity());
  }
}

/// Attach a text, as MATLAB and h5py attach theirs.
void write_attribute(Hdf5Handle const& file, std::string const& dataset, std::string const& name)
{
  Hdf5Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
  Hdf5Handle const type(H5Tcopy(H5T_C_S1), H5Tclose);
  H5Tset_size(type.id(), 6);
  Hdf5Handle const attribute(H5Acreate_by_name(file.id(), dataset.c_str(), name.c_str(), type.id(),
                                               space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                             H5Aclose);
  ASSERT_GE(H5Awrite(attribute.id(), type.id(), "double"), 0);
}

TEST_F(ResponseFile, AxesThatLookExchangedAreDoubted)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    for (char const* const name : {"by_matlab", "labelled"}) {
      write_dataset(file, name, {3, 5, 1000}, {});
      write_attribute(file, name, "MATLAB_class");
    }
    write_attribute(file, "labelled", "DIMENSION_LABELS");
    write_dataset(file, "few", {3, 5, 1000}, {});
    write_dataset(file, "many", {1000, 5, 3}, {});
    write_dataset(file, "one", {1, 5, 1000}, {});
    write_dataset(file, "eleven", {11, 5, 1000}, {});
    write_dataset(file, "short", {2, 5, 99}, {});
    write_dataset(file, "balanced", {10, 5, 199}, {});
  });
  using kovar::io::AxisDoubt;
  auto const doubt = [&](std::string const& name, AxisOrder order = units_first) {
    return inspect_responses(comm, path, name, order).doubt;
  };
  EXPECT_EQ(doubt("/by_matlab"), AxisDoubt::written_by_matlab);
  EXPECT_EQ(doubt("/by_matlab", trials_first), AxisDoubt::none);
  EXPECT_EQ(doubt("/labelled"), AxisDoubt::none);
  EXPECT_EQ(doubt("/few"), AxisDoubt::few_units);
  EXPECT_EQ(doubt("/few", trials_first), AxisDoubt::none);
  EXPECT_EQ(doubt("/many"), AxisDoubt::none);
  EXPECT_EQ(doubt("/many", trials_first), AxisDoubt::few_units);
  for (char const* const name : {"/one", "/eleven", "/short", "/balanced"})
    EXPECT_EQ(doubt(name), AxisDoubt::none) << name;
}

TEST_F(ResponseFile, IsDescribedWithoutReading)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "plain", {4, 5, 3}, {}, H5T_IEEE_F32LE);
    write_dataset(file, "packed", {4, 5, 3}, {}, H5T_STD_U16LE, compressed_chunks().id());
  });
  auto const plain = inspect_responses(comm, path, "/plain", units_first);
  EXPECT_EQ(plain.n_units, 4);
  EXPECT_EQ(plain.n_conditions, 5);
  EXPECT_EQ(plain.n_trials, 3);
  EXPECT_TRUE(plain.single_precision);
  EXPECT_EQ(plain.description, "float32");

  auto const packed = inspect_responses(comm, path, "/packed", trials_first);
  EXPECT_EQ(packed.n_units, 3);
  EXPECT_EQ(packed.n_trials, 4);
  EXPECT_FALSE(packed.single_precision);
  EXPECT_EQ(packed.description, "uint16, chunked, shuffle, gzip, fletcher32");
}

TEST_F(ResponseFile, WithoutANameIsTheUsualDatasetOrOneOfRankThree)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "labels", {4}, {});
    write_dataset(file, "responses", {4, 5, 3}, {});
  });
  using Names = std::vector<std::string>;
  EXPECT_EQ(likely_datasets(comm, path, "/even"), Names{"/responses"});
  comm.barrier();
  on_root([&] {
    Hdf5Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    write_dataset(file, "more", {1, 1, 1}, {});
  });
  EXPECT_EQ(likely_datasets(comm, path, "/even"), (Names{"/more", "/responses"}));
  EXPECT_EQ(likely_datasets(comm, path, "/responses"), Names{"/responses"});
  EXPECT_EQ(likely_datasets(comm, path, "/labels"), Names{"/labels"});  // reading it tells why not
  comm.barrier();
  on_root([&] { create_file(path); });
  EXPECT_EQ(likely_datasets(comm, path, "/even"), Names{});
}

TEST_F(ResponseFile, VirtualDatasetIsReadThroughItsSources)
{
  on_root([&] {
    write_responses(path, units_first);
    Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
    std::vector<hsize_t> const shape = shape_in_file(units_first);
    Hdf5Handle const space(H5Screate_simple(3, shape.data(), nullptr), H5Sclose);
    H5Pset_virtual(creation.id(), space.id(), path.c_str(), "/even", space.id());
    write_dataset(create_file(folder / "virtual.h5"), "all", shape, {}, H5T_IEEE_F64LE,
                  creation.id());
  });
  expect_responses(comm, read_responses<double>(comm, folder / "virtual.h5", "/all", units_first));
}

}  // namespace
