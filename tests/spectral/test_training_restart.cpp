// SPDX-License-Identifier: BSD-3-Clause
// A training that was interrupted and taken up ends with the bits of one that was not.
#include "io/checkpoint_fixture.hpp"
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/core/checkpoint.hpp>
#include <kovar/core/error.hpp>
#include <kovar/spectral/training.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

struct Outcome {
  std::vector<double> parameters;
  TrainingResult result;
};

template <class T>
class TrainingRestart : public test::CheckpointFixture {
 public:
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;

  static TrainingOptions options()
  {
    TrainingOptions options;
    options.n_epochs = 9;
    options.batch_size = 6;
    options.order = RowOrder::shuffled;
    options.learning_rate = 0.05;
    options.schedule = Schedule::one_cycle;
    options.optimizer.weight_decay = 0.01;
    return options;
  }

  Outcome run(TrainingOptions const& options, std::int64_t d = 5) const
  {
    if (n_heads > 1) return run_heads(options, d);
    auto model = initial_model<Scalar>(ExecSpace(), d, 2, 2, 5, Storage::full);
    auto const result = train(ExecSpace(), this->comm, model,
                              test::training_problem<Scalar, ExecSpace>(31, 2, 11), options);
    return {test::parameters_of(model), result};
  }

  Outcome run_heads(TrainingOptions const& options, std::int64_t d) const
  {
    std::vector<std::int64_t> k;
    for (std::int64_t h = 0; h < n_heads; ++h) k.push_back(h);
    auto heads = initial_heads<Scalar>(ExecSpace(), d, 2, k, 5, Storage::full);
    Outcome outcome;
    outcome.result = train(ExecSpace(), this->comm, heads,
                           test::headed_problem<Scalar, ExecSpace>(31, 2, 11, n_heads), options);
    for (std::int64_t h = 0; h < n_heads; ++h)
      for (double const number : test::parameters_of(heads.head(h)))
        outcome.parameters.push_back(number);
    return outcome;
  }

  /// Outcome from checkpoint to checkpoint until the end. \return how often it was stopped
  int run_in_parts(TrainingOptions options, io::CheckpointFile::StopRule const& rule,
                   Outcome& end) const
  {
    for (int n_stops = 0;; ++n_stops) {
      io::CheckpointFile checkpoint = this->open(rule);
      options.checkpoint = &checkpoint;
      try {
        end = run(options);
        return n_stops;
      } catch (Stopped const&) {
        if (n_stops > 20) throw;
      }
    }
  }

  static void expect_same(Outcome const& found, Outcome const& expected)
  {
    EXPECT_EQ(found.parameters, expected.parameters);
    EXPECT_EQ(found.result.best_epoch, expected.result.best_epoch);
    EXPECT_EQ(found.result.step_losses, expected.result.step_losses);
    ASSERT_EQ(found.result.history.size(), expected.result.history.size());
    for (std::size_t e = 0; e < expected.result.history.size(); ++e) {
      EpochRecord const& a = found.result.history[e];
      EpochRecord const& b = expected.result.history[e];
      EXPECT_EQ(a.epoch, b.epoch);
      EXPECT_EQ(a.n_steps, b.n_steps);
      EXPECT_EQ(a.learning_rate, b.learning_rate);
      EXPECT_EQ(a.train_rmse, b.train_rmse);
      EXPECT_EQ(a.validation_rmse, b.validation_rmse);
      EXPECT_EQ(a.largest_norm, b.largest_norm);
      ASSERT_EQ(a.heads.size(), b.heads.size());
      for (std::size_t h = 0; h < b.heads.size(); ++h) {
        EXPECT_EQ(a.heads[h].train_rmse, b.heads[h].train_rmse);
        EXPECT_EQ(a.heads[h].validation_rmse, b.heads[h].validation_rmse);
        EXPECT_EQ(a.heads[h].largest_norm, b.heads[h].largest_norm);
      }
    }
  }

