// SPDX-License-Identifier: BSD-3-Clause
#include "chain_problem.hpp"
#include "io/checkpoint_fixture.hpp"

#include <kovar/core/config.hpp>
#include <kovar/fit/multi_start.hpp>

#include <string>
#include <vector>

namespace {

using namespace kovar;
using fit::PreconditionerKind;
using Space = Kokkos::DefaultHostExecutionSpace;

class MinimumRestart : public test::CheckpointFixture {
 protected:
  MinimumRestart() { options_.n_iterations_to_checkpoint = 1; }

  fit::Minimum run(io::CheckpointFile& checkpoint)
  {
    options_.checkpoint = &checkpoint;
    fit::Likelihood<Space> likelihood(space_, comm, tensor_, {});
    return fit::find_minimum(space_, likelihood, options_);
  }

  /// Run in parts, each ended at the end of a stage, until one ends by itself.
  fit::Minimum run_in_parts()
  {
    for (int part = 0; part < 100; ++part) {
      int n_stages = 0;
      auto checkpoint = open([&](std::string const& stage, double) {
        bool const is_enough = ++n_stages == 2 && stage.find("iteration") != std::string::npos;
        return std::string(is_enough ? "enough" : "");
      });
      try {
        auto const found = run(checkpoint);
        EXPECT_GT(part, 1);
        return found;
      } catch (Stopped const&) {
      }
    }
    ADD_FAILURE() << "does not end";
    return {};
  }

  /// A run that nobody ends, in a file of its own.
  fit::Minimum run_whole()
  {
    io::CheckpointFile checkpoint(comm, folder / "whole.checkpoint", fingerprint);
    return run(checkpoint);
  }

  void expect_same_path()
  {
    auto const whole = run_whole();
    ASSERT_EQ(whole.search.status, optim::TrustRegionStatus::converged);
    auto const parts = run_in_parts();
    EXPECT_EQ(parts.x, whole.x);  // every bit
    EXPECT_EQ(parts.search.value, whole.search.value);
    EXPECT_EQ(parts.search.status, whole.search.status);
    EXPECT_EQ(parts.search.n_iterations, whole.search.n_iterations);
    EXPECT_EQ(parts.search.n_products, whole.search.n_products);
    EXPECT_EQ(parts.search.n_values, whole.search.n_values);
  }

  Space space_;
  fit::TemplateTensor tensor_ = test::chain_problem(150);
  fit::MinimumOptions options_;
};

TEST_F(MinimumRestart, GoesOnOnTheSamePath) { expect_same_path(); }

TEST_F(MinimumRestart, GoesOnOnTheSamePathWithExactSteps)
{
  options_.trust_region.solver = optim::TrustRegionSolver::exact;
  expect_same_path();
}

TEST_F(MinimumRestart, GoesOnOnTheSamePathWithBlocks)
{
  options_.preconditioner.kind = PreconditionerKind::block_diagonal;
  options_.preconditioner.blocks = {{"signal", "s0", "s20"}};
  expect_same_path();
}

#ifdef KOVAR_ENABLE_EIGEN
TEST_F(MinimumRestart, GoesOnOnTheSamePathWithFactors)
{
  options_.preconditioner.external_terms = tensor_.external_terms;
  for (auto const kind : {PreconditionerKind::automatic, PreconditionerKind::sparse_cholesky}) {
    options_.preconditioner.kind = kind;
    options_.checkpoint_name = fit::name_of(kind);
    expect_same_path();
  }
}
#endif

TEST_F(MinimumRestart, DoesNotSearchAgainWhatWasFound)
{
  auto const first = [&] {
    auto checkpoint = open();
    return run(checkpoint);
  }();
  auto checkpoint = open();
  auto const again = run(checkpoint);
  EXPECT_EQ(again.x, first.x);
  EXPECT_EQ(again.search.status, first.search.status);
  EXPECT_EQ(again.search.distance, first.search.distance);
  EXPECT_EQ(again.search.n_products, first.search.n_products);
  EXPECT_TRUE(again.search.trace.empty());
}

// A limit is no end: with a higher one the search goes on.
TEST_F(MinimumRestart, GoesOnBeyondALimit)
{
  auto const whole = run_whole();
  {
    auto checkpoint = open();
    options_.trust_region.max_iterations = 3;
    EXPECT_EQ(run(checkpoint).search.status, optim::TrustRegionStatus::iteration_limit);
  }
  auto checkpoint = open();
  options_.trust_region.max_iterations = 1000;
  auto const found = run(checkpoint);
  EXPECT_EQ(found.x, whole.x);
}

TEST_F(MinimumRestart, RefusesTheSearchOfAnotherFit)
{
  {
    auto checkpoint = open();
    run(checkpoint);
  }
  auto checkpoint = open();
  options_.frozen = {"s1"};
  try {
    run(checkpoint);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "fit: the checkpoint has a search 'minimum' over 151 parameters (this fit moves "
                 "150); it is of another fit: give it another file, or remove this one");
  }
}

TEST_F(MinimumRestart, StartsOfAMultiStartThatAreDoneAreNotDoneAgain)
{
  fit::MultiStartOptions starts;
  starts.n_starts = 3;
  fit::Likelihood<Space> likelihood(space_, comm, tensor_, {});
  auto const whole = fit::find_minima(space_, likelihood, options_, starts);
  int n_stages = 0;
  auto stopped = open(
      [&](std::string const&, double) { return std::string(++n_stages == 20 ? "enough" : ""); });
  options_.checkpoint = &stopped;
  EXPECT_THROW(fit::find_minima(space_, likelihood, options_, starts), Stopped);
  auto checkpoint = open();
  options_.checkpoint = &checkpoint;
  auto const found = fit::find_minima(space_, likelihood, options_, starts);
  ASSERT_EQ(found.minima.size(), whole.minima.size());
  for (std::size_t k = 0; k < found.minima.size(); ++k)
    EXPECT_EQ(found.minima[k].starts, whole.minima[k].starts);
}

}  // namespace
