// SPDX-License-Identifier: BSD-3-Clause
// Training covariances and held-out points under losses, against plain loops.
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/observed_folds.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

template <class ExecSpace>
class ObservedFolds : public ::testing::Test {
};
TYPED_TEST_SUITE(ObservedFolds, test::ExecSpaces);

TEST(TrialPairs, AreAllPairsUpToSevenTrialsAndThreePerTrialBeyond)
{
  for (std::int64_t const n : {2, 3, 4, 5, 6, 7, 8, 11}) {
    TrialPairs const pairs = trial_pairs(n);
    std::set<std::pair<std::int64_t, std::int64_t>> distinct;
    for (std::size_t k = 0; k < pairs.first.size(); ++k) {
      EXPECT_NE(pairs.first[k], pairs.second[k]);
      distinct.insert(std::minmax(pairs.first[k], pairs.second[k]));
    }
    auto const expected = n <= 7 ? n * (n - 1) / 2 : 3 * n;
    EXPECT_EQ(static_cast<std::int64_t>(pairs.first.size()), expected) << n;
    EXPECT_EQ(static_cast<std::int64_t>(distinct.size()), expected) << n;
  }
}

/// N x C x T responses, some of them lost; units far from zero.
template <class ExecSpace>
Kokkos::View<double***, Kokkos::LayoutLeft, ExecSpace> responses(std::int64_t n, std::int64_t c,
                                                                 std::int64_t t, bool complete)
{
  Kokkos::View<double***, Kokkos::LayoutLeft, ExecSpace> const x("test::responses", n, c, t);
  auto const host = Kokkos::create_mirror_view(x);
  auto const values = test::random_matrix(n, c * t, 4);
  auto const chance = test::random_matrix(n, c * t, 5);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t k = 0; k < c * t; ++k)
      host(i, k / t, k % t) = !complete && std::fabs(chance(i, k)) < 0.3 ? nan : 10 + values(i, k);
  Kokkos::deep_copy(x, host);
  return x;
}

TYPED_TEST(ObservedFolds, NoiseOfCompleteDataHasTheScatterOfCentredTrials)
{
  std::int64_t const n = 5, c = 7, t = 4;
  auto const x = responses<TypeParam>(n, c, t, true);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, x);
  Vector<double, TypeParam> const largest("test::largest", n);
  auto const problem = observed_noise_fold<double, TypeParam>(TypeParam(), dist::Communicator(),
                                                              ConstCube<double, TypeParam>(x),
                                                              largest, {0, 2, 3, 6}, {5, 1});
  auto const scatter = [&](std::initializer_list<std::int64_t> conditions) {
    test::HostMatrix sum(n, n);
    for (std::int64_t const k : conditions)
      for (std::int64_t i = 0; i < n; ++i)
        for (std::int64_t j = 0; j < n; ++j) {
          double mean_i = 0, mean_j = 0;
          for (std::int64_t s = 0; s < t; ++s) {
            mean_i += host(i, k, s) / static_cast<double>(t);
            mean_j += host(j, k, s) / static_cast<double>(t);
          }
          for (std::int64_t s = 0; s < t; ++s)
            sum(i, j) += (host(i, k, s) - mean_i) * (host(j, k, s) - mean_j);
        }
    return sum;
  };
  auto expected = scatter({0, 2, 3, 6});
  for (double& value : expected.values) value /= 4 * (t - 1);
  EXPECT_LT(
      test::largest_difference(test::to_host(problem.covariance), expected, test::Triangle::lower),
      1e-13);
  // T (T - 1) / 2 differences per condition, each of the covariance of the noise.
  auto const points = test::to_host(problem.validation);
  ASSERT_EQ(points.n_cols, 12);
  auto found = test::product(points, test::transposed(points));
  for (double& value : found.values) value /= 12;
  expected = scatter({5, 1});
  for (double& value : expected.values) value /= 2 * (t - 1);
  EXPECT_LT(test::largest_difference(found, expected), 1e-13);
}

TYPED_TEST(ObservedFolds, ADifferenceIsMissingWhereEitherTrialIs)
{
  std::int64_t const n = 6, c = 3, t = 3;
  auto const x = responses<TypeParam>(n, c, t, false);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, x);
  auto const points = test::to_host(
      trial_differences<double, TypeParam>(TypeParam(), ConstCube<double, TypeParam>(x), {2, 0}));
  TrialPairs const pairs = trial_pairs(t);
  int n_missing = 0;
  for (std::int64_t k = 0; k < 6; ++k)
    for (std::int64_t i = 0; i < n; ++i) {
      std::int64_t const condition = k < 3 ? 2 : 0;
      double const expected = (host(i, condition, pairs.first[static_cast<std::size_t>(k % 3)]) -
                               host(i, condition, pairs.second[static_cast<std::size_t>(k % 3)])) /
                              std::sqrt(2.0);
      EXPECT_EQ(std::isnan(points(i, k)), std::isnan(expected));
      if (std::isnan(expected))
        ++n_missing;
      else
        EXPECT_NEAR(points(i, k), expected, 1e-14);
    }
  EXPECT_GT(n_missing, 3);
}

