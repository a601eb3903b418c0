// SPDX-License-Identifier: BSD-3-Clause
// The estimate in factored form against the dense one; on 1 to 4 ranks.
#include "gsn/factored_cases.hpp"
#include "gsn/responses.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/random.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_dense.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

/// Of a condition, those in which every unit is present.
std::int64_t fewest_trials(test::Responses const& all)
{
  std::int64_t fewest = all.n_trials;
  for (std::int64_t c = 0; c < all.n_conditions; ++c) {
    std::int64_t n = 0;
    for (std::int64_t t = 0; t < all.n_trials; ++t) {
      bool is_whole = true;
      for (std::int64_t i = 0; i < all.n_units; ++i)
        is_whole = is_whole && !std::isnan(all(i, c, t));
      n += is_whole ? 1 : 0;
    }
    fewest = std::min(fewest, n);
  }
  return fewest;
}

template <class ExecSpace>
class EstimateFactored : public ::testing::Test {
 protected:
  static double largest(HostMatrix const& a)
  {
    double result = 0;
    for (double const x : a.values) result = std::max(result, std::fabs(x));
    return result;
  }

  static void expect_raw(HostMatrix const& found, HostMatrix const& expected,
                         HostMatrix const& scale, double tolerance)
  {
    double worst = 0;
    for (std::int64_t j = 0; j < found.n_cols; ++j)
      for (std::int64_t i = 0; i < found.n_rows; ++i) {
        double const size = std::sqrt(scale(i, i) * scale(j, j));
        double const difference = std::fabs(found(i, j) - expected(i, j));
        worst = std::max(worst, size > 0 ? difference / size : difference);
      }
    EXPECT_LE(worst, tolerance);
  }

  static void expect_choice(LevelChoice const& found, LevelChoice const& expected)
  {
    EXPECT_EQ(found.level, expected.level);
    ASSERT_EQ(found.nll.size(), expected.nll.size());
    for (std::size_t s = 0; s < found.nll.size(); ++s) {
      EXPECT_EQ(std::isnan(found.nll[s]), std::isnan(expected.nll[s])) << s;
      if (!std::isnan(found.nll[s])) {
        EXPECT_NEAR(found.nll[s], expected.nll[s],
                    1e-12 * std::max(1.0, std::fabs(expected.nll[s])));
      }
    }
  }

  /// Section 21 of the specification, without the allowance for GSN's ridge.
  static FactoredEstimate<ExecSpace> expect_dense_result(test::Responses const& all,
                                                         Options const& options = {})
  {
    auto const comm = dist::Communicator::world();
    auto const dense = test::estimate_on<double, ExecSpace>(dist::Communicator(), all, options);
    auto const found = test::factored_on<double, ExecSpace>(comm, all, options);
    expect_choice(found.noise_level, dense.noise_level);
    expect_choice(found.data_level, dense.data_level);
    EXPECT_EQ(found.levels, dense.levels);
    EXPECT_EQ(found.n_iterations, dense.n_iterations);
    EXPECT_EQ(found.warnings.size(), dense.warnings.size());
    for (std::size_t i = 0; i < dense.mean_signal.size(); ++i) {
      EXPECT_NEAR(found.mean_signal[i], dense.mean_signal[i], 1e-12);
      EXPECT_NEAR(found.noise_ceiling_snr[i], dense.noise_ceiling_snr[i], 1e-9);
    }
    auto const expected = [](auto const& m) { return test::to_host(m); };
    HostMatrix const noise = expected(dense.noise_covariance);
    expect_raw(test::whole(comm, found.noise_covariance), noise, noise, 1e-11);
    EXPECT_EQ(found.path, dense.path);
    HostMatrix data = expected(dense.signal_covariance);
    for (std::int64_t i = 0; i < data.n_rows; ++i)
      data(i, i) += noise(i, i) / static_cast<double>(fewest_trials(all));
    expect_raw(test::whole(comm, found.signal_covariance), expected(dense.signal_covariance), data,
               1e-11);
    HostMatrix const signal_psd = expected(dense.signal_covariance_psd);
    HostMatrix const noise_psd = expected(dense.noise_covariance_psd);
    EXPECT_LE(test::largest_difference(test::whole(comm, found.signal_covariance_psd), signal_psd),
              1e-11 * largest(signal_psd));
    EXPECT_LE(test::largest_difference(test::whole(comm, found.noise_covariance_psd), noise_psd),
              1e-11 * largest(noise_psd));
    EXPECT_TRUE(found.projection.is_complete);
    return found;
  }

