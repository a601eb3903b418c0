// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/chi_square.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace kovar::fit {
namespace {

// Gamma(n, x) / Gamma(n) = exp(-x) sum_{k < n} x^k / k!, all terms positive.
double of_whole_order(int n, double x)
{
  long double term = 1;
  long double sum = 1;
  for (int k = 1; k < n; ++k) {
    term *= static_cast<long double>(x) / k;
    sum += term;
  }
  return static_cast<double>(sum * std::exp(-static_cast<long double>(x)));
}

// That of half-integer order a = n + 1/2: erfc(sqrt x) + exp(-x) sum_{k <= n} x^(k - 1/2) / Gamma(k + 1/2).
double of_half_order(int n, double x)
{
  long double const root = std::sqrt(static_cast<long double>(x));
  long double sum = 0;
  long double term = 1 / (root * std::sqrt(3.14159265358979323846264338328L));
  for (int k = 1; k <= n; ++k) {
    term *= static_cast<long double>(x) / (k - 0.5L);
    sum += term;
  }
  return static_cast<double>(std::erfc(root) + sum * std::exp(-static_cast<long double>(x)));
}

void expect_relative(double found, double expected, double tolerance)
{
  EXPECT_NEAR(found, expected, tolerance * expected);
}

TEST(ChiSquare, SurvivalOfTwoDegreesIsAnExponential)
{
  for (double const chi_square : {1e-12, 0.1, 1.0, 3.99, 4.01, 30.0, 700.0, 1400.0})
    expect_relative(chi_square_survival(chi_square, 2), std::exp(-chi_square / 2), 1e-12);
}

TEST(ChiSquare, SurvivalOfOneDegreeIsAnErrorFunction)
{
  for (double const chi_square : {1e-12, 0.1, 1.0, 2.99, 3.01, 30.0, 700.0, 1400.0})
    expect_relative(chi_square_survival(chi_square, 1), std::erfc(std::sqrt(chi_square / 2)),
                    1e-12);
}

TEST(ChiSquare, SurvivalIsTheSumOfItsSeriesForWholeAndHalfOrders)
{
  for (int const n : {1, 2, 3, 7, 14, 15, 16, 40, 150, 1000, 5000})
    for (double const factor : {0.5, 0.8, 0.95, 1.0, 1.02, 1.1, 1.5, 2.0}) {
      double const x = n * factor;
      if (x > 11000) continue;  // below exp(-11000) a long double has nothing left
      SCOPED_TRACE(n);
      SCOPED_TRACE(x);
      expect_relative(upper_incomplete_gamma(n, x), of_whole_order(n, x), 1e-12);
      expect_relative(upper_incomplete_gamma(n + 0.5, x), of_half_order(n, x), 1e-12);
    }
}

TEST(ChiSquare, LargeOrdersAgreeOnBothSidesOfTheChangeOfMethod)
{
  for (double const a : {20.0, 1e3, 4e4, 1e5}) {
    double const below = upper_incomplete_gamma(a, std::nextafter(a + 1, 0.0));
    double const above = upper_incomplete_gamma(a, a + 1);
    expect_relative(below, above, 1e-12);
  }
}

TEST(ChiSquare, EndsAreExactAndWhatIsNoDistributionIsNotANumber)
{
  double const infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(chi_square_survival(0, 5), 1);
  EXPECT_EQ(chi_square_survival(infinity, 5), 0);
  EXPECT_TRUE(std::isnan(chi_square_survival(3, 0)));
  EXPECT_TRUE(std::isnan(chi_square_survival(3, -11)));
  EXPECT_TRUE(std::isnan(chi_square_survival(-1, 2)));
  EXPECT_TRUE(std::isnan(chi_square_survival(std::nan(""), 2)));
}

}  // namespace
}  // namespace kovar::fit
