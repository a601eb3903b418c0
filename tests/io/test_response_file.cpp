// SPDX-License-Identifier: BSD-3-Clause
#include "scratch_folder.hpp"

#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::dist::Blocks;
using kovar::dist::Communicator;
using kovar::io::AxisOrder;
using kovar::io::Hdf5Handle;
using kovar::io::inspect_responses;
using kovar::io::read_responses;
using kovar::test::message_of;
using kovar::test::ScratchFolder;

constexpr auto units_first = AxisOrder::units_conditions_trials;
constexpr auto trials_first = AxisOrder::trials_conditions_units;

Hdf5Handle create_file(std::string const& path)
{
  return {H5Fcreate(path.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT), H5Fclose};
}

/// Write values as doubles that HDF5 converts to the type of the file.
void write_dataset(Hdf5Handle const& file, std::string const& name,
                   std::vector<hsize_t> const& shape, std::vector<double> const& values,
                   hid_t type = H5T_IEEE_F64LE, hid_t creation = H5P_DEFAULT)
{
  Hdf5Handle const space(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                         H5Sclose);
  Hdf5Handle const dataset(
      H5Dcreate2(file.id(), name.c_str(), type, space.id(), H5P_DEFAULT, creation, H5P_DEFAULT),
      H5Dclose);
  ASSERT_TRUE(dataset.valid()) << name;
  if (values.empty()) return;
  ASSERT_GE(H5Dwrite(dataset.id(), H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data()),
            0);
}

/// The response of a unit to a condition on a trial: small integers, which every type can hold.
double response(std::int64_t unit, std::int64_t condition, std::int64_t trial)
{
  return static_cast<double>(25 * unit + 5 * condition + trial);
}

constexpr hsize_t n_units = 4;
constexpr hsize_t n_conditions = 5;
constexpr hsize_t n_trials = 3;

std::vector<double> responses_in_file(AxisOrder order)
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

std::vector<hsize_t> shape_in_file(AxisOrder order)
{
  if (order == units_first) return {n_units, n_conditions, n_trials};
  return {n_trials, n_conditions, n_units};
}

void write_responses(std::string const& path, AxisOrder order, hid_t type = H5T_IEEE_F64LE,
                     hid_t creation = H5P_DEFAULT)
{
  write_dataset(create_file(path), "even", shape_in_file(order), responses_in_file(order), type,
                creation);
}

