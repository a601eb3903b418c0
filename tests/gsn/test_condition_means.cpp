// SPDX-License-Identifier: BSD-3-Clause
// Means over the trials that are present, against plain loops.
#include "gsn/lost_trials.hpp"
#include "gsn/slow_pairwise.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/condition_means.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace kovar::gsn {
namespace {

template <class T>
class ConditionMeans : public ::testing::Test {
};
TYPED_TEST_SUITE(ConditionMeans, test::ScalarsAndSpaces);

TYPED_TEST(ConditionMeans, TakeTheTrialsThatArePresent)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::string const& pattern : test::loss_patterns) {
    test::Responses all = test::random_responses(21, 6, 4, 14);
    all(3, 2, 1) = -50;
    all = test::rounded<Scalar>(test::with_losses(all, pattern));
    auto const local = test::local_responses<Scalar, ExecSpace>(dist::Communicator(), all);
    auto const result =
        condition_means<Scalar, ExecSpace>(ExecSpace(), ConstCube<Scalar, ExecSpace>(local));
    auto const means = test::to_host(result.means);
    auto const counts = test::to_host(result.counts);
    auto const largest = test::to_vector(result.largest);
    for (std::int64_t i = 0; i < 21; ++i) {
      double bound = 0;
      for (std::int64_t c = 0; c < 6; ++c) {
        double sum = 0;
        double n = 0;
        for (double const x : test::trials_of(all, i, c))
          if (!std::isnan(x)) {
            sum += x;
            n += 1;
            bound = std::max(bound, std::fabs(x));
          }
        EXPECT_EQ(counts(i, c), n);
        if (n > 0) {
          EXPECT_NEAR(means(i, c), sum / n, 100 * std::numeric_limits<double>::epsilon());
        } else {
          EXPECT_TRUE(std::isnan(means(i, c)));
        }
      }
      EXPECT_EQ(largest[static_cast<std::size_t>(i)], bound);
    }
  }
}

}  // namespace
}  // namespace kovar::gsn
