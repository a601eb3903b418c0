// SPDX-License-Identifier: BSD-3-Clause
#include "support/spaces.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/nearest_psd.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::gsn {
namespace {

template <class ExecSpace>
class NearestPsdMatrix : public ::testing::Test {
};
TYPED_TEST_SUITE(NearestPsdMatrix, test::ExecSpaces);

template <class Scalar, class ExecSpace>
NearestPsd<Scalar, ExecSpace> nearest(test::HostMatrix const& m)
{
  auto const matrix = test::to_space<Scalar, ExecSpace>(m, 1);
  auto const result = nearest_psd<Scalar, ExecSpace>(ExecSpace(), matrix);
  if (std::is_same_v<Scalar, double>) {
    EXPECT_EQ(test::to_host(matrix).values, m.values) << "the argument was changed";
  }
  return result;
}

test::HostMatrix one(double value)
{
  test::HostMatrix m(1, 1);
  m(0, 0) = value;
  return m;
}

TYPED_TEST(NearestPsdMatrix, OfADefiniteOneIsItself)
{
  for (std::int64_t const n : {0, 1, 2, 33}) {
    auto const m = test::random_symmetric(n, 4, 0.2);
    auto const result = nearest<double, TypeParam>(m);
    EXPECT_EQ(result.projection, Projection::unchanged);
    EXPECT_EQ(result.correlation, 1);
    EXPECT_EQ(test::largest_difference(test::to_host(result.matrix), m), 0);
  }
}

// Q Diag(w) Q^T with a Householder reflector Q: the projection is Q Diag(max(w, 0)) Q^T.
TYPED_TEST(NearestPsdMatrix, ClipsKnownNegativeEigenvalues)
{
  for (std::int64_t const n : {2, 7, 33}) {
    SCOPED_TRACE(n);
    test::HostMatrix m(n, n);
    test::HostMatrix expected(n, n);
    auto const axis = [&](std::int64_t i, std::int64_t k) {
      return (i == k ? 1.0 : 0.0) - 2.0 / static_cast<double>(n);
    };
    for (std::int64_t k = 0; k < n; ++k) {
      double const w = k % 3 == 1 ? -1 - static_cast<double>(k) : 1 + static_cast<double>(k);
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < n; ++i) {
          m(i, j) += w * axis(i, k) * axis(j, k);
          expected(i, j) += std::fmax(w, 0.0) * axis(i, k) * axis(j, k);
        }
    }
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < j; ++i) m(i, j) = m(j, i);
    auto const result = nearest<double, TypeParam>(m);
    EXPECT_EQ(result.projection, Projection::clipped);
    // Eigenvalues up to n, errors of a few n eps of them.
    double const largest = static_cast<double>(n);
    EXPECT_LE(test::largest_difference(test::to_host(result.matrix), expected),
              20 * largest * largest * 2.3e-16);
    EXPECT_LE(
        test::largest_difference(test::to_host(nearest<float, TypeParam>(m).matrix), expected),
        20 * largest * largest * 1.2e-7);

    double mean_m = 0;
    double mean_p = 0;
    for (std::size_t k = 0; k < m.values.size(); ++k) {
      mean_m += m.values[k] / (largest * largest);
      mean_p += expected.values[k] / (largest * largest);
    }
    double mm = 0;
    double mp = 0;
    double pp = 0;
    for (std::size_t k = 0; k < m.values.size(); ++k) {
      mm += (m.values[k] - mean_m) * (m.values[k] - mean_m);
      mp += (m.values[k] - mean_m) * (expected.values[k] - mean_p);
      pp += (expected.values[k] - mean_p) * (expected.values[k] - mean_p);
    }
    EXPECT_NEAR(result.correlation, mp / std::sqrt(mm * pp), 1e-12);
  }
}

TYPED_TEST(NearestPsdMatrix, TakesTheSymmetricPartFirst)
{
  auto m = test::random_matrix(6, 6, 9);
  auto symmetric = m;
  for (std::int64_t j = 0; j < 6; ++j)
    for (std::int64_t i = 0; i < 6; ++i) symmetric(i, j) = 0.5 * m(i, j) + 0.5 * m(j, i);
  auto const a = nearest<double, TypeParam>(m);
  auto const b = nearest<double, TypeParam>(symmetric);
  EXPECT_EQ(test::largest_difference(test::to_host(a.matrix), test::to_host(b.matrix)), 0);
  EXPECT_EQ(a.correlation, b.correlation);
}

TYPED_TEST(NearestPsdMatrix, OfANegativeDefiniteOneIsZeroWithCorrelationZero)
{
  auto m = test::random_symmetric(5, 4, 0.2);
  for (double& value : m.values) value = -value;
  auto const result = nearest<double, TypeParam>(m);
  EXPECT_EQ(test::largest_difference(test::to_host(result.matrix), test::HostMatrix(5, 5)), 0);
  EXPECT_EQ(result.correlation, 0);
}

TYPED_TEST(NearestPsdMatrix, OfOneNumberIsThatNumberOrZero)
{
  auto const positive = nearest<double, TypeParam>(one(2.5));
  EXPECT_EQ(test::to_host(positive.matrix)(0, 0), 2.5);
  EXPECT_EQ(positive.correlation, 1);
  auto const zero = nearest<double, TypeParam>(one(0));
  EXPECT_EQ(test::to_host(zero.matrix)(0, 0), 0);
  EXPECT_EQ(zero.correlation, 1);
  auto const negative = nearest<double, TypeParam>(one(-2.5));
  EXPECT_EQ(test::to_host(negative.matrix)(0, 0), 0);
  EXPECT_TRUE(std::isnan(negative.correlation));
}

TYPED_TEST(NearestPsdMatrix, RefusesWhatHasNoEigenvalues)
{
  auto const message_of = [](test::HostMatrix const& m) -> std::string {
    try {
      nearest_psd<double, TypeParam>(TypeParam(), test::to_space<double, TypeParam>(m));
    } catch (InputError const& e) {
      return e.what();
    }
    return "no error";
  };
  EXPECT_EQ(message_of(test::HostMatrix(2, 3)),
            "nearest_psd: 'test::matrix' is 2 x 3 (a semidefinite matrix is square)");
  auto m = test::random_symmetric(4, 4, 1);
  m(2, 3) = NAN;
  EXPECT_EQ(message_of(m),
            "nearest_psd: 'test::matrix' is NaN or infinite at (2, 3) (such a matrix has no "
            "eigenvalues)");
}

}  // namespace
}  // namespace kovar::gsn
