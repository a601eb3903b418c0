// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/bulge_chasing.hpp>
#include <kovar/linalg/chase_reflectors.hpp>
#include <kovar/linalg/eigen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

// The way to tridiagonal form over a band, against plain products and against the direct way.
namespace kovar::linalg {
namespace {

template <class T>
class TwoStage : public ::testing::Test {
};
TYPED_TEST_SUITE(TwoStage, test::ScalarsAndSpaces);

constexpr std::int64_t b = band_width;

/// Orders at which blocks are missing, whole, or one row too long.
std::vector<std::int64_t> awkward_orders()
{
  return {0, 1, 2, 3, b - 1, b, b + 1, b + 2, b + 3, 2 * b, 2 * b + 1, 200, 257};
}

/// Q D Q^T with a dense orthogonal Q: a product of three reflectors.
test::HostMatrix with_spectrum(std::vector<double> const& values)
{
  auto const n = static_cast<std::int64_t>(values.size());
  test::HostMatrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i) a(i, i) = values[static_cast<std::size_t>(i)];
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    auto const u = test::random_matrix(n, 1, seed);
    double square = 0;
    for (double const x : u.values) square += x * x;
    test::HostMatrix h(n, n);
    for (std::int64_t j = 0; j < n; ++j) {
      for (std::int64_t i = 0; i < n; ++i) h(i, j) = -2 * u(i, 0) * u(j, 0) / square;
      h(j, j) += 1;
    }
    a = test::product(h, test::product(a, h));
  }
  return a;
}

double largest_entry(test::HostMatrix const& a)
{
  double largest = 0;
  for (double const x : a.values) largest = std::max(largest, std::fabs(x));
  return largest;
}

/// |A V - V W| and |V^T V - I|, entrywise, within n eps times the norm (bounded by n times the largest
/// entry, and 1): the bound of backward stable reductions, with a factor for their constants.
template <class T, class Pairs>
void expect_pairs(test::HostMatrix const& a, Pairs const& pairs)
{
  double const order = static_cast<double>(std::max<std::int64_t>(1, a.n_rows));
  double norm = 0;  // Frobenius
  for (double const x : a.values) norm += x * x;
  norm = std::sqrt(norm);
  auto const v = test::to_host(pairs.vectors);
  ASSERT_EQ(v.n_cols, pairs.range.size());
  EXPECT_TRUE(std::is_sorted(pairs.values.begin(), pairs.values.end()));
  auto residual = test::product(a, v);
  for (std::int64_t k = 0; k < v.n_cols; ++k)
    for (std::int64_t i = 0; i < v.n_rows; ++i)
      residual(i, k) -= pairs.values[static_cast<std::size_t>(k)] * v(i, k);
  auto overlap = test::product(test::transposed(v), v);
  for (std::int64_t k = 0; k < v.n_cols; ++k) overlap(k, k) -= 1;
  EXPECT_LE(largest_entry(residual), 5 * order * T::epsilon * norm);
  EXPECT_LE(largest_entry(overlap), 20 * order * T::epsilon);
}

/// Pairs [first, last) by two stages.
template <class T>
auto two_stage_pairs(test::HostMatrix const& a, EigenRange const& range, std::int64_t padding)
{
  using Scalar = typename T::Scalar;
  using ExecSpace = typename T::ExecSpace;
  return eigenpairs<Scalar, ExecSpace>(
      ExecSpace(), test::to_space<Scalar, ExecSpace>(a, padding),
      [&](CountBelow<Scalar> const&) { return range; }, TridiagonalForm::two_stage);
}

TYPED_TEST(TwoStage, PairsAreRightAtAwkwardOrders)
{
  for (std::int64_t const n : awkward_orders())
    for (EigenRange const& range : {EigenRange{0, n}, EigenRange{0, n / 10}, EigenRange{n / 2, n},
                                    EigenRange{n / 3, n / 3}}) {
      SCOPED_TRACE("n = " + std::to_string(n) + ", " + std::to_string(range.size()) + " vectors");
      auto const a = test::random_symmetric(n, 3, -0.3);
      expect_pairs<TypeParam>(a, two_stage_pairs<TypeParam>(a, range, n % 3));
    }
}

