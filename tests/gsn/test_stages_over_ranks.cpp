// SPDX-License-Identifier: BSD-3-Clause
// A run with matrices over ranks that ends after any stage and is taken up again gives the results of a run in one
// go, within the tolerances of the specification (section 21): engines over ranks round as messages come in.

#include "gsn/over_ranks.hpp"
#include "gsn/stopping_checkpoint_over_ranks.hpp"
#include "support/spaces.hpp"
#include "support/typed.hpp"

#include <kovar/gsn/finish.hpp>
#include <kovar/gsn/task.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::test {
namespace {

using dist::Communicator;
using Texts = std::vector<std::string>;

struct Example {
  std::string name;
  Responses responses;
  bool shrinkage = true;
};

/// Complete data; lost trials without shrinkage, where the loop takes several passes; a constant unit; one unit.
std::vector<Example> examples()
{
  Responses const complete = random_responses(70, 30, 3, 11);
  Responses const lost = with_lost_repetitions(random_responses(40, 24, 4, 7));
  Responses constant = complete;
  for (std::int64_t c = 0; c < 30; ++c)
    for (std::int64_t t = 0; t < 3; ++t) constant(5, c, t) = 2.5;
  return {{"complete", complete},
          {"lost trials", lost, false},
          {"constant unit", constant},
          {"one unit", random_responses(1, 12, 3, 4)}};
}

/// Run until the checkpoint has n more stages, or to the end. \return  was there an end?
template <class Scalar, class ExecSpace>
bool run_stages(Communicator const& comm, Responses const& responses, gsn::Options const& options,
                int n, gsn::EstimateOverRanks<Scalar>& result)
{
  for (int k = 0; k < n; ++k) {
    try {
      result = over_ranks<Scalar, ExecSpace>(comm, responses, options);
      return true;
    } catch (Stopped const&) {
    }
  }
  return false;
}

double largest_of(HostMatrix const& m)
{
  double largest = 0;
  for (double const value : m.values) largest = std::max(largest, std::fabs(value));
  return largest;
}

template <class Scalar>
void expect_near(gsn::EstimateOverRanks<Scalar> const& found,
                 gsn::EstimateOverRanks<Scalar> const& expected, double tolerance)
{
  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  EXPECT_EQ(found.noise_level.nll.size(), expected.noise_level.nll.size());
  EXPECT_EQ(found.n_iterations, expected.n_iterations);
  ASSERT_EQ(found.warnings.size(), expected.warnings.size());
  for (std::size_t k = 0; k < found.warnings.size(); ++k)
    EXPECT_EQ(found.warnings[k].message, expected.warnings[k].message);
  auto const near = [&](auto const& x, auto const& y, char const* what) {
    HostMatrix const reference = whole(y);
    EXPECT_LE(largest_difference(whole(x), reference), tolerance * largest_of(reference)) << what;
  };
  near(found.noise_covariance, expected.noise_covariance, "cN");
  near(found.signal_covariance, expected.signal_covariance, "cS");
  near(found.noise_covariance_psd, expected.noise_covariance_psd, "cNb");
  near(found.signal_covariance_psd, expected.signal_covariance_psd, "cSb");
  ASSERT_EQ(found.eigenvalues_signal.size(), expected.eigenvalues_signal.size());
  ASSERT_EQ(found.eigenvalues_difference.size(), expected.eigenvalues_difference.size());
  double const largest = static_cast<double>(expected.eigenvalues_signal.front());
  for (std::size_t k = 0; k < found.eigenvalues_signal.size(); ++k) {
    EXPECT_NEAR(found.eigenvalues_signal[k], expected.eigenvalues_signal[k], tolerance * largest);
    EXPECT_NEAR(found.eigenvalues_difference[k], expected.eigenvalues_difference[k],
                tolerance * largest);
  }
}

template <class T>
class StagesOverRanks : public ::testing::Test {
};
TYPED_TEST_SUITE(StagesOverRanks, ScalarsAndSpaces);

TYPED_TEST(StagesOverRanks, ARunStoppedAfterEveryStageGivesTheSameResult)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const comm = Communicator::world();
  double const tolerance = sizeof(Scalar) == 8 ? 1e-11 : 1e-5;
  bool has_pass = false;
  for (auto const& [name, responses, shrinkage] : examples()) {
    SCOPED_TRACE(name);
    gsn::Options options = everything();
    options.shrinkage = shrinkage;
    auto const expected = over_ranks<Scalar, ExecSpace>(comm, responses, options);
    StoppingCheckpointOverRanks checkpoint;
    options.checkpoint = &checkpoint;
    gsn::EstimateOverRanks<Scalar> found;
    ASSERT_TRUE((run_stages<Scalar, ExecSpace>(comm, responses, options, 110, found)));

    Texts stages = {"noise level", "data level"};
    for (int pass = 1; pass < std::max(1, expected.n_iterations + 1); ++pass)
      if (checkpoint.stages.at(1 + static_cast<std::size_t>(pass)) ==
          "pass " + std::to_string(pass)) {
        stages.push_back("pass " + std::to_string(pass));
        has_pass = true;
      }
    for (char const* const stage : {"projection", "signal eigenbasis", "difference eigenbasis"})
      stages.emplace_back(stage);
    EXPECT_EQ(checkpoint.stages, stages);
    EXPECT_FALSE(checkpoint.holds("passes"));
    expect_near(found, expected, tolerance);
    for (auto const item : {&gsn::EstimateOverRanks<Scalar>::eigenvectors_signal,
                            &gsn::EstimateOverRanks<Scalar>::eigenvectors_difference}) {
      EXPECT_EQ((found.*item).n_columns(), (expected.*item).n_columns());
      HostMatrix const vectors = whole(found.*item);
      double square = 0;
      for (double const entry : vectors.values) square += entry * entry;
      EXPECT_NEAR(square, static_cast<double>(responses.n_units), 1e-3);
    }
  }
  EXPECT_TRUE(has_pass);
}

