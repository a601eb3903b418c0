// SPDX-License-Identifier: BSD-3-Clause
// What a checkpoint file refuses, and what a full disk leaves of it.
#include "checkpoint_fixture.hpp"
#include "full_disk.hpp"

#include <kovar/core/config.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::io::CheckpointFile;
using kovar::test::content_of;
using kovar::test::FullDisk;
using kovar::test::message_of;
using Texts = std::vector<std::string>;
namespace fs = std::filesystem;

class CheckpointFileErrors : public kovar::test::CheckpointFixture {};

TEST_F(CheckpointFileErrors, RefusesAnotherComputationByName)
{
  open().complete_stage("first");
  fingerprint = {{"data", "5678"}, {"returns", "cS"}};
  EXPECT_EQ(message_of<InputError>([&] { open(); }),
            "the checkpoint '" + path +
                "' is of another computation (data was '1234' and is now '5678', returns was 'cN' "
                "and is now 'cS'); go on with the data and options of that one, or remove the file "
                "to start anew");
}

TEST_F(CheckpointFileErrors, RefusesAFileThatIsNoCheckpoint)
{
  on_root_alone([&] {
    kovar::io::NewHdf5File file(path, 0);
    file.write_text("/", "content", "gsn estimate");
    file.commit();
  });
  EXPECT_EQ(
      message_of<InputError>([&] { open(); }),
      "'" + path + "' is no checkpoint of kovar (it would be overwritten); give another path");
  on_root_alone([&] { std::ofstream(path) << "a letter"; });
  EXPECT_EQ(message_of<InputError>([&] { open(); }),
            "'" + path +
                "' is not an HDF5 file (its signature is missing); give another path for "
                "the checkpoint, or remove it to start anew");
  on_root_alone([&] { fs::create_directory(folder / "dir"); });
  path = folder / "dir";
  EXPECT_EQ(message_of<InputError>([&] { open(); }).find("'" + path + "' is a folder"), 0U);
}

TEST_F(CheckpointFileErrors, RefusesAnotherFormatVersion)
{
  on_root_alone([&] {
    kovar::io::NewHdf5File file(path, 0);
    file.write_text("/", "format", "kovar checkpoint");
    file.write_text("/", "format_version", "99");
    file.write_text("/", "kovar_version", "9.8.7");
    file.commit();
  });
  EXPECT_EQ(
      message_of<InputError>([&] { open(); }),
      "the checkpoint '" + path +
          "' has format version 99 (kovar " KOVAR_VERSION
          " reads version 1); go on with kovar 9.8.7, which wrote it, or remove it to start anew");
}

TEST_F(CheckpointFileErrors, RefusesADamagedFile)
{
  // Values that stand nowhere else in the file.
  std::vector<double> const values = {1234.5678, 2345.6789, 3456.7891, 4567.8912};
  {
    CheckpointFile checkpoint = open();
    put(checkpoint, "m", values, 2, 2);
    checkpoint.put_numbers("x", {8765.4321});
    checkpoint.put_texts("t", {"a text to be spoilt"});
    checkpoint.complete_stage("first");
  }
  std::string const whole = content_of(path);
  auto const spoil = [&](std::string const& bytes) {
    std::string spoilt = whole;
    auto const at = spoilt.find(bytes);
    ASSERT_NE(at, std::string::npos);
    spoilt[at + 3] = static_cast<char>(spoilt[at + 3] ^ 1);
    comm.barrier();
    on_root_alone([&] { std::ofstream(path, std::ios::binary) << spoilt; });
  };
  auto const bytes_of = [](double value) {
    return std::string(reinterpret_cast<char const*>(&value), sizeof value);
  };
  auto const damage = [&](std::string const& name) {
    return "the checkpoint '" + path + "' is damaged ('" + name +
           "' is not what was written); remove it to start anew";
  };
  spoil(bytes_of(values[2]));
  EXPECT_EQ(message_of<InputError>([&] { matrix(open(), "m", 2, 2); }), damage("m"));
  spoil(bytes_of(8765.4321));
  EXPECT_EQ(message_of<InputError>([&] { open().numbers("x"); }), damage("x"));
  spoil("a text to be spoilt");
  EXPECT_EQ(message_of<InputError>([&] { open().texts("t"); }), damage("t"));

  comm.barrier();
  on_root_alone(
      [&] { std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2); });
  EXPECT_EQ(message_of<InputError>([&] { open(); }).find("'" + path + "' is incomplete"), 0U);
}