TYPED_TEST(TwoStage, PairsOfClustersAndOfGradedSpectraAreRight)
{
  std::int64_t const n = 150;
  std::vector<double> cluster;
  std::vector<double> graded;
  for (std::int64_t k = 0; k < n; ++k) {
    cluster.push_back(k % 3 == 0 ? -1.0 : 2.0 + 1e-14 * static_cast<double>(k));
    graded.push_back((k % 2 == 0 ? -1 : 1) * std::pow(10.0, -0.1 * static_cast<double>(k)));
  }
  std::vector<double> const zeros(static_cast<std::size_t>(n), 0.0);
  for (auto const& values : {cluster, graded, zeros}) {
    auto const a = with_spectrum(values);
    auto const pairs = two_stage_pairs<TypeParam>(a, {0, n}, 0);
    expect_pairs<TypeParam>(a, pairs);
    auto sorted = values;
    std::sort(sorted.begin(), sorted.end());
    for (std::size_t k = 0; k < sorted.size(); ++k)
      EXPECT_NEAR(pairs.values[k], sorted[k], 200 * TypeParam::epsilon);
    expect_pairs<TypeParam>(a, two_stage_pairs<TypeParam>(a, {0, n / 3}, 0));
  }
}

// Powers of two far from 1: nothing over- or underflows on the way.
TYPED_TEST(TwoStage, ScalesWithItsInput)
{
  using Scalar = typename TypeParam::Scalar;
  std::int64_t const n = 2 * b + 5;
  int const exponent = std::is_same_v<Scalar, double> ? 400 : 40;
  auto const a = test::random_symmetric(n, 8, -0.4);
  auto const plain = two_stage_pairs<TypeParam>(a, {0, 3}, 0);
  for (int const sign : {-1, 1}) {
    auto scaled = a;
    for (double& x : scaled.values) x = std::ldexp(x, sign * exponent);
    auto const found = two_stage_pairs<TypeParam>(scaled, {0, 3}, 0);
    for (std::size_t k = 0; k < 3; ++k)
      EXPECT_NEAR(std::ldexp(static_cast<double>(found.values[k]), -sign * exponent),
                  plain.values[k], 50 * TypeParam::epsilon);
  }
}

TYPED_TEST(TwoStage, CountsEigenvaluesLikeOneStage)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const n = 200;
  auto const a = test::random_symmetric(n, 9, -0.7);
  auto const count = [&](TridiagonalForm form) {
    std::vector<std::int64_t> counts;
    eigenpairs<Scalar, ExecSpace>(
        ExecSpace(), test::to_space<Scalar, ExecSpace>(a),
        [&](CountBelow<Scalar> const& below) {
          for (int k = -10; k < 40; ++k) counts.push_back(below(static_cast<Scalar>(0.0931 * k)));
          return EigenRange{0, 0};
        },
        form);
    return counts;
  };
  EXPECT_EQ(count(TridiagonalForm::two_stage), count(TridiagonalForm::one_stage));
}

