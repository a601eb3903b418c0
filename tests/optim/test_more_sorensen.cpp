// SPDX-License-Identifier: BSD-3-Clause
#include "support/views.hpp"

#include <kovar/optim/more_sorensen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kovar::optim {
namespace {

using List = std::vector<double>;

double model(List const& values, List const& slopes, List const& p)
{
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) sum += p[i] * (slopes[i] + values[i] * p[i] / 2);
  return sum;
}

double length(List const& p)
{
  double sum = 0;
  for (double const entry : p) sum += entry * entry;
  return std::sqrt(sum);
}

/// Conditions of the minimum (Conn, Gould, Toint, Trust-Region Methods, 2000, theorem 7.2.1): one sigma >= 0
/// with (values + sigma) p = -slopes and values + sigma >= 0, and 0 inside.
void expect_minimum(List const& values, List const& slopes, double radius)
{
  auto const found = minimize_in_sphere(values, slopes, radius, 0);
  ASSERT_EQ(found.p.size(), values.size());
  EXPECT_LE(length(found.p), radius * (1 + 1e-12));
  EXPECT_NEAR(found.length, length(found.p), 1e-12 * radius);
  EXPECT_NEAR(found.promise, -model(values, slopes, found.p), 1e-12 * std::fabs(found.promise));
  std::size_t largest = 0;
  for (std::size_t i = 1; i < found.p.size(); ++i)
    if (std::fabs(found.p[i]) > std::fabs(found.p[largest])) largest = i;
  double const sigma = -slopes[largest] / found.p[largest] - values[largest];
  double const scale = std::fabs(values.front()) + std::fabs(values.back()) + std::fabs(sigma);
  EXPECT_GE(sigma, -1e-12 * scale);
  EXPECT_GE(values.front() + sigma, -1e-12 * scale);
  if (!found.is_at_boundary) {
    EXPECT_NEAR(sigma, 0, 1e-12 * scale);
  }
  for (std::size_t i = 0; i < found.p.size(); ++i)
    EXPECT_NEAR((values[i] + sigma) * found.p[i], -slopes[i], 1e-11 * scale * radius);
}

TEST(MoreSorensen, MeetsTheConditionsOfAMinimum)
{
  expect_minimum({1, 2, 3}, {0.1, 0.2, -0.3}, 10);    // inside
  expect_minimum({1, 2, 3}, {10, 20, -30}, 1);        // convex, at the boundary
  expect_minimum({-1, 2, 3}, {1, 2, -3}, 1);          // not convex
  expect_minimum({-3, -2, -1}, {1e-3, 2, -3}, 0.01);  // concave
  expect_minimum({0, 1}, {1, 1}, 5);                  // singular with a slope
  expect_minimum({-5}, {1}, 2);
  expect_minimum({1e-8, 1e8}, {1, 1e4}, 1e-3);
  auto const draws = test::random_matrix(60, 2, 5).values;
  List values(draws.begin(), draws.begin() + 60);
  std::sort(values.begin(), values.end());
  List const slopes(draws.begin() + 60, draws.end());
  for (double const radius : {1e-4, 0.1, 3.0, 1e4}) expect_minimum(values, slopes, radius);
}

// The slope along the lowest eigenvector fades away; the step does not.
TEST(MoreSorensen, IsExactNearTheHardCase)
{
  for (double const slope : {1e-2, 1e-8, 1e-14, 1e-100, 1e-300}) {
    expect_minimum({-1, 2, 3}, {slope, 1, 1}, 4);
    auto const found = minimize_in_sphere({-1, 2, 3}, {slope, 1, 1}, 4, 0);
    EXPECT_TRUE(found.is_at_boundary);
    // With sigma 1 the others have p = -1/3, -1/4.
    EXPECT_NEAR(found.p[0], -std::sqrt(16 - 1. / 9 - 1. / 16), slope < 1e-7 ? 1e-7 : 1e-2);
  }
}

TEST(MoreSorensen, GoesAlongTheLowestEigenvectorInTheHardCase)
{
  auto const found = minimize_in_sphere({-1, 2, 3}, {0, 1, 1}, 4, 0);
  EXPECT_NEAR(length(found.p), 4, 1e-14);
  EXPECT_NEAR(found.p[1], -1. / 3, 1e-15);
  EXPECT_NEAR(found.p[2], -1. / 4, 1e-15);
  EXPECT_NEAR(found.promise, -model({-1, 2, 3}, {0, 1, 1}, found.p), 1e-14);
  EXPECT_FALSE(found.is_convex);
  // A saddle without any slope.
  auto const saddle = minimize_in_sphere({-2, 1}, {0, 0}, 3, 0);
  EXPECT_EQ(saddle.p, (List{3, 0}));
  EXPECT_EQ(saddle.promise, 9);
}

TEST(MoreSorensen, LeavesFlatDirectionsAloneWhoseSlopeIsNoise)
{
  auto const found = minimize_in_sphere({0, 2}, {1e-15, 1}, 100, 1e-12);
  EXPECT_EQ(found.p, (List{0, -0.5}));
  EXPECT_FALSE(found.is_at_boundary);
  EXPECT_TRUE(found.is_convex);
  EXPECT_TRUE(minimize_in_sphere({0, 2}, {1e-10, 1}, 100, 1e-12).is_at_boundary);
}

TEST(MoreSorensen, TakesNoCoordinatesAndNoSlope)
{
  auto const none = minimize_in_sphere({}, {}, 1, 0);
  EXPECT_TRUE(none.p.empty());
  EXPECT_TRUE(none.is_convex);
  auto const still = minimize_in_sphere({1, 2}, {0, 0}, 1, 0);
  EXPECT_EQ(still.p, (List{0, 0}));
  EXPECT_EQ(still.promise, 0);
  EXPECT_FALSE(still.is_at_boundary);
}

}  // namespace
}  // namespace kovar::optim
