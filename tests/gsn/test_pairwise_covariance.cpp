// SPDX-License-Identifier: BSD-3-Clause
// Sums over pairs of units against loops over pairs, straight from section 13 of the specification.
#include "gsn/lost_trials.hpp"
#include "gsn/slow_pairwise.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

template <class T>
class PairwiseCovariance : public ::testing::Test {
};
TYPED_TEST_SUITE(PairwiseCovariance, test::ScalarsAndSpaces);

std::vector<PairForm> forms_for(std::int64_t n_trials)
{
  std::vector<PairForm> forms = {PairForm::automatic, PairForm::sums};
  if (n_trials <= 4) forms.push_back(PairForm::contrasts);
  if (n_trials <= 8) forms.push_back(PairForm::differences);
  return forms;
}

/// Largest error of the covariance sums of pairs, relative to the scales of their units; counts must be
/// equal. \param slow  the expected sums
template <class Param>
double error_of(test::Responses const& all, std::vector<std::int64_t> const& conditions,
                PairForm form, test::SlowSums const& slow)
{
  using Scalar = typename Param::Scalar;
  using ExecSpace = typename Param::ExecSpace;
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  auto const sums = pairwise_noise_sums<Scalar, ExecSpace>(
      ExecSpace(), ConstCube<Scalar, ExecSpace>(local), conditions, form);
  auto const covariance = test::to_host(sums.covariance_sum);
  auto const share = test::to_host(sums.share_sum);
  EXPECT_EQ(test::largest_difference(test::to_host(sums.count), slow.count, test::Triangle::lower),
            0);
  EXPECT_EQ(test::largest_difference(test::to_host(sums.share_count), slow.share_count,
                                     test::Triangle::lower),
            0);
  double largest = 0;
  for (std::int64_t j = 0; j < all.n_units; ++j)
    for (std::int64_t i = j; i < all.n_units; ++i) {
      double const scale =
          slow.scale[static_cast<std::size_t>(i)] * slow.scale[static_cast<std::size_t>(j)];
      double const difference = std::fabs(covariance(i, j) - slow.covariance_sum(i, j));
      double const error = scale > 0 ? difference / scale : difference == 0 ? 0 : INFINITY;
      if (!(error <= largest)) largest = error;
      double const share_error =
          std::fabs(share(i, j) - slow.share_sum(i, j)) / std::max(1.0, slow.share_count(i, j));
      if (!(share_error <= largest)) largest = share_error;
    }
  return largest;
}

/// Sums of a few hundred terms, each a difference of a few terms.
template <class Param>
double const tolerance = 60 * Param::epsilon;

template <class Param>
void expect_sums(std::int64_t n, std::int64_t c, std::int64_t t,
                 std::vector<std::string> const& patterns)
{
  for (std::string const& pattern : patterns) {
    test::Responses const all = test::rounded<typename Param::Scalar>(
        test::with_losses(test::random_responses(n, c, t, 5), pattern));
    auto const slow = test::slow_sums(all, test::all_conditions(all));
    for (PairForm const form : forms_for(t))
      EXPECT_LE((error_of<Param>(all, test::all_conditions(all), form, slow)), tolerance<Param>)
          << pattern << " N " << n << " C " << c << " T " << t << " form "
          << static_cast<int>(form);
  }
}

TYPED_TEST(PairwiseCovariance, AgreesWithALoopOverPairsForAnyNumberOfTrialsAndPatternOfLosses)
{
  for (std::int64_t const t : {1, 2, 3, 4, 5, 7, 8, 15, 16, 31, 33, 64, 65})
    expect_sums<TypeParam>(19, 5, t, test::loss_patterns);
}

TYPED_TEST(PairwiseCovariance, AgreesWithALoopOverPairsForAnyNumberOfUnits)
{
  for (std::int64_t const n : {0, 1, 2, 17, 64, 65, 130})
    for (std::int64_t const t : {3, 5, 9})
      expect_sums<TypeParam>(n, 3, t, {"none", "random", "common trials"});
}

TYPED_TEST(PairwiseCovariance, AgreesWithALoopOverPairsForAnyNumberOfConditions)
{
  for (std::int64_t const c : {0, 1, 2, 63, 64, 65, 130})
    for (std::int64_t const t : {2, 3, 6, 9})
      expect_sums<TypeParam>(9, c, t, {"none", "random", "whole conditions"});
}

TYPED_TEST(PairwiseCovariance, SumsOverTheConditionsThatAreListed)
{
  for (std::int64_t const t : {3, 5, 9}) {
    test::Responses const all = test::rounded<typename TypeParam::Scalar>(
        test::with_losses(test::random_responses(11, 9, t, 6), "random"));
    std::vector<std::int64_t> const some = {7, 2, 3, 0};
    EXPECT_LE((error_of<TypeParam>(all, some, PairForm::automatic, test::slow_sums(all, some))),
              tolerance<TypeParam>);
  }
}