// Where a run stopped after each of its stages, other ranks go on: all but one of them, and this one alone.
TEST(StagesOnOtherRanks, GiveTheSameResultToRounding)
{
  auto const comm = Communicator::world();
  bool const is_alone = comm.rank() == comm.size() - 1;
  Communicator const part = comm.split(is_alone ? 1 : 0, 0);
  for (auto const& [name, responses, shrinkage] : examples()) {
    gsn::Options options = everything();
    options.shrinkage = shrinkage;
    auto const expected = over_ranks<double, dist::Host>(part, responses, options);
    StoppingCheckpointOverRanks checkpoint;
    options.checkpoint = &checkpoint;
    gsn::EstimateOverRanks<double> ignored;
    while (!run_stages<double, dist::Host>(comm, responses, options, 1, ignored)) {
      SCOPED_TRACE(name + " after " + checkpoint.stages.back());
      StoppingCheckpointOverRanks taken_up = checkpoint;
      taken_up.stops = false;
      gsn::Options others = options;
      others.checkpoint = &taken_up;
      auto const found = over_ranks<double, dist::Host>(part, responses, others);
      EXPECT_GT(taken_up.stages.size(), 0U);
      expect_near(found, expected, 1e-11);
    }
  }
}

// A run with a time limit must stop before a projection that it has no time for.
TEST(StageWorkOverRanks, IsThatOfTheProjectionAfterTheLevels)
{
  gsn::Options options;
  StoppingCheckpointOverRanks checkpoint;
  checkpoint.stops = false;
  options.checkpoint = &checkpoint;
  over_ranks<double, dist::Host>(Communicator::world(), random_responses(60, 12, 3, 4), options);
  StoppingCheckpoint of_root;
  of_root.stops = false;
  options.checkpoint = &of_root;
  estimate_on<double, dist::Host>(Communicator::world(), random_responses(60, 12, 3, 4), options);
  double const data_work = gsn::level_work(60, 12, 51, gsn::Scoring::automatic);
  EXPECT_NEAR(checkpoint.next_works.at("data level"),
              of_root.next_works.at("data level") + gsn::eigen_flops(60) / data_work, 1e-9);
  EXPECT_LT(checkpoint.next_works.at("projection"), 0.05);
  EXPECT_GT(checkpoint.next_works.at("projection"), 0);
}

TEST(StagesOverRanksErrors, RefusesACheckpointOfOneRank)
{
  gsn::Options options;
  StoppingCheckpoint checkpoint;
  options.checkpoint = &checkpoint;
  try {
    over_ranks<double, dist::Host>(Communicator::world(), random_responses(4, 12, 3, 1), options);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_TRUE(error.on_all_ranks());
    EXPECT_STREQ(error.what(),
                 "estimate_over_ranks: the checkpoint keeps matrices of rank 0 only (here no rank "
                 "has whole ones); give a dist::CheckpointOverRanks as io::CheckpointFile, or use "
                 "estimate()");
  }
}

}  // namespace
}  // namespace kovar::test
