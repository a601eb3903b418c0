// SPDX-License-Identifier: BSD-3-Clause
// The global minimum of level curves, against dense grids and closed forms.
#include <kovar/core/random.hpp>
#include <kovar/gsn/level_search.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/gsn/spectral_curve.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

constexpr double epsilon = std::numeric_limits<double>::epsilon();

double normal(std::uint64_t seed, std::uint64_t k) { return normal_pair(seed, 0, k).first; }

/// Eigenvalues over many orders of magnitude, as those of correlation matrices; weights around them.
SpectralCurve random_spectrum(std::uint64_t seed, int n)
{
  SpectralCurve spectrum;
  double trace = 0;
  for (int k = 0; k < n; ++k) {
    auto const place = static_cast<std::uint64_t>(3 * k);
    double const r = std::exp(2 * normal(seed, place));
    trace += r;
    spectrum.eigenvalue.push_back(r);
    spectrum.weight.push_back(r * std::exp(1.5 * normal(seed, place + 1)));
    spectrum.multiplicity.push_back(k % 3 == 0 ? 0.25 : 1.0);
  }
  for (double& r : spectrum.eigenvalue) r *= n / trace;
  spectrum.constant = normal(seed, 1000);
  return spectrum;
}

/// A large eigenvalue that wants small levels beside a small one that wants a level near 1.
SpectralCurve divided_spectrum(std::uint64_t seed)
{
  SpectralCurve spectrum;
  spectrum.eigenvalue = {20 * std::exp(0.2 * normal(seed, 0)), 1e-3};
  spectrum.weight = {1.5 * std::exp(0.2 * normal(seed, 1)), 0.005 * std::exp(normal(seed, 2))};
  spectrum.multiplicity = {1, 0.7 * std::exp(0.3 * normal(seed, 3))};
  return spectrum;
}

/// The formula, without splitting it.
double nll_at(SpectralCurve const& spectrum, double level)
{
  double sum = 0;
  for (std::size_t k = 0; k < spectrum.eigenvalue.size(); ++k) {
    double const e = level * spectrum.eigenvalue[k] + 1 - level;
    sum += spectrum.weight[k] / e + spectrum.multiplicity[k] * std::log(e);
  }
  return 0.5 * sum + spectrum.constant;
}

TEST(SpectralCurve, SlopesAreThoseOfCentralDifferences)
{
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SpectralCurve const spectrum = random_spectrum(seed, 1 + static_cast<int>(seed));
    for (double const level : {0.01, 0.3, 0.77, 0.95}) {
      double const h = 1e-5;
      LevelCurveValue const low = spectrum.at(level - h);
      LevelCurveValue const high = spectrum.at(level + h);
      LevelCurveValue const value = spectrum.at(level);
      EXPECT_NEAR(value.nll(), nll_at(spectrum, level),
                  100 * epsilon * (10 + std::fabs(value.nll())));
      // Truncation h^2 f'''/6, with f''' of some thousands at small e.
      double const size = 1 + std::fabs(value.convex_slope) + std::fabs(value.concave_slope);
      EXPECT_NEAR(value.convex_slope, (high.convex - low.convex) / (2 * h), 1e-5 * size);
      EXPECT_NEAR(value.concave_slope, (high.concave - low.concave) / (2 * h), 1e-5 * size);
    }
  }
}

TEST(MinimizeLevel, IsNeverAboveADenseGridAndStandsWhereTheSlopeVanishes)
{
  int n_inside = 0;
  int n_with_other_minima = 0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    SpectralCurve const spectrum = seed % 4 == 0
                                       ? divided_spectrum(seed)
                                       : random_spectrum(seed, 2 + static_cast<int>(seed % 40));
    auto const found = minimize_level(SpectralCurve::curve(spectrum, 1), {0.5, 0.25});
    constexpr int n_grid = 20000;
    double lowest = std::numeric_limits<double>::infinity();
    double lowest_level = 0;
    int n_minima = 0;
    double before = std::numeric_limits<double>::infinity();
    bool falling = true;
    for (int k = 0; k <= n_grid; ++k) {
      double const level = static_cast<double>(k) / n_grid;
      double const nll = nll_at(spectrum, level);
      if (falling && nll > before) ++n_minima;
      falling = nll < before;
      before = nll;
      if (nll < lowest) {
        lowest = nll;
        lowest_level = level;
      }
    }
    if (n_minima > 1) ++n_with_other_minima;
    double const rounding = 1e-12 * (1 + std::fabs(lowest));
    EXPECT_LE(found.nll, lowest + rounding);
    EXPECT_NEAR(found.nll, nll_at(spectrum, found.level), rounding);
    EXPECT_NEAR(found.level, lowest_level, 0.01);
    if (found.level <= 0 || found.level >= 1) continue;
    ++n_inside;
    // One Newton step says how far the zero of the slope is.
    double const h = std::min({1e-6, found.level, 1 - found.level});
    double const curvature =
        (spectrum.at(found.level + h).slope() - spectrum.at(found.level - h).slope()) / (2 * h);
    EXPECT_LE(std::fabs(spectrum.at(found.level).slope() / curvature), 1e-12);
  }
  EXPECT_GT(n_inside, 100);
  EXPECT_GT(n_with_other_minima, 30);  // or the search was not put to a test
}

