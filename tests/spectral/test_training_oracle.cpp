// SPDX-License-Identifier: BSD-3-Clause
// Training against the reference traces: losses of every step, errors on the way, final parameters.
// Traces agree with PyTorch to 1e-15; 40 to 60 steps amplify roundings, hence 1e-9, and 1e-4 for the
// first ten steps in float (section 9 of the specification).
#include "support/oracle.hpp"
#include "support/typed.hpp"
#include "training_problem.hpp"

#include <kovar/spectral/training.hpp>
#include <kovar/spectral/training_step.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

/// A trace as the file has it.
struct Trace {
  explicit Trace(std::string const& name) : file("spectral_model/" + name + ".h5")
  {
    d = integer("d");
    p = integer("p");
    k = integer("k");
    batch = integer("batch");
    n_steps = integer("steps");
    validation_interval = integer("val_every");
    storage = file.text("trace", "storage") == "full" ? Storage::full : Storage::packed;
  }

  std::int64_t integer(std::string const& name) const
  {
    return static_cast<std::int64_t>(file.number("trace", name));
  }
  double number(std::string const& name) const { return file.number("trace", name); }
  std::vector<double> values(std::string const& name) const
  {
    return file.array("trace/" + name).values;
  }

  AdamOptions optimizer() const
  {
    AdamOptions options;
    options.beta1 = number("beta1");
    options.beta2 = number("beta2");
    options.epsilon = number("eps");
    options.weight_decay = number("weight_decay");
    EXPECT_EQ(number("decoupled"), 1);
    return options;
  }

  /// Rows of all steps one after the other.
  std::vector<double> rows_of_steps(std::string const& name, std::int64_t width) const
  {
    auto const all = values(name);
    std::vector<double> rows;
    for (double const index : values("batch_index"))
      for (std::int64_t f = 0; f < width; ++f)
        rows.push_back(all[static_cast<std::size_t>(static_cast<std::int64_t>(index) * width + f)]);
    return rows;
  }

  /// Lower triangles, diagonals included or not, of squares; transposed: upper ones.
  std::vector<double> triangles(std::string const& name, std::int64_t shift, bool transposed) const
  {
    auto const squares = values(name);
    std::vector<double> entries;
    for (std::int64_t f = 0; f < p; ++f)
      for (std::int64_t i = 0; i < d; ++i)
        for (std::int64_t j = 0; j + shift <= i; ++j)
          entries.push_back(
              squares[static_cast<std::size_t>(f * d * d + (transposed ? j * d + i : i * d + j))]);
    return entries;
  }

  template <class Scalar, class ExecSpace>
  TrainableModel<Scalar, ExecSpace> start() const
  {
    TrainableModel<Scalar, ExecSpace> model;
    model.k = k;
    model.diagonal.start = static_cast<Scalar>(values("init_start")[0]);
    for (double const t : values("init_increments"))
      model.diagonal.increments.push_back(static_cast<Scalar>(t));
    model.coefficients =
        test::to_rows<Scalar, ExecSpace>(triangles("init_A", 0, false), p, d * (d + 1) / 2);
    if (storage == Storage::full)
      model.upper =
          test::to_rows<Scalar, ExecSpace>(triangles("init_A", 1, true), p, d * (d - 1) / 2);
    return model;
  }

  /// The reference of test::parameters_of().
  std::vector<double> final_parameters() const
  {
    std::vector<double> all =
        storage == Storage::full ? triangles("final_A_stored", 0, false) : values("final_A_packed");
    all.push_back(values("final_start")[0]);
    for (double const t : values("final_increments")) all.push_back(t);
    if (storage == Storage::full)
      for (double const a : triangles("final_A_stored", 1, true)) all.push_back(a);
    return all;
  }

  test::OracleFile file;
  std::int64_t d;
  std::int64_t p;
  std::int64_t k;
  std::int64_t batch;
  std::int64_t n_steps;
  std::int64_t validation_interval;
  Storage storage;
};

void expect_near(std::vector<double> const& found, std::vector<double> const& expected,
                 double tolerance, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t i = 0; i < found.size(); ++i)
    EXPECT_NEAR(found[i], expected[i], tolerance) << what << ' ' << i;
}

