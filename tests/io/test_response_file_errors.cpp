// SPDX-License-Identifier: BSD-3-Clause
// What cannot be read is told on all ranks, with one text.
#include "response_fixture.hpp"

#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <unistd.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::io::Hdf5Handle;
using kovar::io::inspect_responses;
using kovar::io::read_responses;
using kovar::test::compressed_chunks;
using kovar::test::create_file;
using kovar::test::damage_last_chunk;
using kovar::test::message_of;
using kovar::test::units_first;
using kovar::test::write_dataset;
using kovar::test::write_responses;

class ResponseFileErrors : public kovar::test::ResponseFixture {
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

TEST_F(ResponseFileErrors, NoSuchFile)
{
  EXPECT_EQ(message_for("/even"), "'" + path + "' does not exist; check the path");
}

TEST_F(ResponseFileErrors, IsThrownOnAllRanksTogether)
{
  try {
    inspect_responses(comm, path, "/even", units_first);
    ADD_FAILURE() << "no exception";
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
  }
}

TEST_F(ResponseFileErrors, OneRankWithoutTheFileStopsAll)
{
  on_root([&] { write_responses(path, units_first); });
  bool const is_last = comm.rank() == comm.size() - 1;
  std::string const missing = folder / "missing.h5";
  EXPECT_EQ(message_of<InputError>([&] {
              read_responses<double>(comm, is_last ? missing : path, "/even", units_first);
            }),
            "'" + missing + "' does not exist; check the path");
}

TEST_F(ResponseFileErrors, AnotherShapeOnAnotherRank)
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

TEST_F(ResponseFileErrors, Folder)
{
  path = folder.path();
  EXPECT_EQ(message_for("/even"), "'" + path + "' is a folder; name an HDF5 file in it");
}

TEST_F(ResponseFileErrors, Device)
{
  path = "/dev/null";
  EXPECT_EQ(message_for("/even"),
            "'/dev/null' is no ordinary file (HDF5 cannot read from a pipe or a device)");
}

TEST_F(ResponseFileErrors, NoPermission)
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

TEST_F(ResponseFileErrors, NotHdf5)
{
  on_root([&] { std::ofstream(path) << "unit,condition,trial\n"; });
  EXPECT_EQ(message_for("/even"),
            "'" + path +
                "' is not an HDF5 file (its signature is missing); h5py writes such files, and "
                "MATLAB with save -v7.3");
}

TEST_F(ResponseFileErrors, EmptyFile)
{
  on_root([&] { std::ofstream{path}; });
  EXPECT_EQ(message_for("/even"), "'" + path +
                                      "' is not an HDF5 file (it is empty); h5py writes such "
                                      "files, and MATLAB with save -v7.3");
}

TEST_F(ResponseFileErrors, TruncatedFile)
{
  on_root([&] {
    write_responses(path, units_first);
    std::filesystem::resize_file(path, std::filesystem::file_size(path) - 100);
  });
  std::string const message = message_for("/even");
  EXPECT_EQ(message.find("'" + path + "' is incomplete (truncated file: eof = "), 0U) << message;
  EXPECT_NE(message.find("; copy or write it again"), std::string::npos) << message;
}

TEST_F(ResponseFileErrors, UnknownDatasetListsThoseOfRankThree)
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

TEST_F(ResponseFileErrors, LongListsAreCut)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    for (int i = 10; i < 30; ++i) write_dataset(file, "d" + std::to_string(i), {1, 1, 1}, {});
  });
  std::string const message = message_for("/even");
  EXPECT_NE(message.find("'/d21' (1 x 1 x 1) and 8 more"), std::string::npos) << message;
}

TEST_F(ResponseFileErrors, FileWithoutDatasets)
{
  on_root([&] { create_file(path); });
  EXPECT_EQ(message_for("/even"),
            "'" + path + "' has no dataset '/even'; the file has no dataset of rank 3");
}

TEST_F(ResponseFileErrors, LinkThatLeadsNowhere)
{
  on_root([&] {
    Hdf5Handle const file = create_file(path);
    H5Lcreate_external("gone.h5", "/even", file.id(), "elsewhere", H5P_DEFAULT, H5P_DEFAULT);
  });
  std::string const message = message_for("/elsewhere");
  EXPECT_EQ(message.find("'/elsewhere' in '" + path + "' is a link that leads nowhere (HDF5: "), 0U)
      << message;
}

TEST_F(ResponseFileErrors, Group)
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

TEST_F(ResponseFileErrors, WrongRank)
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

TEST_F(ResponseFileErrors, NoNumbers)
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

TEST_F(ResponseFileErrors, MissingFilter)
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

TEST_F(ResponseFileErrors, DamagedChunkEndsAllRanks)
{
  on_root([&] {
    write_responses(path, units_first, H5T_IEEE_F64LE, compressed_chunks().id());
    damage_last_chunk(path);
  });
  std::string const message = message_of<BackendError>(
      [&] { read_responses<double>(comm, path, "/even", units_first, 100); });
  EXPECT_EQ(message.find("reading '/even' from '" + path + "' failed in H5Dread ("), 0U) << message;
}

}  // namespace
