// SPDX-License-Identifier: BSD-3-Clause
// Levels scored on held-out points with missing units, against the marginal density written out with
// plain loops; on 1 to 4 ranks.
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
  auto const scale = [](std::int64_t i) { return std::pow(10.0, static_cast<double>(i % 4) - 2); };
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i) problem.covariance(i, j) *= scale(i) * scale(j);
  auto const chance = test::random_matrix(n, m, 3);
  for (std::int64_t j = 0; j < m; ++j) {
    for (std::int64_t i = 1; i < n; ++i)
      problem.validation(i, j) += 0.7 * problem.validation(i - 1, j);
    for (std::int64_t i = 0; i < n; ++i) problem.validation(i, j) *= scale(i);
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

/// nll(a) of the points by a Cholesky factor of G_OO for each.
double slow_nll(Problem const& problem, double level)
{
  std::int64_t const n = problem.covariance.n_rows;
  double sum = 0;
  int n_points = 0;
  for (std::int64_t p = 0; p < problem.validation.n_cols; ++p) {
    std::vector<std::int64_t> units;
    for (std::int64_t i = 0; i < n; ++i)
      if (!std::isnan(problem.validation(i, p))) units.push_back(i);
    auto const size = static_cast<std::int64_t>(units.size());
    if (size == 0) continue;
    ++n_points;
    test::HostMatrix g(size, size);
    for (std::int64_t j = 0; j < size; ++j)
      for (std::int64_t i = 0; i < size; ++i)
        g(i, j) = (i == j ? 1 : level) * problem.covariance(units[static_cast<std::size_t>(i)],
                                                            units[static_cast<std::size_t>(j)]);
    auto const l = test::slow_cholesky(g);
    std::vector<double> y;
    for (std::int64_t i = 0; i < size; ++i) {
      double x = problem.validation(units[static_cast<std::size_t>(i)], p);
      for (std::int64_t k = 0; k < i; ++k) x -= l(i, k) * y[static_cast<std::size_t>(k)];
      y.push_back(x / l(i, i));
      sum += y.back() * y.back() + 2 * std::log(l(i, i)) + std::log(2 * std::acos(-1.0));
    }
  }
  return 0.5 * sum / n_points;
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

}  // namespace
}  // namespace kovar::gsn
