// SPDX-License-Identifier: BSD-3-Clause
// Levels chosen by several folds and by the continuous search, against plain loops; on 1 to 4 ranks.
#include "level_problems.hpp"
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

LevelRule rule_of(std::vector<double> levels)
{
  LevelRule rule;
  rule.levels = std::move(levels);
  return rule;
}

/// Folds made of whole problems.
template <class ExecSpace>
LevelChoice choose_of(dist::Communicator const& comm, std::vector<Problem> const& folds,
                      LevelRule const& rule, std::vector<Warning>& warnings)
{
  MakeFold<ExecSpace> const make_fold = [&](int fold) {
    return spread<ExecSpace>(comm, folds[static_cast<std::size_t>(fold)]);
  };
  return choose_level(ExecSpace(), comm, static_cast<int>(folds.size()), make_fold, rule,
                      "noise covariance", warnings);
}

/// slow_nll() of n <= 8 units at very many levels: the covariance is formed once.
class FastNll {
 public:
  explicit FastNll(Problem const& problem)
      : problem_(problem),
        n_(problem.training.n_rows),
        covariance_(test::product(problem.training, test::transposed(problem.training)))
  {
    for (double& x : covariance_.values) x /= static_cast<double>(problem.training.n_cols);
  }

  double operator()(double level) const
  {
    double l[8][8];
    double sum = 0;
    for (std::int64_t j = 0; j < n_; ++j)
      for (std::int64_t i = j; i < n_; ++i) {
        double x = (i == j ? 1 : level) * covariance_(i, j);
        for (std::int64_t k = 0; k < j; ++k) x -= l[i][k] * l[j][k];
        l[i][j] = i == j ? std::sqrt(x) : x / l[j][j];
        if (i == j) sum += 2 * std::log(l[i][i]) + std::log(2 * std::acos(-1.0));
      }
    double quadratic = 0;
    for (std::int64_t p = 0; p < problem_.validation.n_cols; ++p) {
      double y[8];
      for (std::int64_t i = 0; i < n_; ++i) {
        y[i] = problem_.validation(i, p);
        for (std::int64_t k = 0; k < i; ++k) y[i] -= l[i][k] * y[k];
        y[i] /= l[i][i];
        quadratic += y[i] * y[i];
      }
    }
    return 0.5 * (sum + quadratic / static_cast<double>(problem_.n_points));
  }

 private:
  Problem problem_;
  std::int64_t n_;
  test::HostMatrix covariance_;
};

/// As random_problem(), but on one scale and different for each seed.
Problem other_problem(std::int64_t n, std::int64_t k, std::int64_t m, std::uint64_t seed)
{
  Problem problem = {test::random_matrix(n, k, 10 * seed), test::random_matrix(n, m, 10 * seed + 1),
                     m, k};
  for (auto* x : {&problem.training, &problem.validation})
    for (std::int64_t j = 0; j < x->n_cols; ++j)
      for (std::int64_t i = 1; i < n; ++i) (*x)(i, j) += 0.9 * (*x)(i - 1, j);
  return problem;
}

template <class ExecSpace>
class LevelFolds : public ::testing::Test {
};
TYPED_TEST_SUITE(LevelFolds, test::ExecSpaces);

// Conditions of 2, 3, 2, 5, 3 whole trials of 6: trial t of condition c is whole where the table says so.
TEST(TrialPlan, MeansTakeTheFirstOfThePermutationWhereThereAreMoreTrialsThanTheFewest)
{
  std::vector<std::vector<std::int64_t>> const whole = {
      {1, 4}, {0, 2, 5}, {2, 3}, {0, 1, 3, 4, 5}, {1, 2, 3}};
  ResponseCensus census;
  census.lost_trial.assign(5 * 6, 1);
  for (std::size_t c = 0; c < 5; ++c)
    for (std::int64_t const t : whole[c])
      census.lost_trial[c * 6 + static_cast<std::size_t>(t)] = 0;
  ValidTrials const valid(census, 5, 6);
  LocalOrder const local({3, 1, 4, 0, 2}, 0, 5);
  for (std::int64_t const fewest : {0, 1, 2}) {
    TrialPlan const plan = plan_of_valid_trials(valid, local, fewest);
    EXPECT_EQ(plan.n_mean_trials, fewest);
    ASSERT_EQ(plan.mean_trial.size(), static_cast<std::size_t>(5 * fewest));
    for (std::size_t c = 0; c < 5; ++c) {
      auto const begin = plan.mean_trial.begin() + static_cast<std::ptrdiff_t>(c) * fewest;
      std::vector<std::int64_t> const found(begin, begin + fewest);
      auto const n_trials = static_cast<std::int64_t>(whole[c].size());
      std::vector<std::int64_t> expected;
      for (std::int64_t k = 0; k < fewest; ++k)
        expected.push_back(whole[c][static_cast<std::size_t>(
            n_trials == fewest ? k : permutation(n_trials)[static_cast<std::size_t>(k)])]);
      EXPECT_EQ(found, expected) << c << ", " << fewest;
    }
  }
}