  static Options with_levels(std::vector<double> const& levels)
  {
    Options options;
    options.levels = levels;
    return options;
  }

  static std::string message_of(test::Responses const& all, Options const& options = {})
  {
    try {
      test::factored_on<double, ExecSpace>(dist::Communicator::world(), all, options);
    } catch (InputError const& e) {
      EXPECT_TRUE(e.on_all_ranks());
      return e.what();
    }
    return "no error";
  }
};
TYPED_TEST_SUITE(EstimateFactored, test::ExecSpaces);

// E >= 0: all that is given up of the noise is less than of the data.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereTheDiagonalIsPositive)
{
  for (std::int64_t const n : {35, 120}) {
    auto const found =
        this->expect_dense_result(test::random_responses(n, 10, 3, 1), this->with_levels({0.9}));
    EXPECT_GT(found.projection.n_pairs, 0);
    EXPECT_EQ(found.projection.change, 0);
    EXPECT_LT(found.projection.error_bound, 1e-9 * found.projection.norm);
    this->expect_dense_result(test::random_responses(n, 12, 2, 2), this->with_levels({0.8}));
  }
}

// The default list of levels, where E often has both signs: lifted units keep the result exact.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWithChosenLevels)
{
  this->expect_dense_result(test::random_responses(90, 12, 3, 3));
  this->expect_dense_result(test::random_responses(60, 9, 4, 4));
  this->expect_dense_result(test::random_responses(40, 2, 2, 5));
  this->expect_dense_result(test::random_responses(41, 2, 5, 6));
  this->expect_dense_result(test::random_responses(50, 15, 2, 7));
}

/// Noise alone: E is negative for about half of the units, or for nearly all.
test::Responses noise_alone(std::int64_t n, std::int64_t c, std::int64_t t, double shared,
                            std::uint64_t seed)
{
  test::Responses all(n, c, t);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t s = 0; s < t; ++s) {
        double const own =
            normal_pair(seed, 1, static_cast<std::uint64_t>((i * c + k) * t + s)).first;
        double const common = normal_pair(seed, 2, static_cast<std::uint64_t>(k * t + s)).first;
        all(i, k, s) = own + shared * common;
      }
  return all;
}

TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereTheDiagonalHasBothSigns)
{
  for (double const level : {0.0, 0.3, 0.7}) {
    auto const found =
        this->expect_dense_result(noise_alone(100, 30, 3, 0.5, 1), this->with_levels({level}));
    EXPECT_EQ(found.projection.change, 0) << level;
    EXPECT_GT(found.projection.n_pairs, 0) << level;
  }
}

// Levels 0 for the noise and 1 for the data come out of two lists of one level each only together; a
// signal that all units share and noise that none do comes near it: E < 0 everywhere.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereTheDiagonalIsNegative)
{
  test::Responses all(50, 14, 3);
  for (std::int64_t i = 0; i < 50; ++i)
    for (std::int64_t k = 0; k < 14; ++k)
      for (std::int64_t s = 0; s < 3; ++s)
        all(i, k, s) =
            normal_pair(8, 1, static_cast<std::uint64_t>(k)).first +
            0.4 * normal_pair(8, 2, static_cast<std::uint64_t>((i * 14 + k) * 3 + s)).first;
  auto const found = this->expect_dense_result(all);
  EXPECT_GT(found.data_level.level, found.noise_level.level);
  EXPECT_LE(found.projection.n_pairs, 2 * 14);
}

