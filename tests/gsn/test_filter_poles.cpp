// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/gsn/filter_poles.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

// Beckermann, Townsend (2019): the best function of degree k reaches 4 exp(-pi^2 k / log(16 g)). Greedy
// points start worse and then fall at this rate, up and down a little.
TEST(FilterPoles, FallAtTheBestRate)
{
  struct Case {
    double lowest, highest, low, high;
  };
  for (Case const c : {Case{-1, -1, 1, 1}, Case{-30, -1e-3, 0.05, 300}, Case{-300, -3, 0.1, 2000},
                       Case{-1, -1e-6, 1e-6, 1}}) {
    double const g =
        (c.low - c.lowest) * (c.high - c.highest) / ((c.low - c.highest) * (c.high - c.lowest));
    double const rate = std::acos(-1.0) * std::acos(-1.0) / std::log(16 * g);
    FilterPoles poles(c.lowest, c.highest, c.low, c.high);
    EXPECT_EQ(poles.ratio(), 1);
    double early = 0;
    for (int k = 1; k <= 40; ++k) {
      FilterStep const step = poles.next();
      EXPECT_GE(step.pole, c.lowest * (1 + 1e-12));
      EXPECT_LE(step.pole, c.highest * (1 - 1e-12));
      EXPECT_GE(step.zero, c.low * (1 - 1e-12));
      EXPECT_LE(step.zero, c.high * (1 + 1e-12));
      if (k == 10) early = std::log(poles.ratio());
    }
    EXPECT_GE((early - std::log(poles.ratio())) / 30, 0.9 * rate) << c.lowest << " " << c.highest;
  }
}

// The ratio is that of the product of the factors.
TEST(FilterPoles, TellTheRatioOfTheirProduct)
{
  FilterPoles poles(-10, -0.1, 0.2, 50);
  std::vector<FilterStep> steps;
  for (int k = 0; k < 6; ++k) steps.push_back(poles.next());
  auto const size = [&](double x) {
    double product = 1;
    for (FilterStep const& step : steps) product *= std::fabs((x - step.zero) / (x - step.pole));
    return product;
  };
  double largest = 0;
  double smallest = 1e300;
  for (int k = 0; k <= 20000; ++k) {
    largest = std::max(largest, size(0.2 * std::pow(250, k / 20000.0)));
    smallest = std::min(smallest, size(-0.1 * std::pow(100, k / 20000.0)));
  }
  EXPECT_NEAR(poles.ratio() * smallest / largest, 1, 0.02);  // a grid of 400 points against 20,000
}

TEST(FilterPoles, RefuseIntervalsOnTheSameSide)
{
  try {
    FilterPoles const poles(-1, 0.5, 1, 2);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "filter: the intervals [-1, 0.5] and [1, 2] are not below and above zero; give them "
              "so");
  }
}

}  // namespace
}  // namespace kovar::gsn
