// SPDX-License-Identifier: BSD-3-Clause
// What the iteration says of lanes that it is stopped in.
#include <kovar/linalg/lane_ql.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace kovar::linalg {
namespace {

using Space = Kokkos::DefaultHostExecutionSpace;

template <class Scalar>
class LaneQl : public ::testing::Test {
};
using Scalars = ::testing::Types<double, float>;
TYPED_TEST_SUITE(LaneQl, Scalars);

// 2 on the diagonal and -1 beside it, but in lane 0, which is diagonal from the start.
TYPED_TEST(LaneQl, GivesNanWhereItIsStoppedAndNothingElsewhere)
{
  using Pack = LanePack<TypeParam, Space>;
  using Array = LaneArray<TypeParam, Space>;
  constexpr int d = 6;
  for (int const most_steps : {0, 1, most_ql_steps(d)}) {
    std::vector<Pack> diagonal(d, all_lanes<Pack>(TypeParam(2)));
    std::vector<Pack> off_diagonal(d, all_lanes<Pack>(TypeParam(-1)));
    for (Pack& entry : off_diagonal) set_lane(entry, 0, TypeParam(0));
    std::vector<Pack> work(ql_work_size(d));
    int n_steps = 0;
    Pack const taint = lane_ql<Pack>(
        Array{diagonal.data()}, Array{off_diagonal.data()}, d, Array{work.data()},
        [&](int, int, Array const&, Array const&) { ++n_steps; }, most_steps);
    EXPECT_LE(n_steps, most_steps);
    EXPECT_EQ(lane_of(taint, 0), 0);
    for (int lane = 1; lane < n_lanes<Pack>; ++lane) {
      if (most_steps < d) {
        EXPECT_TRUE(std::isnan(lane_of(taint, lane))) << most_steps << ", lane " << lane;
        continue;
      }
      EXPECT_EQ(lane_of(taint, lane), 0);
      std::vector<TypeParam> values;
      for (Pack const& x : diagonal) values.push_back(lane_of(x, lane));
      std::sort(values.begin(), values.end());
      for (int j = 0; j < d; ++j)
        EXPECT_NEAR(values[static_cast<std::size_t>(j)],
                    2 - 2 * std::cos(std::acos(-1.0) * (j + 1) / (d + 1)),
                    10 * std::numeric_limits<TypeParam>::epsilon());
    }
  }
}

}  // namespace
}  // namespace kovar::linalg
