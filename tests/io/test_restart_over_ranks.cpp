// SPDX-License-Identifier: BSD-3-Clause
// An estimate whose matrices lie over ranks, with each stage on other ranks than the one before, through a file.
#include "gsn/over_ranks.hpp"
#include "scratch_folder.hpp"

#include <kovar/io/checkpoint_file.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

namespace kovar::test {
namespace {

using dist::Communicator;
using Texts = std::vector<std::string>;
using Estimate = gsn::EstimateOverRanks<double>;

/// All ranks, and all but the last one (which waits then); one rank is both.
struct TwoGroups {
  Communicator all = Communicator::world();
  bool is_last = all.size() > 1 && all.rank() == all.size() - 1;
  Communicator part = all.split(is_last ? 1 : 0, 0);
};

/// What a run on these ranks leaves.
struct Outcome {
  Estimate estimate;
  Texts stages;
  bool is_whole = false;
};

Outcome run_one_stage(Communicator const& ranks, Responses const& responses, gsn::Options options,
                      std::string const& path)
{
  Outcome outcome;
  io::CheckpointFile checkpoint(ranks, path, {{"data", "these"}},
                                [](std::string const&, double) { return "one stage"; });
  options.checkpoint = &checkpoint;
  try {
    outcome.estimate = over_ranks<double, dist::Host>(ranks, responses, options);
    outcome.is_whole = true;
  } catch (Stopped const&) {
  }
  outcome.stages = checkpoint.stages();
  return outcome;
}

void expect_same(dist::BlockCyclicMatrix<double> const& found,
                 dist::BlockCyclicMatrix<double> const& expected, char const* name)
{
  HostMatrix const reference = whole(expected);
  double largest = 0;
  for (double const value : reference.values) largest = std::max(largest, std::fabs(value));
  EXPECT_LE(largest_difference(whole(found), reference), 1e-11 * largest) << name;
}

TEST(RestartOverRanks, EachStageIsThatOfOtherRanks)
{
  TwoGroups const groups;
  ScratchFolder const folder(groups.all);
  std::string const path = folder / "run.checkpoint";
  Responses const responses = with_lost_repetitions(random_responses(40, 24, 4, 7));
  gsn::Options options = everything();
  options.shrinkage = false;  // more than one pass

  Outcome outcome;
  double is_whole = 0;
  int n_runs = 0;
  for (; is_whole == 0 && n_runs < 110; ++n_runs) {
    bool const on_part = n_runs % 2 == 1;
    if (!on_part || !groups.is_last)
      outcome = run_one_stage(on_part ? groups.part : groups.all, responses, options, path);
    is_whole = outcome.is_whole ? 1 : 0;
    groups.all.max_to_all(&is_whole, 1);
  }
  ASSERT_EQ(is_whole, 1);
  bool const ended_on_part = n_runs % 2 == 0;
  if (ended_on_part && groups.is_last) return;

  ASSERT_GE(outcome.stages.size(), 6U);
  EXPECT_EQ(outcome.stages[2], "pass 1");
  EXPECT_EQ(outcome.stages.back(), "difference eigenbasis");
  EXPECT_EQ(n_runs, static_cast<int>(outcome.stages.size()) + 1);
  Estimate const expected =
      over_ranks<double, dist::Host>(ended_on_part ? groups.part : groups.all, responses, options);
  EXPECT_EQ(outcome.estimate.n_iterations, expected.n_iterations);
  expect_same(outcome.estimate.noise_covariance, expected.noise_covariance, "cN");
  expect_same(outcome.estimate.signal_covariance, expected.signal_covariance, "cS");
  expect_same(outcome.estimate.noise_covariance_psd, expected.noise_covariance_psd, "cNb");
  expect_same(outcome.estimate.signal_covariance_psd, expected.signal_covariance_psd, "cSb");
  ASSERT_EQ(outcome.estimate.eigenvalues_signal.size(), expected.eigenvalues_signal.size());
  double const largest = expected.eigenvalues_signal.front();
  for (std::size_t k = 0; k < expected.eigenvalues_signal.size(); ++k) {
    EXPECT_NEAR(outcome.estimate.eigenvalues_signal[k], expected.eigenvalues_signal[k],
                1e-11 * largest);
    EXPECT_NEAR(outcome.estimate.eigenvalues_difference[k], expected.eigenvalues_difference[k],
                1e-11 * largest);
  }
}

}  // namespace
}  // namespace kovar::test
