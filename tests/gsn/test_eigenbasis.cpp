// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/eigenbasis.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace kovar::gsn {
namespace {

template <class T>
class EigenbasisOf : public ::testing::Test {
};
TYPED_TEST_SUITE(EigenbasisOf, test::ScalarsAndSpaces);

/// Random orthonormal columns by Gram-Schmidt, twice.
test::HostMatrix orthonormal(std::int64_t n, std::int64_t m, std::uint64_t seed)
{
  auto q = test::random_matrix(n, m, seed);
  for (int round = 0; round < 2; ++round)
    for (std::int64_t k = 0; k < m; ++k) {
      for (std::int64_t j = 0; j < k; ++j) {
        double dot = 0;
        for (std::int64_t i = 0; i < n; ++i) dot += q(i, j) * q(i, k);
        for (std::int64_t i = 0; i < n; ++i) q(i, k) -= dot * q(i, j);
      }
      double square = 0;
      for (std::int64_t i = 0; i < n; ++i) square += q(i, k) * q(i, k);
      for (std::int64_t i = 0; i < n; ++i) q(i, k) /= std::sqrt(square);
    }
  return q;
}

constexpr std::int64_t n = 40;
constexpr std::int64_t n_single = 10;  // eigenvalues 3.0, 2.9 ... 2.1
constexpr std::int64_t n_equal = 6;    // then 1, six times; then 24 zeros

double eigenvalue(std::int64_t k)
{
  if (k < n_single) return 3 - 0.1 * static_cast<double>(k);
  return k < n_single + n_equal ? 1 : 0;
}

/// V D V^T with repeated eigenvalues; `turned`: from other bases of their subspaces.
test::HostMatrix degenerate_matrix(bool turned)
{
  auto v = orthonormal(n, n, 21);
  if (turned)
    for (auto const& [first, last] :
         {std::pair{n_single, n_single + n_equal}, std::pair{n_single + n_equal, n}}) {
      std::int64_t const p = last - first;
      auto const turn = orthonormal(p, p, 22);
      auto const old = v;
      for (std::int64_t k = 0; k < p; ++k)
        for (std::int64_t i = 0; i < n; ++i) {
          v(i, first + k) = 0;
          for (std::int64_t j = 0; j < p; ++j) v(i, first + k) += old(i, first + j) * turn(j, k);
        }
    }
  auto scaled = v;
  for (std::int64_t k = 0; k < n; ++k)
    for (std::int64_t i = 0; i < n; ++i) scaled(i, k) *= eigenvalue(k);
  return test::product(scaled, test::transposed(v));
}

template <class T>
auto basis_of(test::HostMatrix const& a, EigenbasisRequest const& request,
              test::HostMatrix const& noise)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  return eigenbasis<Scalar, ExecSpace>(ExecSpace(), test::to_space<Scalar, ExecSpace>(a), request,
                                       test::to_space<Scalar, ExecSpace>(noise));
}

TYPED_TEST(EigenbasisOf, DescendsWithTheLargestEntriesPositive)
{
  auto const a = test::random_symmetric(17, 2, -0.6);
  auto const basis = basis_of<TypeParam>(a, {}, test::HostMatrix(0, 0));
  auto const w = test::to_vector(basis.values);
  auto const v = test::to_host(basis.vectors);
  auto residual = test::product(a, v);
  for (std::int64_t k = 0; k < 17; ++k) {
    if (k > 0) {
      EXPECT_LE(w[static_cast<std::size_t>(k)], w[static_cast<std::size_t>(k - 1)]);
    }
    std::int64_t largest = 0;
    for (std::int64_t i = 0; i < 17; ++i) {
      residual(i, k) -= w[static_cast<std::size_t>(k)] * v(i, k);
      if (std::fabs(v(i, k)) > std::fabs(v(largest, k))) largest = i;
    }
    EXPECT_GT(v(largest, k), 0);
  }
  for (double const x : residual.values) EXPECT_LE(std::fabs(x), 500 * TypeParam::epsilon);
}

// Rule K10. The noise variances in a group are about 0.05 apart, which bounds the error.
TYPED_TEST(EigenbasisOf, RepeatedEigenvaluesDoNotDependOnHowTheMatrixWasMade)
{
  auto const noise = test::random_symmetric(n, 23, 0.1);
  auto const one = test::to_host(basis_of<TypeParam>(degenerate_matrix(false), {}, noise).vectors);
  auto const other = test::to_host(basis_of<TypeParam>(degenerate_matrix(true), {}, noise).vectors);
  EXPECT_LE(test::largest_difference(one, other), 1e5 * TypeParam::epsilon);
  auto const unfixed = test::to_host(
      basis_of<TypeParam>(degenerate_matrix(true), {}, test::HostMatrix(0, 0)).vectors);
  EXPECT_GT(test::largest_difference(one, unfixed), 0.01);
}

