// SPDX-License-Identifier: BSD-3-Clause
// Several heads in training: each moves as if it were alone, by 1 / H of its gradient.
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/random.hpp>
#include <kovar/spectral/training.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using dist::Communicator;

constexpr std::int64_t n_rows = 53;
constexpr std::int64_t p = 3;
constexpr std::int64_t n_validation = 21;

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

struct Run {
  std::vector<std::vector<double>> parameters;  ///< of each head
  TrainingResult result;
};

template <class Scalar, class ExecSpace>
Run run_heads(Communicator const& comm, std::vector<std::int64_t> const& k,
              TrainingOptions const& options, Storage storage = Storage::packed)
{
  auto heads = initial_heads<Scalar>(ExecSpace(), 6, p, k, 5, storage);
  auto const data = test::headed_problem<Scalar, ExecSpace>(n_rows, p, n_validation,
                                                            static_cast<std::int64_t>(k.size()));
  Run run;
  run.result = train(ExecSpace(), comm, heads, data, options);
  for (std::int64_t h = 0; h < heads.n_heads(); ++h)
    run.parameters.push_back(test::parameters_of(heads.head(h)));
  return run;
}

template <class ExecSpace>
class TrainingHeads : public ::testing::Test {
};
TYPED_TEST_SUITE(TrainingHeads, test::ExecSpaces);

TYPED_TEST(TrainingHeads, StartFromTheDrawsOfOneStream)
{
  auto const heads = initial_heads<double>(TypeParam(), 4, 2, {0, -1, 2}, 3, Storage::full);
  auto const alone = initial_model<double>(TypeParam(), 4, 2, 0, 3, Storage::full);
  EXPECT_EQ(test::parameters_of(heads.head(0)), test::parameters_of(alone));
  EXPECT_EQ(heads.head(1).k, -1);
  for (std::int64_t h = 0; h < 3; ++h) {
    auto const a = test::row_values(heads.head(h).coefficients);
    ASSERT_EQ(a.size(), 20U);
    for (std::size_t e = 0; e < a.size(); ++e) {
      std::size_t const number = static_cast<std::size_t>(h) * 20 + e;
      NormalPair const pair = normal_pair(3, 0, number / 2);
      double const draw = number % 2 == 0 ? pair.first : pair.second;
      EXPECT_NEAR(a[e], draw / 4, 1e-15) << h << ", " << e;  // sqrt(d) p
    }
  }
  auto const model = headed_model(TypeParam(), heads);
  EXPECT_EQ(model.coefficients.data(), heads.coefficients.data());
  EXPECT_EQ(test::row_values(model.diagonals).size(), 12U);
  EXPECT_NEAR(test::row_values(model.diagonals)[7], 1, 1e-14);  // the last of head 1
}

// With two heads gradients are half of those of a head alone, exactly; an epsilon of half the size makes
// Adam's steps the same bits, and so does half the penalty. Decay by the gradient is halved likewise.
TYPED_TEST(TrainingHeads, MoveAsTheyDoAlone)
{
  for (Storage const storage : {Storage::packed, Storage::full})
    for (WeightDecay const decay : {WeightDecay::decoupled, WeightDecay::gradient}) {
      TrainingOptions options = all_options();
      options.optimizer.decay = decay;
      TrainingOptions halved = options;
      halved.optimizer.epsilon /= 2;
      halved.norm_penalty /= 2;
      if (decay == WeightDecay::gradient) halved.optimizer.weight_decay /= 2;
      std::vector<std::int64_t> const k = {3, 0};
      Run const together = run_heads<double, TypeParam>(Communicator(), k, halved, storage);
      auto const data = test::headed_problem<double, TypeParam>(n_rows, p, n_validation, 2);
      auto const start = initial_heads<double>(TypeParam(), 6, p, k, 5, storage);
      for (std::int64_t h = 0; h < 2; ++h) {
        auto const place = static_cast<std::size_t>(h);
        auto model = start.head(h);
        TrainingData<double, TypeParam> const one = {
            data.x, Kokkos::subview(data.y, Kokkos::ALL, h), data.x_validation,
            Kokkos::subview(data.y_validation, Kokkos::ALL, h)};
        auto const alone = train(TypeParam(), Communicator(), model, one, options);
        EXPECT_EQ(together.parameters[place], test::parameters_of(model));
        for (std::size_t e = 0; e < alone.history.size(); ++e) {
          HeadRecord const& head = together.result.history[e].heads.at(place);
          EXPECT_EQ(head.train_rmse, alone.history[e].train_rmse);
          EXPECT_EQ(head.validation_rmse, alone.history[e].validation_rmse);
          EXPECT_EQ(head.largest_norm, alone.history[e].largest_norm);
          ASSERT_EQ(alone.history[e].heads.size(), 1U);
          EXPECT_EQ(alone.history[e].heads[0].train_rmse, alone.history[e].train_rmse);
        }
      }
    }
}

