// SPDX-License-Identifier: BSD-3-Clause
#include "support/spectrum.hpp"
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/gsn/psd_projection.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/triangle.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace kovar::gsn {
namespace {

template <class T>
class PsdProjection : public ::testing::Test {
};
TYPED_TEST_SUITE(PsdProjection, test::ScalarsAndSpaces);

constexpr std::array<ProjectionMethod, 4> all_methods = {
    ProjectionMethod::automatic, ProjectionMethod::one_stage, ProjectionMethod::two_stage,
    ProjectionMethod::products};

/// Also checks that the upper triangle, where callers keep something else, stays.
template <class T>
test::HostMatrix project(test::HostMatrix a, Projection expected,
                         ProjectionMethod method = ProjectionMethod::automatic)
{
  using ExecSpace = typename T::ExecSpace;
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < j; ++i) a(i, j) = -55;
  auto const a_space = test::to_space<typename T::Scalar, ExecSpace>(a);
  auto const work = test::to_space<typename T::Scalar, ExecSpace>(a);
  EXPECT_EQ((project_psd<typename T::Scalar, ExecSpace>(ExecSpace(), a_space, work, method)),
            expected);
  auto const found = test::to_host(a_space);
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < j; ++i) EXPECT_EQ(found(i, j), -55);
  return found;
}

// With few and with many negative eigenvalues: both sides of "the smaller group".
TYPED_TEST(PsdProjection, ClipsNegativeEigenvaluesFromEitherSide)
{
  for (std::int64_t const n : {40, 150}) {
    auto const q = test::reflector(n);
    for (std::int64_t const n_negative : {std::int64_t{1}, n / 3, n / 2, n / 2 + 1, n - 1, n}) {
      std::vector<double> values;
      std::vector<double> clipped;
      for (std::int64_t k = 0; k < n; ++k) {
        double const size = (0.1 + 0.05 * static_cast<double>(k)) * 40 / static_cast<double>(n);
        values.push_back(k < n_negative ? -size : size);
        clipped.push_back(k < n_negative ? 0 : size);
      }
      auto const a = test::with_eigenvalues(q, values);
      auto const expected = test::with_eigenvalues(q, clipped);
      for (ProjectionMethod const method : all_methods) {
        auto const found = project<TypeParam>(a, Projection::clipped, method);
        EXPECT_LE(test::largest_difference(found, expected, test::Triangle::lower),
                  200 * TypeParam::epsilon)
            << n_negative << " of " << n << ", " << name_of(method);
      }
    }
  }
}

TYPED_TEST(PsdProjection, LeavesADefiniteMatrixUntouched)
{
  auto const a = test::random_symmetric(23, 1, 0.5);
  for (ProjectionMethod const method : all_methods) {
    auto const found = project<TypeParam>(a, Projection::unchanged, method);
    for (std::int64_t j = 0; j < 23; ++j)
      for (std::int64_t i = j; i < 23; ++i)
        EXPECT_EQ(found(i, j), static_cast<typename TypeParam::Scalar>(a(i, j)));
  }
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
  for (ProjectionMethod const method : all_methods) {
    a(0, 0) = -2;
    EXPECT_EQ(project<TypeParam>(a, Projection::clipped, method)(0, 0), 0);
    a(0, 0) = 3;
    EXPECT_EQ(project<TypeParam>(a, Projection::unchanged, method)(0, 0), 3);
  }
}

TYPED_TEST(PsdProjection, OfZeroIsZero)
{
  for (ProjectionMethod const method : all_methods) {
    auto const found = project<TypeParam>(test::HostMatrix(7, 7), Projection::unchanged, method);
    for (std::int64_t i = 0; i < 7; ++i) EXPECT_EQ(found(i, i), 0);
  }
}

// As covariances of fewer conditions than units are.
TYPED_TEST(PsdProjection, LeavesWhatIsZeroAtZero)
{
  std::int64_t const n = 50;
  auto const q = test::reflector(n);
  std::vector<double> values(n, 0.0);
  std::vector<double> clipped(n, 0.0);
  for (std::size_t k = 0; k < 12; ++k) values[k] = k < 5 ? -1.0 : 1.5;
  for (std::size_t k = 5; k < 12; ++k) clipped[k] = 1.5;
  for (ProjectionMethod const method : all_methods)
    EXPECT_LE(test::largest_difference(project<TypeParam>(test::with_eigenvalues(q, values),
                                                          Projection::clipped, method),
                                       test::with_eigenvalues(q, clipped), test::Triangle::lower),
              100 * TypeParam::epsilon)
        << name_of(method);
}

TYPED_TEST(PsdProjection, TakesTheLargestAndTheSmallestNumbers)
{
  using Limits = std::numeric_limits<typename TypeParam::Scalar>;
  auto const a = test::random_symmetric(30, 9, -0.8);
  auto const expected = project<TypeParam>(a, Projection::clipped);
  double largest = 0;
  for (double const x : a.values) largest = std::max(largest, std::fabs(x));
  largest *= 30;  // eigenvalues too are numbers
  for (double const scale : {0.9 * static_cast<double>(Limits::max()) / largest,
                             8 * static_cast<double>(Limits::min()) / TypeParam::epsilon})
    for (ProjectionMethod const method : all_methods) {
      auto scaled = a;
      for (double& x : scaled.values) x *= scale;
      auto found = project<TypeParam>(scaled, Projection::clipped, method);
      for (double& x : found.values) x /= scale;
      EXPECT_LE(test::largest_difference(found, expected, test::Triangle::lower),
                200 * TypeParam::epsilon)
          << name_of(method) << " at " << scale;
    }
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
  for (ProjectionMethod const method : all_methods) {
    auto const found = project<TypeParam>(m, Projection::clipped, method);
    auto const copy = test::to_space<Scalar, ExecSpace>(found);
    auto const values = linalg::eigenvalues<Scalar, ExecSpace>(
        ExecSpace(), linalg::tridiagonalize<Scalar, ExecSpace>(ExecSpace(), copy));
    EXPECT_GT(values.back(), 0.1);
    EXPECT_GE(values.front(), -10.0 * static_cast<double>(n) * TypeParam::epsilon * values.back());
  }
}

}  // namespace
}  // namespace kovar::gsn
