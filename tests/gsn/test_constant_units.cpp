// SPDX-License-Identifier: BSD-3-Clause
// Rule K4: what a unit that does not vary leaves of the estimate, on every path; on 1 to 4 ranks.
#include "gsn/responses.hpp"
#include "gsn/slow_folds.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/estimate.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace kovar::gsn {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class Param>
class ConstantUnits : public ::testing::Test {
 protected:
  using Scalar = typename Param::Scalar;
  using ExecSpace = typename Param::ExecSpace;

  static Options everything()
  {
    Options options;
    for (Item const item : all_items()) options.returns.insert(item);
    options.uneven = Uneven::missing;
    options.level_data = LevelData::observed;
    return options;
  }
  static auto run(test::Responses const& all, Options const& options = everything())
  {
    return test::estimate_on<Scalar, ExecSpace>(dist::Communicator::world(), all, options);
  }
};
TYPED_TEST_SUITE(ConstantUnits, test::ScalarsAndSpaces);

/// The response of one unit to a condition on a trial.
using OneUnit = std::function<double(std::int64_t c, std::int64_t t)>;

/// One more unit, which stands at `place`.
test::Responses with_unit(test::Responses const& all, std::int64_t place, OneUnit const& response)
{
  test::Responses more(all.n_units + 1, all.n_conditions, all.n_trials);
  for (std::int64_t i = 0; i < more.n_units; ++i)
    for (std::int64_t c = 0; c < all.n_conditions; ++c)
      for (std::int64_t t = 0; t < all.n_trials; ++t)
        more(i, c, t) = i == place ? response(c, t) : all(i < place ? i : i - 1, c, t);
  return more;
}

/// Every unit loses one trial of each condition, and some conditions altogether: all have the same mean
/// number of trials, to which a unit more changes nothing.
test::Responses with_equal_losses(std::int64_t n, std::int64_t c, std::int64_t t,
                                  std::uint64_t seed)
{
  auto all = test::random_responses(n, c, t, seed);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c; ++k)
      for (std::int64_t s = 0; s < t; ++s)
        if ((i + k) % t == s || (3 * i + k) % 11 == 0) all(i, k, s) = nan;
  return all;
}

