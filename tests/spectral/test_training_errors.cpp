// SPDX-License-Identifier: BSD-3-Clause
#include "training_problem.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/training.hpp>
#include <kovar/spectral/training_step.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;
using Data = TrainingData<double, Space>;

/// A training that works, until something is broken.
struct Case {
  TrainableModel<double, Space> model = initial_model<double>(Space(), 3, 2, 1, 1);
  Data data = test::training_problem<double, Space>(25, 2, 5);
  TrainingOptions options;

  Case() { options.n_epochs = 2; }
  void run() { train(Space(), dist::Communicator::world(), model, data, options); }
};

/// The message of the InputError after a case was broken, thrown on all ranks.
std::string message_of(std::function<void(Case&)> const& spoil)
{
  Case c;
  spoil(c);
  try {
    c.run();
  } catch (InputError const& e) {
    EXPECT_EQ(e.on_all_ranks(), true) << e.what();
    return e.what();
  }
  return "no error";
}

void expect_message(std::string const& part, std::function<void(Case&)> const& spoil)
{
  std::string const message = message_of(spoil);
  EXPECT_NE(message.find(part), std::string::npos) << message;
}

TEST(TrainingErrors, NothingIsWrongWithTheCase)
{
  EXPECT_EQ(message_of([](Case&) {}), "no error");
}

TEST(TrainingErrors, NameOptionsOutOfRange)
{
  double const nan = std::numeric_limits<double>::quiet_NaN();
  expect_message("n_epochs is 0", [](Case& c) { c.options.n_epochs = 0; });
  expect_message("batch_size is 0", [](Case& c) { c.options.batch_size = 0; });
  expect_message("learning_rate is 0", [](Case& c) { c.options.learning_rate = 0; });
  expect_message("learning_rate is nan", [&](Case& c) { c.options.learning_rate = nan; });
  expect_message("norm_penalty is -1", [](Case& c) { c.options.norm_penalty = -1; });
  expect_message("patience is -1", [](Case& c) { c.options.patience = -1; });
  expect_message("n_epochs_to_checkpoint is 0",
                 [](Case& c) { c.options.n_epochs_to_checkpoint = 0; });
  expect_message("a beta is 2", [](Case& c) { c.options.optimizer.beta2 = 2; });
}

TEST(TrainingErrors, NameDataThatDoNotFit)
{
  expect_message("there are no training rows",
                 [](Case& c) { c.data = test::training_problem<double, Space>(0, 2, 5); });
  expect_message("training rows have 3 columns for a model of 2 features",
                 [](Case& c) { c.data = test::training_problem<double, Space>(25, 3, 5); });
  expect_message("validation rows have 3 columns for a model of 2 features", [](Case& c) {
    auto const other = test::training_problem<double, Space>(25, 3, 5);
    c.data.x_validation = other.x_validation;
  });
  expect_message("there are 24 targets for 25 training rows",
                 [](Case& c) { c.data.y = Vector<double, Space>("test::y", 24); });
  expect_message("there are 0 targets for 5 validation rows",
                 [](Case& c) { c.data.y_validation = Vector<double, Space>("test::y", 0); });
  expect_message("patience is 3 epochs but there are no validation rows", [](Case& c) {
    c.data = test::training_problem<double, Space>(25, 2, 0);
    c.options.patience = 3;
  });
}

TEST(TrainingErrors, NameModelsThatDoNotFit)
{
  expect_message("rows of 6 numbers for a diagonal of 4",
                 [](Case& c) { c.model.diagonal.increments.push_back(0); });
  expect_message("p is 0", [](Case& c) { c.model.coefficients = Rows<double, Space>(); });
  expect_message("(the strict triangle of each is needed)",
                 [](Case& c) { c.model.upper = Rows<double, Space>("test::upper", 2, 2); });
  EXPECT_NE(message_of([](Case& c) { c.model.k = 3; }), "no error");
}

TEST(TrainingErrors, NameEpochAndStepOfALossThatIsNotFinite)
{
  auto const spoil_target = [](Case& c) {
    auto y = test::to_vector(c.data.y);
    y[13] = std::numeric_limits<double>::quiet_NaN();
    c.data.y = test::to_list<double, Space>(y);
  };
  expect_message("the loss is nan in epoch 0, step 1, rows 10 to 19 (", spoil_target);
  expect_message("of the shuffled order", [&](Case& c) {
    spoil_target(c);
    c.options.order = RowOrder::shuffled;
  });
  expect_message("the loss is inf in epoch 0, step 0,", [](Case& c) {
    auto y = test::to_vector(c.data.y);
    y[3] = 1e200;
    c.data.y = test::to_list<double, Space>(y);
  });
}

TEST(TrainingErrors, NameAnEpochThatLedNowhere)
{
  expect_message("the validation error after epoch 0 is nan", [](Case& c) {
    auto y = test::to_vector(c.data.y_validation);
    y[3] = std::numeric_limits<double>::quiet_NaN();
    c.data.y_validation = test::to_list<double, Space>(y);
  });
  // The only step of the epoch takes the parameters beyond all numbers.
  expect_message("after epoch 0 parameters are not finite", [](Case& c) {
    c.options.batch_size = 25;
    c.options.learning_rate = 1e308;
    c.options.optimizer.weight_decay = 1e10;
  });
}

TEST(TrainingErrors, LeaveTheModelAsItWas)
{
  Case c;
  auto const before = test::parameters_of(c.model);
  auto y = test::to_vector(c.data.y);
  y[24] = std::numeric_limits<double>::infinity();
  c.data.y = test::to_list<double, Space>(y);
  EXPECT_THROW(c.run(), InputError);
  EXPECT_EQ(test::parameters_of(c.model), before);
}

TEST(TrainingErrors, OfTheCallbackEndAllRanks)
{
  Case c;
  c.options.on_epoch = [](EpochRecord const& record) {
    if (record.epoch == 1) throw std::runtime_error("the terminal is gone");
  };
  try {
    c.run();
    FAIL() << "went on";
  } catch (Error const& e) {
    EXPECT_NE(std::string(e.what()).find("the terminal is gone"), std::string::npos) << e.what();
  }
}

}  // namespace
}  // namespace kovar::spectral