// Units that never vary, and units with noise but no signal or signal but no noise.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWithConstantUnits)
{
  auto all = test::random_responses(60, 10, 3, 9);
  for (std::int64_t c = 0; c < 10; ++c)
    for (std::int64_t t = 0; t < 3; ++t) {
      all(0, c, t) = 0;
      all(31, c, t) = 1.0 / 3;
      all(59, c, t) = 0.1 * static_cast<double>(c % 4);
    }
  this->expect_dense_result(all);
  this->expect_dense_result(all, this->with_levels({0.9}));
}

/// NaN for whole trials, or for one unit of a trial, which then counts for none: 1 to T trials are left.
void lose_trials(test::Responses& all, double share, std::uint64_t seed)
{
  double const not_a_number = std::numeric_limits<double>::quiet_NaN();
  for (std::int64_t c = 0; c < all.n_conditions; ++c)
    for (std::int64_t t = 1; t < all.n_trials; ++t) {
      auto const draw = normal_pair(seed, 5, static_cast<std::uint64_t>(c * all.n_trials + t));
      if (std::erf(std::fabs(draw.first) / std::sqrt(2)) > share) continue;
      bool const of_one = draw.second > 0;
      for (std::int64_t i = of_one ? (c * 7 + t) % all.n_units : 0; i < all.n_units; ++i) {
        all(i, c, t) = not_a_number;
        if (of_one) break;
      }
    }
}

TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereTrialsWereLost)
{
  for (std::uint64_t const seed : {1, 2, 3}) {
    auto all = test::random_responses(90, 14, 4, seed);
    lose_trials(all, 0.3, seed);
    auto const found = this->expect_dense_result(all);
    EXPECT_EQ(found.path, Path::whole_trial);
    this->expect_dense_result(all, this->with_levels({0.7}));
  }
}

TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereConditionsHaveOneTrial)
{
  int most_iterations = 0;
  for (std::uint64_t const seed : {4, 5, 6, 7}) {
    auto all = test::random_responses(80, 20, 3, seed);
    lose_trials(all, 0.6, seed);
    auto const found = this->expect_dense_result(all);
    EXPECT_EQ(found.path, Path::whole_trial);
    most_iterations = std::max(most_iterations, found.n_iterations);
  }
  EXPECT_GE(most_iterations, 2);  // passes that search anew
}

/// NaN for a trial in all units.
void lose_trial(test::Responses& all, std::int64_t c, std::int64_t t)
{
  for (std::int64_t i = 0; i < all.n_units; ++i)
    all(i, c, t) = std::numeric_limits<double>::quiet_NaN();
}

// Less than one repeated trial a condition on average: weights of one trial, and a warning.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereFewConditionsAreRepeated)
{
  auto all = test::random_responses(70, 20, 2, 17);
  for (std::int64_t c = 0; c < 20; ++c)
    if (c % 5 > 1) lose_trial(all, c, c % 2);
  auto const found = this->expect_dense_result(all, this->with_levels({0.6}));
  EXPECT_TRUE(std::any_of(found.warnings.begin(), found.warnings.end(),
                          [](Warning const& w) { return w.code == Warning::Code::few_trials; }));
}

// As many trials in each condition, one fewer than there are: the loop of complete data.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneWhereEachConditionLostATrial)
{
  auto all = test::random_responses(70, 10, 4, 18);
  for (std::int64_t c = 0; c < 10; ++c) lose_trial(all, c, c % 4);
  auto const found = this->expect_dense_result(all);
  EXPECT_EQ(found.path, Path::whole_trial);
}

TYPED_TEST(EstimateFactored, EqualsTheDenseOneOfLossesWithConstantUnitsAndFolds)
{
  auto all = test::random_responses(80, 15, 3, 19);
  for (std::int64_t c = 0; c < 15; ++c)
    for (std::int64_t t = 0; t < 3; ++t) {
      all(3, c, t) = 2;
      all(77, c, t) = 0;
    }
  lose_trials(all, 0.3, 19);
  Options options;
  options.n_folds = 3;
  this->expect_dense_result(all, options);
}

