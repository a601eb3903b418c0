// SPDX-License-Identifier: BSD-3-Clause
#include "checkpoint_fixture.hpp"

#include <kovar/io/checkpoint_file.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <string>
#include <vector>

namespace {

using kovar::Stopped;
using kovar::dist::Communicator;
using kovar::io::CheckpointFile;
using kovar::test::message_of;
using Texts = std::vector<std::string>;
namespace fs = std::filesystem;

class CheckpointFileTest : public kovar::test::CheckpointFixture {};

// HDF5 holds 64 KiB in an attribute: 4,096 texts.
TEST_F(CheckpointFileTest, NamesTheNewestOfManyStages)
{
  {
    auto checkpoint = open();
    for (int i = 0; i < 1005; ++i) checkpoint.complete_stage("stage " + std::to_string(i));
  }
  auto const checkpoint = open();
  EXPECT_EQ(checkpoint.stages().size(), 1000U);
  EXPECT_EQ(checkpoint.stages().back(), "stage 1004");
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

TEST_F(CheckpointFileTest, BehindALinkTheFileItselfIsRemoved)
{
  std::string const target = folder / "on_another_disk";
  on_root_alone([&] {
    CheckpointFile alone(Communicator(), target, fingerprint);
    alone.complete_stage("first");
    fs::create_symlink(target, path);
  });
  CheckpointFile checkpoint = open();
  checkpoint.complete_stage("second");
  if (comm.is_root()) {
    EXPECT_TRUE(fs::is_symlink(path));
    EXPECT_GT(fs::file_size(target), 0U);
  }
  comm.barrier();
  checkpoint.remove();
  if (comm.is_root()) {
    EXPECT_FALSE(fs::exists(target));
    EXPECT_TRUE(fs::is_symlink(path));  // the user's: the next run may use it
  }
  comm.barrier();
  EXPECT_TRUE(open().stages().empty());
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

}  // namespace