// One held-out share of 1e-9 outside of the span: the minimum lies at 1 - 1e-9, where no grid is.
TEST(MinimizeLevel, FindsANarrowMinimumBesideOne)
{
  SpectralCurve spectrum;
  spectrum.eigenvalue = {4, 0};
  spectrum.weight = {4, 3e-9};
  spectrum.multiplicity = {1, 3};
  double const largest = largest_regular_level({0, 4}, 4);
  auto const found = minimize_level(SpectralCurve::curve(spectrum, largest), {0.0, 0.5, 0.98});
  // With b = 1 - a: weight/b + 3 log b is least at b = weight/3; what else there is changes b by 1e-9.
  EXPECT_NEAR(1 - found.level, 1e-9, 1e-15);
}

TEST(MinimizeLevel, AnNllThatFallsWithoutBoundEndsAtTheLargestRegularLevel)
{
  SpectralCurve spectrum;
  spectrum.eigenvalue = {4, 0};
  spectrum.weight = {4, 0};
  spectrum.multiplicity = {1, 3};
  double const largest = largest_regular_level({0, 4}, 4);
  EXPECT_LT(largest, 1);
  EXPECT_FALSE(is_singular(largest, {0, 4}, 4));
  EXPECT_TRUE(is_singular(std::nextafter(largest, 1.0), {0, 4}, 4));
  EXPECT_EQ(minimize_level(SpectralCurve::curve(spectrum, largest), {0.0, 1.0}).level, largest);
}

TEST(MinimizeLevel, EndsOfTheIntervalAreMinimaToo)
{
  SpectralCurve spectrum;  // nll'(0) = 1/2 sum (multiplicity - weight) (r - 1)
  spectrum.eigenvalue = {1.5, 0.5};
  spectrum.weight = {0.5, 1.5};
  spectrum.multiplicity = {1, 1};
  EXPECT_EQ(minimize_level(SpectralCurve::curve(spectrum, 1), {0.5}).level, 0);
  spectrum.weight = {5, 0.1};
  EXPECT_EQ(minimize_level(SpectralCurve::curve(spectrum, 1), {0.5}).level, 1);
}

// Rule K5: uncorrelated units, or a single one: every level is the same.
TEST(MinimizeLevel, AFlatCurveReturnsTheFirstLevelOfTheList)
{
  SpectralCurve spectrum;
  spectrum.eigenvalue = {1, 1, 1};
  spectrum.weight = {0.3, 2, 0.7};
  spectrum.multiplicity = {1, 1, 1};
  EXPECT_EQ(minimize_level(SpectralCurve::curve(spectrum, 1), {0.37, 0.0, 1.0}).level, 0.37);
}

TEST(MinimizeLevel, LevelsOfTheListAboveTheLargestAreNotTouched)
{
  double highest = 0;
  SpectralCurve const spectrum = random_spectrum(3, 5);
  LevelCurve const curve = {[&](std::vector<double> const& levels) {
                              std::vector<LevelCurveValue> values;
                              for (double const level : levels) {
                                highest = std::max(highest, level);
                                values.push_back(spectrum.at(level));
                              }
                              return values;
                            },
                            0.4};
  EXPECT_LE(minimize_level(curve, {0.9, 0.1, 1.0}).level, 0.4);
  EXPECT_EQ(highest, 0.4);
}

TEST(MeanCurve, IsTheMeanOfItsPartsAndEndsWithTheFirst)
{
  SpectralCurve const a = random_spectrum(1, 4);
  SpectralCurve const b = random_spectrum(2, 7);
  LevelCurve const mean = mean_curve({SpectralCurve::curve(a, 0.9), SpectralCurve::curve(b, 0.7)});
  EXPECT_EQ(mean.largest_level, 0.7);
  LevelCurveValue const value = mean.evaluate({0.33}).front();
  EXPECT_NEAR(value.nll(), 0.5 * (a.at(0.33).nll() + b.at(0.33).nll()), 4 * epsilon * value.nll());
  EXPECT_NEAR(value.slope(), 0.5 * (a.at(0.33).slope() + b.at(0.33).slope()), 1e-13);
}

TEST(LargestRegularLevel, IsOneForDefiniteMatricesAndWhereTheSmallestEigenvalueVanishesElse)
{
  EXPECT_EQ(largest_regular_level({0.1, 3}, 5), 1);
  EXPECT_EQ(largest_regular_level({1, 1}, 1), 1);
  // 1 + a (-0.5 - 1) = 0 at a = 2/3.
  EXPECT_NEAR(largest_regular_level({-0.5, 3}, 5), 2.0 / 3, 1e-14);
  EXPECT_LT(largest_regular_level({0, 3}, 5), 1);
  // Of a matrix summed in single precision a small eigenvalue may be rounding.
  SpectrumRange const rounded = {1e-7, 3, std::numeric_limits<float>::epsilon()};
  EXPECT_EQ(largest_regular_level({1e-7, 3}, 5), 1);
  EXPECT_TRUE(is_singular(1, rounded, 5));
  double const largest = largest_regular_level(rounded, 5);
  EXPECT_NEAR(largest, 1 - (15 * rounded.epsilon - 1e-7), 1e-11);
  EXPECT_FALSE(is_singular(largest, rounded, 5));
}

}  // namespace
}  // namespace kovar::gsn