// Rule K11: a mean of 1e6 standard deviations costs no digits.
TYPED_TEST(PairwiseCovariance, KeepsItsDigitsWhereTheMeanIsLarge)
{
  for (std::int64_t const t : {2, 3, 4, 5, 9, 33}) {
    test::Responses all = test::random_responses(17, 5, t, 7);
    for (double& value : all.values) value += 1e6;
    all = test::rounded<typename TypeParam::Scalar>(test::with_losses(all, "random"));
    auto const slow = test::slow_sums(all, test::all_conditions(all));
    for (PairForm const form : forms_for(t))
      EXPECT_LE((error_of<TypeParam>(all, test::all_conditions(all), form, slow)),
                tolerance<TypeParam>)
          << t << " form " << static_cast<int>(form);
  }
}

TYPED_TEST(PairwiseCovariance, WorksAtAnyScaleWhoseSumsFit)
{
  bool const is_double = sizeof(typename TypeParam::Scalar) == 8;
  for (double const scale : {is_double ? 1e-140 : 1e-15, is_double ? 1e150 : 1e16})
    for (std::int64_t const t : {2, 3, 4, 5, 9}) {
      test::Responses all = test::random_responses(9, 5, t, 8);
      for (double& value : all.values) value *= scale;
      all = test::rounded<typename TypeParam::Scalar>(test::with_losses(all, "random"));
      auto const slow = test::slow_sums(all, test::all_conditions(all));
      for (PairForm const form : forms_for(t))
        EXPECT_LE((error_of<TypeParam>(all, test::all_conditions(all), form, slow)),
                  tolerance<TypeParam>)
            << scale << " T " << t << " form " << static_cast<int>(form);
    }
}

TYPED_TEST(PairwiseCovariance, OfAConstantUnitIsExactlyZero)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const t : {3, 5, 9}) {
    test::Responses all = test::random_responses(9, 5, t, 9);
    for (std::int64_t c = 0; c < 5; ++c)
      for (std::int64_t s = 0; s < t; ++s) all(4, c, s) = 0.1;
    all = test::with_losses(all, "random");
    auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
    auto const sums =
        pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local));
    auto const covariance = test::to_host(sums.covariance_sum);
    for (std::int64_t i = 0; i < 9; ++i)
      EXPECT_EQ(i > 4 ? covariance(i, 4) : covariance(4, i), 0) << t;
  }
}

TYPED_TEST(PairwiseCovariance, HasTheSameBitsInEveryRun)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const t : {3, 5, 9}) {
    test::Responses const all = test::with_losses(test::random_responses(130, 20, t, 10), "random");
    auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
    auto const run = [&] {
      auto const sums =
          pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local));
      auto matrix = test::to_host(sums.covariance_sum);
      for (std::int64_t j = 0; j < matrix.n_cols; ++j)
        for (std::int64_t i = 0; i < j; ++i) matrix(i, j) = 0;
      return matrix.values;
    };
    auto const once = run();
    for (int again = 0; again < 5; ++again) EXPECT_EQ(run(), once) << t;
  }
}

// The training covariance of a fold has no use for the share of the noise.
TYPED_TEST(PairwiseCovariance, IsTheSameWithoutTheNoiseShare)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 17, 65})
    for (std::int64_t const t : {2, 3, 4, 5, 9}) {
      test::Responses const all =
          test::rounded<Scalar>(test::with_losses(test::random_responses(n, 9, t, 16), "random"));
      auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
      ConstCube<Scalar, ExecSpace> const responses(local);
      for (PairForm const form : forms_for(t)) {
        auto const whole =
            pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), responses, {0, 2, 3, 7}, form);
        auto const part = pairwise_noise_sums<Scalar, ExecSpace>(
            ExecSpace(), responses, {0, 2, 3, 7}, form, PairSums::covariance);
        EXPECT_EQ(
            test::largest_difference(test::to_host(part.covariance_sum),
                                     test::to_host(whole.covariance_sum), test::Triangle::lower),
            0)
            << n << " units, " << t << " trials, form " << static_cast<int>(form);
        EXPECT_EQ(test::largest_difference(test::to_host(part.count), test::to_host(whole.count),
                                           test::Triangle::lower),
                  0);
        EXPECT_EQ(part.share_sum.extent(0) + part.share_count.extent(0), 0U);
      }
    }
}

TYPED_TEST(PairwiseCovariance, ReadsResponsesInAnyLayout)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::Responses const all =
      test::rounded<Scalar>(test::with_losses(test::random_responses(21, 4, 3, 11), "random"));
  Kokkos::View<Scalar***, Kokkos::LayoutLeft, ExecSpace> const cube("test::cube", 21, 4, 3);
  auto const host = Kokkos::create_mirror_view(cube);
  for (std::int64_t i = 0; i < 21; ++i)
    for (std::int64_t c = 0; c < 4; ++c)
      for (std::int64_t t = 0; t < 3; ++t) host(i, c, t) = static_cast<Scalar>(all(i, c, t));
  Kokkos::deep_copy(cube, host);
  auto const sums =
      pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(cube));
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  auto const expected =
      pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local));
  EXPECT_EQ(test::largest_difference(test::to_host(sums.covariance_sum),
                                     test::to_host(expected.covariance_sum), test::Triangle::lower),
            0);
}

