// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"

#include <kovar/gp/fit.hpp>

#include <cmath>
#include <limits>

namespace {

using namespace kovar;
using Space = Kokkos::DefaultHostExecutionSpace;

struct Trace {
  std::vector<double> loss;
  std::vector<double> raw;
};

Trace trace_of(gp::FitStart const& start)
{
  Trace trace;
  for (gp::FitStep const& step : start.trace) {
    trace.loss.push_back(step.value.loss);
    trace.raw.insert(trace.raw.end(), step.raw.begin(), step.raw.end());
  }
  return trace;
}

/// The first steps of a list of rows.
std::vector<double> first(std::vector<double> list, std::size_t n)
{
  list.resize(std::min(n, list.size()));
  return list;
}

/// \return whether the case has a trace for this precision
template <class Scalar>
bool check_trace(std::string const& name)
{
  SCOPED_TRACE(name);
  test::GpCase const problem(name);
  if (!problem.file().has("trace_adam")) return false;
  if (sizeof(Scalar) == 4 && problem.number("f32_ok") == 0) return false;
  Space const space;
  gp::LogMarginalLikelihood<Scalar, Space> likelihood(space, problem.data<Scalar>(space),
                                                      problem.model());
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.adam.learning_rate = problem.file().number("trace_adam", "lr");
  auto const losses = problem.list("trace_adam/loss");
  options.n_steps = static_cast<std::int64_t>(losses.size()) - 1;
  gp::Model start = problem.model();
  auto const raw = problem.list("trace_adam/raw");
  std::size_t const width = raw.size() / losses.size();
  gp::set_raw_values(start, first(raw, width));

  auto const fitted = gp::fit(space, dist::Communicator::world(), likelihood, start, options);

  Trace const trace = trace_of(fitted.best());
  double const tolerance = problem.tolerance<Scalar>();
  test::expect_group(first(trace.loss, 11), first(losses, 11), tolerance, "first losses");
  test::expect_group(first(trace.raw, 11 * width), first(raw, 11 * width), tolerance, "first raw");
  test::expect_group(trace.loss, losses, 10 * tolerance, "losses");
  test::expect_group(trace.raw, raw, 10 * tolerance, "raw");
  return true;
}

TEST(Fit, AdamFollowsTheReferenceTracesInDouble)
{
  int n_found = 0;
  for (std::string const& name : test::gp_cases()) n_found += check_trace<double>(name);
  EXPECT_EQ(n_found, 5);
}

TEST(Fit, AdamFollowsTheReferenceTracesInFloat)
{
  int n_found = 0;
  for (std::string const& name : test::gp_cases()) n_found += check_trace<float>(name);
  EXPECT_EQ(n_found, 5);
}

#ifdef KOVAR_ENABLE_ROL
TEST(Fit, LbfgsFindsTheReferenceOptima)
{
  int n_found = 0;
  for (std::string const& name : test::gp_cases()) {
    SCOPED_TRACE(name);
    test::GpCase const problem(name);
    if (!problem.file().has("optimum")) continue;
    Space const space;
    gp::LogMarginalLikelihood<double, Space> likelihood(space, problem.data<double>(space),
                                                        problem.model());
    gp::FitOptions options;
    options.value_tolerance = 0;
    options.gradient_tolerance = 1e-7;
    gp::Model start = problem.model();
    auto const raw = problem.list("trace_adam/raw");
    auto const width = static_cast<std::ptrdiff_t>(problem.list("hyper/raw_vector").size());
    gp::set_raw_values(start, {raw.end() - width, raw.end()});  // the optimum goes on from there

    auto const fitted = gp::fit(space, dist::Communicator::world(), likelihood, start, options);

    EXPECT_NE(fitted.best().end, gp::FitEnd::failed);
    EXPECT_NEAR(fitted.best().loss, problem.list("optimum/loss").at(0), 1e-10);
    ++n_found;
  }
  EXPECT_EQ(n_found, 3);
}
#endif

/// A loss that is known: squared distance of the values from targets, infinite beyond an edge.
gp::FitEvaluation bowl(gp::Model const& model, std::vector<double>& gradient, double edge)
{
  auto const values = gp::values_of(model);
  gradient.assign(values.size(), 0.0);
  double loss = 0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    double const distance = values[k] - 0.5;
    if (values[k] > edge) return {std::numeric_limits<double>::infinity(), 0};
    loss += distance * distance;
    gradient[k] = 2 * distance;
  }
  return {loss, 0};
}

gp::FitObjective bowl_until(double edge)
{
  return [edge](gp::Model const& model, std::vector<double>& gradient) {
    return bowl(model, gradient, edge);
  };
}

