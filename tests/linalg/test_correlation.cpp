// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/correlation.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace kovar::linalg {
namespace {

template <class ExecSpace>
class Correlation : public ::testing::Test {
};
TYPED_TEST_SUITE(Correlation, test::ExecSpaces);

template <class Scalar, class ExecSpace>
test::HostMatrix correlation_of(test::HostMatrix const& c, std::vector<double>* undefined = nullptr)
{
  auto const matrix = test::to_space<Scalar, ExecSpace>(c);
  auto const result = covariance_to_correlation(ExecSpace(), matrix);
  // The argument is as it was.
  auto const after = test::to_host(matrix);
  for (std::size_t k = 0; k < c.values.size(); ++k) {
    EXPECT_TRUE(after.values[k] == static_cast<Scalar>(c.values[k]) || std::isnan(c.values[k]));
  }
  if (undefined != nullptr) {
    auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, result.is_undefined);
    undefined->assign(host.data(), host.data() + host.extent(0));
  }
  return test::to_host(result.values);
}

TYPED_TEST(Correlation, DividesByStandardDeviations)
{
  for (std::int64_t const n : {0, 1, 2, 33, 65}) {
    auto const c = test::random_symmetric(n, 5, 0.1);
    auto const in_double = correlation_of<double, TypeParam>(c);
    auto const in_float = correlation_of<float, TypeParam>(c);
    for (std::int64_t i = 0; i < n; ++i) {
      EXPECT_EQ(in_double(i, i), 1);
      for (std::int64_t j = 0; j < n; ++j) {
        double const expected = c(i, j) / std::sqrt(c(i, i) * c(j, j));
        EXPECT_NEAR(in_double(i, j), expected, 4e-16);  // three roundings
        EXPECT_NEAR(in_float(i, j), expected, 4e-7);
        EXPECT_EQ(in_double(i, j), in_double(j, i));
      }
    }
  }
}

TYPED_TEST(Correlation, UnitsWithoutPositiveVarianceAreNaNAndMarked)
{
  auto c = test::random_symmetric(5, 6, 0.1);
  c(1, 1) = 0;
  c(2, 2) = -3;
  c(4, 4) = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> undefined;
  auto const r = correlation_of<double, TypeParam>(c, &undefined);
  EXPECT_EQ(undefined, (std::vector<double>{0, 1, 1, 0, 1}));
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < 5; ++j)
      EXPECT_EQ(std::isnan(r(i, j)), undefined[static_cast<std::size_t>(i)] != 0 ||
                                         undefined[static_cast<std::size_t>(j)] != 0)
          << i << ", " << j;
}

TYPED_TEST(Correlation, VariancesAtTheEndsOfTheRangeDoNotOverflow)
{
  test::HostMatrix c(2, 2);
  c(0, 0) = 4e300;
  c(1, 1) = 9e300;
  c(0, 1) = c(1, 0) = 3e300;
  EXPECT_NEAR((correlation_of<double, TypeParam>(c)(0, 1)), 0.5, 1e-15);
  c(0, 0) = 4e-300;
  c(1, 1) = 9e-300;
  c(0, 1) = c(1, 0) = 3e-300;
  EXPECT_NEAR((correlation_of<double, TypeParam>(c)(0, 1)), 0.5, 1e-15);
}

TYPED_TEST(Correlation, RefusesAMatrixThatIsNotSquare)
{
  try {
    covariance_to_correlation(TypeParam(), Matrix<double, TypeParam>("test::matrix", 2, 3));
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(),
                 "covariance_to_correlation: 'test::matrix' is 2 x 3 (a covariance matrix is "
                 "square)");
  }
}

}  // namespace
}  // namespace kovar::linalg