TYPED_TEST(PairwiseCovariance, MeansAreSumsOverCountsAndZeroWithoutConditions)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  test::Responses const all =
      test::with_losses(test::random_responses(10, 4, 4, 12), "never together");
  auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
  ExecSpace const space;
  auto sums = pairwise_noise_sums<Scalar, ExecSpace>(space, ConstCube<Scalar, ExecSpace>(local));
  auto const covariance_sum = test::to_host(sums.covariance_sum);
  auto const share_sum = test::to_host(sums.share_sum);
  auto const means = pairwise_mean<Scalar, ExecSpace>(space, sums);
  auto const covariance = test::to_host(means.noise_covariance);
  auto const share = test::to_host(means.noise_share);
  for (std::int64_t j = 0; j < 10; ++j)
    for (std::int64_t i = j; i < 10; ++i) {
      bool const together = (i - j) % 2 == 0;
      EXPECT_NEAR(covariance(i, j), together ? covariance_sum(i, j) / 4 : 0,
                  8 * TypeParam::epsilon);
      EXPECT_NEAR(share(i, j), together ? 0.5 : 0, 8 * TypeParam::epsilon);
      EXPECT_NEAR(share_sum(i, j), together ? 2 : 0, 8 * TypeParam::epsilon);
    }
  EXPECT_EQ(sums.count.extent(0), 0U);
}

TYPED_TEST(PairwiseCovariance, RefusesConditionsThatAreNotThere)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  Kokkos::View<Scalar***, ExecSpace> const cube("test::cube", 2, 3, 2);
  ConstCube<Scalar, ExecSpace> const responses(cube);
  try {
    pairwise_noise_sums<Scalar, ExecSpace>(ExecSpace(), responses, {0, 3});
    FAIL() << "not refused";
  } catch (InputError const& error) {
    EXPECT_NE(std::string(error.what()).find("condition 3 is not one of the 3"), std::string::npos)
        << error.what();
  }
  Kokkos::View<Scalar***, ExecSpace> const many("test::cube", 2, 3, 9);
  EXPECT_THROW((pairwise_noise_sums<Scalar, ExecSpace>(
                   ExecSpace(), ConstCube<Scalar, ExecSpace>(many), {0}, PairForm::contrasts)),
               InputError);
}

/// Columns with NaN where units are not defined.
test::HostMatrix columns_with_losses(std::int64_t n, std::int64_t k, std::string const& pattern)
{
  test::HostMatrix x = test::random_matrix(n, k, 13);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t c = 0; c < k; ++c)
      if (test::is_lost(pattern, i, 0, c, k)) x(i, c) = std::numeric_limits<double>::quiet_NaN();
  return x;
}

template <class Param>
void expect_data_covariance(test::HostMatrix const& x, std::string const& what)
{
  using Scalar = typename Param::Scalar;
  using ExecSpace = typename Param::ExecSpace;
  auto const view = test::to_space<double, ExecSpace>(x, 0);
  auto const found = test::to_host(
      pairwise_covariance<Scalar, ExecSpace>(ExecSpace(), Matrix<double, ExecSpace>(view)));
  auto const row = [&](std::int64_t i) {
    std::vector<double> values;
    for (std::int64_t c = 0; c < x.n_cols; ++c) values.push_back(x(i, c));
    return values;
  };
  ASSERT_EQ(found.n_rows, x.n_rows);
  for (std::int64_t j = 0; j < x.n_rows; ++j)
    for (std::int64_t i = j; i < x.n_rows; ++i) {
      std::int64_t n_shared = 0;
      double const expected = test::slow_covariance(row(i), row(j), n_shared);
      double const scale = std::sqrt(test::spread(row(i)) * test::spread(row(j)));
      ASSERT_NEAR(found(i, j), expected, 20 * Param::epsilon * scale)
          << what << ' ' << i << ' ' << j << " shared " << n_shared;
    }
}

TYPED_TEST(PairwiseCovariance, OfColumnsAgreesWithALoopOverPairs)
{
  for (std::string const& pattern : test::loss_patterns) {
    for (std::int64_t const n : {0, 1, 2, 17, 65, 130})
      expect_data_covariance<TypeParam>(columns_with_losses(n, 20, pattern), pattern);
    for (std::int64_t const k : {0, 1, 2, 63, 64, 65})
      expect_data_covariance<TypeParam>(columns_with_losses(11, k, pattern), pattern);
  }
}

TYPED_TEST(PairwiseCovariance, OfColumnsKeepsItsDigitsWhereMeansAreLarge)
{
  test::HostMatrix x = columns_with_losses(17, 40, "random");
  for (double& value : x.values) value += 1e6;
  expect_data_covariance<TypeParam>(x, "large means");
}

}  // namespace
}  // namespace kovar::gsn