// The curves of two folds: an evaluator without eigenvectors on 100,000 levels finds nothing better.
TYPED_TEST(LevelFolds, TheContinuousMinimumBeatsADenseGrid)
{
  auto const comm = dist::Communicator::world();
  int n_inside = 0;
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::int64_t const n = 2 + static_cast<std::int64_t>(seed % 5);
    std::int64_t const k = seed % 3 == 0 ? n - 1 : n + static_cast<std::int64_t>(seed % 7);
    std::vector<Problem> folds = {other_problem(n, k, 3, 2 * seed)};
    if (seed % 2 == 0) folds.push_back(other_problem(n, k, 4, 2 * seed + 1));
    LevelRule rule = rule_of({0.5, 0.1, 0.9});
    rule.search = LevelSearch::continuous;
    std::vector<Warning> warnings;

    auto const choice = choose_of<TypeParam>(comm, folds, rule, warnings);

    EXPECT_TRUE(warnings.empty());
    std::vector<FastNll> nll_of;
    for (Problem const& fold : folds) nll_of.emplace_back(fold);
    auto const mean_nll = [&](double level) {
      double sum = 0;
      for (FastNll const& nll : nll_of) sum += nll(level);
      return sum / static_cast<double>(nll_of.size());
    };
    // All ranks look at a part of the grid.
    constexpr int n_grid = 100000;
    double lowest = std::numeric_limits<double>::infinity();
    double lowest_level = 0;
    for (int g = seed <= 5 ? 0 : comm.rank(); g < n_grid; g += seed <= 5 ? 1 : comm.size()) {
      double const level = static_cast<double>(g) / n_grid;
      double const nll = mean_nll(level);
      if (nll < lowest) {
        lowest = nll;
        lowest_level = level;
      }
    }
    double const rounding = 1e-11 * (1 + std::fabs(lowest));
    EXPECT_LE(choice.best_nll, lowest + rounding);
    EXPECT_NEAR(choice.best_nll, mean_nll(choice.level), rounding);
    for (std::size_t s = 0; s < rule.levels.size(); ++s) {
      EXPECT_NEAR(choice.nll[s], mean_nll(rule.levels[s]), rounding);
      EXPECT_LE(choice.best_nll, choice.nll[s]);
    }
    if (seed <= 5) {
      EXPECT_NEAR(choice.level, lowest_level, 1e-3);
    }
    if (choice.level > 0 && choice.level < 0.999) ++n_inside;
  }
  EXPECT_GT(n_inside, 7);
}

TYPED_TEST(LevelFolds, TheContinuousMinimumIsTheSameByEveryFormAndInAnyUnitOfMeasurement)
{
  auto const comm = dist::Communicator::world();
  std::vector<Warning> warnings;
  LevelRule rule;
  rule.levels = default_shrinkage_levels();
  auto const on_grid = [&](Problem const& p, Scoring scoring) {
    rule.scoring = scoring;
    rule.search = LevelSearch::grid;
    return choose_of<TypeParam>(comm, {p}, rule, warnings);
  };
  auto const continuous = [&](Problem const& p, Scoring scoring) {
    rule.scoring = scoring;
    rule.search = LevelSearch::continuous;
    return choose_of<TypeParam>(comm, {p}, rule, warnings);
  };
  Problem const problem = random_problem(40, 21, 9);
  Problem rescaled = problem;
  for (auto* x : {&rescaled.training, &rescaled.validation})
    for (std::int64_t j = 0; j < x->n_cols; ++j)
      for (std::int64_t i = 0; i < 40; ++i) (*x)(i, j) *= std::pow(3.7, static_cast<double>(i % 9));
  auto const low_rank = continuous(problem, Scoring::low_rank);
  EXPECT_GT(low_rank.level, 0.01);
  EXPECT_LT(low_rank.level, 0.99);
  EXPECT_NEAR(continuous(problem, Scoring::decomposition).level, low_rank.level, 1e-11);
  EXPECT_NEAR(continuous(rescaled, Scoring::automatic).level, low_rank.level, 1e-11);
  for (Scoring const scoring : {Scoring::low_rank, Scoring::decomposition}) {
    auto const grid = on_grid(problem, scoring);
    auto const exact = continuous(problem, scoring);
    for (std::size_t s = 0; s + 1 < rule.levels.size(); ++s)
      EXPECT_NEAR(exact.nll[s], grid.nll[s], 1e-12 * std::fabs(grid.nll[s])) << s;
    EXPECT_TRUE(std::isnan(exact.nll.back()));
    EXPECT_LE(exact.best_nll, grid.best_nll + 1e-12 * std::fabs(grid.best_nll));
    EXPECT_NEAR(exact.level, grid.level, 0.02);
  }
  EXPECT_TRUE(warnings.empty());
}

