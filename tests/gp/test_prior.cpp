// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gp/constraint.hpp>
#include <kovar/gp/prior.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace {

using kovar::InputError;
using kovar::NormalDraws;
using kovar::gp::Constraint;
using kovar::gp::Prior;

struct Case {
  Prior prior;
  double lower;  ///< where it has support
  double upper;
};

std::vector<Case> cases()
{
  return {{Prior::gamma(3, 6), 0, 8},        {Prior::gamma(0.5, 2), 0, 20},
          {Prior::normal(1, 0.3), -2, 4},    {Prior::lognormal(0.2, 0.5), 0, 40},
          {Prior::half_cauchy(0.7), 0, 1e5}, {Prior::smoothed_box(-1, 2, 0.4), -5, 6}};
}

/// Integral of the density up to x; the substitution x = lower + e^u takes care of a pole at 0.
double distribution(Case const& c, double x)
{
  double sum = 0;
  int const n = 200000;
  bool const is_positive = c.lower == 0;
  double const from = is_positive ? std::log(1e-14) : c.lower;
  double const to = is_positive ? std::log(x) : x;
  double const h = (to - from) / n;
  for (int i = 0; i < n; ++i) {
    double const u = from + (i + 0.5) * h;
    double const at = is_positive ? std::exp(u) : u;
    sum += std::exp(c.prior.log_density(at)) * (is_positive ? at : 1) * h;
  }
  return sum;
}

TEST(Prior, DensitiesIntegrateToOne)
{
  // What is left of 1 beyond the bounds: 2 / (pi 1e5 / 0.7) of the Cauchy density; e^-x for others;
  // the pole x^-1/2 below 1e-14.
  for (Case const& c : cases()) EXPECT_NEAR(distribution(c, c.upper), 1, 1e-5) << c.prior.text();
}

TEST(Prior, SlopesMeetDifferences)
{
  for (Case const& c : cases())
    for (double const x : {0.3, 1.1, 2.7, 4.0}) {
      double const h = 1e-5;
      double const difference = (c.prior.log_density(x + h) - c.prior.log_density(x - h)) / (2 * h);
      EXPECT_NEAR(c.prior.slope(x), difference, 1e-8 * std::max(1.0, std::abs(difference)))
          << c.prior.text() << " at " << x;
    }
}

TEST(Prior, SamplesFollowTheDensity)
{
  for (Case const& c : cases()) {
    NormalDraws draws(5, 1);
    constexpr int n = 20000;
    int below[3] = {0, 0, 0};
    double const at[3] = {0.4, 1.0, 1.8};
    for (int i = 0; i < n; ++i) {
      double const x = c.prior.sample(draws);
      for (int k = 0; k < 3; ++k) below[k] += x <= at[k];
    }
    for (int k = 0; k < 3; ++k) {
      double const p = distribution(c, at[k]);
      double const deviation = std::sqrt(p * (1 - p) / n) + 1e-6;
      EXPECT_NEAR(below[k] / static_cast<double>(n), p, 4 * deviation)
          << c.prior.text() << " up to " << at[k];
    }
  }
}

TEST(Prior, RefusesWhatIsNoDensity)
{
  EXPECT_THROW(Prior::gamma(0, 1), InputError);
  EXPECT_THROW(Prior::normal(0, -1), InputError);
  EXPECT_THROW(Prior::smoothed_box(2, 1, 1), InputError);
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_THROW(Prior::half_cauchy(infinity), InputError);
  for (double const mean : {infinity, -infinity, std::nan("")}) {
    EXPECT_THROW(Prior::normal(mean, 1), InputError);
    EXPECT_THROW(Prior::lognormal(mean, 1), InputError);
  }
  EXPECT_THROW(Prior::smoothed_box(-infinity, 1, 1), InputError);
  EXPECT_THROW(Prior::smoothed_box(0, infinity, 1), InputError);
  EXPECT_THROW(Prior::smoothed_box(std::nan(""), 1, 1), InputError);
}

TEST(Constraint, RawAndValueAreInverse)
{
  std::vector<Constraint> const list = {Constraint::positive(),      Constraint::greater_than(1e-4),
                                        Constraint::less_than(3),    Constraint::exponential(),
                                        Constraint::interval(-1, 5), Constraint::none()};
  for (Constraint const& c : list)
    for (double const raw : {-30.0, -3.0, 0.0, 0.7, 12.0}) {
      double const value = c.value(raw);
      EXPECT_TRUE(c.admits(value)) << c.text() << " at " << raw;
      // d raw / d value times the rounding of value
      double const loss = std::max(1.0, std::abs(value)) / std::max(c.slope(raw), 1e-300);
      if (loss < 1e6) {
        EXPECT_NEAR(c.raw(value), raw, 1e-14 * loss) << c.text();
      }
      double const h = 1e-5;
      EXPECT_NEAR(c.slope(raw), (c.value(raw + h) - c.value(raw - h)) / (2 * h),
                  1e-8 * std::max(1.0, std::abs(value)))
          << c.text() << " at " << raw;
    }
  EXPECT_DOUBLE_EQ(Constraint::positive().value(0), std::log(2.0));
  EXPECT_DOUBLE_EQ(Constraint::greater_than(1e-4).value(0), 0.6932471805599453);
}

TEST(Constraint, ValuesNeverLeaveAnInterval)
{
  for (auto const& [lower, upper] : {std::pair(0.001, 0.01), {0.03, 0.3}, {0.3, 0.9}}) {
    Constraint const c = Constraint::interval(lower, upper);
    for (double const raw : {-1e3, -40.0, 40.0, 1e3, std::numeric_limits<double>::infinity()})
      EXPECT_TRUE(c.admits(c.value(raw))) << c.text() << " at " << raw;
  }
}

TEST(Constraint, AdmitsWhatIsWithin)
{
  EXPECT_FALSE(Constraint::positive().admits(-1));
  EXPECT_FALSE(Constraint::positive().admits(std::nan("")));
  EXPECT_TRUE(Constraint::bounds(1, 2).admits(2));
  EXPECT_FALSE(Constraint::bounds(1, 2).admits(2.5));
  EXPECT_FALSE(Constraint::less_than(3).admits(4));
  EXPECT_THROW(Constraint::interval(2, 2), InputError);
}

}  // namespace
