// SPDX-License-Identifier: BSD-3-Clause
// Scores from the Gram matrix: what a number of threads must not change, and errors on one rank.
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/fold_scores.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ScoreLowRank : public ::testing::Test {
};
TYPED_TEST_SUITE(ScoreLowRank, test::ExecSpaces);

template <class ExecSpace>
FoldScore score_of(test::HostMatrix const& training, test::HostMatrix const& points)
{
  StandardizedProblem<ExecSpace> p;
  p.n_units = training.n_rows;
  p.training = test::to_space<double, ExecSpace>(training);
  p.validation = test::to_space<double, ExecSpace>(points);
  p.largest_rank = training.n_cols;
  p.n_points = points.n_cols;
  LevelRule rule;
  rule.levels = {0.5};
  return score_low_rank(ExecSpace(), dist::Communicator(), p, rule);
}

// 2^54 takes up no 1 that is added to it, but it does take up the sum of 511 of them that another thread
// has collected.
TYPED_TEST(ScoreLowRank, SquaredLengthsAreAddedInTheOrderOfTheColumns)
{
  test::HostMatrix training(3, 1);
  training(0, 0) = 1;
  test::HostMatrix points(3, 1024);
  for (std::int64_t j = 0; j < 1024; ++j) points(2, j) = j == 0 ? std::ldexp(1.0, 27) : 1;
  auto const score = score_of<TypeParam>(training, points);
  // G = Diag(1, 1/2, 1/2) and z^T G^-1 z = 2 |z|^2; one ulp of the score is 0.004.
  double const expected =
      0.5 * (2 * std::ldexp(1.0, 54) / 1024 + 2 * std::log(0.5) + 3 * std::log(2 * std::acos(-1)));
  ASSERT_EQ(score.nll.size(), 1U);
  EXPECT_NEAR(score.nll[0], expected, 0.01);
}

}  // namespace
}  // namespace kovar::gsn
