// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/pearson.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::linalg {
namespace {

template <class T>
class Pearson : public ::testing::Test {
};
TYPED_TEST_SUITE(Pearson, test::ScalarsAndSpaces);

double slow_pearson(test::HostMatrix const& x, test::HostMatrix const& y, std::int64_t n_whole)
{
  auto const n = static_cast<long double>(n_whole) * static_cast<long double>(n_whole);
  auto const zeros = n - static_cast<long double>(x.values.size());
  long double mx = 0;
  long double my = 0;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    mx += x.values[i] / n;
    my += y.values[i] / n;
  }
  long double xx = zeros * mx * mx;
  long double yy = zeros * my * my;
  long double xy = zeros * mx * my;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    xx += (x.values[i] - mx) * (x.values[i] - mx);
    yy += (y.values[i] - my) * (y.values[i] - my);
    xy += (x.values[i] - mx) * (y.values[i] - my);
  }
  return static_cast<double>(xy / std::sqrt(xx * yy));
}

TYPED_TEST(Pearson, EqualsThePlainSumsInExtendedPrecision)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  for (std::int64_t const n : {2, 3, 50, 129})
    for (std::int64_t const more : {0, 7}) {
      auto const x = test::random_symmetric(n, 1, 0);
      auto y = test::random_symmetric(n, 2, 0.4);
      for (std::size_t i = 0; i < y.values.size(); ++i) y.values[i] += 2 * x.values[i];
      double const found = symmetric_pearson(ExecSpace(), test::to_space<Scalar, ExecSpace>(x, 2),
                                             test::to_space<Scalar, ExecSpace>(y), n + more);
      EXPECT_NEAR(found, slow_pearson(x, y, n + more), 40 * TypeParam::epsilon) << n << "+" << more;
    }
}

TYPED_TEST(Pearson, ReadsTheLowerTriangleAlone)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  auto x = test::random_symmetric(20, 1, 0);
  auto const y = test::random_symmetric(20, 2, 0);
  double const expected = slow_pearson(x, y, 20);
  for (std::int64_t j = 0; j < 20; ++j)
    for (std::int64_t i = 0; i < j; ++i) x(i, j) = NAN;
  EXPECT_NEAR(symmetric_pearson(ExecSpace(), test::to_space<Scalar, ExecSpace>(x),
                                test::to_space<Scalar, ExecSpace>(y)),
              expected, 40 * TypeParam::epsilon);
}

// A mean of 1e6 times the deviations would leave no digit in a one-pass sum in float's case, nine of
// sixteen in double's.
TYPED_TEST(Pearson, KeepsItsDigitsBesideALargeMean)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  auto x = test::random_symmetric(40, 1, 0);
  auto y = test::random_symmetric(40, 2, 0);
  for (double& v : x.values) v += 1e6;
  for (double& v : y.values) v -= 1e6;
  double const found = symmetric_pearson(ExecSpace(), test::to_space<double, ExecSpace>(x),
                                         test::to_space<double, ExecSpace>(y));
  EXPECT_NEAR(found, slow_pearson(x, y, 40), 1e-9);  // 1e6 eps of the entries themselves
}

TYPED_TEST(Pearson, DoesNotOverflowOrUnderflow)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const x = test::random_symmetric(30, 1, 0);
  auto const y = test::random_symmetric(30, 2, 0);
  double const expected = slow_pearson(x, y, 30);
  for (double const scale : {1e200, 1e-200, 1e290}) {
    auto x_scaled = x;
    for (double& v : x_scaled.values) v *= scale;
    EXPECT_NEAR(symmetric_pearson(ExecSpace(), test::to_space<double, ExecSpace>(x_scaled),
                                  test::to_space<double, ExecSpace>(y)),
                expected, 1e-13);
  }
}

TYPED_TEST(Pearson, OfConstantMatricesIsOneWhenEqualAndZeroOtherwise)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  test::HostMatrix const zero(5, 5);
  auto const other = test::random_symmetric(5, 1, 0);
  auto const at = [](test::HostMatrix const& m) { return test::to_space<Scalar, ExecSpace>(m); };
  EXPECT_EQ(symmetric_pearson(ExecSpace(), at(zero), at(zero)), 1);
  EXPECT_EQ(symmetric_pearson(ExecSpace(), at(zero), at(other)), 0);
  test::HostMatrix two(5, 5);
  for (double& v : two.values) v = 2;
  EXPECT_EQ(symmetric_pearson(ExecSpace(), at(two), at(two)), 1);
  EXPECT_EQ(symmetric_pearson(ExecSpace(), at(two), at(other)), 0);
}

TYPED_TEST(Pearson, RefusesMatricesOfDifferentSize)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  Matrix<Scalar, ExecSpace> const x("x", 2, 2);
  Matrix<Scalar, ExecSpace> const y("y", 3, 3);
  EXPECT_THROW(symmetric_pearson(ExecSpace(), x, y), InputError);
}

}  // namespace
}  // namespace kovar::linalg