TYPED_TEST(EigenbasisOf, NoiseIsDiagonalAndDescendsWithinAGroup)
{
  auto const noise = test::random_symmetric(n, 24, 0.1);
  auto const v = test::to_host(basis_of<TypeParam>(degenerate_matrix(false), {}, noise).vectors);
  auto const restricted = test::product(test::transposed(v), test::product(noise, v));
  for (auto const& [first, last] :
       {std::pair{n_single, n_single + n_equal}, std::pair{n_single + n_equal, n}})
    for (std::int64_t k = first; k < last; ++k) {
      if (k > first) {
        EXPECT_LT(restricted(k, k), restricted(k - 1, k - 1));
      }
      for (std::int64_t j = first; j < last; ++j)
        if (j != k) {
          EXPECT_LE(std::fabs(restricted(j, k)), 500 * TypeParam::epsilon);
        }
    }
}

// Also where the last wanted one is in the middle of a group.
TYPED_TEST(EigenbasisOf, LeadingComponentsAreTheFirstOfAll)
{
  auto const noise = test::random_symmetric(n, 25, 0.1);
  auto const a = degenerate_matrix(false);
  auto const all = basis_of<TypeParam>(a, {}, noise);
  auto const all_values = test::to_vector(all.values);
  auto const all_vectors = test::to_host(all.vectors);
  for (std::int64_t const k : {1, 3, 10, 13, 16, 20, 40, 50}) {
    std::int64_t const found = std::min(k, n);
    auto const some = basis_of<TypeParam>(a, {true, k}, noise);
    auto const values = test::to_vector(some.values);
    auto const vectors = test::to_host(some.vectors);
    ASSERT_EQ(static_cast<std::int64_t>(values.size()), found);
    ASSERT_EQ(vectors.n_cols, found);
    for (std::int64_t c = 0; c < found; ++c) {
      EXPECT_NEAR(values[static_cast<std::size_t>(c)], all_values[static_cast<std::size_t>(c)],
                  100 * TypeParam::epsilon);
      for (std::int64_t i = 0; i < n; ++i)
        EXPECT_NEAR(vectors(i, c), all_vectors(i, c), 1e5 * TypeParam::epsilon);
    }
    auto const only_values = basis_of<TypeParam>(a, {false, k}, noise);
    EXPECT_EQ(only_values.vectors.extent(0), 0U);
    auto const w = test::to_vector(only_values.values);
    ASSERT_EQ(static_cast<std::int64_t>(w.size()), found);
    for (std::size_t c = 0; c < w.size(); ++c)
      EXPECT_NEAR(w[c], all_values[c], 100 * TypeParam::epsilon);
  }
}

// The null matrix is one group: its basis is that of the noise.
TYPED_TEST(EigenbasisOf, ANullMatrixTakesTheBasisOfTheNoise)
{
  auto const noise = test::random_symmetric(9, 26, 0.1);
  test::HostMatrix const zero(9, 9);
  auto const found = test::to_host(basis_of<TypeParam>(zero, {}, noise).vectors);
  auto const expected =
      test::to_host(basis_of<TypeParam>(noise, {}, test::HostMatrix(0, 0)).vectors);
  EXPECT_LE(test::largest_difference(found, expected), 1e4 * TypeParam::epsilon);
  auto const first = basis_of<TypeParam>(zero, {true, 1}, noise);
  EXPECT_EQ(first.vectors.extent(1), 1U);
}

// Below the normal numbers there are few digits left, but no NaN comes of it.
TYPED_TEST(EigenbasisOf, OfSubnormalNumbersIsStillOrthonormal)
{
  using Scalar = typename TypeParam::Scalar;
  auto tiny = test::random_symmetric(7, 27, 0.1);
  for (double& x : tiny.values) x = std::ldexp(x, std::numeric_limits<Scalar>::min_exponent - 5);
  test::HostMatrix const zero(7, 7);
  for (auto const& a : {tiny, zero}) {
    auto const v = test::to_host(basis_of<TypeParam>(a, {}, tiny).vectors);
    auto overlap = test::product(test::transposed(v), v);
    for (std::int64_t k = 0; k < 7; ++k) overlap(k, k) -= 1;
    for (double const x : overlap.values) EXPECT_LE(std::fabs(x), 100 * TypeParam::epsilon);
  }
}

TYPED_TEST(EigenbasisOf, AnEmptyMatrixHasNone)
{
  auto const basis = basis_of<TypeParam>(test::HostMatrix(0, 0), {}, test::HostMatrix(0, 0));
  EXPECT_EQ(basis.values.extent(0), 0U);
}

TYPED_TEST(EigenbasisOf, RefusesANoiseCovarianceOfAnotherOrder)
{
  try {
    basis_of<TypeParam>(test::HostMatrix(4, 4), {}, test::HostMatrix(3, 3));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "eigenbasis: the noise covariance is 3 x 3 (the matrix is of order 4)");
  }
  EXPECT_THROW(basis_of<TypeParam>(test::HostMatrix(4, 4), {true, -1}, test::HostMatrix(0, 0)),
               InputError);
}

}  // namespace
}  // namespace kovar::gsn
