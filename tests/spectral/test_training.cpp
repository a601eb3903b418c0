// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/core/error.hpp>
#include <kovar/spectral/training.hpp>
#include <kovar/spectral/training_step.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using dist::Communicator;

/// A model after training, and what was told on the way.
struct Run {
  std::vector<double> parameters;
  TrainingResult result;
};

template <class Scalar, class ExecSpace>
Run run_on(ExecSpace const& space, Communicator const& comm, TrainingOptions const& options,
           Storage storage = Storage::packed)
{
  auto model = initial_model<Scalar>(space, 6, 3, 3, 5, storage);
  auto const result =
      train(space, comm, model, test::training_problem<Scalar, ExecSpace>(53, 3, 21), options);
  return {test::parameters_of(model), result};
}

/// All that training has: batches that do not divide the rows, shuffled, with a penalty and decay.
TrainingOptions all_options()
{
  TrainingOptions options;
  options.n_epochs = 4;
  options.batch_size = 7;
  options.order = RowOrder::shuffled;
  options.seed = 9;
  options.learning_rate = 0.02;
  options.schedule = Schedule::one_cycle;
  options.optimizer.weight_decay = 0.01;
  options.norm_penalty = 1e-3;
  options.keep = Keep::last;
  return options;
}

template <class ExecSpace>
class Training : public ::testing::Test {
};
TYPED_TEST_SUITE(Training, test::ExecSpaces);

TYPED_TEST(Training, IsTheSameOnAnyNumberOfRanks)
{
  for (std::int64_t const batch_size : {2, 7}) {  // of 2 rows, some ranks have none
    TrainingOptions options = all_options();
    options.batch_size = batch_size;
    Run const together = run_on<double>(TypeParam(), Communicator::world(), options);
    Run const alone = run_on<double>(TypeParam(), Communicator(), options);
    ASSERT_EQ(together.parameters.size(), alone.parameters.size());
    // Roundings of other sums of a gradient, amplified by some 100 steps.
    for (std::size_t i = 0; i < alone.parameters.size(); ++i)
      EXPECT_NEAR(together.parameters[i], alone.parameters[i], 1e-11) << i;
    for (std::size_t e = 0; e < alone.result.history.size(); ++e) {
      EXPECT_NEAR(together.result.history[e].train_rmse, alone.result.history[e].train_rmse, 1e-11);
      EXPECT_NEAR(together.result.history[e].validation_rmse,
                  alone.result.history[e].validation_rmse, 1e-11);
    }
  }
}

TYPED_TEST(Training, IsBitByBitTheSameOnAllHostSpaces)
{
  if constexpr (!is_host_space<TypeParam>) {
    GTEST_SKIP() << "a device rounds in its own way";
  } else {
    for (Storage const storage : {Storage::packed, Storage::full}) {
      using Reference = Kokkos::DefaultHostExecutionSpace;
      Run const run = run_on<float>(TypeParam(), Communicator(), all_options(), storage);
      Run const reference = run_on<float>(Reference(), Communicator(), all_options(), storage);
      EXPECT_EQ(run.parameters, reference.parameters);
      EXPECT_EQ(run.result.step_losses, reference.result.step_losses);
    }
  }
}

TYPED_TEST(Training, FollowsTheSeed)
{
  TrainingOptions options = all_options();
  Run const run = run_on<double>(TypeParam(), Communicator(), options);
  EXPECT_EQ(run.parameters, run_on<double>(TypeParam(), Communicator(), options).parameters);
  options.seed = 10;
  EXPECT_NE(run.parameters, run_on<double>(TypeParam(), Communicator(), options).parameters);
  options.order = RowOrder::file;
  auto const in_file_order = run_on<double>(TypeParam(), Communicator(), options).parameters;
  options.seed = 9;
  EXPECT_EQ(in_file_order, run_on<double>(TypeParam(), Communicator(), options).parameters);
}

TYPED_TEST(Training, AShuffledEpochTakesRowsInItsOrder)
{
  // One step per row of an epoch: its losses are those of a training on rows put in that order.
  TrainingOptions options;
  options.n_epochs = 1;
  options.batch_size = 1;
  options.order = RowOrder::shuffled;
  options.seed = 4;
  auto model = initial_model<double>(TypeParam(), 3, 2, 1, 1);
  auto const data = test::training_problem<double, TypeParam>(20, 2, 0);
  auto const shuffled = train(TypeParam(), Communicator(), model, data, options);

  auto const x = test::row_values(data.x);
  auto const y = test::to_vector(data.y);
  std::vector<double> x_in_order;
  std::vector<double> y_in_order;
  for (std::int64_t const row : shuffled_rows(ShuffleUse::batches, 4, 20)) {
    for (std::int64_t f = 0; f < 2; ++f)
      x_in_order.push_back(x[static_cast<std::size_t>(2 * row + f)]);
    y_in_order.push_back(y[static_cast<std::size_t>(row)]);
  }
  TrainingData<double, TypeParam> reordered;
  reordered.x = test::to_rows<double, TypeParam>(x_in_order, 20, 2);
  reordered.y = test::to_list<double, TypeParam>(y_in_order);
  model = initial_model<double>(TypeParam(), 3, 2, 1, 1);
  options.order = RowOrder::file;
  EXPECT_EQ(shuffled.step_losses,
            train(TypeParam(), Communicator(), model, reordered, options).step_losses);
}

