// SPDX-License-Identifier: BSD-3-Clause
// Input that must be refused, on every rank with the same text, and what is only warned of.
#include "gsn/responses.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/needed_memory.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

using Space = Kokkos::DefaultExecutionSpace;

std::string error_of(test::Responses const& responses, Options const& options = {})
{
  try {
    test::estimate_on<double, Space>(dist::Communicator::world(), responses, options);
  } catch (InputError const& e) {
    EXPECT_TRUE(e.on_all_ranks());
    return e.what();
  }
  return "no error";
}

TEST(Errors, NoUnits)
{
  EXPECT_EQ(error_of(test::Responses(0, 5, 3)),
            "estimate: the responses have no units (shape units x conditions x trials)");
}

TEST(Errors, FewerThanTwoTrials)  // E_NTRIAL
{
  EXPECT_EQ(error_of(test::random_responses(4, 6, 1, 1)),
            "estimate: the responses have 1 trial per condition (noise is what differs between "
            "trials of one "
            "condition); at least 2 are needed");
}

TEST(Errors, FewerThanTwoConditions)  // E_NCOND
{
  EXPECT_EQ(error_of(test::random_responses(4, 1, 3, 1)),
            "estimate: the responses have 1 condition (signal is what differs between conditions); "
            "at least 2 "
            "are needed");
}

TEST(Errors, MatricesThatNoMachineHolds)
{
  auto const has_remedy = [](std::string const& message, std::string const& remedy) {
    return message.find("estimate: 1000000 units needs ") == 0 &&
           message.find(remedy) != std::string::npos;
  };
  std::string const few = error_of(test::random_responses(1'000'000, 2, 2, 1));
  EXPECT_TRUE(has_remedy(few,
                         " are available; take form=factored (it makes no matrix of units x "
                         "units), fewer units, "))
      << few;
  // With no fewer responses than units that would not help.
  EXPECT_EQ(matrix_remedy(12, 4, 3, "smaller blocks, ", "fewer units"),
            "take smaller blocks, fewer units");
  EXPECT_EQ(matrix_remedy(13, 4, 3, "smaller blocks, ", "fewer units"),
            "take form=factored (it makes no matrix of units x units), fewer units");
}

TEST(Errors, InfiniteResponse)  // E_NONFINITE, on whichever rank it is
{
  for (std::int64_t const condition : {0, 3, 5}) {
    auto responses = test::random_responses(4, 6, 3, 1);
    responses(2, condition, 1) = std::numeric_limits<double>::infinity();
    EXPECT_EQ(error_of(responses),
              "estimate: the response is infinite at unit 2, condition " +
                  std::to_string(condition) +
                  ", trial 1 (covariances of it are not defined); mend or leave out the unit, or "
                  "give NaN where a response was lost");
  }
}

/// Lose a response in all trials of a condition from `first` on.
void lose_trials(test::Responses& responses, std::int64_t condition, std::int64_t first)
{
  for (std::int64_t t = first; t < responses.n_trials; ++t)
    responses(condition % responses.n_units, condition, t) =
        std::numeric_limits<double>::quiet_NaN();
}

TEST(Errors, AConditionWithoutAWholeTrial)  // E_NO_VALID_TRIAL
{
  auto responses = test::random_responses(4, 6, 3, 1);
  lose_trials(responses, 5, 0);
  for (Uneven const uneven : {Uneven::fast, Uneven::reference}) {
    Options options;
    options.uneven = uneven;
    EXPECT_EQ(
        error_of(responses, options),
        "estimate: condition 5 has no trial in which every unit is present (uneven=fast drops "
        "a trial if one unit is missing); leave the condition or the unit out, or use "
        "uneven=missing");
  }
  Options options;
  options.uneven = Uneven::missing;
  EXPECT_EQ(error_of(responses, options), "no error");
}

TEST(Errors, NoTrainingConditionWithTwoWholeTrials)  // E_TRAINING_EMPTY
{
  auto responses = test::random_responses(4, 6, 3, 1);
  std::int64_t const held_out = permutation(6).front();  // one of six
  for (std::int64_t c = 0; c < 6; ++c)
    if (c != held_out) lose_trials(responses, c, 1);
  EXPECT_EQ(error_of(responses).find("estimate: no training condition has two trials"), 0U);
}

TEST(Errors, NoHeldOutConditionWithTwoWholeTrials)  // E_VALIDATION_EMPTY
{
  auto responses = test::random_responses(4, 6, 3, 1);
  lose_trials(responses, permutation(6).front(), 1);
  EXPECT_EQ(error_of(responses).find("estimate: no held-out condition has two trials"), 0U);
  auto two_conditions = test::random_responses(4, 2, 3, 1);
  lose_trials(two_conditions, 0, 2);
  EXPECT_EQ(error_of(two_conditions).find("estimate: no held-out condition has two trials"), 0U);
}

TEST(Errors, FoldsThatLeaveTooLittle)
{
  for (int const n_folds : {0, -1, 7}) {
    Options options;
    options.n_folds = n_folds;
    EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options)
                  .find("folds: " + std::to_string(n_folds)),
              0U);
  }
  Options options;
  options.n_folds = 2;
  EXPECT_EQ(error_of(test::random_responses(4, 3, 3, 1), options).find("folds: 2 folds of 3"), 0U);
}

TEST(Errors, MoreComponentsThanUnits)
{
  Options options;
  options.n_components = 5;
  EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options).find("n_components: 5"), 0U);
}