TYPED_TEST(TrainingHeads, AreTheSameOnAnyNumberOfRanks)
{
  for (std::int64_t const batch_size : {2, 7}) {  // of 2 rows, some ranks have none
    TrainingOptions options = all_options();
    options.batch_size = batch_size;
    std::vector<std::int64_t> const k = {3, 0, -1};
    Run const together = run_heads<double, TypeParam>(Communicator::world(), k, options);
    Run const alone = run_heads<double, TypeParam>(Communicator(), k, options);
    // Roundings of other sums of a gradient, amplified by some 100 steps.
    for (std::size_t h = 0; h < 3; ++h) {
      for (std::size_t i = 0; i < alone.parameters[h].size(); ++i)
        EXPECT_NEAR(together.parameters[h][i], alone.parameters[h][i], 1e-11) << h << ", " << i;
      for (std::size_t e = 0; e < alone.result.history.size(); ++e) {
        HeadRecord const& a = together.result.history[e].heads.at(h);
        HeadRecord const& b = alone.result.history[e].heads.at(h);
        EXPECT_NEAR(a.train_rmse, b.train_rmse, 1e-11);
        EXPECT_NEAR(a.validation_rmse, b.validation_rmse, 1e-11);
      }
    }
  }
}

TYPED_TEST(TrainingHeads, AreBitByBitTheSameOnAllHostSpaces)
{
  if constexpr (!is_host_space<TypeParam>) {
    GTEST_SKIP() << "a device rounds in its own way";
  } else {
    using Reference = Kokkos::DefaultHostExecutionSpace;
    Run const run = run_heads<float, TypeParam>(Communicator(), {3, 0}, all_options());
    Run const reference = run_heads<float, Reference>(Communicator(), {3, 0}, all_options());
    EXPECT_EQ(run.parameters, reference.parameters);
    EXPECT_EQ(run.result.step_losses, reference.result.step_losses);
  }
}

TYPED_TEST(TrainingHeads, TellMeansOverAllHeads)
{
  Run const run = run_heads<double, TypeParam>(Communicator::world(), {3, 0, 1}, all_options());
  ASSERT_EQ(run.result.history.size(), 4U);
  for (EpochRecord const& record : run.result.history) {
    double train = 0;
    double validation = 0;
    double norm = 0;
    ASSERT_EQ(record.heads.size(), 3U);
    for (HeadRecord const& head : record.heads) {
      train += head.train_rmse * head.train_rmse / 3;
      validation += head.validation_rmse * head.validation_rmse / 3;
      norm = std::max(norm, head.largest_norm);
    }
    EXPECT_NEAR(record.train_rmse, std::sqrt(train), 1e-14);
    EXPECT_NEAR(record.validation_rmse, std::sqrt(validation), 1e-14);
    EXPECT_EQ(record.largest_norm, norm);
  }
  double sum = 0;
  ASSERT_EQ(run.result.step_losses.size(), 8U);  // 7 batches of 7, and one of 4
  for (std::size_t b = 0; b < 8; ++b) sum += run.result.step_losses[b] * (b < 7 ? 7 : 4);
  EXPECT_NEAR(run.result.history[3].train_rmse, std::sqrt(sum / n_rows), 1e-14);
}

