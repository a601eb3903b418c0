// SPDX-License-Identifier: BSD-3-Clause
// Levels scored on held-out points with missing units, against the marginal density written out with
// plain loops; on 1 to 4 ranks.
#include "gsn/slow_levels.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/mask_groups.hpp>
#include <kovar/gsn/observed_levels.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

struct Problem {
  test::HostMatrix covariance;  // N x N, both triangles
  test::HostMatrix validation;  // N x m, NaN where missing
};

double scale_of(std::int64_t i) { return std::pow(10.0, static_cast<double>(i % 4) - 2); }

/// A covariance of correlated units on different scales, and points of which a share of values is lost.
/// indefinite > 0 adds symmetric noise of that size to the correlations, as pairwise estimates have it.
Problem random_problem(std::int64_t n, std::int64_t m, double share_lost, double indefinite = 0)
{
  Problem problem = {test::random_symmetric(n, 5, 0.3), test::random_matrix(n, m, 2)};
  auto const noise = test::random_matrix(n, n, 7);
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = j + 1; i < n; ++i) {
      problem.covariance(i, j) += indefinite * noise(i, j);
      problem.covariance(j, i) = problem.covariance(i, j);
    }
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i) problem.covariance(i, j) *= scale_of(i) * scale_of(j);
  auto const chance = test::random_matrix(n, m, 3);
  for (std::int64_t j = 0; j < m; ++j) {
    for (std::int64_t i = 1; i < n; ++i)
      problem.validation(i, j) += 0.7 * problem.validation(i - 1, j);
    for (std::int64_t i = 0; i < n; ++i) problem.validation(i, j) *= scale_of(i);
    if (j % 4 == 3) continue;  // some complete points
    for (std::int64_t i = 0; i < n; ++i)
      // P(|x| < 0.6745) = 1/2, about linear: enough for a test
      if (std::fabs(chance(i, j)) < 1.35 * share_lost) problem.validation(i, j) = nan;
  }
  return problem;
}

template <class ExecSpace>
ObservedProblem<ExecSpace> spread(dist::Communicator const& comm, Problem const& problem)
{
  dist::Blocks const blocks{problem.validation.n_cols, comm.size()};
  test::HostMatrix mine(problem.validation.n_rows, blocks.size(comm.rank()));
  for (std::int64_t j = 0; j < mine.n_cols; ++j)
    for (std::int64_t i = 0; i < mine.n_rows; ++i)
      mine(i, j) = problem.validation(i, blocks.begin(comm.rank()) + j);
  ObservedProblem<ExecSpace> result;
  if (comm.is_root()) {
    test::HostMatrix lower = problem.covariance;  // the upper triangle must not be looked at
    for (std::int64_t j = 0; j < lower.n_cols; ++j)
      for (std::int64_t i = 0; i < j; ++i) lower(i, j) = nan;
    result.covariance = test::to_space<double, ExecSpace>(lower);
  }
  result.validation = test::to_space<double, ExecSpace>(mine);
  result.largest_response = Vector<double, ExecSpace>("test::largest", mine.n_rows);
  Kokkos::deep_copy(result.largest_response, 1.0);
  return result;
}

template <class ExecSpace>
LevelChoice choose(dist::Communicator const& comm, std::vector<Problem> const& folds,
                   LevelRule const& rule, std::vector<Warning>& warnings)
{
  MakeObservedFold<ExecSpace> const make_fold = [&](int fold) {
    return spread<ExecSpace>(comm, folds[static_cast<std::size_t>(fold)]);
  };
  return choose_level_observed(ExecSpace(), comm, static_cast<int>(folds.size()), make_fold, rule,
                               "noise covariance", warnings);
}

/// nll(a) of the points.
double slow_nll(Problem const& problem, double level)
{
  return test::slow_nll({problem.covariance, problem.validation}, level);
}

