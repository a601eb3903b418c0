// SPDX-License-Identifier: BSD-3-Clause
#include "dist/block_matrices.hpp"
#include "support/views.hpp"

#include <kovar/dist/pearson.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::test {
namespace {

using dist::Communicator;
using dist::Host;
using dist::ProcessGrid;

template <class Scalar>
class DistributedPearson : public ::testing::Test {
};
TYPED_TEST_SUITE(DistributedPearson, Scalars);

/// Of all n^2 entries, in two plain passes.
double plain_correlation(HostMatrix const& x, HostMatrix const& y)
{
  double const n = static_cast<double>(x.values.size());
  double mean_x = 0;
  double mean_y = 0;
  for (std::size_t k = 0; k < x.values.size(); ++k) {
    mean_x += x.values[k] / n;
    mean_y += y.values[k] / n;
  }
  double xx = 0;
  double yy = 0;
  double xy = 0;
  for (std::size_t k = 0; k < x.values.size(); ++k) {
    xx += (x.values[k] - mean_x) * (x.values[k] - mean_x);
    yy += (y.values[k] - mean_y) * (y.values[k] - mean_y);
    xy += (x.values[k] - mean_x) * (y.values[k] - mean_y);
  }
  return xy / std::sqrt(xx * yy);
}

template <class Scalar>
double correlation(HostMatrix const& x, HostMatrix const& y)
{
  ProcessGrid const grid(Communicator::world());
  auto const garbage_above = [](HostMatrix m) {
    for (std::int64_t j = 0; j < m.n_cols; ++j)
      for (std::int64_t i = 0; i < j; ++i) m(i, j) = 1e3;
    return m;
  };
  return dist::symmetric_pearson(Host(), spread<Scalar>(garbage_above(x), grid),
                                 spread<Scalar>(garbage_above(y), grid));
}

TYPED_TEST(DistributedPearson, IsThatOfAllEntries)
{
  for (std::int64_t const n : awkward_sizes) {
    if (n < 2) continue;
    HostMatrix const x = random_symmetric(n, 1, 0.5);
    HostMatrix y = random_symmetric(n, 2, 0.5);
    for (std::size_t k = 0; k < y.values.size(); ++k) y.values[k] += 0.7 * x.values[k];
    EXPECT_NEAR(correlation<TypeParam>(x, y), plain_correlation(x, y), 50 * epsilon<TypeParam>)
        << n;
  }
}

TYPED_TEST(DistributedPearson, DoesNotDependOnScales)
{
  HostMatrix x = random_symmetric(70, 3, 0.1);
  HostMatrix y = random_symmetric(70, 4, 0.1);
  double const expected = plain_correlation(x, y);
  for (double& value : x.values) value = value * 1e30 + 3e30;
  for (double& value : y.values) value *= 1e-30;
  EXPECT_NEAR(correlation<TypeParam>(x, y), expected, 50 * epsilon<TypeParam>);
}

TYPED_TEST(DistributedPearson, OfConstantMatricesIsOneIfTheyAreEqual)
{
  HostMatrix const zeros(66, 66);
  HostMatrix const some = random_symmetric(66, 5, 1);
  HostMatrix fives(66, 66);
  for (double& value : fives.values) value = 5;
  EXPECT_EQ(correlation<TypeParam>(zeros, zeros), 1);
  EXPECT_EQ(correlation<TypeParam>(fives, fives), 1);
  EXPECT_EQ(correlation<TypeParam>(zeros, some), 0);
  EXPECT_EQ(correlation<TypeParam>(some, fives), 0);
  EXPECT_EQ(correlation<TypeParam>({}, {}), 1);
}

TYPED_TEST(DistributedPearson, RefusesMatricesOfTwoShapes)
{
  EXPECT_EQ(error_of_all_ranks([] { correlation<TypeParam>(HostMatrix(3, 3), HostMatrix(4, 4)); }),
            "symmetric_pearson: 'test::spread' (3 x 3) and 'test::spread' (4 x 4) are not of one "
            "shape in blocks of one size");
}

}  // namespace
}  // namespace kovar::test
