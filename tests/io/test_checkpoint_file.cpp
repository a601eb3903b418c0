// SPDX-License-Identifier: BSD-3-Clause
#include "full_disk.hpp"
#include "scratch_folder.hpp"

#include <kovar/core/config.hpp>
#include <kovar/io/checkpoint_file.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <gtest/gtest.h>
#include <hdf5.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

namespace {

using kovar::BackendError;
using kovar::InputError;
using kovar::Stopped;
using kovar::dist::Communicator;
using kovar::io::CheckpointFile;
using kovar::io::Fingerprint;
using kovar::test::FullDisk;
using kovar::test::message_of;
using kovar::test::ScratchFolder;
using Texts = std::vector<std::string>;
namespace fs = std::filesystem;

class CheckpointFileTest : public testing::Test {
 protected:
  /// What rank 0 has; null elsewhere, as the interface wants it.
  template <class Number>
  Number* on_root(std::vector<Number>& values) const
  {
    return comm.is_root() ? values.data() : nullptr;
  }

  void put(CheckpointFile& checkpoint, std::string const& name, std::vector<double> values,
           std::int64_t n_rows, std::int64_t n_columns) const
  {
    checkpoint.put_matrix(name, on_root(values), n_rows, n_columns);
  }

  std::vector<double> matrix(CheckpointFile const& checkpoint, std::string const& name,
                             std::int64_t n_rows, std::int64_t n_columns) const
  {
    std::vector<double> values(static_cast<std::size_t>(n_rows * n_columns), -1);
    checkpoint.read_matrix(name, on_root(values), n_rows, n_columns);
    return values;
  }

  /// Work of rank 0, the others wait.
  template <class Work>
  void on_root_alone(Work const& work) const
  {
    if (comm.is_root()) work();
    comm.barrier();
  }

  CheckpointFile open(CheckpointFile::StopRule const& rule = {}) const
  {
    return {comm, path, fingerprint, rule};
  }