// Held-out points that are combinations of fewer training columns than units: the density of the
// singular limit beats all others.
TYPED_TEST(LevelFolds, PointsInTheSpanOfFewColumnsTakeTheLargestRegularLevel)
{
  auto const comm = dist::Communicator::world();
  Problem problem = random_problem(12, 5, 3);
  for (std::int64_t j = 0; j < 3; ++j)
    for (std::int64_t i = 0; i < 12; ++i)
      problem.validation(i, j) = problem.training(i, j) - 0.5 * problem.training(i, j + 2);
  LevelRule rule = rule_of({0.2, 1.0});
  rule.search = LevelSearch::continuous;
  for (Scoring const scoring : {Scoring::low_rank, Scoring::decomposition}) {
    rule.scoring = scoring;
    std::vector<Warning> warnings;
    auto const choice = choose_of<TypeParam>(comm, {problem}, rule, warnings);
    EXPECT_LT(choice.level, 1);
    EXPECT_GT(choice.level, 1 - 1e-12);
    EXPECT_LT(choice.best_nll, choice.nll[0]);
  }
}

TYPED_TEST(LevelFolds, FoldsGiveTheMeanOfTheirCurvesAndEachWarningOnce)
{
  auto const comm = dist::Communicator::world();
  std::vector<Problem> folds = {other_problem(9, 20, 4, 1), other_problem(9, 20, 4, 2),
                                other_problem(9, 6, 4, 3)};
  for (std::size_t f = 1; f < 3; ++f)
    for (std::int64_t j = 0; j < folds[f].training.n_cols; ++j) folds[f].training(4, j) = 0;
  LevelRule rule = rule_of({0.0, 0.3, 0.6, 1.0});
  double told = 0;
  rule.progress = [&](double share) {
    EXPECT_GE(share, told);
    told = share;
  };
  rule.scoring = Scoring::cholesky;
  std::vector<Warning> warnings;
  auto const choice = choose_of<TypeParam>(comm, folds, rule, warnings);
  if (comm.size() == 1) {
    EXPECT_EQ(told, 1);
  }
  rule.progress = nullptr;
  ASSERT_EQ(choice.nll_of_folds.size(), 3U);
  std::size_t best = 0;
  for (std::size_t s = 0; s < 4; ++s) {
    double sum = 0;
    for (std::size_t f = 0; f < 3; ++f) {
      std::vector<Warning> others;
      auto const alone = choose_of<TypeParam>(comm, {folds[f]}, rule, others);
      ASSERT_EQ(alone.nll_of_folds.size(), 1U);
      if (s < 3) {
        EXPECT_EQ(choice.nll_of_folds[f][s], alone.nll[s]);
        EXPECT_EQ(alone.nll_of_folds[0][s], alone.nll[s]);
      }
      sum += alone.nll[s];
    }
    if (s == 3)
      EXPECT_TRUE(std::isnan(choice.nll[s]));  // singular in the last fold alone
    else
      EXPECT_EQ(choice.nll[s], sum / 3);
    if (choice.nll[s] < choice.nll[best]) best = s;
  }
  EXPECT_FALSE(std::isnan(choice.nll_of_folds[0][3]));
  EXPECT_EQ(choice.level, rule.levels[best]);
  EXPECT_EQ(choice.best_nll, choice.nll[best]);
  ASSERT_EQ(warnings.size(), 1U);
  EXPECT_EQ(warnings[0].code, Warning::Code::zero_variance);
}

TYPED_TEST(LevelFolds, AFoldThatCannotBeScoredLeavesTheFirstLevel)
{
  auto const comm = dist::Communicator::world();
  Problem empty = random_problem(4, 9, 0);
  empty.n_points = 0;
  LevelRule rule = rule_of({0.7, 0.2});
  for (LevelSearch const search : {LevelSearch::grid, LevelSearch::continuous}) {
    rule.search = search;
    std::vector<Warning> warnings;
    auto const choice =
        choose_of<TypeParam>(comm, {random_problem(4, 9, 2), empty}, rule, warnings);
    EXPECT_EQ(choice.level, 0.7);
    EXPECT_TRUE(std::isnan(choice.best_nll));
    ASSERT_EQ(warnings.size(), 1U);
    EXPECT_EQ(warnings[0].code, Warning::Code::all_levels_singular);
  }
}

TYPED_TEST(LevelFolds, ContinuousSearchByCholeskyFactorsIsRefused)
{
  auto const comm = dist::Communicator::world();
  LevelRule rule = rule_of({0.5});
  rule.scoring = Scoring::cholesky;
  rule.search = LevelSearch::continuous;
  std::vector<Warning> warnings;
  try {
    choose_of<TypeParam>(comm, {random_problem(4, 9, 2)}, rule, warnings);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "level_search=continuous: scoring=cholesky scores single levels (a minimum over all "
              "of [0,1] needs the spectrum); take scoring=auto");
  }
  MakeFold<TypeParam> const never = [](int) { return LevelProblem<TypeParam>(); };
  EXPECT_THROW(choose_level(TypeParam(), comm, 0, never, LevelRule(), "x", warnings), InputError);
}

}  // namespace
}  // namespace kovar::gsn