// Units one past a block of a CPU thread, pairs counted in a circle, responses with trials fastest.
TYPED_TEST(ObservedFolds, DifferencesAreThoseOfPlainLoops)
{
  std::int64_t const c = 3, t = 9;
  std::vector<std::int64_t> const conditions = {1, 2, 1};
  TrialPairs const pairs = trial_pairs(t);
  for (std::int64_t const n : {0, 1, 16, 17}) {
    Kokkos::View<float***, Kokkos::LayoutRight, TypeParam> const x("test::responses", n, c, t);
    auto const host = Kokkos::create_mirror_view(x);
    auto const values = test::random_matrix(n, c * t, 8);
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t k = 0; k < c * t; ++k)
        host(i, k / t, k % t) = static_cast<float>(values(i, k));
    Kokkos::deep_copy(x, host);
    auto const points = test::to_host(trial_differences<float, TypeParam>(
        TypeParam(), ConstCube<float, TypeParam>(x), conditions));
    ASSERT_EQ(points.n_cols, 3 * 27);
    for (std::int64_t k = 0; k < 3; ++k)
      for (std::size_t p = 0; p < pairs.first.size(); ++p)
        for (std::int64_t i = 0; i < n; ++i) {
          std::int64_t const condition = conditions[static_cast<std::size_t>(k)];
          double const difference = static_cast<double>(host(i, condition, pairs.first[p])) -
                                    static_cast<double>(host(i, condition, pairs.second[p]));
          EXPECT_EQ(points(i, k * 27 + static_cast<std::int64_t>(p)), std::sqrt(0.5) * difference);
        }
    EXPECT_EQ(trial_differences(TypeParam(), ConstCube<float, TypeParam>(x), {}).extent(1), 0U);
  }
}

TYPED_TEST(ObservedFolds, HeldOutMeansAreCentredOnTheTrainingMeansOfTheirUnits)
{
  std::int64_t const n = 4;
  test::HostMatrix training = test::random_matrix(n, 9, 1);
  test::HostMatrix held_out = test::random_matrix(n, 3, 2);
  training(1, 0) = training(1, 5) = training(2, 8) = held_out(2, 1) = nan;
  for (std::int64_t j = 0; j < 9; ++j) training(3, j) = nan;
  Vector<double, TypeParam> const largest("test::largest", n);
  auto const problem = observed_data_fold(TypeParam(), dist::Communicator(),
                                          test::to_space<double, TypeParam>(training),
                                          test::to_space<double, TypeParam>(held_out), largest);
  auto const points = test::to_host(problem.validation);
  for (std::int64_t i = 0; i < 3; ++i) {
    double sum = 0;
    int n_defined = 0;
    for (std::int64_t j = 0; j < 9; ++j)
      if (!std::isnan(training(i, j))) {
        sum += training(i, j);
        ++n_defined;
      }
    for (std::int64_t j = 0; j < 3; ++j) {
      if (std::isnan(held_out(i, j))) {
        EXPECT_TRUE(std::isnan(points(i, j)));
      } else {
        EXPECT_NEAR(points(i, j), held_out(i, j) - sum / n_defined, 1e-14);
      }
    }
  }
  for (std::int64_t j = 0; j < 3; ++j) EXPECT_TRUE(std::isnan(points(3, j)));  // never trained on
  EXPECT_EQ(test::to_host(problem.covariance)(3, 3), 0);
}

// N^2 numbers are more than any machine addresses, and only rank 0 asks for them.
TYPED_TEST(ObservedFolds, AnErrorOnRankZeroAloneIsThrownOnAllRanks)
{
  std::int64_t const n = 10000000;
  Matrix<double, TypeParam> const no_columns("test::no_columns", n, 0);
  Vector<double, TypeParam> const largest("test::largest", 0);
  try {
    observed_data_fold(TypeParam(), dist::Communicator::world(), no_columns, no_columns, largest);
    FAIL() << "no error";
  } catch (BackendError const& error) {
    EXPECT_TRUE(error.on_all_ranks());
  }
}

}  // namespace
}  // namespace kovar::gsn
