// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/eigen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace kovar::linalg {
namespace {

template <class T>
class Eigen : public ::testing::Test {
};
TYPED_TEST_SUITE(Eigen, test::ScalarsAndSpaces);

/// Largest |A v - w v| and |V^T V - I| of the pairs, and whether the values ascend.
template <class Scalar, class ExecSpace>
void expect_eigenpairs(test::HostMatrix const& a, Eigenpairs<Scalar, ExecSpace> const& pairs,
                       double tolerance)
{
  auto const v = test::to_host(pairs.vectors);
  ASSERT_EQ(v.n_cols, pairs.range.size());
  EXPECT_TRUE(std::is_sorted(pairs.values.begin(), pairs.values.end()));
  ASSERT_EQ(static_cast<std::int64_t>(pairs.values.size()), v.n_cols);
  auto residual = test::product(a, v);
  for (std::int64_t k = 0; k < v.n_cols; ++k)
    for (std::int64_t i = 0; i < v.n_rows; ++i)
      residual(i, k) -= pairs.values[static_cast<std::size_t>(k)] * v(i, k);
  auto overlap = test::product(test::transposed(v), v);
  for (std::int64_t k = 0; k < v.n_cols; ++k) overlap(k, k) -= 1;
  for (double const x : residual.values) EXPECT_LE(std::fabs(x), tolerance);
  for (double const x : overlap.values) EXPECT_LE(std::fabs(x), tolerance);
}

TYPED_TEST(Eigen, AllPairsHaveSmallResidualsAndAreOrthonormal)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  for (std::int64_t const n : {1, 2, 40, 131}) {
    auto const a = test::random_symmetric(n, 3, -0.3);
    auto const pairs =
        eigenpairs<Scalar, ExecSpace>(ExecSpace(), test::to_space<Scalar, ExecSpace>(a));
    ASSERT_EQ(static_cast<std::int64_t>(pairs.values.size()), n);
    // Norms are below 5: n eps times the norm, with room.
    expect_eigenpairs(a, pairs, 20 * static_cast<double>(n) * TypeParam::epsilon);
  }
}

// A small share is found by relatively robust representations, a large one by divide and conquer.
TYPED_TEST(Eigen, ChosenPairsAreThoseOfTheWholeSpectrum)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  std::int64_t const n = 60;
  auto const a = test::random_symmetric(n, 4, -0.5);
  auto const all =
      eigenpairs<Scalar, ExecSpace>(ExecSpace(), test::to_space<Scalar, ExecSpace>(a)).values;
  for (EigenRange const& wanted :
       {EigenRange{0, 0}, EigenRange{0, 4}, EigenRange{56, 60}, EigenRange{3, 50}}) {
    auto const pairs = eigenpairs<Scalar, ExecSpace>(
        ExecSpace(), test::to_space<Scalar, ExecSpace>(a),
        [&](CountBelow<Scalar> const& count_below) {
          EXPECT_EQ(count_below(-100), 0);
          EXPECT_EQ(count_below(100), 60);
          for (std::size_t k = 1; k < 60; ++k)
            EXPECT_EQ(count_below((all[k - 1] + all[k]) / 2), static_cast<std::int64_t>(k));
          return wanted;
        });
    for (std::int64_t k = wanted.first; k < wanted.last; ++k)
      EXPECT_NEAR(pairs.values[static_cast<std::size_t>(k - wanted.first)],
                  all[static_cast<std::size_t>(k)], 100 * TypeParam::epsilon);
    expect_eigenpairs(a, pairs, 20 * static_cast<double>(n) * TypeParam::epsilon);
  }
}

TYPED_TEST(Eigen, RepeatedEigenvaluesGiveAnOrthonormalBasis)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  // u u^T + I: one eigenvalue 1 + |u|^2, the others all 1.
  std::int64_t const n = 50;
  auto const u = test::random_matrix(n, 1, 6);
  auto a = test::product(u, test::transposed(u));
  double length = 1;
  for (std::int64_t i = 0; i < n; ++i) {
    a(i, i) += 1;
    length += u(i, 0) * u(i, 0);
  }
  auto const pairs =
      eigenpairs<Scalar, ExecSpace>(ExecSpace(), test::to_space<Scalar, ExecSpace>(a));
  EXPECT_NEAR(pairs.values.back(), length, 100 * length * TypeParam::epsilon);
  EXPECT_NEAR(pairs.values.front(), 1, 100 * length * TypeParam::epsilon);
  expect_eigenpairs(a, pairs, 50 * length * TypeParam::epsilon);
}

