// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/rsa.hpp>
#include <kovar/gsn/rsa_statistics.hpp>
#include <kovar/gsn/scale_match.hpp>
#include <kovar/gsn/split_reliability.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class Rsa : public ::testing::Test {
};
TYPED_TEST_SUITE(Rsa, test::ExecSpaces);

/// 1 - Pearson correlation of all pairs of columns, by the definition.
std::vector<double> slow_rdm(test::HostMatrix const& x)
{
  auto const n = static_cast<double>(x.n_rows);
  std::vector<double> rdm;
  for (std::int64_t i = 0; i < x.n_cols; ++i)
    for (std::int64_t j = i + 1; j < x.n_cols; ++j) {
      double mean_i = 0;
      double mean_j = 0;
      for (std::int64_t u = 0; u < x.n_rows; ++u) {
        mean_i += x(u, i) / n;
        mean_j += x(u, j) / n;
      }
      double ij = 0;
      double ii = 0;
      double jj = 0;
      for (std::int64_t u = 0; u < x.n_rows; ++u) {
        ij += (x(u, i) - mean_i) * (x(u, j) - mean_j);
        ii += (x(u, i) - mean_i) * (x(u, i) - mean_i);
        jj += (x(u, j) - mean_j) * (x(u, j) - mean_j);
      }
      rdm.push_back(1 - ij / std::sqrt(ii * jj));
    }
  return rdm;
}

double slow_pearson(std::vector<double> const& a, std::vector<double> const& b)
{
  test::HostMatrix x(static_cast<std::int64_t>(a.size()), 2);
  std::copy(a.begin(), a.end(), &x(0, 0));
  std::copy(b.begin(), b.end(), &x(0, 1));
  return 1 - slow_rdm(x)[0];
}

/// RDM of the columns, by way of mean_patterns() of one trial.
template <class ExecSpace>
std::vector<double> rdm_of(test::HostMatrix const& x)
{
  ExecSpace const space;
  auto const patterns = mean_patterns(space, test::to_space<double, ExecSpace>(x), 1, {0}, true);
  Matrix<double, ExecSpace> const products("test::products", x.n_cols, x.n_cols);
  linalg::syrk(space, linalg::Op::transpose, 1.0, patterns, 0.0, products);
  Matrix<double, ExecSpace> const rdm("test::rdm", rdm_size(x.n_cols), 1);
  correlation_distances(space, 1, x.n_cols, StoredProducts<ExecSpace>{products}, rdm);
  return test::to_host(rdm).values;
}

TYPED_TEST(Rsa, CorrelationDistancesAreInRowOrder)
{
  for (std::int64_t const n_patterns : {0, 1, 2, 3, 33})
    for (std::int64_t const n_units : {3, 17, 300}) {
      auto x = test::random_matrix(n_units, n_patterns, 1);
      for (double& value : x.values) value += 10;
      auto const rdm = rdm_of<TypeParam>(x);
      auto const expected = slow_rdm(x);
      ASSERT_EQ(rdm.size(), expected.size());
      for (std::size_t k = 0; k < rdm.size(); ++k) EXPECT_NEAR(rdm[k], expected[k], 1e-13);
    }
}

TYPED_TEST(Rsa, EqualAndOppositePatternsAreAtExactly0And2)
{
  auto x = test::random_matrix(7, 3, 2);
  for (std::int64_t u = 0; u < 7; ++u) {
    x(u, 1) = 3 * x(u, 0) + 1;
    x(u, 2) = -0.7 * x(u, 0) - 0.1;
  }
  EXPECT_EQ(rdm_of<TypeParam>(x), (std::vector<double>{0, 2, 2}));
}

TYPED_TEST(Rsa, APatternWithoutVarianceIsNowhere)
{
  auto x = test::random_matrix(7, 3, 2);
  for (std::int64_t u = 0; u < 7; ++u) x(u, 1) = 0.1;
  auto const rdm = rdm_of<TypeParam>(x);
  EXPECT_TRUE(std::isnan(rdm[0]));
  EXPECT_FALSE(std::isnan(rdm[1]));
  EXPECT_TRUE(std::isnan(rdm[2]));
  for (double const distance : rdm_of<TypeParam>(test::random_matrix(1, 3, 2)))
    EXPECT_TRUE(std::isnan(distance));
}

TYPED_TEST(Rsa, ColumnsAreCorrelatedAsByDefinition)
{
  for (std::int64_t const n : {2, 3, 16, 17, 4097}) {
    auto a = test::random_matrix(n, 4, 3);
    auto b = test::random_matrix(n, 4, 4);
    for (std::int64_t i = 0; i < n; ++i) {
      b(i, 1) += a(i, 1) + 1e3;
      b(i, 2) = 0.1;  // constant
    }
    b(n - 1, 3) = NAN;
    Vector<double, TypeParam> const result("test::result", 4);
    correlate_columns(TypeParam(), test::to_space<double, TypeParam>(a),
                      test::to_space<double, TypeParam>(b), result);
    auto const r = test::to_vector(result);
    for (std::int64_t k = 0; k < 2; ++k)
      EXPECT_NEAR(r[static_cast<std::size_t>(k)],
                  slow_pearson({&a(0, k), &a(0, k) + n}, {&b(0, k), &b(0, k) + n}), 1e-12);
    EXPECT_EQ(r[2], 0);
    EXPECT_EQ(r[3], 0);
  }
}