/// Every rank has its conditions of the whole, and all units and trials of them.
template <class Scalar>
void expect_responses(Communicator const& comm, kovar::io::HostResponses<Scalar> const& read)
{
  Blocks const blocks{n_conditions, comm.size()};
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
Hdf5Handle compressed_chunks()
{
  Hdf5Handle creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
  hsize_t const chunk[3] = {3, 2, 2};
  H5Pset_chunk(creation.id(), 3, chunk);
  H5Pset_shuffle(creation.id());
  H5Pset_deflate(creation.id(), 4);
  H5Pset_fletcher32(creation.id());
  return creation;
}

/// Ranks that read one file, which rank 0 wrote.
class ResponseFile : public testing::Test {
 protected:
  template <class Write>
  void on_root(Write const& write)
  {
    if (comm.is_root()) write();
    comm.barrier();
  }

  Communicator comm = Communicator::world();
  ScratchFolder folder{comm};
  std::string path = folder / "data.h5";
  kovar::io::QuietHdf5 quiet;
};

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

// What cannot be read is told on all ranks, with one text.

class ResponseFileError : public ResponseFile {
 protected:
  /// The message for a dataset of data.h5, the same from both functions.
  std::string message_for(std::string const& dataset)
  {
    std::string const message =
        message_of<InputError>([&] { read_responses<double>(comm, path, dataset, units_first); });
    EXPECT_EQ(message,
              message_of<InputError>([&] { inspect_responses(comm, path, dataset, units_first); }));
    return message;
  }
};

TEST_F(ResponseFileError, NoSuchFile)
{
  EXPECT_EQ(message_for("/even"), "'" + path + "' does not exist; check the path");
}

TEST_F(ResponseFileError, IsThrownOnAllRanksTogether)
{
  try {
    inspect_responses(comm, path, "/even", units_first);
    ADD_FAILURE() << "no exception";
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
  }
}

TEST_F(ResponseFileError, OneRankWithoutTheFileStopsAll)
{
  on_root([&] { write_responses(path, units_first); });
  bool const is_last = comm.rank() == comm.size() - 1;
  std::string const missing = folder / "missing.h5";
  EXPECT_EQ(message_of<InputError>([&] {
              read_responses<double>(comm, is_last ? missing : path, "/even", units_first);
            }),
            "'" + missing + "' does not exist; check the path");
}

TEST_F(ResponseFileError, AnotherShapeOnAnotherRank)
{
  if (comm.size() == 1) GTEST_SKIP() << "one rank agrees with itself";
  on_root([&] {
    write_responses(path, units_first);
    write_dataset(create_file(folder / "other.h5"), "even", {2, 2, 2}, {});
  });
  std::string const mine = comm.is_root() ? path : folder / "other.h5";
  EXPECT_EQ(
      message_of<InputError>([&] { read_responses<double>(comm, mine, "/even", units_first); }),
      "'/even' in '" + path +
          "' differs between ranks; give a path that leads to the same file on every machine");
}

TEST_F(ResponseFileError, Folder)
{
  path = folder.path();
  EXPECT_EQ(message_for("/even"), "'" + path + "' is a folder; name an HDF5 file in it");
}

TEST_F(ResponseFileError, Device)
{
  path = "/dev/null";
  EXPECT_EQ(message_for("/even"),
            "'/dev/null' is no ordinary file (HDF5 cannot read from a pipe or a device)");
}

TEST_F(ResponseFileError, NoPermission)
{
  on_root([&] {
    write_responses(path, units_first);
    std::filesystem::permissions(path, std::filesystem::perms::none);
  });
  bool const is_superuser = geteuid() == 0;
  if (is_superuser && seteuid(65534) != 0) GTEST_SKIP() << "the superuser may read everything";
  std::string const message = message_for("/even");
  if (is_superuser) {
    ASSERT_EQ(seteuid(0), 0);
  }
  EXPECT_EQ(message, "'" + path + "' cannot be read (Permission denied)");
}

TEST_F(ResponseFileError, NotHdf5)
{
  on_root([&] { std::ofstream(path) << "unit,condition,trial\n"; });
  EXPECT_EQ(message_for("/even"),
            "'" + path +
                "' is not an HDF5 file (its signature is missing); h5py writes such files, and "
                "MATLAB with save -v7.3");
}

TEST_F(ResponseFileError, EmptyFile)
{
  on_root([&] { std::ofstream{path}; });
  EXPECT_EQ(message_for("/even"), "'" + path +
                                      "' is not an HDF5 file (it is empty); h5py writes such "
                                      "files, and MATLAB with save -v7.3");
}

TEST_F(ResponseFileError, TruncatedFile)
{
  on_root([&] {
    write_responses(path, units_first);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
  });
  std::string const message = message_for("/even");
  EXPECT_EQ(message.find("'" + path + "' is incomplete (truncated file: eof = "), 0U) << message;
  EXPECT_NE(message.find("; copy or write it again"), std::string::npos) << message;
}

TEST_F(ResponseFileError, UnknownDatasetListsThoseOfRankThree)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "even", {64, 10, 174}, {});
    write_dataset(file, "labels", {64}, {});
    Hdf5Handle const group(H5Gcreate2(file.id(), "area", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Gclose);
    write_dataset(file, "area/V1", {3, 4, 5}, {});
  });
  EXPECT_EQ(message_for("/odd"), "'" + path +
                                     "' has no dataset '/odd'; datasets of rank 3 in the file are "
                                     "'/area/V1' (3 x 4 x 5), '/even' (64 x 10 x 174)");
  EXPECT_EQ(message_for("/nowhere/V1").find("'" + path + "' has no dataset '/nowhere/V1'"), 0U);
  EXPECT_EQ(message_for("").find("'" + path + "' has no dataset ''"), 0U);
}

TEST_F(ResponseFileError, LongListsAreCut)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    for (int i = 10; i < 30; ++i) write_dataset(file, "d" + std::to_string(i), {1, 1, 1}, {});
  });
  std::string const message = message_for("/even");
  EXPECT_NE(message.find("'/d21' (1 x 1 x 1) and 8 more"), std::string::npos) << message;
}

TEST_F(ResponseFileError, FileWithoutDatasets)
{
  on_root([&] { create_file(path); });
  EXPECT_EQ(message_for("/even"),
            "'" + path + "' has no dataset '/even'; the file has no dataset of rank 3");
}

TEST_F(ResponseFileError, LinkThatLeadsNowhere)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    H5Lcreate_external("gone.h5", "/even", file.id(), "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
  });
  std::string const message = message_for("/elsewhere");
  EXPECT_EQ(message.find("'/elsewhere' in '" + path + "' is a link that leads nowhere (HDF5: "), 0U)
      << message;
}

TEST_F(ResponseFileError, Group)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    Hdf5Handle const group(H5Gcreate2(file.id(), "area", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
                           H5Gclose);
    write_dataset(file, "area/V1", {3, 4, 5}, {});
  });
  EXPECT_EQ(message_for("/area"), "'/area' in '" + path +
                                      "' is a group, not a dataset; datasets of rank 3 in the "
                                      "file are '/area/V1' (3 x 4 x 5)");
}