template <class ExecSpace>
class ObservedLevels : public ::testing::Test {
};
TYPED_TEST_SUITE(ObservedLevels, test::ExecSpaces);

TYPED_TEST(ObservedLevels, ScoresAreThoseOfTheMarginalDensity)
{
  auto const comm = dist::Communicator::world();
  struct Size {
    std::int64_t n, m;
    double share_lost;
  };
  for (Size const& size : {Size{1, 1, 0.0}, Size{1, 9, 0.4}, Size{2, 3, 0.3}, Size{9, 17, 0.05},
                           Size{17, 9, 0.6}, Size{40, 33, 0.2}, Size{70, 5, 0.9}}) {
    SCOPED_TRACE(std::to_string(size.n) + " x " + std::to_string(size.m));
    Problem const problem = random_problem(size.n, size.m, size.share_lost);
    LevelRule rule;
    rule.levels = default_shrinkage_levels();
    std::vector<Warning> warnings;

    auto const choice = choose<TypeParam>(comm, {problem}, rule, warnings);

    EXPECT_TRUE(warnings.empty());
    std::size_t best = 0;
    for (std::size_t s = 0; s < rule.levels.size(); ++s) {
      double const expected = slow_nll(problem, rule.levels[s]);
      ASSERT_NEAR(choice.nll[s], expected, 1e-11 * (1 + std::fabs(expected))) << s;
      if (choice.nll[s] < choice.nll[best]) best = s;
    }
    EXPECT_EQ(choice.level, rule.levels[best]);
    EXPECT_EQ(choice.best_nll, choice.nll[best]);
  }
}

TYPED_TEST(ObservedLevels, AnIndefiniteCovarianceMakesOnlyLevelsNearOneSingular)
{
  auto const comm = dist::Communicator::world();
  Problem const problem = random_problem(25, 12, 0.2, 0.25);
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  std::vector<Warning> warnings;
  auto const choice = choose<TypeParam>(comm, {problem}, rule, warnings);
  int n_singular = 0;
  for (std::size_t s = 0; s < rule.levels.size(); ++s) {
    // A level is regular if the whole shrunken matrix has a Cholesky factor.
    test::HostMatrix g = problem.covariance;
    for (std::int64_t j = 0; j < 25; ++j)
      for (std::int64_t i = 0; i < 25; ++i)
        if (i != j) g(i, j) *= rule.levels[s];
    bool const singular = std::isnan(test::slow_cholesky(g)(24, 24));
    ASSERT_EQ(std::isnan(choice.nll[s]), singular) << s;
    if (singular) {
      ++n_singular;
      continue;
    }
    double const expected = slow_nll(problem, rule.levels[s]);
    EXPECT_NEAR(choice.nll[s], expected, 1e-10 * std::fabs(expected)) << s;
  }
  EXPECT_GT(n_singular, 5);
  EXPECT_LT(n_singular, 45);
}