/// Rows and columns of all places but some.
test::HostMatrix without(test::HostMatrix const& a, std::vector<std::int64_t> const& places)
{
  std::vector<std::int64_t> kept;
  for (std::int64_t i = 0; i < a.n_rows; ++i)
    if (!std::count(places.begin(), places.end(), i)) kept.push_back(i);
  auto const n = static_cast<std::int64_t>(kept.size());
  test::HostMatrix part(n, n);
  for (std::int64_t j = 0; j < n; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      part(i, j) = a(kept[static_cast<std::size_t>(i)], kept[static_cast<std::size_t>(j)]);
  return part;
}

double largest(test::HostMatrix const& a)
{
  double bound = 0;
  for (double const x : a.values) bound = std::max(bound, std::fabs(x));
  return bound;
}

/// The block of the other units, and exact zeros at those places.
void expect_zeros_at(test::HostMatrix const& whole, std::vector<std::int64_t> const& places,
                     test::HostMatrix const& expected, double epsilon, char const* what)
{
  EXPECT_LE(test::largest_difference(without(whole, places), expected),
            500 * epsilon * largest(expected))
      << what;
  for (std::int64_t const place : places)
    for (std::int64_t i = 0; i < whole.n_rows; ++i) {
      EXPECT_EQ(whole(i, place), 0) << what;
      EXPECT_EQ(whole(place, i), 0) << what;
    }
}

/// The eigenvalues of the other units, and a zero for each of those places.
void expect_eigenvalues(std::vector<double> const& found, std::vector<double> expected,
                        std::size_t n_zeros, double epsilon, char const* what)
{
  double const scale = std::max(std::fabs(expected.front()), std::fabs(expected.back()));
  expected.insert(expected.end(), n_zeros, 0.0);
  std::sort(expected.rbegin(), expected.rend());
  ASSERT_EQ(found.size(), expected.size()) << what;
  for (std::size_t k = 0; k < found.size(); ++k)
    EXPECT_NEAR(found[k], expected[k], 500 * epsilon * scale) << what << ' ' << k;
}

/// Columns of v are orthonormal eigenvectors of a.
void expect_eigenvectors(test::HostMatrix const& a, std::vector<double> const& values,
                         test::HostMatrix const& v, double epsilon, char const* what)
{
  auto residual = test::product(a, v);
  for (std::int64_t k = 0; k < v.n_cols; ++k)
    for (std::int64_t i = 0; i < v.n_rows; ++i)
      residual(i, k) -= values[static_cast<std::size_t>(k)] * v(i, k);
  EXPECT_LE(largest(residual), 500 * epsilon * largest(a)) << what;
  auto overlap = test::product(test::transposed(v), v);
  for (std::int64_t k = 0; k < v.n_cols; ++k) overlap(k, k) -= 1;
  EXPECT_LE(largest(overlap), 500 * epsilon) << what;
}

/// All that a run with units that do not vary at some places shares with one without them. On rank 0.
template <class Result>
void expect_same_without(Result const& found, std::vector<std::int64_t> const& places,
                         Result const& expected, double epsilon)
{
  auto const compare = [&](auto const& whole, auto const& part, char const* what) {
    expect_zeros_at(test::to_host(whole), places, test::to_host(part), epsilon, what);
  };
  compare(found.noise_covariance, expected.noise_covariance, "cN");
  compare(found.signal_covariance, expected.signal_covariance, "cS");
  compare(found.noise_covariance_psd, expected.noise_covariance_psd, "cNb");
  compare(found.signal_covariance_psd, expected.signal_covariance_psd, "cSb");
  auto const compare_values = [&](auto const& whole, auto const& part, char const* what) {
    expect_eigenvalues(test::to_vector(whole), test::to_vector(part), places.size(), epsilon, what);
  };
  compare_values(found.eigenvalues_signal, expected.eigenvalues_signal, "signal");
  compare_values(found.eigenvalues_difference, expected.eigenvalues_difference, "difference");
}

/// cSb less cNb times the share of the noise in each pair, by plain loops.
template <class Result>
test::HostMatrix slow_difference(Result const& result, test::Responses const& all)
{
  auto const sums = test::slow_sums(all, test::all_conditions(all));
  auto const noise = test::to_host(result.noise_covariance_psd);
  auto difference = test::to_host(result.signal_covariance_psd);
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t j = 0; j < all.n_units; ++j) {
      double const n = sums.share_count(std::max(i, j), std::min(i, j));
      if (n > 0)
        difference(i, j) -= noise(i, j) * sums.share_sum(std::max(i, j), std::min(i, j)) / n;
    }
  return difference;
}

// Two dead units leave the levels and the matrices of the others as they are.
TYPED_TEST(ConstantUnits, OfCompleteDataHaveZeroRowsAndDoNotTouchTheOthers)
{
  auto const all = test::random_responses(7, 30, 3, 8);
  auto const dead = [](double value) {
    return [value](std::int64_t, std::int64_t) { return value; };
  };
  auto const more = with_unit(with_unit(all, 1, dead(0)), 5, dead(0.1));
  auto const expected = this->run(all);
  auto const found = this->run(more);
  EXPECT_EQ(found.path, Path::even);
  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  EXPECT_EQ(found.noise_ceiling_snr[1], 0);
  EXPECT_EQ(found.noise_ceiling_snr[5], 0);
  EXPECT_EQ(found.mean_signal[5], static_cast<typename TypeParam::Scalar>(0.1));
  if (!dist::Communicator::world().is_root()) return;
  expect_same_without(found, {1, 5}, expected, TypeParam::epsilon);
}

