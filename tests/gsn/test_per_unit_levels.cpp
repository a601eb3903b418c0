// SPDX-License-Identifier: BSD-3-Clause
// Levels that estimate() chooses where units lost trials of their own, against plain loops over the
// responses; on 1 to 4 ranks.
#include "gsn/expect_choice.hpp"
#include "gsn/lost_trials.hpp"
#include "gsn/slow_folds.hpp"
#include "support/typed.hpp"

#include <kovar/gsn/estimate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

constexpr double double_epsilon = std::numeric_limits<double>::epsilon();

template <class T>
class PerUnitLevels : public ::testing::Test {
};
TYPED_TEST_SUITE(PerUnitLevels, test::ScalarsAndSpaces);

Options observed_options(int n_folds)
{
  Options options;
  options.returns = {};
  options.uneven = Uneven::missing;
  options.level_data = LevelData::observed;
  options.n_folds = n_folds;
  options.levels = std::vector<double>{0.5, 0.0, 0.9, 0.3, 0.5, 0.7, 0.1, 1.0};
  return options;
}

test::SlowChoice observed_noise_choice(test::Responses const& all, Options const& options,
                                       std::vector<double> const& levels, double epsilon)
{
  std::vector<test::SlowFold> folds;
  for (int f = 0; f < options.n_folds; ++f)
    folds.push_back(test::slow_observed_noise_fold(
        all, test::slow_split(permutation(all.n_conditions), options.n_folds, f)));
  return test::slow_choice(folds, test::largest_responses(all), levels, options.zero_variance,
                           epsilon);
}

test::SlowChoice observed_data_choice(test::Responses const& all, Options const& options,
                                      std::vector<double> const& levels)
{
  auto const means = test::slow_means(all);
  std::vector<test::SlowFold> folds;
  for (int f = 0; f < options.n_folds; ++f)
    folds.push_back(test::slow_data_fold(
        means, test::slow_split(permutation(all.n_conditions), options.n_folds, f)));
  return test::slow_choice(folds, test::largest_responses(all), levels, options.zero_variance,
                           double_epsilon);
}

/// How many of the chosen levels are a minimum between others.
template <class Param>
int expect_observed_levels(test::Responses const& all, Options const& options)
{
  using Scalar = typename Param::Scalar;
  using ExecSpace = typename Param::ExecSpace;
  auto const result =
      test::estimate_on<Scalar, ExecSpace>(dist::Communicator::world(), all, options);
  EXPECT_EQ(result.path, Path::per_unit);
  auto const noise = observed_noise_choice(all, options, result.levels, Param::epsilon);
  auto const data = observed_data_choice(all, options, result.levels);
  test::expect_choice(result.noise_level, noise, result.levels, 4 * Param::epsilon, "noise");
  test::expect_choice(result.data_level, data, result.levels, 4 * double_epsilon, "data");
  int n_inside = 0;
  for (double const level : {result.noise_level.level, result.data_level.level})
    if (level > 0 && level < 1) ++n_inside;
  return n_inside;
}

struct Size {
  std::int64_t n, c, t;
};

/// Responses as Param's scalar holds them.
template <class Param>
test::Responses responses(Size const& size, std::string const& pattern, std::uint64_t seed)
{
  return test::rounded<typename Param::Scalar>(
      test::with_losses(test::random_responses(size.n, size.c, size.t, seed), pattern));
}

std::string name_of(Size const& size, std::string const& pattern)
{
  return pattern + ", N " + std::to_string(size.n) + " C " + std::to_string(size.c) + " T " +
         std::to_string(size.t);
}

TYPED_TEST(PerUnitLevels, OfTheObservedRuleAreThoseOfPlainLoops)
{
  int n_inside = 0;
  std::uint64_t seed = 0;
  for (Size const& size : {Size{1, 5, 2}, Size{2, 3, 2}, Size{3, 2, 3}, Size{4, 7, 3},
                           Size{5, 11, 7}, Size{6, 13, 8}, Size{9, 10, 4}, Size{17, 9, 3}})
    for (std::string const& pattern : test::loss_patterns) {
      if (pattern == "none") continue;  // another path
      SCOPED_TRACE(name_of(size, pattern));
      n_inside += expect_observed_levels<TypeParam>(responses<TypeParam>(size, pattern, ++seed),
                                                    observed_options(1));
    }
  EXPECT_GT(n_inside, 40);
}