// The complete rule on training columns and the observed rule on the covariance of the same columns.
TYPED_TEST(ObservedLevels, CompletePointsGiveTheScoresOfTheCompleteRule)
{
  auto const comm = dist::Communicator::world();
  std::int64_t const n = 14;
  auto columns = test::random_matrix(n, 30, 11);
  for (std::int64_t j = 0; j < 30; ++j) {
    for (std::int64_t i = 1; i < n; ++i) columns(i, j) += 0.7 * columns(i - 1, j);
    for (std::int64_t i = 0; i < n; ++i) columns(i, j) *= scale_of(i);
  }
  Problem problem = random_problem(n, 7, 0);
  problem.covariance = test::product(columns, test::transposed(columns));
  for (double& x : problem.covariance.values) x /= 30;
  LevelProblem<TypeParam> complete;
  if (comm.is_root()) {
    complete.training = test::to_space<double, TypeParam>(columns);
    complete.validation = test::to_space<double, TypeParam>(problem.validation);
  } else {
    complete.training = Matrix<double, TypeParam>("test::none", n, 0);
    complete.validation = Matrix<double, TypeParam>("test::none", n, 0);
  }
  complete.scale = 1.0 / 30;
  complete.n_training_columns = complete.largest_rank = 30;
  complete.n_points = 7;
  complete.largest_response = Vector<double, TypeParam>("test::largest", n);
  Kokkos::deep_copy(complete.largest_response, 1.0);
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  for (LevelSearch const search : {LevelSearch::grid, LevelSearch::continuous}) {
    rule.search = search;
    std::vector<Warning> warnings;
    auto const expected = choose_level(TypeParam(), comm, complete, rule, "x", warnings);
    auto const found = choose<TypeParam>(comm, {problem}, rule, warnings);
    for (std::size_t s = 0; s < rule.levels.size(); ++s)
      EXPECT_NEAR(found.nll[s], expected.nll[s], 1e-12 * std::fabs(expected.nll[s]));
    EXPECT_NEAR(found.level, expected.level, 1e-11);
    EXPECT_GT(found.level, 0);
    EXPECT_LT(found.level, 1);
    EXPECT_NEAR(found.best_nll, expected.best_nll, 1e-12 * std::fabs(expected.best_nll));
  }
}

TYPED_TEST(ObservedLevels, TheContinuousMinimumOfTwoFoldsBeatsADenseGrid)
{
  auto const comm = dist::Communicator::world();
  std::vector<Problem> const folds = {random_problem(9, 6, 0.3, 0.1), random_problem(9, 11, 0.2)};
  LevelRule rule;
  rule.levels = {0.2, 1.0, 0.4};
  rule.search = LevelSearch::continuous;
  std::vector<Warning> warnings;
  auto const choice = choose<TypeParam>(comm, folds, rule, warnings);
  ASSERT_EQ(choice.nll_of_folds.size(), 2U);
  auto const mean_nll = [&](double level) {
    return 0.5 * (slow_nll(folds[0], level) + slow_nll(folds[1], level));
  };
  EXPECT_NEAR(choice.best_nll, mean_nll(choice.level), 1e-11);
  double lowest = std::numeric_limits<double>::infinity();
  for (int k = 0; k < 3000; ++k) {
    double const nll = mean_nll(k / 3000.0);
    if (nll < lowest) lowest = nll;
  }
  EXPECT_LE(choice.best_nll, lowest + 1e-11);
  EXPECT_GT(choice.level, 0);
  // The slope of the plain formula vanishes there.
  double const h = 1e-4;
  double const low = mean_nll(choice.level - h);
  double const high = mean_nll(choice.level + h);
  double const curvature = (low + high - 2 * choice.best_nll) / (h * h);
  EXPECT_GT(curvature, 0);
  EXPECT_LT(std::fabs((high - low) / (2 * h) / curvature), 1e-6);
}

// Ranks share the masks out; what they find does not depend on how.
TYPED_TEST(ObservedLevels, EveryRankCountGivesTheSameBits)
{
  auto const comm = dist::Communicator::world();
  Problem const problem = random_problem(21, 15, 0.25);
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  rule.search = LevelSearch::continuous;
  std::vector<Warning> warnings;
  auto const together = choose<TypeParam>(comm, {problem}, rule, warnings);
  auto const alone = choose<TypeParam>(dist::Communicator(), {problem}, rule, warnings);
  EXPECT_EQ(together.level, alone.level);
  EXPECT_EQ(together.best_nll, alone.best_nll);
  EXPECT_EQ(together.nll, alone.nll);
}