TYPED_TEST(ConstantUnits, OfCompleteDataWithoutNoiseKeepTheirSignal)
{
  auto all = test::random_responses(5, 30, 3, 9);
  for (std::int64_t c = 0; c < 30; ++c)
    for (std::int64_t t = 1; t < 3; ++t) all(2, c, t) = all(2, c, 0);
  auto const result = this->run(all);
  EXPECT_EQ(result.noise_ceiling_snr[2], 0);
  if (!dist::Communicator::world().is_root()) return;
  auto const noise = test::to_host(result.noise_covariance);
  for (std::int64_t i = 0; i < 5; ++i) EXPECT_EQ(noise(i, 2), 0);
  EXPECT_GT(test::to_host(result.signal_covariance)(2, 2), 0.1);
}

/// Two units that do not vary, at 3 and 6, change nothing else. The second is constant.
template <class Result>
void expect_no_more_than_zeros(Result const& found, test::Responses const& more,
                               Result const& expected, double epsilon)
{
  EXPECT_EQ(found.n_iterations, expected.n_iterations);
  EXPECT_EQ(found.noise_level.level, expected.noise_level.level);
  EXPECT_EQ(found.data_level.level, expected.data_level.level);
  EXPECT_EQ(found.noise_ceiling_snr[3], 0);
  EXPECT_EQ(found.noise_ceiling_snr[6], 0);
  std::vector<double> others = found.noise_ceiling_snr;
  others.erase(others.begin() + 6);
  others.erase(others.begin() + 3);
  for (std::size_t i = 0; i < others.size(); ++i)
    EXPECT_NEAR(others[i], expected.noise_ceiling_snr[i], 500 * epsilon);
  EXPECT_EQ(found.mean_signal[6], more(6, 0, 1));
  if (!dist::Communicator::world().is_root()) return;
  expect_same_without(found, {3, 6}, expected, epsilon);
  expect_eigenvectors(test::to_host(found.signal_covariance_psd),
                      test::to_vector(found.eigenvalues_signal),
                      test::to_host(found.eigenvectors_signal), epsilon, "signal");
  expect_eigenvectors(slow_difference(found, more), test::to_vector(found.eigenvalues_difference),
                      test::to_host(found.eigenvectors_difference), epsilon, "difference");
}

// Constant, constant but for the last bit, and never there; with losses of its own.
TYPED_TEST(ConstantUnits, AmongLossesHaveZeroRowsAndDoNotTouchTheOthers)
{
  auto const all = test::rounded<typename TypeParam::Scalar>(with_equal_losses(12, 10, 4, 3));
  OneUnit const constant = [](std::int64_t c, std::int64_t t) {
    return c % 4 == t ? nan : static_cast<double>(static_cast<typename TypeParam::Scalar>(0.1));
  };
  OneUnit const flickering = [&](std::int64_t c, std::int64_t t) {
    double const x = constant(c, t);
    bool const is_double = sizeof(typename TypeParam::Scalar) == 8;
    return is_double && (c + t) % 3 == 0 ? std::nextafter(x, 1.0) : x;
  };
  OneUnit const absent = [](std::int64_t, std::int64_t) { return nan; };
  Options const chosen = this->everything();
  Options whole = this->everything();  // without shrinkage the projections have work to do
  whole.levels = std::vector<double>{1};
  for (Options const& options : {chosen, whole}) {
    auto const expected = this->run(all, options);
    ASSERT_EQ(expected.path, Path::per_unit);
    if (options.levels && dist::Communicator::world().is_root()) {
      EXPECT_GT(test::largest_difference(test::to_host(expected.signal_covariance_psd),
                                         test::to_host(expected.signal_covariance)),
                0.1);
      EXPECT_GT(test::largest_difference(test::to_host(expected.noise_covariance_psd),
                                         test::to_host(expected.noise_covariance)),
                0.1);
    }
    for (auto const& [name, unit] : {std::pair<std::string, OneUnit>{"constant", constant},
                                     {"flickering", flickering},
                                     {"absent", absent}}) {
      SCOPED_TRACE(name + (options.levels ? ", level 1" : ", levels chosen"));
      auto const more = with_unit(with_unit(all, 3, unit), 6, constant);
      auto const found = this->run(more, options);
      EXPECT_EQ(std::isnan(found.mean_signal[3]), name == "absent");
      expect_no_more_than_zeros(found, more, expected, TypeParam::epsilon);
    }
  }
}