template <class Scalar, class ExecSpace>
TrainingData<Scalar, ExecSpace> data_of(Trace const& trace)
{
  auto const x_validation = trace.values("X_val");
  auto const y_validation = trace.values("y_val");
  return {test::to_rows<Scalar, ExecSpace>(trace.rows_of_steps("X", trace.p),
                                           trace.n_steps * trace.batch, trace.p),
          test::to_list<Scalar, ExecSpace>(trace.rows_of_steps("y", 1)),
          test::to_rows<Scalar, ExecSpace>(x_validation,
                                           static_cast<std::int64_t>(y_validation.size()), trace.p),
          test::to_list<Scalar, ExecSpace>(y_validation)};
}

/// Step by step, with the errors on the way.
template <class Scalar, class ExecSpace>
void follow_steps(Trace const& trace, std::int64_t n_steps, double tolerance)
{
  auto const data = data_of<Scalar, ExecSpace>(trace);
  StepOptions options;
  options.optimizer = trace.optimizer();
  options.norm_penalty = trace.number("penalty_op_norm");
  options.n_batch_rows = trace.batch;
  options.n_losses = n_steps;
  options.n_evaluated_rows = static_cast<std::int64_t>(data.y_validation.extent(0));
  auto const start = trace.start<Scalar, ExecSpace>();
  TrainingStep<Scalar, ExecSpace> step(ExecSpace(), dist::Communicator::world(), as_head(start),
                                       options);
  auto const head_data = for_one_head(data);
  auto const error = [&] {
    return std::sqrt(step.mean_squared_errors(data.x_validation, head_data.y_validation).at(0));
  };
  std::vector<double> errors = {error()};
  for (std::int64_t s = 0; s < n_steps; ++s) {
    step.run(data.x, head_data.y, {s * trace.batch, trace.batch}, trace.number("lr"), s);
    if ((s + 1) % trace.validation_interval == 0) errors.push_back(error());
  }
  auto losses = trace.values("loss");
  losses.resize(static_cast<std::size_t>(n_steps));
  expect_near(step.losses(n_steps), losses, tolerance, "loss");
  auto references = trace.values("val_rmse");
  references.resize(errors.size());
  expect_near(errors, references, tolerance, "validation error");
}

template <class ExecSpace>
class TrainingOracle : public ::testing::Test {
};
TYPED_TEST_SUITE(TrainingOracle, test::ExecSpaces);

constexpr char const* traces[] = {"train_adam_full", "train_adam_packed", "train_adamw_penalty"};

TYPED_TEST(TrainingOracle, StepsFollowTheTraces)
{
  for (char const* name : traces) {
    SCOPED_TRACE(name);
    Trace const trace(name);
    follow_steps<double, TypeParam>(trace, trace.n_steps, 1e-9);
  }
}

TYPED_TEST(TrainingOracle, TenStepsInFloatFollowTheTraces)
{
  for (char const* name : traces) {
    SCOPED_TRACE(name);
    follow_steps<float, TypeParam>(Trace(name), 10, 1e-4);
  }
}

TYPED_TEST(TrainingOracle, AnEpochEndsWithTheirParameters)
{
  for (char const* name : traces) {
    SCOPED_TRACE(name);
    Trace const trace(name);
    auto model = trace.start<double, TypeParam>();
    TrainingOptions options;
    options.n_epochs = 1;
    options.batch_size = trace.batch;
    options.learning_rate = trace.number("lr");
    options.optimizer = trace.optimizer();
    options.norm_penalty = trace.number("penalty_op_norm");
    auto const result = train(TypeParam(), dist::Communicator::world(), model,
                              data_of<double, TypeParam>(trace), options);
    expect_near(result.step_losses, trace.values("loss"), 1e-9, "loss");
    EXPECT_NEAR(result.history.at(0).validation_rmse, trace.values("val_rmse").back(), 1e-9);
    EXPECT_EQ(result.history.at(0).n_steps, trace.n_steps);
    expect_near(test::parameters_of(model), trace.final_parameters(), 1e-9, "parameter");
    expect_near(entries_of(model.diagonal), trace.values("final_mu"), 1e-9, "mu");
  }
}

}  // namespace
}  // namespace kovar::spectral
