// SPDX-License-Identifier: BSD-3-Clause
// Several folds through estimate(), on every path: each fold against plain loops and against a run in which
// its conditions are those of the first; on 1 to 4 ranks.
#include "gsn/expect_choice.hpp"
#include "gsn/responses.hpp"
#include "gsn/slow_folds.hpp"
#include "support/typed.hpp"

#include <kovar/gsn/estimate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

namespace kovar::gsn {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double epsilon = std::numeric_limits<double>::epsilon();

template <class Param>
class EstimateFolds : public ::testing::Test {
 protected:
  static auto run(test::Responses const& all, Options const& options)
  {
    return test::estimate_on<typename Param::Scalar, typename Param::ExecSpace>(
        dist::Communicator::world(), all, options);
  }
};
TYPED_TEST_SUITE(EstimateFolds, test::ScalarsAndSpaces);

/// Responses, a way to treat them, and the orders in which their conditions are split.
struct Case {
  std::string name;
  Path path;
  test::Responses responses;
  Options options;
  std::vector<std::int64_t> noise_order;
  std::vector<std::int64_t> data_order;
};

/// Condition c loses c % T trials, each in one unit.
test::Responses with_lost_trials(test::Responses all)
{
  for (std::int64_t c = 0; c < all.n_conditions; ++c)
    for (std::int64_t t = 0; t < c % all.n_trials; ++t) all((c + t) % all.n_units, c, t) = nan;
  return all;
}

/// The conditions in which every unit has a trial, in the order of the permutation of as many.
std::vector<std::int64_t> order_of_complete(test::Responses const& all)
{
  auto const means = test::slow_means(all);
  std::vector<std::int64_t> complete;
  for (std::int64_t c = 0; c < all.n_conditions; ++c) {
    bool is_complete = true;
    for (std::int64_t i = 0; i < all.n_units; ++i)
      is_complete = is_complete && !std::isnan(means(i, c));
    if (is_complete) complete.push_back(c);
  }
  std::vector<std::int64_t> order;
  for (std::int64_t const k : permutation(static_cast<std::int64_t>(complete.size())))
    order.push_back(complete[static_cast<std::size_t>(k)]);
  return order;
}

/// Responses as Scalar holds them, on every path.
template <class Scalar>
std::vector<Case> cases(std::int64_t n, std::int64_t c, std::int64_t t, int n_folds)
{
  auto const complete = test::rounded<Scalar>(test::random_responses(n, c, t, 21));
  auto const incomplete = with_lost_trials(complete);
  auto some_conditions = incomplete;
  for (std::int64_t k = 4; k < c; k += 5)
    for (std::int64_t s = 0; s < t; ++s) some_conditions(k % n, k, s) = nan;
  auto const order = permutation(c);
  Options options;
  options.returns = {};
  options.n_folds = n_folds;
  options.levels = std::vector<double>{0.6, 0.0, 0.95, 0.2, 0.4, 0.8};
  Options missing = options;
  missing.uneven = Uneven::missing;
  Options observed = missing;
  observed.level_data = LevelData::observed;
  return {{"even", Path::even, complete, options, order, order},
          {"whole trials", Path::whole_trial, incomplete, options, order, order},
          {"per unit, complete", Path::per_unit, some_conditions, missing, order,
           order_of_complete(some_conditions)},
          {"per unit, observed", Path::per_unit, some_conditions, observed, order, order}};
}

test::SlowFold noise_fold_of(Case const& each, int fold)
{
  auto const split = test::slow_split(each.noise_order, each.options.n_folds, fold);
  return each.options.level_data == LevelData::observed
             ? test::slow_observed_noise_fold(each.responses, split)
             : test::slow_whole_noise_fold(each.responses, split);
}

test::SlowFold data_fold_of(Case const& each, int fold)
{
  auto const split = test::slow_split(each.data_order, each.options.n_folds, fold);
  return test::slow_data_fold(each.path == Path::whole_trial
                                  ? test::slow_whole_means(each.responses)
                                  : test::slow_means(each.responses),
                              split);
}

// 14 conditions in 4 folds and 17 in 5: the blocks that are held out differ in size.
TYPED_TEST(EstimateFolds, HaveTheCurvesOfPlainLoops)
{
  struct Size {
    std::int64_t n, c, t;
    int n_folds;
  };
  for (Size const& size : {Size{4, 15, 3, 1}, Size{4, 16, 2, 2}, Size{3, 14, 4, 4},
                           Size{6, 17, 3, 5}, Size{1, 12, 3, 3}})
    for (Case const& each :
         cases<typename TypeParam::Scalar>(size.n, size.c, size.t, size.n_folds)) {
      SCOPED_TRACE(each.name + ", N " + std::to_string(size.n) + ", folds " +
                   std::to_string(size.n_folds));
      auto const result = this->run(each.responses, each.options);
      ASSERT_EQ(result.path, each.path);
      std::vector<test::SlowFold> noise, data;
      for (int f = 0; f < size.n_folds; ++f) {
        noise.push_back(noise_fold_of(each, f));
        data.push_back(data_fold_of(each, f));
      }
      // Only the observed rule sums the noise covariance in the precision of the responses.
      double const noise_epsilon =
          each.options.level_data == LevelData::observed ? TypeParam::epsilon : epsilon;
      auto const largest = test::largest_responses(each.responses);
      auto const rule = each.options.zero_variance;
      test::expect_choice(result.noise_level,
                          test::slow_choice(noise, largest, result.levels, rule, noise_epsilon),
                          result.levels, 4 * noise_epsilon, "noise");
      test::expect_choice(result.data_level,
                          test::slow_choice(data, largest, result.levels, rule, epsilon),
                          result.levels, 4 * epsilon, "data");
    }
}

/// The conditions in another order, so that those which a fold of `order` holds out come first in it and
/// the others follow as they were.
test::Responses with_fold_in_front(test::Responses const& all,
                                   std::vector<std::int64_t> const& order, int n_folds, int fold)
{
  auto const split = test::slow_split(order, n_folds, fold);
  std::vector<std::int64_t> sources = split.held_out;
  sources.insert(sources.end(), split.training.begin(), split.training.end());
  auto moved = all;
  for (std::size_t place = 0; place < order.size(); ++place)
    for (std::int64_t i = 0; i < all.n_units; ++i)
      for (std::int64_t t = 0; t < all.n_trials; ++t)
        moved(i, order[place], t) = all(i, sources[place], t);
  return moved;
}

/// Two curves of the same numbers, summed in another order.
void expect_same_curve(std::vector<double> const& found, std::vector<double> const& expected,
                       double rounding)
{
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t s = 0; s < found.size(); ++s) {
    ASSERT_FALSE(std::isnan(expected[s])) << s;
    EXPECT_NEAR(found[s], expected[s], rounding * (1 + std::fabs(expected[s]))) << s;
  }
}