TEST_F(CheckpointFileErrors, RefusesATruncatedFileWithItsOwnRemedy)
{
  {
    CheckpointFile checkpoint = open();
    put(checkpoint, "m", {1, 2, 3, 4}, 2, 2);
    checkpoint.complete_stage("first");
  }
  std::string const whole = content_of(path);
  CheckpointFile const opened = open();
  comm.barrier();
  on_root_alone(
      [&] { std::ofstream(path, std::ios::binary) << whole.substr(0, whole.size() / 2); });
  std::vector<double> values(4);
  for (std::string const& message :
       {message_of<InputError>([&] { open(); }),
        message_of<InputError>([&] { opened.read_matrix("m", values.data(), 2, 2); })}) {
    EXPECT_EQ(message.find("'" + path + "' is incomplete (truncated file: "), 0U) << message;
    EXPECT_NE(message.find("); remove it to start anew"), std::string::npos) << message;
  }
}

TEST_F(CheckpointFileErrors, RefusesAHeaderWithGaps)
{
  on_root_alone([&] {
    kovar::io::NewHdf5File file(path, 0);
    file.write_text("/", "format", "kovar checkpoint");
    file.write_text("/", "format_version", "1");
    file.commit();
  });
  EXPECT_EQ(message_of<InputError>([&] { open(); }),
            "the checkpoint '" + path +
                "' is damaged (its header is incomplete); remove it to start anew");
}

TEST_F(CheckpointFileErrors, RefusesAMatrixOfAnotherShapeOrPrecision)
{
  {
    CheckpointFile checkpoint = open();
    put(checkpoint, "m", {1, 2, 3, 4, 5, 6}, 2, 3);
    checkpoint.complete_stage("first");
  }
  CheckpointFile const checkpoint = open();
  EXPECT_EQ(message_of<InputError>([&] { matrix(checkpoint, "m", 3, 2); }),
            "'m' in the checkpoint '" + path +
                "' is 3 x 2 of 8 bytes (2 x 3 of 8 are wanted); remove the file to start anew");
  std::vector<float> floats(6);
  EXPECT_EQ(message_of<InputError>([&] { checkpoint.read_matrix("m", on_root(floats), 2, 3); }),
            "'m' in the checkpoint '" + path +
                "' is 3 x 2 of 8 bytes (3 x 2 of 4 are wanted); remove the file to start anew");
  EXPECT_EQ(message_of<InputError>([&] { checkpoint.numbers("y"); }),
            "the checkpoint '" + path + "' has no array 'y' (an error in the program)");
}

TEST_F(CheckpointFileErrors, RefusesANameWithASlash)
{
  CheckpointFile checkpoint = open();
  EXPECT_EQ(message_of<InputError>([&] { checkpoint.put_numbers("a/b", {1}); }),
            "the checkpoint cannot hold an array of the name 'a/b'; give one without /");
}

TEST_F(CheckpointFileErrors, FullDiskKeepsTheStageBefore)
{
  {
    CheckpointFile checkpoint = open();
    put(checkpoint, "large", std::vector<double>(400000, 1.5), 1000, 400);  // 3.2 MB
    checkpoint.complete_stage("first");
  }
  std::string const before = content_of(path);
  comm.barrier();
  {
    // Known before anything is written.
    FullDisk const full_disk(1000000);
    CheckpointFile checkpoint = open();
    EXPECT_EQ(message_of<BackendError>(
                  [&] { put(checkpoint, "more", std::vector<double>(100, 1), 10, 10); }),
              "the checkpoint could not be written: '" + path +
                  "' cannot be written (1.0 MB are needed: File too large); make room or choose "
                  "another folder; the one of stage 'first' is still there");
  }
  {
    // Noticed when the earlier array is copied.
    FullDisk const full_disk(2000000);
    CheckpointFile checkpoint = open();
    put(checkpoint, "more", std::vector<double>(100, 1), 10, 10);
    EXPECT_EQ(message_of<BackendError>([&] { checkpoint.complete_stage("second"); }),
              "the checkpoint could not be written: '" + path +
                  "' cannot be written (4.2 MB are needed: File too large); make room or choose "
                  "another folder; the one of stage 'first' is still there");
  }
  comm.barrier();
  EXPECT_EQ(content_of(path), before);
  EXPECT_FALSE(fs::exists(path + ".part"));
  CheckpointFile checkpoint = open();
  EXPECT_EQ(checkpoint.stages(), Texts{"first"});
  checkpoint.complete_stage("second");  // there is room again
  EXPECT_EQ(open().stages(), (Texts{"first", "second"}));
}

}  // namespace