TYPED_TEST(TwoStage, RotatesPointsAsItRotatedTheMatrix)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : awkward_orders()) {
    auto const a = test::random_symmetric(n, 5, 0.1);
    auto const c = test::random_matrix(n, 4, 6);
    auto const a_space = test::to_space<Scalar, ExecSpace>(a, 1);
    auto const c_space = test::to_space<Scalar, ExecSpace>(c, 2);
    ExecSpace const space;
    auto const t = tridiagonalize<Scalar, ExecSpace>(space, a_space, TridiagonalForm::two_stage);
    EXPECT_EQ(t.form,
              is_host_space<ExecSpace> ? TridiagonalForm::two_stage : TridiagonalForm::one_stage);
    apply_q_transposed<Scalar, ExecSpace>(space, a_space, t, c_space);
    auto const d = test::to_vector(t.diagonal);
    auto const e = test::to_vector(t.off_diagonal);
    auto const y = test::to_host(c_space);
    auto const expected = test::product(test::transposed(c), test::product(a, c));
    for (std::int64_t p = 0; p < 4; ++p)
      for (std::int64_t q = 0; q < 4; ++q) {
        double sum = 0;
        for (std::int64_t i = 0; i < n; ++i) {
          auto const k = static_cast<std::size_t>(i);
          sum += d[k] * y(i, p) * y(i, q);
          if (i > 0) sum += e[k - 1] * (y(i, p) * y(i - 1, q) + y(i - 1, p) * y(i, q));
        }
        EXPECT_NEAR(sum, expected(p, q), 50 * TypeParam::epsilon * static_cast<double>(n + 1))
            << "n = " << n;
      }
  }
}

template <class T>
class BandReduction : public ::testing::Test {
};
TYPED_TEST_SUITE(BandReduction, test::ScalarsAndSpaces);

template <class Scalar>
std::vector<Scalar> identity(int n)
{
  std::vector<Scalar> q(static_cast<std::size_t>(n) * static_cast<std::size_t>(n), Scalar(0));
  for (int i = 0; i < n; ++i) q[static_cast<std::size_t>(i) * static_cast<std::size_t>(n + 1)] = 1;
  return q;
}

template <class Scalar>
test::HostMatrix as_matrix(std::vector<Scalar> const& values, int n)
{
  test::HostMatrix a(n, n);
  std::copy(values.begin(), values.end(), a.values.begin());
  return a;
}

// A = Q1 B Q1^T and B = Q2 T Q2^T, with Q1 and Q2 written out.
TYPED_TEST(BandReduction, BothStagesMultiplyBackToTheirInput)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  if constexpr (is_host_space<ExecSpace>) {
    for (std::int64_t const order : {std::int64_t{3}, b + 1, b + 2, 2 * b + 1, std::int64_t{200}}) {
      auto const n = static_cast<int>(order);
      double const tolerance = 20 * static_cast<double>(n) * TypeParam::epsilon;
      auto const a = test::random_symmetric(n, 11, 0.0);
      std::vector<Scalar> work(a.values.begin(), a.values.end());
      std::vector<Scalar> t(static_cast<std::size_t>(n * band_width));
      reduce_to_band(n, work.data(), n, t.data());
      test::HostMatrix band(n, n);
      for (int j = 0; j < n; ++j)
        for (int i = j; i < std::min(n, j + band_width + 1); ++i)
          band(i, j) = band(j, i) = work[static_cast<std::size_t>(i + j * n)];
      auto q1 = identity<Scalar>(n);
      apply_band_reflectors('N', n, n, work.data(), n, t.data(), q1.data(), n);
      auto const q = as_matrix(q1, n);
      EXPECT_LE(
          test::largest_difference(test::product(q, test::product(band, test::transposed(q))), a),
          tolerance)
          << "n = " << n;

      std::vector<Scalar> d(static_cast<std::size_t>(n));
      std::vector<Scalar> e(static_cast<std::size_t>(n - 1));
      chase_bulges(ExecSpace(), n, work.data(), n, d.data(), e.data());
      test::HostMatrix tridiagonal(n, n);
      for (int i = 0; i < n; ++i) tridiagonal(i, i) = d[static_cast<std::size_t>(i)];
      for (int i = 0; i + 1 < n; ++i)
        tridiagonal(i + 1, i) = tridiagonal(i, i + 1) = e[static_cast<std::size_t>(i)];
      auto q2 = identity<Scalar>(n);
      apply_chase_reflectors(ExecSpace(), 'N', n, n, work.data(), n, q2.data(), n);
      auto const p = as_matrix(q2, n);
      EXPECT_LE(test::largest_difference(
                    test::product(p, test::product(tridiagonal, test::transposed(p))), band),
                tolerance)
          << "n = " << n;
    }
  }
}

}  // namespace
}  // namespace kovar::linalg