// 18 conditions, of which every unit has 15: only folds that hold out as many as the first can change
// places with it.
TYPED_TEST(EstimateFolds, AreTheFirstFoldOfConditionsInAnotherOrder)
{
  int n_compared = 0;
  for (int const n_folds : {2, 3, 4})
    for (Case const& each : cases<typename TypeParam::Scalar>(5, 18, 3, n_folds)) {
      auto const result = this->run(each.responses, each.options);
      using Result = std::decay_t<decltype(result)>;
      for (int fold = 1; fold < n_folds; ++fold) {
        SCOPED_TRACE(each.name + ", fold " + std::to_string(fold) + " of " +
                     std::to_string(n_folds));
        auto const compare = [&](std::vector<std::int64_t> const& order,
                                 LevelChoice Result::*choice, double rounding) {
          if (test::slow_split(order, n_folds, fold).held_out.size() !=
              test::slow_split(order, n_folds, 0).held_out.size())
            return;
          auto const moved =
              this->run(with_fold_in_front(each.responses, order, n_folds, fold), each.options);
          expect_same_curve((moved.*choice).nll_of_folds[0],
                            (result.*choice).nll_of_folds[static_cast<std::size_t>(fold)],
                            rounding);
          ++n_compared;
        };
        bool const is_observed = each.options.level_data == LevelData::observed;
        compare(each.noise_order, &Result::noise_level,
                1e4 * (is_observed ? TypeParam::epsilon : epsilon));
        compare(each.data_order, &Result::data_level, 1e4 * epsilon);
      }
    }
  EXPECT_EQ(n_compared, 32);
}

// Of 5 folds of 25 or, where complete ones count, 20 conditions the first holds out the fifth that GSN's
// only one does.
TYPED_TEST(EstimateFolds, BeginWithTheSplitOfOneFold)
{
  for (Case const& each : cases<typename TypeParam::Scalar>(5, 25, 3, 5)) {
    SCOPED_TRACE(each.name);
    Options one = each.options;
    one.n_folds = 1;
    auto const several = this->run(each.responses, each.options);
    auto const alone = this->run(each.responses, one);
    ASSERT_EQ(alone.noise_level.nll_of_folds.size(), 1U);
    EXPECT_EQ(alone.noise_level.nll_of_folds[0], alone.noise_level.nll);
    EXPECT_EQ(alone.data_level.nll_of_folds[0], alone.data_level.nll);
    expect_same_curve(several.noise_level.nll_of_folds[0], alone.noise_level.nll, 100 * epsilon);
    expect_same_curve(several.data_level.nll_of_folds[0], alone.data_level.nll, 100 * epsilon);
  }
}

TYPED_TEST(EstimateFolds, GiveTheMeanOfTheirCurvesWhichDiffer)
{
  for (Case const& each : cases<typename TypeParam::Scalar>(5, 19, 3, 4)) {
    SCOPED_TRACE(each.name);
    auto const result = this->run(each.responses, each.options);
    for (LevelChoice const* choice : {&result.noise_level, &result.data_level}) {
      ASSERT_EQ(choice->nll_of_folds.size(), 4U);
      std::size_t best = 0;
      std::vector<double> means;
      for (std::size_t s = 0; s < result.levels.size(); ++s) {
        double mean = 0;
        for (auto const& curve : choice->nll_of_folds) mean += curve[s] / 4;
        double variance = 0;
        for (auto const& curve : choice->nll_of_folds)
          variance += (curve[s] - mean) * (curve[s] - mean) / 3;
        EXPECT_NEAR(choice->nll[s], mean, 10 * epsilon * (1 + std::fabs(mean)));
        EXPECT_GT(std::sqrt(variance), 0.01);  // the folds hold out different conditions
        means.push_back(mean);
        if (mean < means[best]) best = s;
      }
      EXPECT_EQ(choice->level, result.levels[best]);
      EXPECT_NEAR(choice->best_nll, means[best], 10 * epsilon * (1 + std::fabs(means[best])));
    }
  }
}

}  // namespace
}  // namespace kovar::gsn
