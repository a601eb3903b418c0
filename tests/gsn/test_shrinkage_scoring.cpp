// SPDX-License-Identifier: BSD-3-Clause
// Level scoring on made-up training and validation columns, against the formula written out with
// plain loops; on 1 to 4 ranks, columns spread over them.
#include "level_problems.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

/// nll(a) with G = a A + (1-a) Diag(A) by a textbook Cholesky factor, without any rescaling.
double slow_nll(Problem const& problem, double level)
{
  std::int64_t const n = problem.training.n_rows;
  auto g = test::product(problem.training, test::transposed(problem.training));
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      g(i, j) *= (i == j ? 1 : level) / static_cast<double>(problem.training.n_cols);
  auto const l = test::slow_cholesky(g);
  double log_determinant = 0;
  for (std::int64_t i = 0; i < n; ++i) log_determinant += 2 * std::log(l(i, i));
  double quadratic = 0;
  for (std::int64_t p = 0; p < problem.validation.n_cols; ++p) {
    std::vector<double> y;
    for (std::int64_t i = 0; i < n; ++i) {
      double sum = problem.validation(i, p);
      for (std::int64_t k = 0; k < i; ++k) sum -= l(i, k) * y[static_cast<std::size_t>(k)];
      y.push_back(sum / l(i, i));
      quadratic += y.back() * y.back();
    }
  }
  return 0.5 * (quadratic / static_cast<double>(problem.n_points) + log_determinant +
                static_cast<double>(n) * std::log(2 * std::acos(-1.0)));
}

template <class ExecSpace>
class ShrinkageScoring : public ::testing::Test {
};
TYPED_TEST_SUITE(ShrinkageScoring, test::ExecSpaces);

TYPED_TEST(ShrinkageScoring, EveryMethodGivesTheFormulaAndTheSameSingularLevels)
{
  auto const comm = dist::Communicator::world();
  struct Size {
    std::int64_t n, k, m;
  };
  for (Size const& size : {Size{1, 5, 3}, Size{6, 4, 3}, Size{30, 12, 7}, Size{12, 12, 9},
                           Size{20, 60, 17}, Size{70, 9, 1}, Size{400, 30, 5}}) {
    Problem const problem = random_problem(size.n, size.k, size.m);
    bool const thin = size.k < size.n;
    LevelRule rule;
    rule.levels = default_shrinkage_levels();
    for (Scoring const scoring :
         {Scoring::automatic, Scoring::cholesky, Scoring::low_rank, Scoring::decomposition}) {
      if (scoring == Scoring::low_rank && !thin) continue;
      SCOPED_TRACE(name_of(scoring) + " " + std::to_string(size.n) + " x " +
                   std::to_string(size.k));
      rule.scoring = scoring;
      std::vector<Warning> warnings;

      LevelChoice const choice =
          choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "test", warnings);

      EXPECT_TRUE(warnings.empty());
      std::size_t best = 0;
      for (std::size_t s = 0; s < rule.levels.size(); ++s) {
        bool const singular = thin && rule.levels[s] == 1;
        ASSERT_EQ(std::isnan(choice.nll[s]), singular) << s;
        if (singular) continue;
        double const expected = slow_nll(problem, rule.levels[s]);
        // Up to 1/(1-a) = 50 times the rounding of sums of n terms.
        EXPECT_NEAR(choice.nll[s], expected, 1e-10 * std::fabs(expected)) << s;
        if (choice.nll[s] < choice.nll[best]) best = s;
      }
      EXPECT_EQ(choice.level, rule.levels[best]);
    }
  }
}

// As many columns as units, but centred: of rank n - 1, so that level 1 is singular by every method.
TYPED_TEST(ShrinkageScoring, CenteredColumnsOfFullNumberAreSingularAtLevelOne)
{
  auto const comm = dist::Communicator::world();
  Problem problem = random_problem(12, 12, 5);
  problem.largest_rank = 11;
  for (std::int64_t i = 0; i < 12; ++i) {
    double mean = 0;
    for (std::int64_t j = 0; j < 12; ++j) mean += problem.training(i, j) / 12;
    for (std::int64_t j = 0; j < 12; ++j) problem.training(i, j) -= mean;
  }
  LevelRule rule;
  rule.levels = {1.0, 0.5};
  for (Scoring const scoring : {Scoring::low_rank, Scoring::cholesky, Scoring::decomposition}) {
    rule.scoring = scoring;
    std::vector<Warning> warnings;
    auto const choice =
        choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "x", warnings);
    EXPECT_TRUE(std::isnan(choice.nll[0]));
    EXPECT_NEAR(choice.nll[1], slow_nll(problem, 0.5), 1e-10);
    EXPECT_EQ(choice.level, 0.5);
  }
}

TYPED_TEST(ShrinkageScoring, ASmallMemoryBudgetOnlyChunksTheStack)
{
  auto const comm = dist::Communicator::world();
  Problem const problem = random_problem(15, 40, 6);
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  rule.scoring = Scoring::cholesky;
  std::vector<Warning> warnings;
  auto const whole =
      choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "test", warnings);
  rule.memory_budget = 1;
  auto const chunked =
      choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "test", warnings);
  EXPECT_EQ(whole.nll, chunked.nll);
}