TYPED_TEST(Training, TellsItsHistory)
{
  auto const comm = Communicator::world();
  TrainingOptions options = all_options();
  std::vector<EpochRecord> told;
  options.on_epoch = [&told](EpochRecord const& record) { told.push_back(record); };
  auto model = initial_model<double>(TypeParam(), 1, 3, 0, 5);  // d = 1: norms are entries
  auto const data = test::training_problem<double, TypeParam>(53, 3, 21);
  auto const result = train(TypeParam(), comm, model, data, options);
  ASSERT_EQ(result.history.size(), 4U);
  EXPECT_EQ(told.size(), comm.is_root() ? 4U : 0U);
  EXPECT_EQ(result.end, TrainingEnd::all_epochs);
  ASSERT_EQ(result.step_losses.size(), 8U);  // 7 batches of 7, and one of 4
  for (std::size_t e = 0; e < 4; ++e) {
    EpochRecord const& record = result.history[e];
    EXPECT_EQ(record.epoch, static_cast<std::int64_t>(e));
    EXPECT_EQ(record.n_steps, static_cast<std::int64_t>(8 * (e + 1)));
    EXPECT_EQ(record.learning_rate,
              learning_rate(Schedule::one_cycle, 0.02, static_cast<std::int64_t>(e), 4));
    EXPECT_GT(record.seconds, 0);
  }
  double sum = 0;
  for (std::size_t b = 0; b < 8; ++b) sum += result.step_losses[b] * (b < 7 ? 7 : 4);
  EXPECT_NEAR(result.history[3].train_rmse, std::sqrt(sum / 53), 1e-14);

  // f = mu + sum a_i x_i
  auto const a = test::row_values(model.coefficients);
  EXPECT_NEAR(result.history[3].largest_norm,
              std::max({std::fabs(a[0]), std::fabs(a[1]), std::fabs(a[2])}), 1e-15);
  auto const x = test::row_values(data.x_validation);
  auto const y = test::to_vector(data.y_validation);
  double error = 0;
  for (std::size_t row = 0; row < 21; ++row) {
    double f = model.diagonal.start;
    for (std::size_t i = 0; i < 3; ++i) f += a[i] * x[3 * row + i];
    error += std::pow(f - y[row], 2);
  }
  EXPECT_NEAR(result.history[3].validation_rmse, std::sqrt(error / 21), 1e-13);
}

TYPED_TEST(Training, FindsTheWayBackToTheModelThatMadeTheTargets)
{
  // From nearby, since other minima lie further off.
  auto const teacher = initial_model<double>(TypeParam(), 3, 2, 1, 8);
  auto data = test::training_problem<double, TypeParam>(400, 2, 100);
  Vector<double, TypeParam> const y("test::y", 400);
  Vector<double, TypeParam> const y_validation("test::y_validation", 100);
  evaluate(TypeParam(), eigenvalue_model(TypeParam(), teacher), data.x, y);
  evaluate(TypeParam(), eigenvalue_model(TypeParam(), teacher), data.x_validation, y_validation);
  data.y = y;
  data.y_validation = y_validation;
  auto model = teacher;
  auto coefficients = test::row_values(teacher.coefficients);
  for (double& a : coefficients) a *= 1.3;
  model.coefficients = test::to_rows<double, TypeParam>(coefficients, 2, 6);
  TrainingOptions options;
  options.n_epochs = 300;
  options.batch_size = 16;
  options.learning_rate = 0.02;
  options.schedule = Schedule::one_cycle;
  options.order = RowOrder::shuffled;
  auto const result = train(TypeParam(), Communicator::world(), model, data, options);
  EXPECT_GT(result.history.front().train_rmse, 0.01);
  EXPECT_LT(result.history.back().validation_rmse, 1e-5);
}

/// Validation targets are the values of the model before training: every epoch leads away from them.
template <class ExecSpace>
TrainingData<double, ExecSpace> misleading_problem(TrainableModel<double, ExecSpace> const& model)
{
  auto data = test::training_problem<double, ExecSpace>(53, 3, 21);
  Vector<double, ExecSpace> const y("test::y", 21);
  evaluate(ExecSpace(), eigenvalue_model(ExecSpace(), model), data.x_validation, y);
  data.y_validation = y;
  return data;
}

TYPED_TEST(Training, EndsWithoutImprovementAndKeepsTheBest)
{
  auto const comm = Communicator::world();
  auto const start = [] { return initial_model<double>(TypeParam(), 6, 3, 3, 5); };
  TrainingOptions options;
  options.n_epochs = 1;
  options.keep = Keep::last;
  auto first = start();
  auto const data = misleading_problem(first);
  train(TypeParam(), comm, first, data, options);

  options.n_epochs = 50;
  options.patience = 3;
  options.keep = Keep::best;
  auto best = start();
  auto const result = train(TypeParam(), comm, best, data, options);
  EXPECT_EQ(result.end, TrainingEnd::no_improvement);
  EXPECT_EQ(result.best_epoch, 0);
  EXPECT_EQ(result.history.size(), 4U);
  EXPECT_EQ(test::parameters_of(best), test::parameters_of(first));

  options.keep = Keep::last;
  auto last = start();
  train(TypeParam(), comm, last, data, options);
  EXPECT_NE(test::parameters_of(last), test::parameters_of(first));
}