TYPED_TEST(Eigen, TridiagonalFormKeepsEigenvaluesAndRotatesPoints)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  std::int64_t const n = 33;
  auto const a = test::random_symmetric(n, 5, 0.1);
  auto const c = test::random_matrix(n, 4, 6);
  auto const a_space = test::to_space<Scalar, ExecSpace>(a);
  auto const c_space = test::to_space<Scalar, ExecSpace>(c);
  ExecSpace const space;

  auto const t = tridiagonalize<Scalar, ExecSpace>(space, a_space);
  apply_q_transposed<Scalar, ExecSpace>(space, a_space, t, c_space);

  // c^T A c = (Q^T c)^T T (Q^T c)
  auto const d = test::to_vector(t.diagonal);
  auto const e = test::to_vector(t.off_diagonal);
  auto const y = test::to_host(c_space);
  auto const expected = test::product(test::transposed(c), test::product(a, c));
  for (std::int64_t p = 0; p < 4; ++p) {
    double sum = 0;
    for (std::int64_t i = 0; i < n; ++i) {
      auto const k = static_cast<std::size_t>(i);
      sum += d[k] * y(i, p) * y(i, p);
      if (i > 0) sum += 2 * e[k - 1] * y(i, p) * y(i - 1, p);
    }
    EXPECT_NEAR(sum, expected(p, p), 1000 * TypeParam::epsilon * std::fabs(expected(p, p)));
  }
  auto const values = eigenvalues<Scalar, ExecSpace>(space, t);
  double trace = 0;
  double sum = 0;
  for (std::int64_t i = 0; i < n; ++i) trace += a(i, i);
  for (Scalar const value : values) sum += value;
  EXPECT_NEAR(sum, trace, 1000 * TypeParam::epsilon * trace);
}

// The workspace of LAPACK's divide and conquer would overflow 32-bit integers from n = 46,339 on; single
// vectors have no such bound. The matrix tridiag(-1, 2, -1) has the eigenvalues
// 2 - 2 cos(k pi / (n+1)).
TEST(LargeTridiagonal, PairsBeyondThe32BitWorkspaceAreFound)
{
  int const n = 50000;
  std::vector<double> d(static_cast<std::size_t>(n), 2.0);
  std::vector<double> e(static_cast<std::size_t>(n), -1.0);
  std::vector<double> w(static_cast<std::size_t>(n));
  std::vector<double> z(3 * static_cast<std::size_t>(n));
  ASSERT_EQ(backend::host::stemr(n, d.data(), e.data(), n - 3, n - 1, w.data(), z.data(), n), 0);
  for (int k = 0; k < 3; ++k) {
    double const expected = 2 - 2 * std::cos((n - 2 + k) * std::acos(-1.0) / (n + 1));
    EXPECT_NEAR(w[static_cast<std::size_t>(k)], expected, 1e-13);
  }
}

TYPED_TEST(Eigen, AnEmptyMatrixHasNoPairs)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  auto const pairs =
      eigenpairs<Scalar, ExecSpace>(ExecSpace(), Matrix<Scalar, ExecSpace>("a", 0, 0));
  EXPECT_TRUE(pairs.values.empty());
}

TYPED_TEST(Eigen, RefusesARectangle)
{
  using ExecSpace = typename TypeParam::ExecSpace;
  using Scalar = typename TypeParam::Scalar;
  try {
    eigenpairs<Scalar, ExecSpace>(ExecSpace(), Matrix<Scalar, ExecSpace>("a", 2, 3));
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(), "eigenpairs: 'a' is 2 x 3 (a square matrix is needed)");
  }
}

}  // namespace
}  // namespace kovar::linalg