gp::Model small_model()
{
  return {gp::constant_mean(), gp::scale(gp::rbf(2)), gp::gaussian_noise()};
}

TEST(Fit, FixedParametersStay)
{
  gp::Model model = small_model();
  model.kernel.parameter("outputscale").is_fixed = true;
  model.kernel.parameter("outputscale").value = {
      0.1};  // raw(0.1) does not come back to the last bit
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  auto const fitted = gp::fit({}, bowl_until(10), model, options);
  EXPECT_EQ(fitted.model.kernel.parameters.at(0).value, model.kernel.parameters.at(0).value);
  EXPECT_NEAR(fitted.model.mean.parameters.at(0).value.at(0), 0.5, 0.05);
}

TEST(Fit, BoundsWithoutTransformHold)
{
  gp::Model model = small_model();
  gp::Parameter& lengths = model.kernel.children.at(0).parameter("lengthscale");
  lengths.constraint = gp::Constraint::bounds(0.6, 3);
  lengths.value = {1, 2};
  for (gp::Optimizer const optimizer : {gp::Optimizer::adam, gp::Optimizer::lbfgs}) {
#ifndef KOVAR_ENABLE_ROL
    if (optimizer == gp::Optimizer::lbfgs) continue;
#endif
    gp::FitOptions options;
    options.optimizer = optimizer;
    auto const fitted = gp::fit({}, bowl_until(10), model, options);
    for (double const length : fitted.model.kernel.children.at(0).parameters.at(0).value)
      EXPECT_NEAR(length, 0.6, 1e-6);
  }
}

TEST(Fit, GradientNormsAreProjectedOnTheBounds)
{
  gp::Model model = small_model();
  model.mean.parameters.at(0).is_fixed = true;
  model.kernel.parameter("outputscale").is_fixed = true;
  model.noise.parameters.at(0).is_fixed = true;
  gp::Parameter& lengths = model.kernel.children.at(0).parameter("lengthscale");
  lengths.constraint = gp::Constraint::bounds(0.75, 3);
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.n_steps = 0;
  auto const norm = [&](double first, double second) {
    lengths.value = {first, second};
    return gp::fit({}, bowl_until(10), model, options).best().trace.at(0).gradient_norm;
  };
  // Derivatives are 2 (length - 0.5): downhill is down to the bound 0.75.
  EXPECT_EQ(norm(0.75, 0.75), 0);
  EXPECT_EQ(norm(0.75, 0.875), 0.125);
  EXPECT_EQ(norm(1, 2), 1.25);
}

TEST(Fit, ManyIterationsAreNotNone)
{
#ifdef KOVAR_ENABLE_ROL
  gp::FitOptions options;
  options.max_iterations = std::int64_t{1} << 32;
  auto const fitted = gp::fit({}, bowl_until(10), small_model(), options);
  EXPECT_EQ(fitted.best().end, gp::FitEnd::converged);
#else
  GTEST_SKIP() << "L-BFGS needs ROL";
#endif
}

TEST(Fit, AFailedEvaluationIsSteppedBackFrom)
{
#ifdef KOVAR_ENABLE_ROL
  // Far out the slope hardly changes: a secant takes the minimum to be far away, beyond the edge.
  auto const valley = [](gp::Model const& model, std::vector<double>& gradient) {
    gp::FitEvaluation const squares = bowl(model, gradient, 0.7);
    double const root = std::sqrt(1 + squares.loss);
    for (double& derivative : gradient) derivative /= 2 * root;
    return gp::FitEvaluation{root - 1, 0};
  };
  gp::Model model = small_model();
  model.mean.parameters.at(0).value = {-30};
  auto const fitted = gp::fit({}, valley, model, {});
  EXPECT_LT(fitted.best().loss, 1e-6);
  EXPECT_GT(fitted.best().n_failures, 0);
#else
  GTEST_SKIP() << "L-BFGS needs ROL";
#endif
}

TEST(Fit, AStartThatFailsLeavesTheModelAsItWas)
{
  gp::Model const model = small_model();
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  auto const fitted = gp::fit({}, bowl_until(-1), model, options);
  EXPECT_EQ(fitted.best().end, gp::FitEnd::failed);
  EXPECT_EQ(fitted.best().n_failures, 1);
  EXPECT_EQ(gp::values_of(fitted.model), gp::values_of(model));
}