/// Unit vectors in columns, signs included.
void expect_vectors(HostMatrix const& found, HostMatrix const& expected)
{
  ASSERT_EQ(found.n_rows, expected.n_rows);
  ASSERT_EQ(found.n_cols, expected.n_cols);
  EXPECT_LE(test::largest_difference(found, expected), 1e-7);
}

TYPED_TEST(EstimateFactored, GivesLeadingComponentsOfBothBases)
{
  auto const comm = dist::Communicator::world();
  auto all = test::random_responses(80, 12, 3, 16);
  lose_trials(all, 0.3, 16);
  Options options;
  options.n_components = 3;
  options.returns = {Item::signal_covariance_psd, Item::eigenvalues_signal,
                     Item::eigenvectors_signal, Item::eigenvalues_difference,
                     Item::eigenvectors_difference};
  auto const expected = test::estimate_on<double, TypeParam>(dist::Communicator(), all, options);
  auto const factored = test::factored_on<double, TypeParam>(comm, all, options);
  EXPECT_TRUE(factored.signal_basis.converged);
  auto const result = dense_estimate(TypeParam(), comm, factored, options.returns);
  EXPECT_EQ(result.path, Path::whole_trial);
  if (!comm.is_root()) return;
  auto const numbers = [](auto const& values) { return to_list(TypeParam(), values); };
  auto const signal = numbers(result.eigenvalues_signal);
  auto const difference = numbers(result.eigenvalues_difference);
  ASSERT_EQ(signal.size(), 3U);
  ASSERT_EQ(difference.size(), 3U);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(signal[k], numbers(expected.eigenvalues_signal)[k], 1e-9 * signal[0]);
    EXPECT_NEAR(difference[k], numbers(expected.eigenvalues_difference)[k], 1e-9 * signal[0]);
  }
  expect_vectors(test::to_host(result.eigenvectors_signal),
                 test::to_host(expected.eigenvectors_signal));
  expect_vectors(test::to_host(result.eigenvectors_difference),
                 test::to_host(expected.eigenvectors_difference));
}

// Both levels 0: diagonal matrices.
TYPED_TEST(EstimateFactored, EqualsTheDenseOneAtLevelZero)
{
  auto const found =
      this->expect_dense_result(test::random_responses(40, 10, 3, 10), this->with_levels({0.0}));
  EXPECT_FALSE(std::isnan(found.noise_level.best_nll));
}

// Single precision of the responses: statistics and results are in double all the same.
TYPED_TEST(EstimateFactored, ComputesInDouble)
{
  auto all = test::random_responses(60, 10, 3, 11);
  for (double& x : all.values) x = static_cast<float>(x);
  auto const comm = dist::Communicator::world();
  auto const of_double = test::factored_on<double, TypeParam>(comm, all);
  auto const of_float = test::factored_on<float, TypeParam>(comm, all);
  EXPECT_EQ(of_float.noise_level.level, of_double.noise_level.level);
  EXPECT_LE(test::largest_difference(test::whole(comm, of_float.signal_covariance_psd),
                                     test::whole(comm, of_double.signal_covariance_psd)),
            1e-10);
}

// Whole matrices from the factors, on rank 0: those that are asked for.
TYPED_TEST(EstimateFactored, GivesDenseMatricesOnRequest)
{
  auto const comm = dist::Communicator::world();
  auto const all = test::random_responses(50, 9, 3, 15);
  auto const factored = test::factored_on<double, TypeParam>(comm, all);
  Items const returns = {Item::signal_covariance_psd, Item::noise_covariance};
  auto const result = dense_estimate(TypeParam(), comm, factored, returns);
  EXPECT_EQ(result.signal_covariance.extent(0), 0U);
  EXPECT_EQ(result.noise_covariance_psd.extent(0), 0U);
  EXPECT_EQ(result.noise_level.level, factored.noise_level.level);
  EXPECT_EQ(result.mean_signal, factored.mean_signal);
  auto const signal = test::whole(comm, factored.signal_covariance_psd);
  auto const noise = test::whole(comm, factored.noise_covariance);
  if (comm.is_root()) {
    EXPECT_LE(test::largest_difference(test::to_host(result.signal_covariance_psd), signal), 1e-12);
    EXPECT_LE(test::largest_difference(test::to_host(result.noise_covariance), noise), 1e-12);
  } else {
    EXPECT_EQ(result.signal_covariance_psd.extent(0), 0U);
  }
}

