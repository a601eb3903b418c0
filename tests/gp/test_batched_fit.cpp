// SPDX-License-Identifier: BSD-3-Clause
#include "batch_problem.hpp"
#include "gp_case.hpp"
#include "support/typed.hpp"

#include <kovar/gp/batched_fit.hpp>

#include <cmath>
#include <limits>

namespace {

using namespace kovar;

gp::Model plain_model() { return {gp::constant_mean(), scale(gp::rbf(2)), gp::gaussian_noise()}; }

template <class On>
class BatchedFit : public ::testing::Test {
};
TYPED_TEST_SUITE(BatchedFit, test::ScalarsAndSpaces);

/// Everything that a fit says of a member, for comparison bit by bit.
std::vector<double> numbers_of(gp::BatchedFitResult const& result, std::size_t b)
{
  std::size_t const n = result.raw.size() / result.loss.size();
  std::vector<double> list = {result.loss[b], static_cast<double>(result.end[b]),
                              static_cast<double>(result.n_evaluations[b]),
                              static_cast<double>(result.n_failures[b])};
  for (auto const* part : {&result.raw, &result.values}) {
    auto const row = test::row_of(*part, b, n);
    list.insert(list.end(), row.begin(), row.end());
  }
  if (!result.trace.empty())
    for (gp::FitStep const& step : result.trace[b]) {
      list.insert(list.end(), {step.value.loss, step.value.jitter});
      list.insert(list.end(), step.raw.begin(), step.raw.end());
    }
  return list;
}

gp::BatchedFitOptions options_of_test()
{
  gp::BatchedFitOptions options;
  options.n_steps = 40;
  options.moving_average = optim::MovingAverageOptions{2e-3, 10, 10000};  // some end, some do not
  options.wants_trace = true;
  return options;
}

template <class Scalar, class ExecSpace>
void expect_members_end_alone()
{
  ExecSpace const space;
  auto const problem = test::make_batch<Scalar, ExecSpace>(19, 12, 2, true);
  auto const model = plain_model();
  auto const start = gp::repeated_raw_values(model, 19);
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, problem.data(), model);
  auto const options = options_of_test();
  auto const together = gp::fit(space, dist::Communicator::world(), batch, start, options);
  ASSERT_EQ(together.loss.size(), 19U);

  // Each member alone, on this rank alone: the same bits.
  auto const n = static_cast<std::size_t>(batch.n_values());
  std::int64_t fewest = options.n_steps + 1;
  std::int64_t most = 0;
  for (std::size_t b = 0; b < 19; ++b) {
    auto const member = static_cast<std::int64_t>(b);
    auto const alone = gp::fit(
        dist::Communicator(),
        [&](std::vector<std::int64_t> const&, std::vector<double> const& values,
            gp::BatchedGradient& gradient) {
          return batch.evaluate(space, {member}, values, &gradient);
        },
        model, test::row_of(start, b, n), options);
    EXPECT_EQ(numbers_of(together, b), numbers_of(alone, 0)) << "member " << b;
    fewest = std::min(fewest, together.n_evaluations[b]);
    most = std::max(most, together.n_evaluations[b]);
  }
  EXPECT_LT(fewest, most);
}

TYPED_TEST(BatchedFit, MembersEndWhenTheyWouldAloneToTheLastBit)
{
  expect_members_end_alone<typename TypeParam::Scalar, typename TypeParam::ExecSpace>();
}

