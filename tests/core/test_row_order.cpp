// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/row_order.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

namespace kovar {
namespace {

using RowList = std::vector<std::int64_t>;

TEST(RowOrder, HoldsEveryRowOnce)
{
  for (std::int64_t const n : {0, 1, 2, 17, 1000}) {
    auto rows = shuffled_rows(ShuffleUse::batches, 3, n, 5);
    ASSERT_EQ(static_cast<std::int64_t>(rows.size()), n);
    std::sort(rows.begin(), rows.end());
    for (std::int64_t row = 0; row < n; ++row) EXPECT_EQ(rows[static_cast<std::size_t>(row)], row);
  }
}

TEST(RowOrder, DependsOnSeedEpochAndUse)
{
  auto const rows = shuffled_rows(ShuffleUse::batches, 3, 100, 5);
  EXPECT_EQ(rows, shuffled_rows(ShuffleUse::batches, 3, 100, 5));
  EXPECT_NE(rows, shuffled_rows(ShuffleUse::batches, 4, 100, 5));
  EXPECT_NE(rows, shuffled_rows(ShuffleUse::batches, 3 + (std::uint64_t{1} << 32U), 100, 5));
  EXPECT_NE(rows, shuffled_rows(ShuffleUse::batches, 3, 100, 6));
  EXPECT_NE(rows, shuffled_rows(ShuffleUse::split, 3, 100, 5));
}

TEST(RowOrder, PutsEveryRowAnywhere)
{
  // Mean place of row 0 over 2,000 epochs: 49.5, with a standard deviation of 100 / sqrt(12 * 2000).
  double sum = 0;
  for (std::int64_t epoch = 0; epoch < 2000; ++epoch) {
    auto const rows = shuffled_rows(ShuffleUse::batches, 1, 100, epoch);
    sum += static_cast<double>(std::find(rows.begin(), rows.end(), 0) - rows.begin());
  }
  EXPECT_NEAR(sum / 2000, 49.5, 5 * 100 / std::sqrt(12.0 * 2000));
}

TEST(RowOrder, IsTheSameOnEveryMachine)
{
  EXPECT_EQ(shuffled_rows(ShuffleUse::batches, 1, 8, 0), (RowList{7, 6, 0, 2, 4, 1, 3, 5}));
}

}  // namespace
}  // namespace kovar