// 12 conditions in 5 folds and 13 in 3: the blocks that are held out differ in size.
TYPED_TEST(PerUnitLevels, OfSeveralFoldsAreThoseOfPlainLoops)
{
  int n_inside = 0;
  for (std::string const& pattern : test::loss_patterns) {
    if (pattern == "none") continue;
    for (Size const& size : {Size{5, 12, 3}, Size{4, 13, 4}})
      for (int const n_folds : {2, 3, 5}) {
        SCOPED_TRACE(name_of(size, pattern) + ", folds " + std::to_string(n_folds));
        n_inside += expect_observed_levels<TypeParam>(responses<TypeParam>(size, pattern, 7),
                                                      observed_options(n_folds));
      }
  }
  EXPECT_GT(n_inside, 60);
}

// Units that are constant or never there are left out of the choice, or make all levels singular.
TYPED_TEST(PerUnitLevels, WithConstantUnitsFollowTheOption)
{
  for (ZeroVariance const rule : {ZeroVariance::exclude, ZeroVariance::compat}) {
    auto all = responses<TypeParam>({6, 11, 3}, "random", 8);
    for (std::int64_t c = 0; c < 11; ++c)
      for (std::int64_t t = 0; t < 3; ++t) {
        if (!std::isnan(all(2, c, t))) all(2, c, t) = 0.25;
        all(4, c, t) = std::numeric_limits<double>::quiet_NaN();
      }
    Options options = observed_options(2);
    options.zero_variance = rule;
    int const n_inside = expect_observed_levels<TypeParam>(all, options);
    EXPECT_EQ(n_inside, 2);  // with compat the first of the list, 0.5
  }
}

// Units of which one is the sum of two others: level 1 is singular in either precision.
TYPED_TEST(PerUnitLevels, LevelOneIsSingularWhereUnitsDependOnEachOther)
{
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    auto all = test::random_responses(5, 14, 3, seed);
    for (std::int64_t c = 0; c < 14; ++c)
      for (std::int64_t t = 0; t < 3; ++t)
        for (std::int64_t i = 4; i >= 0; --i) {
          if (i == 4) all(i, c, t) = all(1, c, t) + all(2, c, t);
          if ((c + t) % 5 == 0) all(i, c, t) = std::numeric_limits<double>::quiet_NaN();
        }
    all = test::rounded<typename TypeParam::Scalar>(all);
    auto const result =
        test::estimate_on<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(
            dist::Communicator::world(), all, observed_options(1));
    EXPECT_TRUE(std::isnan(result.noise_level.nll.back())) << seed;
    EXPECT_FALSE(std::isnan(result.noise_level.nll[2])) << seed;
    EXPECT_LT(result.noise_level.level, 1) << seed;
  }
}

TYPED_TEST(PerUnitLevels, OfAContinuousSearchHaveTheScoreOfPlainLoops)
{
  auto const all = responses<TypeParam>({7, 15, 4}, "random", 9);
  Options options = observed_options(3);
  options.level_search = LevelSearch::continuous;
  auto const result = test::estimate_on<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(
      dist::Communicator::world(), all, options);
  auto const expect_minimum = [&](LevelChoice const& found, auto const& choice_of, double epsilon) {
    double const step = 1e-3;
    ASSERT_GT(found.level, step);
    ASSERT_LT(found.level, 1 - step);
    std::vector<double> const around = {found.level, found.level - step, found.level + step};
    auto const expected = choice_of(around);
    EXPECT_NEAR(found.best_nll, expected.mean.nll[0], 4 * epsilon * expected.mean.sensitivity[0]);
    EXPECT_EQ(expected.best, 0U);
    for (double const nll : found.nll) EXPECT_FALSE(nll < found.best_nll);
  };
  expect_minimum(
      result.noise_level,
      [&](auto const& levels) { return observed_noise_choice(all, options, levels, 0); },
      TypeParam::epsilon);
  expect_minimum(
      result.data_level,
      [&](auto const& levels) { return observed_data_choice(all, options, levels); },
      double_epsilon);
}

TYPED_TEST(PerUnitLevels, OfAListOfOneAreThatOneWithoutScores)
{
  Options options = observed_options(3);
  options.levels = std::vector<double>{0.4};
  auto const result = test::estimate_on<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(
      dist::Communicator::world(), responses<TypeParam>({4, 8, 3}, "random", 3), options);
  for (LevelChoice const* choice : {&result.noise_level, &result.data_level}) {
    EXPECT_EQ(choice->level, 0.4);
    EXPECT_TRUE(choice->nll.empty() && choice->nll_of_folds.empty());
  }
}

}  // namespace
}  // namespace kovar::gsn
