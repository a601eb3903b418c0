// SPDX-License-Identifier: BSD-3-Clause
#include "gsn/responses.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::gsn {
namespace {

/// All trials of all conditions, in an order of the conditions.
TrialPlan plan_of_all_trials(std::vector<std::int64_t> const& order, std::int64_t n_trials)
{
  auto const n_conditions = static_cast<std::int64_t>(order.size());
  ResponseCensus nothing_lost;
  nothing_lost.lost_trial.assign(static_cast<std::size_t>(n_conditions * n_trials), 0);
  return plan_of_valid_trials(ValidTrials(nothing_lost, n_conditions, n_trials),
                              LocalOrder(order, 0, n_conditions), n_trials);
}

template <class T>
class Contrasts : public ::testing::Test {
};
TYPED_TEST_SUITE(Contrasts, test::ScalarsAndSpaces);

TYPED_TEST(Contrasts, SpanTheDeviationsFromTheConditionMean)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n_trials : {2, 3, 6}) {
    test::Responses const all = test::random_responses(5, 4, n_trials, 1);
    auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
    auto const statistics =
        trial_statistics<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local),
                                            plan_of_all_trials({1, 3, 0, 2}, n_trials));
    auto const means = test::to_host(statistics.means);
    auto const h = test::to_host(statistics.contrasts);
    ASSERT_EQ(h.n_cols, 4 * (n_trials - 1));
    std::int64_t const place[] = {2, 0, 3, 1};
    for (std::int64_t c = 0; c < 4; ++c) {
      for (std::int64_t i = 0; i < 5; ++i)
        for (std::int64_t j = 0; j < 5; ++j) {
          double mean_i = 0;
          double mean_j = 0;
          for (std::int64_t t = 0; t < n_trials; ++t) {
            mean_i += all(i, c, t) / static_cast<double>(n_trials);
            mean_j += all(j, c, t) / static_cast<double>(n_trials);
          }
          double expected = 0;
          for (std::int64_t t = 0; t < n_trials; ++t)
            expected += (all(i, c, t) - mean_i) * (all(j, c, t) - mean_j);
          double found = 0;
          for (std::int64_t k = 0; k < n_trials - 1; ++k) {
            std::int64_t const column = place[c] * (n_trials - 1) + k;
            found += h(i, column) * h(j, column);
          }
          EXPECT_NEAR(found, expected, 400 * TypeParam::epsilon);
          EXPECT_NEAR(means(i, place[c]), mean_i, 20 * TypeParam::epsilon);
        }
    }
  }
}

TYPED_TEST(Contrasts, OfAConstantUnitAreExactlyZeroWhateverTheConstant)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::Responses all(3, 7, 5);
  double const constants[] = {0.1, 1.0 / 3, 1e6 + 0.1};
  for (std::int64_t i = 0; i < 3; ++i)
    for (std::int64_t c = 0; c < 7; ++c)
      for (std::int64_t t = 0; t < 5; ++t) all(i, c, t) = constants[i];
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  ExecSpace const space;
  auto const statistics = trial_statistics<Scalar, ExecSpace>(
      space, ConstCube<Scalar, ExecSpace>(local), plan_of_all_trials({0, 1, 2, 3, 4, 5, 6}, 5));
  for (double const h : test::to_host(statistics.contrasts).values) EXPECT_EQ(h, 0);
  auto const mean = mean_of_columns(space, statistics.means, 0, 7);
  auto const centered = test::to_host(centered_columns(space, statistics.means, 0, 7, mean));
  for (double const x : centered.values) EXPECT_EQ(x, 0);
  EXPECT_EQ(test::to_vector(statistics.largest)[2],
            static_cast<double>(static_cast<Scalar>(1e6 + 0.1)));
}

// Trials 1 and 3 of condition 0, none of condition 1, all of condition 2; means of two trials.
TYPED_TEST(Contrasts, UseOnlyTheTrialsOfThePlan)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::Responses all = test::random_responses(18, 3, 4, 5);
  all(2, 0, 0) = all(3, 1, 2) = std::numeric_limits<double>::quiet_NaN();
  TrialPlan plan;
  plan.begin = {0, 2, 2, 6};
  plan.trial = {1, 3, 0, 1, 2, 3};
  plan.mean_column = {1, 0, 2};
  plan.first_column = {3, 0, 0};
  plan.n_columns = 4;
  plan.n_mean_trials = 2;
  plan.mean_trial = {1, 3, 0, 0, 3, 1};
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  auto const statistics =
      trial_statistics<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local), plan);
  auto const means = test::to_host(statistics.means);
  auto const h = test::to_host(statistics.contrasts);
  auto const largest = test::to_vector(statistics.largest);
  for (std::int64_t i = 0; i < 18; ++i) {
    double const tolerance = 40 * TypeParam::epsilon;
    EXPECT_NEAR(h(i, 3), (all(i, 0, 1) - all(i, 0, 3)) / std::sqrt(2.0), tolerance);
    EXPECT_NEAR(means(i, 1), (all(i, 0, 1) + all(i, 0, 3)) / 2, tolerance);
    EXPECT_NEAR(means(i, 2), (all(i, 2, 1) + all(i, 2, 3)) / 2, tolerance);
    EXPECT_NEAR(h(i, 0), (all(i, 2, 0) - all(i, 2, 1)) / std::sqrt(2.0), tolerance);
    double bound = 0;
    for (std::int64_t const t : {1, 3}) bound = std::max(bound, std::fabs(all(i, 0, t)));
    for (std::int64_t t = 0; t < 4; ++t) bound = std::max(bound, std::fabs(all(i, 2, t)));
    EXPECT_NEAR(largest[static_cast<std::size_t>(i)], bound, tolerance * bound);
  }
}

TYPED_TEST(Contrasts, TheCensusFindsLostAndInfiniteResponsesInAnyLayout)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace> const cube("test::cube", 3, 4, 2);
  ExecSpace const space;
  auto const census_of = [&] {
    return response_census<Scalar, ExecSpace>(space, ConstCube<Scalar, ExecSpace>(cube));
  };
  EXPECT_EQ(census_of().n_lost, 0);
  EXPECT_EQ(census_of().first_infinite, -1);
  auto const host = Kokkos::create_mirror_view(cube);
  host(2, 0, 1) = -std::numeric_limits<Scalar>::infinity();
  host(1, 3, 0) = std::numeric_limits<Scalar>::infinity();
  host(0, 2, 1) = host(2, 2, 1) = host(1, 0, 0) = std::numeric_limits<Scalar>::quiet_NaN();
  Kokkos::deep_copy(cube, host);
  auto const census = census_of();
  EXPECT_EQ(census.n_lost, 3);
  EXPECT_EQ(census.first_infinite, (1 * 4 + 3) * 2);
  EXPECT_EQ(census.lost_trial, (std::vector<char>{1, 0, 0, 0, 0, 1, 0, 0}));
  ValidTrials const valid(census, 4, 2);
  EXPECT_EQ(valid.trials(), (std::vector<std::int64_t>{1, 0, 1, 0, 0, 1}));
  EXPECT_EQ(valid.count(2), 1);
}

}  // namespace
}  // namespace kovar::gsn