TEST_F(ResponseFileError, WrongRank)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    write_dataset(file, "flat", {64, 10}, {});
    write_dataset(file, "even", {3, 4, 5}, {});
    Hdf5Handle const space(H5Screate(H5S_SCALAR), H5Sclose);
    Hdf5Handle const scalar(H5Dcreate2(file.id(), "scalar", H5T_IEEE_F64LE, space.id(), H5P_DEFAULT,
                                       H5P_DEFAULT, H5P_DEFAULT),
                            H5Dclose);
  });
  EXPECT_EQ(message_for("/flat"),
            "'/flat' in '" + path +
                "' has rank 2 (64 x 10, and responses are units x conditions x trials); datasets "
                "of rank 3 in the file are '/even' (3 x 4 x 5)");
  EXPECT_EQ(message_for("/scalar").find("'/scalar' in '" + path + "' has rank 0 (scalar, "), 0U);
}

TEST_F(ResponseFileError, NoNumbers)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    Hdf5Handle const text(H5Tcopy(H5T_C_S1), H5Tclose);
    write_dataset(file, "text", {1, 1, 1}, {}, text.id());
    Hdf5Handle const boolean(H5Tenum_create(H5T_STD_I8LE), H5Tclose);
    std::int8_t const no = 0;
    H5Tenum_insert(boolean.id(), "FALSE", &no);
    write_dataset(file, "boolean", {1, 1, 1}, {}, boolean.id());
    Hdf5Handle const complex(H5Tcreate(H5T_COMPOUND, 16), H5Tclose);
    H5Tinsert(complex.id(), "r", 0, H5T_IEEE_F64LE);
    H5Tinsert(complex.id(), "i", 8, H5T_IEEE_F64LE);
    write_dataset(file, "complex", {1, 1, 1}, {}, complex.id());
  });
  EXPECT_EQ(message_for("/text"),
            "'/text' in '" + path +
                "' holds text (responses are integers or floating-point numbers); convert them "
                "first");
  EXPECT_NE(message_for("/boolean").find("holds booleans or an enumeration"), std::string::npos);
  EXPECT_NE(message_for("/complex").find("holds compound values"), std::string::npos);
}

std::size_t copy_unchanged(unsigned /*flags*/, std::size_t /*n_values*/, unsigned const* /*values*/,
                           std::size_t n_bytes, std::size_t* /*buffer_bytes*/, void** /*buffer*/)
{
  return n_bytes;
}

TEST_F(ResponseFileError, MissingFilter)
{
  constexpr H5Z_filter_t id = 32123;
  on_root([&] {
    H5Z_class2_t const filter = {H5Z_CLASS_T_VERS, id,      1,       1,
                                 "squeeze",        nullptr, nullptr, copy_unchanged};
    ASSERT_GE(H5Zregister(&filter), 0);
    {
      Hdf5Handle const creation(H5Pcreate(H5P_DATASET_CREATE), H5Pclose);
      hsize_t const chunk[3] = {3, 2, 2};
      H5Pset_chunk(creation.id(), 3, chunk);
      H5Pset_filter(creation.id(), id, H5Z_FLAG_OPTIONAL, 0, nullptr);
      write_responses(path, units_first, H5T_IEEE_F64LE, creation.id());
    }
    ASSERT_GE(H5Zunregister(id), 0);
  });
  EXPECT_EQ(message_for("/even"),
            "'/even' in '" + path +
                "' is compressed with squeeze (HDF5 filter 32123, which is not installed here); "
                "set HDF5_PLUGIN_PATH to the folder with its plugin, or rewrite the file where it "
                "can be read: h5repack -f GZIP=4 old.h5 new.h5");
}

TEST_F(ResponseFileError, DamagedChunkEndsAllRanks)
{
  on_root([&] {
    write_responses(path, units_first, H5T_IEEE_F64LE, compressed_chunks().id());
    // The checksum is the end of each chunk: flip a bit of the last one in the file.
    haddr_t address = HADDR_UNDEF;
    hsize_t bytes = 0;
    {
      Hdf5Handle const file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT), H5Fclose);
      Hdf5Handle const dataset(H5Dopen2(file.id(), "even", H5P_DEFAULT), H5Dclose);
      hsize_t const last[3] = {3, 4, 2};
      ASSERT_GE(H5Dget_chunk_info_by_coord(dataset.id(), last, nullptr, &address, &bytes), 0);
    }
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    auto const position = static_cast<std::streamoff>(address + bytes - 1);
    file.seekg(position);
    auto const byte = static_cast<char>(file.get() ^ 1);
    file.seekp(position);
    file.put(byte);
  });
  std::string const message = message_of<BackendError>(
      [&] { read_responses<double>(comm, path, "/even", units_first, 100); });
  EXPECT_EQ(message.find("reading '/even' from '" + path + "' failed in H5Dread ("), 0U) << message;
}

}  // namespace
