// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/host_list.hpp>
#include <kovar/gsn/constant_pattern.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class ConstantPattern : public ::testing::Test {
};
TYPED_TEST_SUITE(ConstantPattern, test::ExecSpaces);

TYPED_TEST(ConstantPattern, IsTakenOutOfEachColumnAndNothingElseIs)
{
  TypeParam const space;
  for (std::int64_t const n : {0, 1, 7, 130}) {
    auto const direction = test::random_matrix(n, 1, 5);
    double norm = 0;
    for (double const value : direction.values) norm += value * value;
    std::vector<double> constant;
    for (double const value : direction.values) constant.push_back(value / std::sqrt(norm));
    for (std::int64_t const m : {0, 1, 4}) {
      auto const x = test::random_matrix(n, m, 6);
      auto const x_space = test::to_space<double, TypeParam>(x, 1);
      remove_constant(space, x_space, to_space(space, constant, "test::constant"));
      auto const found = test::to_host(x_space);
      for (std::int64_t j = 0; j < m; ++j) {
        double along = 0;
        for (std::int64_t i = 0; i < n; ++i)
          along += x(i, j) * constant[static_cast<std::size_t>(i)];
        for (std::int64_t i = 0; i < n; ++i)  // n terms of size 1 are added up
          EXPECT_NEAR(found(i, j), x(i, j) - along * constant[static_cast<std::size_t>(i)],
                      1e-15 * static_cast<double>(n + 4));
      }
    }
  }
}

}  // namespace
}  // namespace kovar::gsn