TEST(Errors, EmptyLevelList)  // E_SHRINKLEVELS_EMPTY
{
  Options options;
  options.levels = std::vector<double>{};
  EXPECT_EQ(
      error_of(test::random_responses(4, 6, 3, 1), options).find("shrinklevels: the list is empty"),
      0U);
}

TEST(Errors, LevelOutsideItsRange)  // E_SHRINKLEVELS_RANGE
{
  Options options;
  options.levels = std::vector<double>{0.5, 2};
  EXPECT_EQ(
      error_of(test::random_responses(4, 6, 3, 1), options).find("shrinklevels: entry 1 is 2"), 0U);
}

TEST(Errors, AWrongBlockOfConditionsOnOneRank)
{
  auto const comm = dist::Communicator::world();
  Kokkos::View<double***, Space> const responses("test::responses", 3, 7, 2);
  try {
    // Every rank claims 7 conditions of 10 * size.
    estimate<double, Space>(Space(), comm, ConstCube<double, Space>(responses), 10 * comm.size());
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()).find("estimate: rank 0 holds 7 conditions (its block of "), 0U);
  }
}

// The callback runs on rank 0; what it throws must not leave the others waiting, wherever the run is.
TEST(Errors, AnExceptionOfTheProgressCallbackEndsAllRanksInAnyPhase)
{
  for (std::string const phase : {"trial statistics", "data levels", "projection", "results",
                                  "difference eigenbasis", "done"}) {
    Options options;
    options.returns.insert(Item::eigenvalues_difference);
    options.progress = [&](Progress const& report) {
      if (report.phase == phase) throw InputError("stopped at " + phase);
    };
    EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options), "stopped at " + phase);
  }
}

TEST(Errors, RanksWithDifferentOptionsAreToldSo)
{
  auto const comm = dist::Communicator::world();
  if (comm.size() == 1) return;
  Options options;
  if (comm.rank() == 1) options.scoring = Scoring::cholesky;
  EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options)
                .find("estimate: ranks were called with different numbers of units"),
            0U);
}

// Lists of one length: each rank would take the level of its own list at the index that rank 0 found.
TEST(Errors, RanksWithDifferentLevelsAreToldSo)
{
  auto const comm = dist::Communicator::world();
  if (comm.size() == 1) return;
  Options options;
  options.levels = std::vector<double>{0.2, 0.5};
  EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options), "no error");
  if (comm.rank() == 1) options.levels = std::vector<double>{0.5, 0.2};
  EXPECT_EQ(error_of(test::random_responses(4, 6, 3, 1), options)
                .find("estimate: ranks were called with different numbers of units"),
            0U);
}

TEST(Errors, TheInfiniteResponseComesBeforeTheMissingCondition)  // order of section 15
{
  auto responses = test::random_responses(4, 1, 3, 1);
  responses(0, 0, 0) = std::numeric_limits<double>::infinity();
  EXPECT_EQ(error_of(responses).find("estimate: the response is infinite at unit 0"), 0U);
}

TEST(Errors, VariancesThatOverflow)
{
  auto responses = test::random_responses(3, 6, 3, 1);
  for (double& v : responses.values) v *= 1e200;
  EXPECT_EQ(error_of(responses).find("estimate: the variance of unit 0 overflows"), 0U);
}

TEST(Warnings, TwoConditionsHoldNothingOut)
{
  auto const result = test::estimate_on<double, Space>(dist::Communicator::world(),
                                                       test::random_responses(3, 2, 4, 1));
  EXPECT_EQ(result.noise_level.level, 0.0);
  EXPECT_EQ(result.data_level.level, 0.0);
  ASSERT_EQ(result.warnings.size(), 2U);  // once for noise, once for data
  for (Warning const& warning : result.warnings) {
    EXPECT_EQ(warning.code, Warning::Code::all_levels_singular);
    EXPECT_EQ(name_of(warning.code), "W_ALL_LEVELS_SINGULAR");
  }
}

TEST(Warnings, AllUnitsDeadGivesZerosAndNoCrash)
{
  auto const comm = dist::Communicator::world();
  auto const result = test::estimate_on<double, Space>(comm, test::Responses(3, 6, 2));
  EXPECT_EQ(result.noise_ceiling_snr, (std::vector<double>{0, 0, 0}));
  if (!comm.is_root()) return;
  auto const host =
      Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, result.signal_covariance_psd);
  ASSERT_EQ(host.extent(0), 3U);
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) EXPECT_EQ(host(i, j), 0);
}

TEST(Progress, ReportsEveryPhaseWithRisingShares)
{
  std::vector<Progress> reports;
  Options options;
  options.progress = [&](Progress const& report) { reports.push_back(report); };
  auto const result = test::estimate_on<double, Space>(dist::Communicator::world(),
                                                       test::random_responses(4, 6, 3, 1), options);
  if (!dist::Communicator::world().is_root()) {
    EXPECT_TRUE(reports.empty());
    return;
  }
  ASSERT_GT(reports.size(), 5U);
  EXPECT_EQ(reports.front().fraction_done, 0);
  EXPECT_EQ(reports.back().fraction_done, 1);
  for (std::size_t i = 1; i < reports.size(); ++i)
    EXPECT_GE(reports[i].fraction_done, reports[i - 1].fraction_done);
  EXPECT_EQ(result.phases.size() + 1, reports.size());
}

}  // namespace
}  // namespace kovar::gsn