TYPED_TEST(ObservedLevels, PointsWithoutAUnitAndConstantUnitsDoNotCount)
{
  auto const comm = dist::Communicator::world();
  Problem const problem = random_problem(8, 6, 0.3);
  Problem more = {test::HostMatrix(9, 9), test::HostMatrix(9, 8)};
  for (std::int64_t i = 0; i < 8; ++i) {
    std::int64_t const row = i < 3 ? i : i + 1;  // unit 3 is dead
    for (std::int64_t j = 0; j < 8; ++j)
      more.covariance(row, j < 3 ? j : j + 1) = problem.covariance(i, j);
    for (std::int64_t j = 0; j < 6; ++j) more.validation(row, j) = problem.validation(i, j);
    more.validation(row, 6) = more.validation(row, 7) =
        nan;  // point 7 has nothing but the dead unit
  }
  more.validation(3, 6) = nan;
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  std::vector<Warning> warnings;
  auto const expected = choose<TypeParam>(comm, {problem}, rule, warnings);
  EXPECT_TRUE(warnings.empty());
  auto const found = choose<TypeParam>(comm, {more, more}, rule, warnings);
  EXPECT_EQ(found.nll, expected.nll);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].message,
            "1 unit has zero variance in the training part of the noise covariance (unit 3); its "
            "level is chosen on the other units");

  rule.zero_variance = ZeroVariance::compat;
  warnings.clear();
  auto const compat = choose<TypeParam>(comm, {more}, rule, warnings);
  EXPECT_EQ(compat.level, 0);
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[1].code, Warning::Code::all_levels_singular);
}

TYPED_TEST(ObservedLevels, WithoutAnyValueTheFirstLevelIsTakenWithAWarning)
{
  auto const comm = dist::Communicator::world();
  Problem problem = random_problem(4, 5, 0);
  for (double& x : problem.validation.values) x = nan;
  LevelRule rule;
  rule.levels.assign({0.7, 0.2});
  for (LevelSearch const search : {LevelSearch::grid, LevelSearch::continuous}) {
    rule.search = search;
    std::vector<Warning> warnings;
    auto const choice = choose<TypeParam>(comm, {problem}, rule, warnings);
    EXPECT_EQ(choice.level, 0.7);
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(
        warnings[0].message,
        "no shrinkage level of the noise covariance can be scored (no condition is held out); "
        "the first of the list, 0.7, is taken");
  }
}

// Rule K5.
TYPED_TEST(ObservedLevels, ExactTiesReturnTheFirstLevel)
{
  auto const comm = dist::Communicator::world();
  Problem apart = random_problem(5, 9, 0.3);
  for (std::int64_t j = 0; j < 5; ++j)
    for (std::int64_t i = 0; i < 5; ++i)
      if (i != j) apart.covariance(i, j) = 0;
  LevelRule rule;
  rule.levels.assign({0.37, 0.11, 0.93, 0.0, 1.0});
  for (LevelSearch const search : {LevelSearch::grid, LevelSearch::continuous}) {
    rule.search = search;
    std::vector<Warning> warnings;
    EXPECT_EQ(choose<TypeParam>(comm, {apart}, rule, warnings).level, 0.37);
    EXPECT_EQ(choose<TypeParam>(comm, {random_problem(1, 4, 0.2)}, rule, warnings).level, 0.37);
  }
}

TEST(MaskGroups, CollectPointsOfEqualMasksInOrder)
{
  double const x[] = {1,   nan, 3,    // mask a
                      4,   5,   6,    // mask b
                      nan, nan, nan,  // none
                      7,   nan, 8,    // mask a
                      nan, 9,   nan};
  auto const groups = group_by_mask(x, 3, 5);
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0].units, (std::vector<std::int64_t>{0, 2}));
  EXPECT_EQ(groups[0].points, (std::vector<std::int64_t>{0, 3}));
  EXPECT_EQ(groups[1].units, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(groups[1].points, (std::vector<std::int64_t>{1}));
  EXPECT_EQ(groups[2].points, (std::vector<std::int64_t>{4}));
  EXPECT_EQ(count_points(groups), 4);
  EXPECT_TRUE(group_by_mask(x, 0, 0).empty());
}

}  // namespace
}  // namespace kovar::gsn