TYPED_TEST(BatchedFit, MembersFollowTheSingleFit)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  auto const problem = test::make_batch<Scalar, ExecSpace>(3, 12, 2);
  auto model = plain_model();
  model.kernel.parameter("outputscale").prior = gp::Prior::gamma(2, 0.15);
  model.mean.parameters[0].is_fixed = true;
  model.noise.parameters[0].constraint = gp::Constraint::bounds(0.05, 0.5);
  model.noise.parameters[0].value = {0.3};
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, problem.data(), model);
  gp::BatchedFitOptions options;
  options.n_steps = 30;
  options.moving_average.reset();
  options.gradient_tolerance = 0;
  options.wants_trace = true;
  auto const found = gp::fit(space, dist::Communicator::world(), batch,
                             gp::repeated_raw_values(model, 3), options);
  gp::FitOptions single;
  single.optimizer = gp::Optimizer::adam;
  single.n_steps = options.n_steps;
  // Rounding of the first gradient is carried on by the steps.
  double const near = 1e5 * TypeParam::epsilon;
  for (std::size_t b = 0; b < 3; ++b) {
    gp::LogMarginalLikelihood<Scalar, ExecSpace> alone(
        space, problem.member(static_cast<std::int64_t>(b)), model);
    auto const expected = gp::fit(space, dist::Communicator(), alone, model, single);
    EXPECT_EQ(found.end[b], expected.best().end);
    ASSERT_EQ(found.trace[b].size(), expected.best().trace.size());
    for (std::size_t k = 0; k < found.trace[b].size(); ++k) {
      gp::FitStep const& step = found.trace[b][k];
      gp::FitStep const& other = expected.best().trace[k];
      EXPECT_NEAR(step.value.loss, other.value.loss, near);
      EXPECT_NEAR(step.gradient_norm, other.gradient_norm, near);
      test::expect_group(step.raw, other.raw, near, "raw");
    }
    EXPECT_NEAR(found.loss[b], expected.best().loss, near);
    test::expect_group(test::row_of(found.values, b, 5), gp::values_of(expected.model), near,
                       "values");
  }
}

TYPED_TEST(BatchedFit, TraceIsThatOfTheReference)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  test::GpCase const problem("rbf_defaults");
  auto const one = problem.data<Scalar>(space);
  gp::BatchedTrainingSet<Scalar, ExecSpace> data;
  data.x = decltype(data.x)(one.x.data(), 1, problem.n(), problem.d());
  data.y = decltype(data.y)(one.y.data(), 1, problem.n());
  gp::BatchedLikelihood<Scalar, ExecSpace> batch(space, data, problem.model());
  auto const losses = problem.list("trace_adam/loss");
  auto const raw = problem.list("trace_adam/raw");
  gp::BatchedFitOptions options;
  options.adam.learning_rate = problem.file().number("trace_adam", "lr");
  options.n_steps = static_cast<std::int64_t>(losses.size()) - 1;
  options.moving_average.reset();
  options.gradient_tolerance = 0;
  options.wants_trace = true;
  auto const found = gp::fit(space, dist::Communicator::world(), batch,
                             test::row_of(raw, 0, raw.size() / losses.size()), options);
  std::vector<double> found_losses;
  std::vector<double> found_raw;
  for (gp::FitStep const& step : found.trace.at(0)) {
    found_losses.push_back(step.value.loss);
    found_raw.insert(found_raw.end(), step.raw.begin(), step.raw.end());
  }
  double const tolerance = problem.tolerance<Scalar>();
  test::expect_group(found_losses, losses, 10 * tolerance, "losses");
  test::expect_group(found_raw, raw, 10 * tolerance, "raw");
}

TYPED_TEST(BatchedFit, MembersWithoutALikelihoodSaySoAndDisturbNobody)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  auto const model = plain_model();
  auto const good = test::make_batch<Scalar, ExecSpace>(5, 8, 2);
  auto const bad = test::make_batch<Scalar, ExecSpace>(5, 8, 2);
  bad.put(2, 4, 0, std::numeric_limits<Scalar>::quiet_NaN());
  gp::TrainingOptions training;
  training.missing = gp::MissingTargets::propagate;
  gp::BatchedLikelihood<Scalar, ExecSpace> good_batch(space, good.data(), model, training);
  gp::BatchedLikelihood<Scalar, ExecSpace> bad_batch(space, bad.data(), model, training);
  auto const start = gp::repeated_raw_values(model, 5);
  auto const world = dist::Communicator::world();
  auto const expected = gp::fit(space, world, good_batch, start, options_of_test());
  auto const found = gp::fit(space, world, bad_batch, start, options_of_test());
  for (std::size_t const b : {0U, 1U, 3U, 4U})
    EXPECT_EQ(numbers_of(found, b), numbers_of(expected, b)) << b;
  EXPECT_EQ(found.end[2], gp::FitEnd::failed);
  EXPECT_EQ(found.n_failures[2], 1);
  EXPECT_EQ(found.n_evaluations[2], 1);
  EXPECT_EQ(found.loss[2], std::numeric_limits<double>::infinity());
  EXPECT_EQ(test::row_of(found.raw, 2, 5), test::row_of(start, 2, 5));
}