/// cD of all pairs and the mean share of the noise, by plain loops.
struct SlowParts {
  test::HostMatrix data;
  test::HostMatrix share;
};

SlowParts slow_parts(test::Responses const& all)
{
  auto const sums = test::slow_sums(all, test::all_conditions(all));
  SlowParts parts = {test::slow_data_covariance(test::slow_means(all), test::all_conditions(all)),
                     test::HostMatrix(all.n_units, all.n_units)};
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      parts.share(i, j) = parts.share(j, i) = sums.share_sum(i, j) / sums.share_count(i, j);
  return parts;
}

// A unit of which only the noise or only the signal is constant, beside one that is constant altogether:
// its row is that of the formulas, with zeros for the part that does not vary.
TYPED_TEST(ConstantUnits, AmongLossesKeepTheSignalOrTheNoiseThatTheyHave)
{
  std::int64_t const n = 6, c = 20, t = 4;
  auto const all = test::rounded<typename TypeParam::Scalar>(with_equal_losses(n, c, t, 5));
  OneUnit const constant = [](std::int64_t k, std::int64_t s) { return k % 4 == s ? nan : 2.5; };
  OneUnit const signal = [](std::int64_t k, std::int64_t s) {
    bool const is_double = sizeof(typename TypeParam::Scalar) == 8;
    double const x = static_cast<double>(1 + k * k % 7);  // the same on all trials but for rounding
    return k % 4 == s ? nan : is_double && (k + s) % 3 == 0 ? std::nextafter(x, 9.0) : x;
  };
  OneUnit const noise = [](std::int64_t k, std::int64_t s) {
    double const x = static_cast<double>(1 + k % 5);
    std::int64_t const place = (s - k % 4 + 4) % 4;  // of three trials x, -x, 0
    return place == 0 ? nan : place == 1 ? x : place == 2 ? -x : 0.0;
  };
  Options options = this->everything();
  options.levels = std::vector<double>{0.75};
  for (bool const has_signal : {true, false}) {
    SCOPED_TRACE(has_signal ? "signal" : "noise");
    auto const more = with_unit(with_unit(all, 2, has_signal ? signal : noise), 4, constant);
    auto const found = this->run(more, options);
    EXPECT_EQ(found.noise_ceiling_snr[2], 0);
    if (!dist::Communicator::world().is_root()) continue;
    auto const parts = slow_parts(more);
    auto const slow_noise = test::slow_noise_covariance(more, test::all_conditions(more));
    auto const raw_noise = test::to_host(found.noise_covariance);
    auto const raw_signal = test::to_host(found.signal_covariance);
    for (std::int64_t i = 0; i < more.n_units; ++i)
      for (std::int64_t j = 0; j < more.n_units; ++j) {
        double const level = i == j ? 1 : 0.75;
        double const noise_ij = level * slow_noise(i, j);
        double const data_ij = level * parts.data(i, j);
        double const rounding = 100 * TypeParam::epsilon;
        EXPECT_NEAR(raw_noise(i, j), noise_ij, rounding * largest(slow_noise)) << i << ' ' << j;
        EXPECT_NEAR(raw_signal(i, j), data_ij - parts.share(i, j) * noise_ij,
                    rounding * largest(parts.data))
            << i << ' ' << j;
        if (i != 4 && j != 4) continue;
        EXPECT_EQ(raw_noise(i, j), 0);
        EXPECT_EQ(raw_signal(i, j), 0);
      }
    for (std::int64_t i = 0; i < more.n_units; ++i)
      if (has_signal) {
        EXPECT_EQ(raw_noise(2, i), 0);
      }
  }
}

}  // namespace
}  // namespace kovar::gsn
