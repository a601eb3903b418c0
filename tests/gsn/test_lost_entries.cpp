// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/lost_entries.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class LostEntries : public ::testing::Test {
};
TYPED_TEST_SUITE(LostEntries, test::ExecSpaces);

// Column j of n rows lost its last j entries, or all where it has fewer.
TYPED_TEST(LostEntries, AreCountedPerColumn)
{
  for (std::int64_t const n : {0, 1, 3, 65})
    for (std::int64_t const m : {0, 1, 5}) {
      auto x = test::random_matrix(n, m, 2);
      std::vector<int> expected;
      std::vector<std::int64_t> complete;
      for (std::int64_t j = 0; j < m; ++j) {
        for (std::int64_t i = std::max<std::int64_t>(0, n - j); i < n; ++i)
          x(i, j) = std::numeric_limits<double>::quiet_NaN();
        expected.push_back(static_cast<int>(std::min(n, j)));
        if (expected.back() == 0) complete.push_back(j);
      }
      auto const on_space = test::to_space<double, TypeParam>(x, 1);
      EXPECT_EQ(lost_per_column(TypeParam(), on_space), expected) << n << " x " << m;
      EXPECT_EQ(columns_by_losses(TypeParam(), on_space, [](int lost) { return lost == 0; }),
                complete);
    }
}

}  // namespace
}  // namespace kovar::gsn