TYPED_TEST(Rsa, NoEntriesAndOneEntryHaveSimilarity0)
{
  for (std::int64_t const n : {0, 1}) {
    Vector<double, TypeParam> const result("test::result", 2);
    Kokkos::deep_copy(result, 7.0);
    auto const a = test::to_space<double, TypeParam>(test::random_matrix(n, 2, 3));
    correlate_columns(TypeParam(), a, a, result);
    EXPECT_EQ(test::to_vector(result), (std::vector<double>{0, 0}));
  }
}

TYPED_TEST(Rsa, MeanPatternsAverageTheGivenTrials)
{
  // 3 conditions of 4 trials.
  auto const x = test::random_matrix(5, 12, 8);
  auto const plain = test::to_host(
      mean_patterns(TypeParam(), test::to_space<double, TypeParam>(x), 4, {1, 3}, false));
  auto const centered = test::to_host(
      mean_patterns(TypeParam(), test::to_space<double, TypeParam>(x), 4, {1, 3}, true));
  for (std::int64_t c = 0; c < 3; ++c) {
    double mean = 0;
    for (std::int64_t u = 0; u < 5; ++u) {
      EXPECT_NEAR(plain(u, c), (x(u, 4 * c + 1) + x(u, 4 * c + 3)) / 2, 1e-15);
      mean += plain(u, c) / 5;
    }
    for (std::int64_t u = 0; u < 5; ++u) EXPECT_NEAR(centered(u, c), plain(u, c) - mean, 1e-15);
  }
}

TEST(RsaStatistics, MedianAndRobustnessAreThoseOfOrderStatistics)
{
  EXPECT_EQ(summarize({3, 1, 2}).median, 2);
  EXPECT_EQ(summarize({4, 1, 3, 2}).median, 2.5);
  // Quartiles of 0..4 are 1 and 3.
  EXPECT_DOUBLE_EQ(summarize({4, 2, 0, 3, 1}).robustness, 2 / (2.0 / 2 / std::sqrt(5.0)));
  EXPECT_DOUBLE_EQ(summarize({-4, -2, 0, -3, -1}).robustness, 2 * std::sqrt(5.0));
  EXPECT_EQ(summarize({2, 2, 2}).robustness, std::numeric_limits<double>::infinity());
  EXPECT_EQ(summarize({5}).median, 5);
  EXPECT_TRUE(std::isnan(summarize({}).median));
}

TEST(RsaStatistics, PercentExplainedTakesNoMeanOut)
{
  EXPECT_DOUBLE_EQ(percent_explained({1, 2}, {1, 2}), 100);
  EXPECT_DOUBLE_EQ(percent_explained({0, 0}, {1, 2}), 0);
  EXPECT_DOUBLE_EQ(percent_explained({2, 2}, {1, 2}), 80);
  EXPECT_TRUE(std::isnan(percent_explained({1}, {0})));
}

TEST(ScaleMatching, TakesTheScaleOfTheBestFitAndTheFirstOfEquals)
{
  ScaleMatch const match =
      match_scale({0, 1, 2, 3}, {1, 2}, {0, 0, 0.2, 0.3, 0.4, 0.5, 0.4, 0.5}, {0.4, 0.5});
  EXPECT_EQ(match.scale, 2);
  EXPECT_EQ(match.fits[0], 0);
  EXPECT_NEAR(match.fits[1], 100 * (1 - 0.08 / 0.41), 1e-12);
  EXPECT_EQ(match.fits[2], 100);
  // Data without any reliability have no fit; the nearest model is the least reliable one.
  ScaleMatch const none = match_scale({2, 0.5, 1}, {1}, {0.5, 0.1, 0.3}, {0});
  EXPECT_EQ(none.scale, 0.5);
  EXPECT_TRUE(std::isnan(none.fits[1]));
}

TEST(ScaleMatching, WarnsWhereTheDataAreMoreReliableThanEveryModel)
{
  ScaleMatch const match = match_scale({0, 1}, {1, 2}, {0.1, 0.2, 0.3, 0.6}, {0.35, 0.5});
  ASSERT_EQ(match.warnings.size(), 1U);
  EXPECT_EQ(match.warnings[0],
            "W_DATA_RELIABILITY_ABOVE_MODEL: the data are more reliable than the model at every "
            "scale, for splits of size 1 (0.35 of the data, at most 0.3 of the model); give larger "
            "scales");
  EXPECT_TRUE(match_scale({0, 1}, {1}, {0.1, 0.35}, {0.35}).warnings.empty());
}

TEST(ScaleMatching, WarnsOfRoughFitsFromFourScalesOn)
{
  std::vector<double> const rough = {0.9, 0.1, 0.9, 0.1, 0.9, 0.1};
  std::vector<double> const scales = {0, 1, 2, 3, 4, 5};
  ScaleMatch const match = match_scale(scales, {1}, rough, {0.5});
  EXPECT_TRUE(match.warnings.empty()) << "0.9 and 0.1 fit 0.5 alike";
  ScaleMatch const uneven = match_scale(scales, {1}, rough, {0.8});
  ASSERT_EQ(uneven.warnings.size(), 1U);
  EXPECT_EQ(uneven.warnings[0].find("W_ROUGH_FITS: the fit does not change smoothly"), 0U);
  EXPECT_TRUE(match_scale({0, 1, 2}, {1}, {0.9, 0.1, 0.9}, {0.8}).warnings.empty());
  std::vector<double> smooth;
  std::vector<double> many;
  for (int k = 0; k <= 20; ++k) {
    many.push_back(0.1 * k);
    smooth.push_back(0.04 * k);
  }
  EXPECT_TRUE(match_scale(many, {1}, smooth, {0.4}).warnings.empty());
}

}  // namespace
}  // namespace kovar::gsn
