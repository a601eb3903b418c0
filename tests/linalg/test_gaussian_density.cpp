// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/gaussian_density.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

namespace kovar::linalg {
namespace {

template <class ExecSpace>
class GaussianDensities : public ::testing::Test {
};
TYPED_TEST_SUITE(GaussianDensities, test::ExecSpaces);

template <class Scalar, class ExecSpace>
GaussianDensity<Scalar, ExecSpace> density_of(test::HostMatrix const& points,
                                              test::HostMatrix const& mean,
                                              test::HostMatrix const& covariance,
                                              Density density = Density::logarithm)
{
  auto const column = test::to_space<Scalar, ExecSpace>(mean);
  Vector<Scalar, ExecSpace> const m = Kokkos::subview(column, Kokkos::ALL, 0);
  return gaussian_density(ExecSpace(), test::to_space<Scalar, ExecSpace>(points, 3), m,
                          test::to_space<Scalar, ExecSpace>(covariance, 2), density);
}

/// By forward substitution with the textbook factor.
std::vector<double> slow_log_density(test::HostMatrix const& points, test::HostMatrix const& mean,
                                     test::HostMatrix const& covariance)
{
  auto const l = test::slow_cholesky(covariance);
  std::vector<double> values;
  for (std::int64_t p = 0; p < points.n_rows; ++p) {
    double value = 0;
    std::vector<double> white;
    for (std::int64_t i = 0; i < points.n_cols; ++i) {
      double x = points(p, i) - mean(i, 0);
      for (std::int64_t k = 0; k < i; ++k) x -= l(i, k) * white[static_cast<std::size_t>(k)];
      white.push_back(x / l(i, i));
      value -= 0.5 * white.back() * white.back() + std::log(l(i, i)) + 0.5 * std::log(2 * M_PI);
    }
    values.push_back(value);
  }
  return values;
}

TYPED_TEST(GaussianDensities, AreThoseOfForwardSubstitution)
{
  for (std::int64_t const n : {1, 2, 17, 40})
    for (std::int64_t const n_points : {1, 5, 33}) {
      SCOPED_TRACE(std::to_string(n) + " coordinates, " + std::to_string(n_points) + " points");
      auto const points = test::random_matrix(n_points, n, 1);
      auto const mean = test::random_matrix(n, 1, 2);
      auto const covariance = test::random_symmetric(n, 3, 0.5);
      auto const expected = slow_log_density(points, mean, covariance);
      auto const values =
          test::to_vector(density_of<double, TypeParam>(points, mean, covariance).values);
      auto const in_float =
          test::to_vector(density_of<float, TypeParam>(points, mean, covariance).values);
      auto const plain = test::to_vector(
          density_of<double, TypeParam>(points, mean, covariance, Density::value).values);
      for (std::size_t p = 0; p < expected.size(); ++p) {
        // Condition below 10: n roundings of the terms, which are of order n.
        double const scale = static_cast<double>(n) + std::fabs(expected[p]);
        EXPECT_NEAR(values[p], expected[p], 1e-14 * scale);
        EXPECT_NEAR(in_float[p], expected[p], 1e-5 * scale);
        EXPECT_NEAR(plain[p], std::exp(expected[p]), 1e-13 * scale * std::exp(expected[p]));
      }
    }
}

TYPED_TEST(GaussianDensities, OneCoordinateIsTheNormalCurve)
{
  test::HostMatrix point(1, 1);
  test::HostMatrix mean(1, 1);
  test::HostMatrix variance(1, 1);
  point(0, 0) = 5;
  mean(0, 0) = 1;
  variance(0, 0) = 4;
  auto const d = density_of<double, TypeParam>(point, mean, variance, Density::value);
  EXPECT_NEAR(test::to_vector(d.values)[0], std::exp(-2.0) / std::sqrt(8 * M_PI), 1e-16);
}

TYPED_TEST(GaussianDensities, NoPointsAndNoCoordinatesAreFine)
{
  auto const none = density_of<double, TypeParam>(test::HostMatrix(0, 3), test::HostMatrix(3, 1),
                                                  test::random_symmetric(3, 3, 1));
  EXPECT_TRUE(none.status);
  EXPECT_EQ(none.values.extent(0), 0U);
  auto const empty = density_of<double, TypeParam>(test::HostMatrix(2, 0), test::HostMatrix(0, 1),
                                                   test::HostMatrix(0, 0));
  EXPECT_EQ(test::to_vector(empty.values), (std::vector<double>{0, 0}));
}

TYPED_TEST(GaussianDensities, AnIndefiniteCovarianceIsAStatusWithoutValues)
{
  auto covariance = test::random_symmetric(4, 3, 1);
  covariance(2, 2) = -1;
  auto const points = test::random_matrix(2, 4, 1);
  auto const mean = test::random_matrix(4, 1, 1);
  auto const indefinite = density_of<double, TypeParam>(points, mean, covariance);
  EXPECT_FALSE(indefinite.status);
  EXPECT_EQ(indefinite.status.bad_minor, 3);
  EXPECT_EQ(indefinite.values.extent(0), 0U);

  covariance(2, 2) = std::numeric_limits<double>::quiet_NaN();
  EXPECT_FALSE((density_of<double, TypeParam>(points, mean, covariance).status));
}

TYPED_TEST(GaussianDensities, RefusesShapesThatDoNotFit)
{
  try {
    density_of<double, TypeParam>(test::HostMatrix(2, 3), test::HostMatrix(4, 1),
                                  test::HostMatrix(3, 3));
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_STREQ(e.what(),
                 "gaussian_density: points of 3 coordinates, a mean of 4 and a covariance of 3 x 3 "
                 "(all must have the same number)");
  }
}

}  // namespace
}  // namespace kovar::linalg