// Rule K3: two equal units make the correlation matrix singular; a factorization in floating point
// may or may not notice.
TYPED_TEST(ShrinkageScoring, DuplicatedUnitsMakeLevelOneSingularByEveryMethod)
{
  auto const comm = dist::Communicator::world();
  Problem problem = random_problem(8, 50, 6);
  for (std::int64_t j = 0; j < 50; ++j) problem.training(5, j) = 3 * problem.training(2, j);
  LevelRule rule;
  rule.levels = {0.5, 1.0, 0.98};
  for (Scoring const scoring : {Scoring::cholesky, Scoring::decomposition}) {
    rule.scoring = scoring;
    std::vector<Warning> warnings;
    auto const choice =
        choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "test", warnings);
    EXPECT_FALSE(std::isnan(choice.nll[0]));
    EXPECT_TRUE(std::isnan(choice.nll[1]));
    EXPECT_FALSE(std::isnan(choice.nll[2]));
  }
}

TYPED_TEST(ShrinkageScoring, ConstantUnitsAreExcludedWithAWarningOrMakeAllLevelsSingular)
{
  auto const comm = dist::Communicator::world();
  Problem const problem = random_problem(8, 50, 6);
  Problem with_dead = problem;
  with_dead.training = test::HostMatrix(10, 50);
  with_dead.validation = test::HostMatrix(10, 6);
  for (std::int64_t i = 0; i < 8; ++i) {
    std::int64_t const row = i < 3 ? i : i + 2;  // units 3 and 4 are dead
    for (std::int64_t j = 0; j < 50; ++j) with_dead.training(row, j) = problem.training(i, j);
    for (std::int64_t j = 0; j < 6; ++j) with_dead.validation(row, j) = problem.validation(i, j);
  }
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  std::vector<Warning> warnings;
  auto const expected =
      choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule, "x", warnings);
  auto const found = choose_level(TypeParam(), comm, spread<TypeParam>(comm, with_dead), rule,
                                  "noise covariance", warnings);
  EXPECT_EQ(found.level, expected.level);
  for (std::size_t s = 0; s < found.nll.size(); ++s)
    EXPECT_NEAR(found.nll[s], expected.nll[s], 1e-12);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].message,
            "2 units have zero variance in the training part of the noise covariance (unit 3, 4); "
            "its level "
            "is chosen on the other units");

  rule.zero_variance = ZeroVariance::compat;
  warnings.clear();
  auto const compat =
      choose_level(TypeParam(), comm, spread<TypeParam>(comm, with_dead), rule, "x", warnings);
  EXPECT_EQ(compat.level, 0.0);
  for (double const nll : compat.nll) EXPECT_TRUE(std::isnan(nll));
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[1].code, Warning::Code::all_levels_singular);
}

// Rule K5: where the level has no influence the first one is chosen, in every bit.
TYPED_TEST(ShrinkageScoring, ExactTiesReturnTheFirstLevel)
{
  auto const comm = dist::Communicator::world();
  LevelRule rule;
  rule.levels = {0.37, 0.11, 0.93, 0.0, 1.0};
  std::vector<Warning> warnings;
  auto const ways = {std::make_pair(Scoring::cholesky, LevelSearch::grid),
                     std::make_pair(Scoring::decomposition, LevelSearch::grid),
                     std::make_pair(Scoring::decomposition, LevelSearch::continuous)};
  for (auto const& [scoring, search] : ways) {
    rule.scoring = scoring;
    rule.search = search;
    EXPECT_EQ(choose_level(TypeParam(), comm, spread<TypeParam>(comm, random_problem(1, 9, 4)),
                           rule, "x", warnings)
                  .level,
              0.37);
    // Units that never respond together: exact zeros off the diagonal.
    Problem apart = random_problem(3, 9, 6);
    for (std::int64_t i = 0; i < 3; ++i)
      for (std::int64_t j = 0; j < 9; ++j)
        if (j % 3 != i) apart.training(i, j) = 0;
    EXPECT_EQ(
        choose_level(TypeParam(), comm, spread<TypeParam>(comm, apart), rule, "x", warnings).level,
        0.37);
  }
}

TYPED_TEST(ShrinkageScoring, WithoutHeldOutPointsTheFirstLevelIsTakenWithAWarning)
{
  auto const comm = dist::Communicator::world();
  Problem problem = random_problem(4, 9, 0);
  problem.n_points = 0;
  LevelRule rule;
  rule.levels = {0.7, 0.2};
  std::vector<Warning> warnings;
  auto const choice = choose_level(TypeParam(), comm, spread<TypeParam>(comm, problem), rule,
                                   "data covariance", warnings);
  EXPECT_EQ(choice.level, 0.7);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].message,
            "no shrinkage level of the data covariance can be scored (no condition is held out); "
            "the first "
            "of the list, 0.7, is taken");
}

TYPED_TEST(ShrinkageScoring, LowRankIsRefusedWhereItIsNotDefined)
{
  auto const comm = dist::Communicator::world();
  LevelRule rule;
  rule.levels = {0.5};
  rule.scoring = Scoring::low_rank;
  std::vector<Warning> warnings;
  try {
    choose_level(TypeParam(), comm, spread<TypeParam>(comm, random_problem(4, 9, 2)), rule,
                 "noise covariance", warnings);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "scoring=low_rank: the training part of the noise covariance has 9 columns for 4 "
              "units (the "
              "form pays, and is defined, below that); take scoring=auto");
  }
}

}  // namespace
}  // namespace kovar::gsn