TYPED_TEST(Training, WithoutValidationKeepsTheLast)
{
  auto model = initial_model<double>(TypeParam(), 2, 2, 0, 5);
  auto const before = test::parameters_of(model);
  TrainingOptions options;
  options.n_epochs = 2;
  auto const result = train(TypeParam(), Communicator::world(), model,
                            test::training_problem<double, TypeParam>(5, 2, 0), options);
  EXPECT_EQ(result.best_epoch, -1);
  EXPECT_TRUE(std::isnan(result.history[0].validation_rmse));
  EXPECT_NE(test::parameters_of(model), before);
}

TYPED_TEST(Training, StopsWhenAsked)
{
  TrainingOptions options = all_options();
  int n_asked = 0;
  options.stop = [&n_asked] { return ++n_asked == 2 ? std::string("time limit") : std::string(); };
  Run const run = run_on<double>(TypeParam(), Communicator::world(), options);
  EXPECT_EQ(run.result.end, TrainingEnd::stopped);
  EXPECT_EQ(run.result.stopped_by, "time limit");
  EXPECT_EQ(run.result.history.size(), 2U);
}

TYPED_TEST(Training, FullStorageMovesWhatIsNotRead)
{
  Run const run = run_on<double>(TypeParam(), Communicator::world(), all_options(), Storage::full);
  auto const start =
      test::parameters_of(initial_model<double>(TypeParam(), 6, 3, 3, 5, Storage::full));
  ASSERT_EQ(run.parameters.size(), start.size());
  std::size_t const n_lower = 3 * 21 + 6;
  for (std::size_t i = n_lower; i < start.size(); ++i) EXPECT_NE(run.parameters[i], start[i]);
}

namespace tools = Kokkos::Tools::Experimental;
int n_allocations = 0;
void count_allocation(Kokkos::Tools::SpaceHandle, char const*, void const*, std::uint64_t)
{
  ++n_allocations;
}

TYPED_TEST(Training, TheLargestNormKeepsALoneNaN)
{
  auto const start = initial_model<double>(TypeParam(), 4, 3, 1, 1);
  TrainingStep<double, TypeParam> step(TypeParam(), Communicator::world(), as_head(start), {});
  ASSERT_EQ(step.largest_norms().size(), 1U);
  EXPECT_GT(step.largest_norms()[0], 0);
  auto const host = Kokkos::create_mirror_view(step.model().coefficients);
  Kokkos::deep_copy(host, step.model().coefficients);
  host(0, 0, 2) = std::nan("");
  Kokkos::deep_copy(step.model().coefficients, host);
  EXPECT_TRUE(std::isnan(step.largest_norms()[0]));
}

TYPED_TEST(Training, ABatchMayBeLargerThanTheData)
{
  TrainingOptions options;
  options.n_epochs = 3;
  auto const data = test::training_problem<double, TypeParam>(9, 2, 0);
  auto const losses_of = [&](std::int64_t batch_size) {
    options.batch_size = batch_size;
    auto model = initial_model<double>(TypeParam(), 3, 2, 1, 1);
    return train(TypeParam(), Communicator(), model, data, options).step_losses;
  };
  auto const losses = losses_of(9);
  ASSERT_EQ(losses.size(), 1U);
  EXPECT_EQ(losses_of(std::numeric_limits<std::int64_t>::max()), losses);
}

TYPED_TEST(Training, StepsAllocateNothing)
{
  if (!is_host_space<TypeParam>) GTEST_SKIP() << "kernels on devices take their work anew";
  for (Storage const storage : {Storage::packed, Storage::full}) {
    auto const data = test::headed_problem<float, TypeParam>(40, 3, 0, 2);
    auto const start = initial_heads<float>(TypeParam(), 9, 3, {4, -1}, 1, storage);
    StepOptions options;
    options.norm_penalty = 1e-3;
    options.n_losses = 4;
    TrainingStep<float, TypeParam> step(TypeParam(), Communicator::world(), start, options);
    step.run(data.x, data.y, {0, 10}, 1e-3,
             0);  // Kokkos gets its scratch memory in the first launches
    auto const before = tools::get_callbacks();
    n_allocations = 0;
    tools::set_allocate_data_callback(count_allocation);
    {
      Vector<float, TypeParam> const seen("test::seen", 1);
    }
    int const n_seen = n_allocations;
    for (std::int64_t s = 1; s < 4; ++s) step.run(data.x, data.y, {10 * s, 10}, 1e-3, s);
    TypeParam().fence();
    tools::set_callbacks(before);
    EXPECT_EQ(n_seen, 1) << "allocations are not seen";
    EXPECT_EQ(n_allocations, n_seen);
  }
}

}  // namespace
}  // namespace kovar::spectral
