// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/triangle.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::gsn {
namespace {

template <class T>
class PsdProjection : public ::testing::Test {
};
TYPED_TEST_SUITE(PsdProjection, test::ScalarsAndSpaces);

/// Orthogonal n x n matrix: I - 2 u u^T / |u|^2.
test::HostMatrix reflector(std::int64_t n)
{
  auto const u = test::random_matrix(n, 1, 3);
  double square = 0;
  for (double const x : u.values) square += x * x;
  auto q = test::product(u, test::transposed(u));
  for (double& x : q.values) x *= -2 / square;
  for (std::int64_t i = 0; i < n; ++i) q(i, i) += 1;
  return q;
}

test::HostMatrix with_eigenvalues(test::HostMatrix const& q, std::vector<double> const& values)
{
  auto scaled = q;
  for (std::int64_t j = 0; j < q.n_cols; ++j)
    for (std::int64_t i = 0; i < q.n_rows; ++i) scaled(i, j) *= values[static_cast<std::size_t>(j)];
  return test::product(scaled, test::transposed(q));
}

template <class T>
test::HostMatrix project(test::HostMatrix const& a, Projection expected)
{
  using ExecSpace = typename T::ExecSpace;
  auto const a_space = test::to_space<typename T::Scalar, ExecSpace>(a);
  auto const work = test::to_space<typename T::Scalar, ExecSpace>(a);
  EXPECT_EQ((project_psd<typename T::Scalar, ExecSpace>(ExecSpace(), a_space, work)), expected);
  return test::to_host(a_space);
}

// With few and with many negative eigenvalues: both sides of "the smaller group".
TYPED_TEST(PsdProjection, ClipsNegativeEigenvaluesFromEitherSide)
{
  for (std::int64_t const n : {40, 150}) {
    auto const q = reflector(n);
    for (std::int64_t const n_negative : {std::int64_t{1}, n / 3, n / 2, n / 2 + 1, n - 1, n}) {
      std::vector<double> values;
      std::vector<double> clipped;
      for (std::int64_t k = 0; k < n; ++k) {
        double const size = (0.1 + 0.05 * static_cast<double>(k)) * 40 / static_cast<double>(n);
        values.push_back(k < n_negative ? -size : size);
        clipped.push_back(k < n_negative ? 0 : size);
      }
      auto const found = project<TypeParam>(with_eigenvalues(q, values), Projection::clipped);
      EXPECT_LE(
          test::largest_difference(found, with_eigenvalues(q, clipped), test::Triangle::lower),
          200 * TypeParam::epsilon)
          << n_negative << " of " << n;
    }
  }
}

TYPED_TEST(PsdProjection, LeavesADefiniteMatrixUntouched)
{
  auto const a = test::random_symmetric(23, 1, 0.5);
  auto const found = project<TypeParam>(a, Projection::unchanged);
  for (std::int64_t j = 0; j < 23; ++j)
    for (std::int64_t i = j; i < 23; ++i)
      EXPECT_EQ(found(i, j), static_cast<typename TypeParam::Scalar>(a(i, j)));
}

TYPED_TEST(PsdProjection, IsIdempotentAndNeverLowersTheMatrix)
{
  auto const a = test::random_symmetric(30, 2, -0.8);
  auto const once = project<TypeParam>(a, Projection::clipped);
  auto symmetric = once;
  for (std::int64_t j = 0; j < 30; ++j)
    for (std::int64_t i = 0; i < j; ++i) symmetric(i, j) = once(j, i);
  // P(M) - M is semidefinite: its diagonal is at least minus rounding.
  for (std::int64_t i = 0; i < 30; ++i) EXPECT_GE(once(i, i) - a(i, i), -50 * TypeParam::epsilon);
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  auto const again = test::to_space<Scalar, ExecSpace>(symmetric);
  project_psd<Scalar, ExecSpace>(ExecSpace(), again, test::to_space<Scalar, ExecSpace>(symmetric));
  EXPECT_LE(test::largest_difference(test::to_host(again), symmetric, test::Triangle::lower),
            100 * TypeParam::epsilon);
}

TYPED_TEST(PsdProjection, OfOneNumberIsItsPositivePart)
{
  test::HostMatrix a(1, 1);
  a(0, 0) = -2;
  EXPECT_EQ(project<TypeParam>(a, Projection::clipped)(0, 0), 0);
  a(0, 0) = 3;
  EXPECT_EQ(project<TypeParam>(a, Projection::unchanged)(0, 0), 3);
}

// What remains is much smaller than the negative part: it must not be made of the rounding of that part.
TYPED_TEST(PsdProjection, KeepsASmallPositivePartBesideALargeNegativeOne)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const n = 12;
  auto const x = test::random_matrix(n, 3, 4);
  auto const y = test::random_matrix(n, 1, 5);
  test::HostMatrix const negative = test::product(y, test::transposed(y));
  test::HostMatrix m = test::product(x, test::transposed(x));
  double const ratio = 0.01 / TypeParam::epsilon;
  for (std::size_t k = 0; k < m.values.size(); ++k) m.values[k] -= ratio * negative.values[k];
  auto const found = project<TypeParam>(m, Projection::clipped);
  auto const copy = test::to_space<Scalar, ExecSpace>(found);
  auto const values = linalg::eigenvalues<Scalar, ExecSpace>(
      ExecSpace(), linalg::tridiagonalize<Scalar, ExecSpace>(ExecSpace(), copy));
  EXPECT_GT(values.back(), 0.1);
  EXPECT_GE(values.front(), -10.0 * static_cast<double>(n) * TypeParam::epsilon * values.back());
}

}  // namespace
}  // namespace kovar::gsn
