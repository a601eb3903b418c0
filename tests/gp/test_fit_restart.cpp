// SPDX-License-Identifier: BSD-3-Clause
#include "gp_case.hpp"
#include "io/checkpoint_fixture.hpp"

#include <kovar/gp/fit.hpp>

namespace {

using namespace kovar;
using Space = Kokkos::DefaultHostExecutionSpace;

class FitRestart : public test::CheckpointFixture {
 protected:
  gp::FitResult run(gp::FitOptions const& options)
  {
    test::GpCase const problem("rbf_ard");
    Space const space;
    gp::LogMarginalLikelihood<double, Space> likelihood(space, problem.data<double>(space),
                                                        problem.model());
    gp::FitObjective const inner = gp::likelihood_objective(space, likelihood);
    gp::FitObjective const counted = [&](gp::Model const& model, std::vector<double>& gradient) {
      ++n_evaluated;
      return inner(model, gradient);
    };
    return gp::fit(comm, counted, problem.model(), options);
  }

  static std::vector<double> numbers(gp::FitResult const& result)
  {
    std::vector<double> list = gp::values_of(result.model);
    for (gp::FitStart const& start : result.starts)
      for (gp::FitStep const& step : start.trace) {
        list.push_back(step.value.loss);
        list.insert(list.end(), step.raw.begin(), step.raw.end());
      }
    return list;
  }

  void check(gp::Optimizer optimizer)
  {
    gp::FitOptions options;
    options.optimizer = optimizer;
    options.n_steps = 12;
    options.n_restarts = 2;
    options.perturbation = 0.3;
    options.n_evaluations_to_checkpoint = 1;
    auto const whole = run(options);

    int n_steps = 0;
    int n_until = 5;
    options.on_step = [&](gp::FitStep const&) { ++n_steps; };
    options.stop = [&] { return n_steps >= n_until ? std::string("enough") : std::string(); };
    int n_parts = 0;
    for (;; ++n_parts) {
      io::CheckpointFile checkpoint = open();
      options.checkpoint = &checkpoint;
      n_evaluated = 0;
      try {
        auto const resumed = run(options);
        EXPECT_EQ(numbers(resumed), numbers(whole));
        break;
      } catch (Stopped const&) {
        n_until = n_steps + 5;
      }
      ASSERT_LT(n_parts, 100);
      EXPECT_LE(n_evaluated, 5);  // the rest was in the checkpoint
    }
    double parts = n_parts;
    comm.broadcast(&parts, 1);
    EXPECT_GT(parts, 1);
  }

  int n_evaluated = 0;
};

TEST_F(FitRestart, AdamGoesOnBitForBit) { check(gp::Optimizer::adam); }

#ifdef KOVAR_ENABLE_ROL
TEST_F(FitRestart, LbfgsGoesOnBitForBit) { check(gp::Optimizer::lbfgs); }
#endif

}  // namespace
