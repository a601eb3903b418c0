// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_EXPECT_CHOICE_HPP
#define KOVAR_TESTS_GSN_EXPECT_CHOICE_HPP

#include "gsn/slow_levels.hpp"

#include <kovar/gsn/estimate.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// A choice of a shrinkage level against that of plain loops.

namespace kovar::test {

/// \param epsilon  rounding of a correlation and of a held-out point, in standard deviations
inline void expect_curve(std::vector<double> const& found, SlowCurve const& expected,
                         double epsilon, std::string const& what)
{
  ASSERT_EQ(found.size(), expected.nll.size()) << what;
  for (std::size_t s = 0; s < found.size(); ++s) {
    ASSERT_EQ(std::isnan(found[s]), std::isnan(expected.nll[s])) << what << ", level " << s;
    if (std::isnan(found[s])) continue;
    double const rounding = 100 * std::numeric_limits<double>::epsilon();
    EXPECT_NEAR(found[s], expected.nll[s],
                epsilon * expected.sensitivity[s] + rounding * (1 + std::fabs(expected.nll[s])))
        << what << ", level " << s;
  }
}

/// Curves of folds, their mean, and the level of its minimum.
inline void expect_choice(gsn::LevelChoice const& found, SlowChoice const& expected,
                          std::vector<double> const& levels, double epsilon,
                          std::string const& what)
{
  ASSERT_EQ(found.nll_of_folds.size(), expected.folds.size()) << what;
  for (std::size_t f = 0; f < expected.folds.size(); ++f)
    expect_curve(found.nll_of_folds[f], expected.folds[f], epsilon,
                 what + ", fold " + std::to_string(f));
  expect_curve(found.nll, expected.mean, epsilon, what + ", mean");
  EXPECT_EQ(found.level, levels[expected.best]) << what;
}

}  // namespace kovar::test

#endif