  std::int64_t n_heads = 1;
};
TYPED_TEST_SUITE(TrainingRestart, test::ScalarsAndSpaces);

TYPED_TEST(TrainingRestart, AfterEveryEpochGivesTheSameBits)
{
  Outcome end;
  int const n_stops = this->run_in_parts(
      this->options(), [](std::string const&, double) { return "time limit"; }, end);
  EXPECT_EQ(n_stops, 8);  // after the last epoch there is nothing to stop
  this->expect_same(end, this->run(this->options()));
}

TYPED_TEST(TrainingRestart, OfHeadsGivesTheSameBits)
{
  this->n_heads = 3;
  Outcome end;
  int const n_stops = this->run_in_parts(
      this->options(), [](std::string const&, double) { return "time limit"; }, end);
  EXPECT_EQ(n_stops, 8);
  ASSERT_EQ(end.result.history.back().heads.size(), 3U);
  this->expect_same(end, this->run(this->options()));
}

TYPED_TEST(TrainingRestart, ByTheStopCallbackGivesTheSameBits)
{
  TrainingOptions options = this->options();
  options.n_epochs_to_checkpoint = 100;
  int n_asked = 0;
  // Asked on rank 0 alone; the other ranks must end too.
  options.stop = [&n_asked] { return ++n_asked == 4 ? std::string("signal") : std::string(); };
  Outcome end;
  EXPECT_EQ(this->run_in_parts(options, {}, end), 1);
  this->expect_same(end, this->run(this->options()));
}

// A finished training is not thrown away because the time is over.
TYPED_TEST(TrainingRestart, HasNothingToStopAfterTheLastEpoch)
{
  TrainingOptions options = this->options();
  std::int64_t n_asked = 0;
  options.stop = [&] {
    return ++n_asked == options.n_epochs ? std::string("time limit") : std::string();
  };
  Outcome end;
  EXPECT_EQ(this->run_in_parts(options, {}, end), 0);
  EXPECT_NE(end.result.end, TrainingEnd::stopped);
  this->expect_same(end, this->run(this->options()));
}

TYPED_TEST(TrainingRestart, KeepsPatience)
{
  TrainingOptions options = this->options();
  options.n_epochs = 200;
  options.patience = 2;
  options.schedule = Schedule::constant;
  options.learning_rate = 0.2;
  Outcome end;
  this->run_in_parts(
      options, [](std::string const&, double) { return "time limit"; }, end);
  Outcome const uninterrupted = this->run(options);
  EXPECT_EQ(uninterrupted.result.end, TrainingEnd::no_improvement);
  EXPECT_EQ(end.result.end, TrainingEnd::no_improvement);
  this->expect_same(end, uninterrupted);
}

TYPED_TEST(TrainingRestart, SaysWhereItStopped)
{
  TrainingOptions options = this->options();
  io::CheckpointFile checkpoint = this->open();
  options.checkpoint = &checkpoint;
  options.stop = [] { return std::string("time limit"); };
  try {
    this->run(options);
    FAIL() << "did not stop";
  } catch (Stopped const& e) {
    EXPECT_STREQ(e.what(),
                 "training stopped after 1 epochs (time limit); the checkpoint holds what is done");
    EXPECT_TRUE(e.on_all_ranks());
  }
  EXPECT_EQ(checkpoint.stages(), std::vector<std::string>{"epoch 1"});
}

TYPED_TEST(TrainingRestart, RefusesAModelOfAnotherOrder)
{
  TrainingOptions options = this->options();
  options.n_epochs = 2;
  {
    io::CheckpointFile checkpoint = this->open();
    options.checkpoint = &checkpoint;
    this->run(options);
  }
  io::CheckpointFile checkpoint = this->open();
  options.checkpoint = &checkpoint;
  EXPECT_THROW(this->run(options, 4), InputError);
  this->n_heads = 2;
  EXPECT_THROW(this->run(options), InputError);
}

}  // namespace
}  // namespace kovar::spectral