  Communicator comm = Communicator::world();
  ScratchFolder folder{comm};
  std::string path = folder / "run.checkpoint";
  Fingerprint fingerprint = {{"data", "1234"}, {"returns", "cN"}};
};

std::string content_of(std::string const& path)
{
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

TEST_F(CheckpointFileTest, BeginsEmptyAndWritesNothingBeforeTheFirstStage)
{
  {
    CheckpointFile checkpoint = open();
    EXPECT_FALSE(checkpoint.holds("x"));
    EXPECT_TRUE(checkpoint.stages().empty());
    checkpoint.put_numbers("x", {1});
    EXPECT_FALSE(checkpoint.holds("x"));
    EXPECT_FALSE(fs::exists(path));
  }
  comm.barrier();
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(CheckpointFileTest, HoldsWhatWasPutInTheSameRunAndInTheNext)
{
  double const nan = std::numeric_limits<double>::quiet_NaN();
  double const infinity = std::numeric_limits<double>::infinity();
  std::vector<double> const numbers = {1, -0.0, infinity, nan, 1e-310};
  Texts const texts = {"", "a warning: \xC2\xB5V", "two\nlines", ""};
  std::vector<float> floats = {1, 2, 3, 4, 5, 6};
  {
    CheckpointFile checkpoint = open();
    checkpoint.put_numbers("some numbers", numbers);
    checkpoint.put_numbers("none", {});
    checkpoint.put_texts("texts", texts);
    checkpoint.put_texts("no texts", {});
    put(checkpoint, "matrix", {1, 2, 3, 4, 5, 6}, 3, 2);
    put(checkpoint, "no matrix", {}, 0, 0);
    checkpoint.put_matrix("floats", on_root(floats), 2, 3);
    checkpoint.complete_stage("first");
    EXPECT_TRUE(checkpoint.holds("matrix"));
    EXPECT_EQ(matrix(checkpoint, "matrix", 3, 2)[0], comm.is_root() ? 1 : -1);
  }
  CheckpointFile const checkpoint = open();
  EXPECT_EQ(checkpoint.stages(), Texts{"first"});
  std::vector<double> const found = checkpoint.numbers("some numbers");
  ASSERT_EQ(found.size(), numbers.size());
  EXPECT_EQ(found[0], 1);
  EXPECT_TRUE(std::signbit(found[1]));
  EXPECT_EQ(found[2], infinity);
  EXPECT_TRUE(std::isnan(found[3]));
  EXPECT_EQ(found[4], 1e-310);
  EXPECT_TRUE(checkpoint.holds("none"));
  EXPECT_TRUE(checkpoint.numbers("none").empty());
  EXPECT_EQ(checkpoint.texts("texts"), texts);
  EXPECT_TRUE(checkpoint.texts("no texts").empty());
  EXPECT_TRUE(matrix(checkpoint, "no matrix", 0, 0).empty());
  std::vector<double> const read = matrix(checkpoint, "matrix", 3, 2);
  std::vector<float> read_floats(6, -1);
  checkpoint.read_matrix("floats", on_root(read_floats), 2, 3);
  if (comm.is_root()) {
    EXPECT_EQ(read, (std::vector<double>{1, 2, 3, 4, 5, 6}));
    EXPECT_EQ(read_floats, floats);
  }
  EXPECT_FALSE(checkpoint.holds("another"));
}

TEST_F(CheckpointFileTest, KeepsWhatIsNotDroppedAndReplacesWhatIsPutAgain)
{
  {
    CheckpointFile checkpoint = open();
    put(checkpoint, "large", std::vector<double>(40000, 1), 200, 200);
    put(checkpoint, "kept", {1, 2, 3, 4}, 2, 2);
    checkpoint.put_numbers("changing", {1});
    checkpoint.complete_stage("first");
    checkpoint.drop("large");
    EXPECT_FALSE(checkpoint.holds("large"));
    checkpoint.put_numbers("changing", {2, 3});
    checkpoint.put_numbers("changing", {4, 5, 6});
    checkpoint.put_texts("new", {"text"});
    checkpoint.complete_stage("second");
  }
  CheckpointFile const checkpoint = open();
  EXPECT_EQ(checkpoint.stages(), (Texts{"first", "second"}));
  EXPECT_FALSE(checkpoint.holds("large"));
  EXPECT_EQ(checkpoint.numbers("changing"), (std::vector<double>{4, 5, 6}));
  EXPECT_EQ(checkpoint.texts("new"), Texts{"text"});
  auto const kept = matrix(checkpoint, "kept", 2, 2);
  if (comm.is_root()) {
    EXPECT_EQ(kept, (std::vector<double>{1, 2, 3, 4}));
    EXPECT_LT(fs::file_size(path), 100000U);  // the large matrix had 320 kB
  }
}

TEST_F(CheckpointFileTest, AStageThatIsNotCompleteLeavesTheOneBefore)
{
  {
    CheckpointFile checkpoint = open();
    checkpoint.put_numbers("x", {1});
    checkpoint.complete_stage("first");
    checkpoint.put_numbers("x", {2});
    put(checkpoint, "y", {1}, 1, 1);
  }
  comm.barrier();
  EXPECT_FALSE(fs::exists(path + ".part"));
  CheckpointFile const checkpoint = open();
  EXPECT_EQ(checkpoint.stages(), Texts{"first"});
  EXPECT_EQ(checkpoint.numbers("x"), std::vector<double>{1});
  EXPECT_FALSE(checkpoint.holds("y"));
}

TEST_F(CheckpointFileTest, APartThatAKilledRunLeftIsNoObstacle)
{
  on_root_alone([&] { std::ofstream(path + ".part") << "half of it"; });
  CheckpointFile checkpoint = open();
  checkpoint.put_numbers("x", {1});
  checkpoint.complete_stage("first");
  EXPECT_EQ(checkpoint.numbers("x"), std::vector<double>{1});
  EXPECT_FALSE(fs::exists(path + ".part"));
}

TEST_F(CheckpointFileTest, AStageWithoutArraysIsAStage)
{
  open().complete_stage("first");
  open().complete_stage("second");
  EXPECT_EQ(open().stages(), (Texts{"first", "second"}));
}

/// A computation in three stages: what it returns must not depend on where it was interrupted.
std::vector<double> fake_computation(Communicator const& comm, CheckpointFile& checkpoint,
                                     int& n_computed)
{
  if (!checkpoint.holds("sum")) {
    ++n_computed;
    checkpoint.put_numbers("sum", {0.1 + 0.2});
    checkpoint.complete_stage("sum", 2);
  }
  double const sum = checkpoint.numbers("sum").at(0);
  std::vector<double> square(4);
  if (checkpoint.holds("square")) {
    checkpoint.read_matrix("square", comm.is_root() ? square.data() : nullptr, 2, 2);
  } else {
    ++n_computed;
    if (comm.is_root()) square = {sum, sum * sum, std::sqrt(sum), 1 / sum};
    checkpoint.put_matrix("square", comm.is_root() ? square.data() : nullptr, 2, 2);
    checkpoint.complete_stage("square", 0.5);
  }
  if (!checkpoint.holds("trace")) {
    ++n_computed;
    double trace = square[0] + square[3];
    comm.broadcast(&trace, 1);
    checkpoint.put_numbers("trace", {trace});
    checkpoint.complete_stage("trace");
  }
  comm.broadcast(square.data(), 4);
  square.push_back(checkpoint.numbers("trace").at(0));
  return square;
}

TEST_F(CheckpointFileTest, AComputationStoppedAfterEveryStageGivesTheSameResult)
{
  int n_computed = 0;
  CheckpointFile uninterrupted(comm, folder / "other.checkpoint", fingerprint);
  std::vector<double> const expected = fake_computation(comm, uninterrupted, n_computed);
  EXPECT_EQ(n_computed, 3);

  std::vector<double> ratios;
  auto const always = [&](std::string const&, double next_work) -> std::string {
    ratios.push_back(next_work);
    return "time limit";
  };
  for (char const* stage : {"sum", "square", "trace"}) {
    n_computed = 0;
    CheckpointFile checkpoint = open(always);
    EXPECT_EQ(message_of<Stopped>([&] { fake_computation(comm, checkpoint, n_computed); }),
              "stopped after the stage '" + std::string(stage) +
                  "' (time limit); the checkpoint '" + path + "' holds what is done");
    EXPECT_EQ(n_computed, 1);
    EXPECT_EQ(checkpoint.stages().back(), stage);
  }
  EXPECT_EQ(ratios, (std::vector<double>{2, 0.5, 0}));
  n_computed = 0;
  CheckpointFile last = open(always);
  EXPECT_EQ(fake_computation(comm, last, n_computed), expected);
  EXPECT_EQ(n_computed, 0);

  last.remove();
  EXPECT_TRUE(comm.is_root() ? !fs::exists(path) : true);
  last.remove();  // a second time does no harm
}

TEST_F(CheckpointFileTest, IsReadOnAnotherRankCount)
{
  {
    CheckpointFile checkpoint = open();
    checkpoint.put_numbers("x", {1, 2});
    put(checkpoint, "m", {1, 2}, 2, 1);
    checkpoint.complete_stage("first");
  }
  comm.barrier();
  CheckpointFile const alone(Communicator(), path, fingerprint);
  EXPECT_EQ(alone.numbers("x"), (std::vector<double>{1, 2}));
  std::vector<double> m(2);
  alone.read_matrix("m", m.data(), 2, 1);
  EXPECT_EQ(m, (std::vector<double>{1, 2}));
}

TEST_F(CheckpointFileTest, RefusesAnotherComputationByName)
{
  open().complete_stage("first");
  fingerprint = {{"data", "5678"}, {"returns", "cS"}};
  EXPECT_EQ(message_of<InputError>([&] { open(); }),
            "the checkpoint '" + path +
                "' is of another computation (data was '1234' and is now '5678', returns was 'cN' "
                "and is now 'cS'); go on with the data and options of that one, or remove the file "
                "to start anew");
}

TEST_F(CheckpointFileTest, RefusesAFileThatIsNoCheckpoint)
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
  EXPECT_EQ(message_of<InputError>([&] { open(); }).find("'" + path + "' is not an HDF5 file"), 0U);
  on_root_alone([&] { fs::create_directory(folder / "dir"); });
  path = folder / "dir";
  EXPECT_EQ(message_of<InputError>([&] { open(); }).find("'" + path + "' is a folder"), 0U);
}

TEST_F(CheckpointFileTest, RefusesAnotherFormatVersion)
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

TEST_F(CheckpointFileTest, RefusesADamagedFile)
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

TEST_F(CheckpointFileTest, RefusesAHeaderWithGaps)
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

TEST_F(CheckpointFileTest, RefusesAMatrixOfAnotherShapeOrPrecision)
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

TEST_F(CheckpointFileTest, RefusesANameWithASlash)
{
  CheckpointFile checkpoint = open();
  EXPECT_EQ(message_of<InputError>([&] { checkpoint.put_numbers("a/b", {1}); }),
            "the checkpoint cannot hold an array of the name 'a/b'; give one without /");
}

TEST_F(CheckpointFileTest, FullDiskKeepsTheStageBefore)
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