/// mll = -(noise - target)^2 of member b, with a matrix that fails at its call number fails_at[b].
struct MadeUpLikelihood {
  std::vector<double> targets;
  std::vector<int> fails_at;
  std::vector<int> n_calls = std::vector<int>(targets.size(), 0);
  std::vector<std::size_t> n_evaluated = {};

  gp::BatchedValue operator()(std::vector<std::int64_t> const& members,
                              std::vector<double> const& values, gp::BatchedGradient& gradient)
  {
    gp::BatchedValue value;
    n_evaluated.push_back(members.size());
    gradient.values.assign(values.size(), 0.0);
    std::size_t const n = values.size() / members.size();
    for (std::size_t k = 0; k < members.size(); ++k) {
      auto const b = static_cast<std::size_t>(members[k]);
      double const difference = values[k * n + n - 1] - targets[b];
      gp::FactorReport report;
      if (n_calls[b]++ == fails_at[b]) report.outcome = gp::FactorOutcome::not_positive_definite;
      value.factor.push_back(report);
      value.mll.push_back(-difference * difference);
      gradient.values[k * n + n - 1] = -2 * difference;
    }
    return value;
  }
};

TEST(BatchedFitRules, MembersThatFailKeepTheLowestPointTheyHad)
{
  auto const model = plain_model();
  auto const start = gp::repeated_raw_values(model, 3);
  MadeUpLikelihood likelihood{{2, 2, 0.6931471805599453 + 1e-4}, {6, -1, -1}};
  gp::BatchedFitOptions options;
  options.n_steps = 20;
  options.wants_trace = true;
  auto const found = gp::fit(
      dist::Communicator(),
      [&](auto const& members, auto const& values, auto& gradient) {
        return likelihood(members, values, gradient);
      },
      model, start, options);
  EXPECT_EQ(found.end[0], gp::FitEnd::no_progress);
  EXPECT_EQ(found.n_evaluations[0], 7);
  EXPECT_EQ(found.n_failures[0], 1);
  EXPECT_EQ(found.loss[0], found.trace[0][5].value.loss);
  EXPECT_EQ(test::row_of(found.raw, 0, 5), found.trace[0][5].raw);
  EXPECT_EQ(found.end[1], gp::FitEnd::step_limit);
  EXPECT_EQ(found.n_evaluations[1], 21);
  EXPECT_EQ(found.end[2], gp::FitEnd::converged);  // it starts at its optimum: the gradient is 0
  EXPECT_EQ(found.n_evaluations[2], 1);
  EXPECT_EQ(likelihood.n_evaluated[0], 3U);  // then those that have ended are left out
  EXPECT_EQ(likelihood.n_evaluated[1], 2U);
  EXPECT_EQ(likelihood.n_evaluated[7], 1U);
  EXPECT_EQ(likelihood.n_evaluated.size(), 21U);
}

TEST(BatchedFitRules, BatchesMayBeEmpty)
{
  MadeUpLikelihood likelihood{{}, {}};
  auto const found = gp::fit(dist::Communicator::world(),
                             [&](auto const& members, auto const& values, auto& gradient) {
                               return likelihood(members, values, gradient);
                             },
                             plain_model(), {}, {});
  EXPECT_TRUE(found.loss.empty());
}

std::string message_of(std::vector<double> const& start, gp::BatchedFitOptions const& options)
{
  MadeUpLikelihood likelihood{{1, 1}, {-1, -1}};
  try {
    gp::fit(
        dist::Communicator::world(),
        [&](auto const& members, auto const& values, auto& gradient) {
          return likelihood(members, values, gradient);
        },
        plain_model(), start, options);
  } catch (InputError const& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TEST(BatchedFitRules, BadInputIsOneClearError)
{
  auto start = gp::repeated_raw_values(plain_model(), 2);
  gp::BatchedFitOptions options;
  options.n_steps = -1;
  EXPECT_EQ(message_of(start, options),
            "fit: -1 steps and a gradient_tolerance of 1e-05 (neither may be negative)");
  start[5 + 1] = -std::numeric_limits<double>::infinity();
  EXPECT_EQ(
      message_of(start, {}),
      "fit: parameter 'covar.outputscale', entry 0, of member 1 starts at a raw -inf, the edge "
      "of its constraint (no step leads from there); start inside, or fix it");
  start.pop_back();
  EXPECT_EQ(message_of(start, {}), "fit: 9 raw numbers for members with 5 each");
}

}  // namespace
