// SPDX-License-Identifier: BSD-3-Clause
#include "drawn_numbers.hpp"
#include "support/spaces.hpp"

#include <kovar/core/poisson_draw.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace kovar {
namespace {

struct Draw {
  double mean;

  KOKKOS_INLINE_FUNCTION double operator()(std::uint64_t i) const
  {
    return poisson_draw(11, 3, i, mean);
  }
};

template <class ExecSpace>
std::vector<double> draws(double mean, std::int64_t n)
{
  return test::drawn_numbers<ExecSpace>(Draw{mean}, n);
}

// (sum of (found - expected)^2 / expected - degrees of freedom) in standard deviations of its own. Counts
// that are expected less than 10 times go together.
double excess_over_exact(std::vector<double> const& found, double mean)
{
  auto const n = static_cast<double>(found.size());
  auto const last = static_cast<std::size_t>(mean + 12 * std::sqrt(mean) + 20);
  std::vector<double> times(last + 1, 0);
  for (double const k : found) ++times.at(static_cast<std::size_t>(k));
  double chi_square = 0;
  double n_classes = 0;
  double expected = 0;
  double seen = 0;
  double covered = 0;
  for (std::size_t k = 0; k <= last; ++k) {
    auto const count = static_cast<double>(k);
    expected += n * std::exp(count * std::log(mean) - mean - std::lgamma(count + 1));
    seen += times[k];
    if (expected < 10 || n - covered - expected < 10) continue;
    chi_square += (seen - expected) * (seen - expected) / expected;
    covered += expected;
    ++n_classes;
    expected = seen = 0;
  }
  double const rest = n - covered;
  chi_square += (seen - rest) * (seen - rest) / rest;
  return (chi_square - n_classes) / std::sqrt(2 * n_classes);
}

template <class ExecSpace>
class PoissonDraw : public ::testing::Test {
};
TYPED_TEST_SUITE(PoissonDraw, test::ExecSpaces);

// Means on both sides of where the method changes.
TYPED_TEST(PoissonDraw, FollowsTheExactProbabilities)
{
  for (double const mean : {0.02, 0.7, 3.0, 9.99, 10.0, 14.5, 37.0, 400.0})
    EXPECT_LT(std::fabs(excess_over_exact(draws<TypeParam>(mean, 200000), mean)), 4) << mean;
}

// Four standard errors: 1, 2 and 15 are the variances of x, x^2 and x^3 of a normal number, which a pull is
// to one part in a thousand here.
TYPED_TEST(PoissonDraw, HasTheMomentsOfLargeMeans)
{
  std::int64_t const n = 200000;
  for (double const mean : {1e6, 1e9, 1e12, 1e15}) {
    auto const found = draws<TypeParam>(mean, n);
    double moments[3] = {};
    for (double const k : found) {
      EXPECT_EQ(k, std::floor(k));
      double const pull = (k - mean) / std::sqrt(mean);
      for (int m = 0; m < 3; ++m) moments[m] += std::pow(pull, m + 1) / static_cast<double>(n);
    }
    double const error = 4 / std::sqrt(static_cast<double>(n));
    EXPECT_NEAR(moments[0], 0, error) << mean;
    EXPECT_NEAR(moments[1], 1, error * std::sqrt(2.0)) << mean;
    EXPECT_NEAR(moments[2], 1 / std::sqrt(mean), error * std::sqrt(15.0)) << mean;
  }
}

TYPED_TEST(PoissonDraw, IsTheSameInEverySpaceAndOrder)
{
  for (double const mean : {2.5, 40.0}) {
    auto const found = draws<TypeParam>(mean, 1000);
    for (std::size_t i = found.size(); i-- > 0;)
      EXPECT_EQ(found[i], poisson_draw(11, 3, i, mean)) << i;
  }
}

TEST(PoissonDrawAtTheEdges, IsZeroWhereNothingIsExpected)
{
  double const denormal = std::numeric_limits<double>::denorm_min();
  for (std::uint64_t i = 0; i < 100; ++i)
    for (double const mean : {0.0, -3.0, denormal, 1e-300})
      EXPECT_EQ(poisson_draw(1, 1, i, mean), 0);
  double const infinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(poisson_draw(1, 1, 1, infinity)));
  EXPECT_TRUE(std::isnan(poisson_draw(1, 1, 1, std::nan(""))));
}

TEST(PoissonDrawAtTheEdges, EndsWhereTheUniformNumberIsAllButOne)
{
  double const last = std::nextafter(1.0, 0.0);
  for (double const mean : {1e-12, 0.5, 9.9}) {
    double const k = detail::poisson_by_inversion(last, mean);
    EXPECT_LE(k, mean + 12 * std::sqrt(mean) + 20) << mean;
  }
}

TEST(PoissonDrawAtTheEdges, DependsOnSeedStreamAndIndex)
{
  double const k = poisson_draw(1, 1, 1, 1e12);
  EXPECT_NE(poisson_draw(2, 1, 1, 1e12), k);
  EXPECT_NE(poisson_draw(1, 2, 1, 1e12), k);
  EXPECT_NE(poisson_draw(1, 1, 2, 1e12), k);
  EXPECT_NE(poisson_draw(1, 1, (1ULL << 32U) + 1, 1e12), k);
}

TEST(LogPoissonProbability, IsThatOfThePlainFormula)
{
  for (double const mean : {0.3, 10.0, 80.0})
    for (double k = 0; k < 200; ++k)
      EXPECT_NEAR(detail::log_poisson_probability(k, mean),
                  k * std::log(mean) - mean - std::lgamma(k + 1), 2e-13 * (1 + k))
          << k << " of " << mean;
}

// At k = mean = m it is -ln(2 pi m) / 2 - 1 / (12 m) + ...: the plain formula has lost all digits there.
TEST(LogPoissonProbability, KeepsItsDigitsForHugeCounts)
{
  for (double const m : {1e10, 1e15})
    EXPECT_NEAR(detail::log_poisson_probability(m, m), -std::log(2 * M_PI * m) / 2 - 1 / (12 * m),
                1e-13 * std::log(m));
}

}  // namespace
}  // namespace kovar
