// SPDX-License-Identifier: BSD-3-Clause
#include "drawn_numbers.hpp"
#include "support/spaces.hpp"

#include <kovar/core/gamma_draw.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kovar {
namespace {

struct Draw {
  double shape;

  KOKKOS_INLINE_FUNCTION double operator()(std::uint64_t i) const
  {
    return gamma_draw(7, 5, i, shape);
  }
};

template <class ExecSpace>
std::vector<double> draws(double shape, std::int64_t n)
{
  return test::drawn_numbers<ExecSpace>(Draw{shape}, n);
}

// The cumulated probability: x^a e^-x / Gamma(a + 1) (1 + x / (a + 1) + x^2 / ((a + 1) (a + 2)) + ...).
double gamma_probability(double shape, double x)
{
  if (x <= 0) return 0;
  double term = 1;
  double sum = 1;
  for (double n = 1; term > 1e-17 * sum; ++n) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum * std::exp(shape * std::log(x) - x - std::lgamma(shape + 1));
}

// (sum of (found - expected)^2 / expected - degrees of freedom) in standard deviations of its own, of classes
// of equal probability.
double excess_over_exact(std::vector<double> const& found, double shape)
{
  constexpr int n_classes = 50;
  std::vector<double> times(n_classes, 0);
  for (double const x : found) {
    auto const k = static_cast<std::size_t>(n_classes * gamma_probability(shape, x));
    ++times[std::min<std::size_t>(k, n_classes - 1)];
  }
  double const expected = static_cast<double>(found.size()) / n_classes;
  double chi_square = 0;
  for (double const seen : times) chi_square += (seen - expected) * (seen - expected) / expected;
  return (chi_square - (n_classes - 1)) / std::sqrt(2.0 * (n_classes - 1));
}

template <class ExecSpace>
class GammaDraw : public ::testing::Test {
};
TYPED_TEST_SUITE(GammaDraw, test::ExecSpaces);

TYPED_TEST(GammaDraw, FollowsTheExactDistribution)
{
  for (double const shape : {0.1, 0.5, 0.99, 1.0, 2.3, 50.0, 1000.0})
    EXPECT_LT(std::fabs(excess_over_exact(draws<TypeParam>(shape, 100000), shape)), 4) << shape;
}

TYPED_TEST(GammaDraw, HasTheMomentsOfLargeShapes)
{
  std::int64_t const n = 100000;
  for (double const shape : {1e6, 1e12, 1e15}) {
    double mean = 0;
    double square = 0;
    for (double const x : draws<TypeParam>(shape, n)) {
      double const pull = (x - shape) / std::sqrt(shape);
      mean += pull / static_cast<double>(n);
      square += pull * pull / static_cast<double>(n);
    }
    double const error = 4 / std::sqrt(static_cast<double>(n));
    EXPECT_NEAR(mean, 0, error) << shape;
    EXPECT_NEAR(square, 1, error * std::sqrt(2.0)) << shape;
  }
}

// Of a tiny shape a the logarithm of a number below 1 is that of a uniform one over a, but for a share of
// about a.
TYPED_TEST(GammaDraw, OfATinyShapeIsAlmostAlwaysNothing)
{
  double const shape = 1e-3;
  auto const found = draws<TypeParam>(shape, 100000);
  double n_below = 0;
  for (double const x : found) {
    EXPECT_TRUE(x >= 0 && std::isfinite(x));
    if (x < 1e-200) ++n_below;
  }
  double const p = gamma_probability(shape, 1e-200);
  EXPECT_NEAR(n_below / 1e5, p, 4 * std::sqrt(p * (1 - p) / 1e5));
}

TYPED_TEST(GammaDraw, IsTheSameInEverySpaceAndOrder)
{
  for (double const shape : {0.3, 40.0}) {
    auto const found = draws<TypeParam>(shape, 1000);
    for (std::size_t i = found.size(); i-- > 0;)
      EXPECT_NEAR(found[i], gamma_draw(7, 5, i, shape), 1e-12 * found[i]) << i;
  }
}

TEST(GammaDrawAtTheEdges, IsZeroWithoutAShape)
{
  EXPECT_EQ(gamma_draw(1, 1, 1, 0), 0);
  EXPECT_EQ(gamma_draw(1, 1, 1, -1), 0);
  EXPECT_EQ(gamma_draw(1, 1, 1, std::numeric_limits<double>::denorm_min()), 0);
  EXPECT_TRUE(std::isnan(gamma_draw(1, 1, 1, std::nan(""))));
  EXPECT_TRUE(std::isnan(gamma_draw(1, 1, 1, std::numeric_limits<double>::infinity())));
}

TEST(GammaDrawAtTheEdges, DependsOnSeedStreamAndIndex)
{
  double const x = gamma_draw(1, 1, 1, 2);
  EXPECT_NE(gamma_draw(2, 1, 1, 2), x);
  EXPECT_NE(gamma_draw(1, 2, 1, 2), x);
  EXPECT_NE(gamma_draw(1, 1, 2, 2), x);
}

}  // namespace
}  // namespace kovar