// More units on the wrong side than columns: the result is off by no more than it says.
TYPED_TEST(EstimateFactored, KeepsItsBoundWhereUnitsAreCut)
{
  auto const comm = dist::Communicator::world();
  auto const all = noise_alone(600, 8, 2, 0.1, 12);
  for (double const level : {0.3, 0.6}) {
    auto const options = this->with_levels({level});
    auto const dense = test::estimate_on<double, TypeParam>(dist::Communicator(), all, options);
    auto const found = test::factored_on<double, TypeParam>(comm, all, options);
    EXPECT_GT(found.projection.change, 0);
    auto const difference = [&](auto const& factored, auto const& full) {
      auto const x = test::whole(comm, factored);
      auto const y = test::to_host(full);
      double square = 0;
      for (std::size_t k = 0; k < x.values.size(); ++k)
        square += (x.values[k] - y.values[k]) * (x.values[k] - y.values[k]);
      return std::sqrt(square);
    };
    EXPECT_LE(difference(found.signal_covariance_psd, dense.signal_covariance_psd),
              found.projection.error_bound);
    EXPECT_LE(difference(found.noise_covariance_psd, dense.noise_covariance_psd),
              found.projection.error_bound);
    EXPECT_LE(difference(found.signal_covariance, dense.signal_covariance), 1e-10);
    EXPECT_EQ(found.n_iterations, dense.n_iterations);
  }
}

TYPED_TEST(EstimateFactored, RefusesWhatTheDenseOneRefuses)
{
  double const infinite = std::numeric_limits<double>::infinity();
  auto all = test::random_responses(40, 6, 3, 13);
  all(37, 4, 1) = infinite;
  EXPECT_EQ(this->message_of(all),
            "estimate: the response is infinite at unit 37, condition 4, trial 1 (covariances of "
            "it are not defined); mend or leave out the unit, or give NaN where a response was "
            "lost");
  EXPECT_EQ(this->message_of(test::Responses(40, 6, 1)),
            "estimate: the responses have 1 trial per condition (noise is what differs between "
            "trials of one condition); at least 2 are needed");
  EXPECT_EQ(this->message_of(test::Responses(40, 1, 3)),
            "estimate: the responses have 1 condition (signal is what differs between conditions); "
            "at least 2 are needed");
  EXPECT_EQ(this->message_of(test::Responses(0, 6, 3)),
            "estimate: the responses have no units (shape units x conditions x trials)");
}

TYPED_TEST(EstimateFactored, RefusesWhatTheFormIsNotMadeFor)
{
  auto all = test::random_responses(40, 6, 3, 14);
  all(20, 1, 2) = std::numeric_limits<double>::quiet_NaN();
  Options options;
  options.uneven = Uneven::missing;
  EXPECT_EQ(
      this->message_of(all, options),
      "form=factored: responses are lost (NaN), and uneven=missing counts trials for each pair "
      "of units (the form has sums of whole trials only); take uneven=fast, or form=dense");
  options.n_components = 41;
  EXPECT_EQ(
      this->message_of(all, options),
      "n_components: 41 components are asked for (40 units have as many); give 0 for all, or a "
      "number up to that");
  for (std::int64_t t = 0; t < 3; ++t) all(39, 4, t) = all(20, 1, 2);
  EXPECT_NE(this->message_of(all).find("condition 4 has no trial in which every unit is present"),
            std::string::npos);
  EXPECT_EQ(this->message_of(test::random_responses(9, 10, 3, 1)),
            "form=factored: the training part of the noise covariance has 16 columns for 9 units "
            "that vary (the form is defined for more units than columns); take form=dense");
}

}  // namespace
}  // namespace kovar::gsn