// Head 0 gets better and head 1, the targets of which are far off, worse, or the other way round: the best epoch
// is that of the lowest mean.
TYPED_TEST(TrainingHeads, StopByTheMeanOverHeads)
{
  TrainingOptions options = all_options();
  options.n_epochs = 60;
  options.learning_rate = 0.2;
  options.schedule = Schedule::constant;
  options.patience = 4;
  options.keep = Keep::best;
  Run const run = run_heads<double, TypeParam>(Communicator::world(), {3, 0}, options);
  ASSERT_EQ(run.result.end, TrainingEnd::no_improvement);
  auto const& history = run.result.history;
  std::size_t best = 0;
  for (std::size_t e = 0; e < history.size(); ++e)
    if (history[e].validation_rmse < history[best].validation_rmse) best = e;
  EXPECT_EQ(run.result.best_epoch, static_cast<std::int64_t>(best));
  EXPECT_EQ(history.size(), best + 5);
  // The parameters are those of that epoch.
  options.n_epochs = static_cast<std::int64_t>(best) + 1;
  options.patience = 0;
  options.keep = Keep::last;
  Run const to_it = run_heads<double, TypeParam>(Communicator::world(), {3, 0}, options);
  EXPECT_EQ(to_it.parameters, run.parameters);
}

template <class Spoil>
std::string message_of(Spoil const& spoil)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  auto heads = initial_heads<double>(Space(), 3, 2, {1, 0}, 1);
  auto data = test::headed_problem<double, Space>(25, 2, 5, 2);
  TrainingOptions options;
  options.n_epochs = 2;
  spoil(heads, data);
  try {
    train(Space(), Communicator::world(), heads, data, options);
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks()) << e.what();
    return e.what();
  }
  return "no error";
}

TEST(TrainingHeadsErrors, NameWhatDoesNotFit)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  using Targets = Matrix<double, Space>;
  EXPECT_EQ(message_of([](auto&, auto&) {}), "no error");
  EXPECT_EQ(message_of([](auto& heads, auto&) { heads.k.clear(); }),
            "train: there are no heads (nothing is to learn); make some with initial_heads()");
  EXPECT_EQ(message_of([](auto& heads, auto&) { heads.diagonals.pop_back(); }),
            "train: 1 diagonals and 2 blocks of coefficients for 2 heads (one for each is needed); "
            "make them with initial_heads()");
  EXPECT_EQ(message_of([](auto& heads, auto&) { heads.diagonals[1].increments.push_back(0); }),
            "train: heads have diagonals of 3 and of 4 entries (heads have one order); train them "
            "one by one");
  EXPECT_EQ(message_of([](auto&, auto& data) { data.y = Targets("y", 25, 3); }),
            "train: training targets have 3 columns for 2 heads (one for each is needed)");
  EXPECT_EQ(message_of([](auto&, auto& data) { data.y_validation = Targets("y", 5, 1); }),
            "train: validation targets have 1 columns for 2 heads (one for each is needed)");
  EXPECT_THROW((initial_heads<double>(Space(), 3, 2, {}, 1)), InputError);
  EXPECT_THROW((initial_heads<double>(Space(), 3, 2, {0, 3}, 1)), InputError);
}

TEST(TrainingHeadsErrors, NameTheHeadOfALossThatIsNotFinite)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  EXPECT_EQ(message_of([](auto&, auto& data) {
              Matrix<double, Space> const y("y", 25, 2);
              Kokkos::deep_copy(y, data.y);
              y(13, 1) = std::numeric_limits<double>::quiet_NaN();
              data.y = y;
            }).substr(0, 64),
            "train: the loss of head 1 is nan in epoch 0, step 1, rows 10 to ");
}

}  // namespace
}  // namespace kovar::spectral
