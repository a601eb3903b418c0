// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/gsn/condition_blocks.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ConditionBlocks : public ::testing::Test {
};
TYPED_TEST_SUITE(ConditionBlocks, test::ExecSpaces);

TYPED_TEST(ConditionBlocks, SelectsColumnsInAnyOrderAndRepeatedly)
{
  std::vector<std::vector<std::int64_t>> const lists = {
      {}, {4}, {0, 1, 2, 3, 4}, {3, 0, 0, 4, 1, 3, 2}};
  for (std::int64_t const n : {0, 1, 33, 257})
    for (auto const& source : lists) {
      auto const x = test::random_matrix(n, 5, 3);
      auto const found = test::to_host(
          selected_columns(TypeParam(), test::to_space<double, TypeParam>(x, 2), source));
      ASSERT_EQ(found.n_rows, n);
      ASSERT_EQ(found.n_cols, static_cast<std::int64_t>(source.size()));
      for (std::int64_t k = 0; k < found.n_cols; ++k)
        for (std::int64_t i = 0; i < n; ++i)
          ASSERT_EQ(found(i, k), x(i, source[static_cast<std::size_t>(k)])) << i << ", " << k;
    }
}

}  // namespace
}  // namespace kovar::gsn