TEST(Fit, ADerivativeThatIsNotFiniteIsAFailure)
{
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  auto const fitted = gp::fit(
      {},
      [n = 0](gp::Model const& model, std::vector<double>& gradient) mutable {
        gp::FitEvaluation const value = bowl(model, gradient, 10);
        if (++n == 3) gradient.back() = std::nan("");
        return value;
      },
      small_model(), options);
  EXPECT_EQ(fitted.best().end, gp::FitEnd::no_progress);
  EXPECT_EQ(fitted.best().n_failures, 1);
}

TEST(Fit, TheBestPointOfATraceIsReturned)
{
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.adam.learning_rate = 0.9;  // overshoots
  options.n_steps = 7;
  auto const fitted = gp::fit({}, bowl_until(100), small_model(), options);
  double lowest = 1e300;
  for (gp::FitStep const& step : fitted.best().trace) lowest = std::min(lowest, step.value.loss);
  std::vector<double> gradient;
  EXPECT_DOUBLE_EQ(bowl(fitted.model, gradient, 100).loss, lowest);
  EXPECT_EQ(fitted.best().loss, lowest);
}

TEST(Fit, RestartsAreDealtOutAndGiveTheSameOnAnyNumberOfRanks)
{
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.n_restarts = 4;
  options.n_steps = 5;
  options.seed = 7;
  dist::Communicator const world = dist::Communicator::world();
  auto const together = gp::fit(world, bowl_until(10), small_model(), options);
  auto const alone = gp::fit({}, bowl_until(10), small_model(), options);
  ASSERT_EQ(together.starts.size(), 5U);
  EXPECT_EQ(together.best_start, alone.best_start);
  EXPECT_EQ(gp::values_of(together.model), gp::values_of(alone.model));
  for (std::size_t s = 0; s < 5; ++s) {
    EXPECT_EQ(trace_of(together.starts[s]).raw, trace_of(alone.starts[s]).raw);
    EXPECT_EQ(together.starts[s].trace.size(), 6U);
    EXPECT_EQ(together.starts[s].end, gp::FitEnd::step_limit);
  }
  EXPECT_NE(together.starts[0].loss, together.starts[1].loss);
}

TEST(Fit, RestartsMayBeDrawnFromPriors)
{
  gp::Model model = small_model();
  model.mean.parameters.at(0).prior = gp::Prior::normal(100, 1e-3);
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.n_steps = 0;
  options.n_restarts = 3;
  options.restarts = gp::Restarts::from_priors;
  auto const fitted = gp::fit({}, bowl_until(1e3), model, options);
  EXPECT_EQ(fitted.starts.at(0).trace.at(0).raw.at(0), 0);
  for (std::size_t s = 1; s < 4; ++s) {
    EXPECT_NEAR(fitted.starts.at(s).trace.at(0).raw.at(0), 100, 0.01);
    EXPECT_LT(std::abs(fitted.starts.at(s).trace.at(0).raw.at(1)), 6);
  }
}

TEST(Fit, AnErrorOfOneStartReachesAllRanks)
{
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.n_restarts = 3;
  auto const world = dist::Communicator::world();
  bool const is_last = world.rank() == world.size() - 1;
  auto const objective = [&](gp::Model const& model, std::vector<double>& gradient) {
    if (is_last) throw InputError("this one");
    return bowl(model, gradient, 10);
  };
  try {
    gp::fit(world, objective, small_model(), options);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(), "this one");
    EXPECT_TRUE(e.on_all_ranks());
  }
}

TEST(Fit, AFailureOfALibraryStaysOne)
{
  auto const objective = [](gp::Model const&, std::vector<double>&) -> gp::FitEvaluation {
    throw BackendError("potrf");
  };
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  EXPECT_THROW(gp::fit(dist::Communicator::world(), objective, small_model(), options),
               BackendError);
}

TEST(Fit, StopEndsAllStarts)
{
  gp::FitOptions options;
  options.optimizer = gp::Optimizer::adam;
  options.n_restarts = 3;
  int n_steps = 0;
  options.on_step = [&](gp::FitStep const&) { ++n_steps; };
  options.stop = [&] { return n_steps >= 6 ? std::string("enough") : std::string(); };
  auto const fitted = gp::fit(dist::Communicator::world(), bowl_until(10), small_model(), options);
  EXPECT_EQ(fitted.stopped_by, "enough");
  for (gp::FitStart const& start : fitted.starts) EXPECT_EQ(start.end, gp::FitEnd::stopped);
}

TEST(Fit, AStartOnTheEdgeOfItsConstraintIsRefused)
{
  gp::Model model = small_model();
  model.noise.parameters.at(0).value = {1e-4};
  try {
    gp::fit({}, bowl_until(10), model, {});
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_NE(std::string(e.what()).find("likelihood.noise"), std::string::npos) << e.what();
  }
}

}  // namespace
