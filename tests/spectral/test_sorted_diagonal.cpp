// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/spectral/sorted_diagonal.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kovar::spectral {
namespace {

TEST(SortedDiagonal, IsEquallySpacedAtFirst)
{
  for (std::int64_t const d : {2, 3, 11, 45}) {
    auto const mu = entries_of(equally_spaced_diagonal<double>(d));
    ASSERT_EQ(static_cast<std::int64_t>(mu.size()), d);
    for (std::int64_t j = 0; j < d; ++j)
      EXPECT_NEAR(mu[static_cast<std::size_t>(j)],
                  -1 + 2 * static_cast<double>(j) / static_cast<double>(d - 1), 1e-14);
  }
  EXPECT_EQ(entries_of(equally_spaced_diagonal<double>(1)), std::vector<double>{-1});
}

TEST(SortedDiagonal, NeverFalls)
{
  SortedDiagonal<double> const diagonal = {3, {-1e3, -40, 0, 40, 1e3}};
  auto const mu = entries_of(diagonal);
  EXPECT_EQ(mu[1], 3);
  EXPECT_EQ(mu[2], 3 + std::log1p(std::exp(-40.0)));
  EXPECT_NEAR(mu[3] - mu[2], std::log(2.0), 1e-15);
  EXPECT_NEAR(mu[4] - mu[3], 40, 1e-14);
  EXPECT_NEAR(mu[5] - mu[4], 1e3, 1e-12);
}

TEST(SortedDiagonal, GradientIsThatOfDifferences)
{
  SortedDiagonal<double> const diagonal = {0.4, {-3, 0.2, 1.5, 40, -50}};
  std::vector<double> const weights = {0.3, -1.2, 2, 0.7, -0.4, 1.1};
  auto const value = [&](SortedDiagonal<double> const& at) {
    auto const mu = entries_of(at);
    double sum = 0;
    for (std::size_t j = 0; j < mu.size(); ++j) sum += weights[j] * mu[j];
    return sum;
  };
  auto const gradient = gradient_of(diagonal, weights);
  double const h = 1e-5;
  auto const difference = [&](auto const& parameter) {
    auto above = diagonal;
    auto below = diagonal;
    parameter(above) += h;
    parameter(below) -= h;
    return (value(above) - value(below)) / (2 * h);
  };
  EXPECT_NEAR(gradient.start, difference([](auto& at) -> double& { return at.start; }), 1e-9);
  for (std::size_t t = 0; t < 5; ++t)
    EXPECT_NEAR(gradient.increments[t],
                difference([t](auto& at) -> double& { return at.increments[t]; }), 1e-9);
}

TEST(SortedDiagonal, LogisticOfAnyNumberIsAShare)
{
  EXPECT_EQ(logistic(0.0), 0.5);
  EXPECT_EQ(logistic(1e4), 1);
  EXPECT_EQ(logistic(-1e4), 0);
  EXPECT_EQ(logistic(1e4F), 1);
  EXPECT_NEAR(logistic(2.0) + logistic(-2.0), 1, 4e-16);
}

}  // namespace
}  // namespace kovar::spectral
