// SPDX-License-Identifier: BSD-3-Clause
#include "support/sparse_cases.hpp"

#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/linalg/sparse_cholesky.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::linalg {
namespace {

#ifdef KOVAR_ENABLE_EIGEN

using List = std::vector<double>;

/// Symmetric, with runs of entries; the diagonal dominates.
test::HostMatrix definite(std::int64_t n, std::uint64_t seed)
{
  auto const half = test::matrix_of_runs(n, n, 3, seed);
  test::HostMatrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < i; ++j) a(i, j) = a(j, i) = half(i, j);
  for (std::int64_t i = 0; i < n; ++i) {
    a(i, i) = 1;
    for (std::int64_t j = 0; j < n; ++j) a(i, i) += j == i ? 0 : std::fabs(a(i, j));
  }
  return a;
}

List diagonal_of(test::HostMatrix const& a)
{
  List d;
  for (std::int64_t i = 0; i < a.n_rows; ++i) d.push_back(a(i, i));
  return d;
}

List product(test::HostMatrix const& a, List const& x)
{
  List y(x.size(), 0.0);
  for (std::int64_t i = 0; i < a.n_rows; ++i)
    for (std::int64_t j = 0; j < a.n_rows; ++j)
      y[static_cast<std::size_t>(i)] += a(i, j) * x[static_cast<std::size_t>(j)];
  return y;
}

/// A chain: every factor of it in order has 2 n - 1 entries.
test::HostMatrix chain(std::int64_t n)
{
  test::HostMatrix a(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    a(i, i) = 2.5;
    if (i > 0) a(i, i - 1) = a(i - 1, i) = -1;
  }
  return a;
}

TEST(SparseCholesky, Solves)
{
  for (std::int64_t const n : {1, 2, 17, 150}) {
    auto const a = definite(n, 3);
    SparseCholesky factor(upper_half(test::sparse(a)), SparseFactor::complete);
    EXPECT_EQ(factor.size(), n);
    EXPECT_EQ(factor.factor(diagonal_of(a)), 0);
    auto const expected = test::random_matrix(n, 1, 7).values;
    auto x = product(a, expected);
    factor.solve(x.data(), x.data());
    for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-13) << n;
  }
}

TEST(SparseCholesky, TakesAnotherDiagonal)
{
  auto a = definite(30, 3);
  SparseCholesky factor(upper_half(test::sparse(a)), SparseFactor::complete);
  factor.factor(diagonal_of(a));
  for (std::int64_t i = 0; i < 30; ++i) a(i, i) += static_cast<double>(i);
  factor.factor(diagonal_of(a));
  auto const expected = test::random_matrix(30, 1, 7).values;
  auto const b = product(a, expected);
  List x(30);
  factor.solve(b.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-13);
}

// A star in the worst order: its hub first would fill everything. And a full matrix.
TEST(SparseCholesky, KnowsWhatAFactorCosts)
{
  std::int64_t const n = 50;
  auto const cost_of = [](test::HostMatrix const& a) {
    SparseCholesky factor(upper_half(test::sparse(a)), SparseFactor::complete);
    factor.factor(diagonal_of(a));
    EXPECT_EQ(factor.n_entries(), factor.cost().n_entries);
    return factor.cost();
  };
  test::HostMatrix star(n, n);
  test::HostMatrix full(n, n);
  for (std::int64_t i = 0; i < n; ++i) {
    star(i, i) = 100;
    if (i > 0) star(0, i) = star(i, 0) = 1;
    for (std::int64_t j = 0; j < n; ++j) full(i, j) = i == j ? 100 : 1;
  }
  EXPECT_EQ(cost_of(star).n_entries, 2 * n - 1);
  EXPECT_EQ(cost_of(star).n_flops, 4 * (n - 1) + 1);
  EXPECT_EQ(cost_of(chain(n)).n_entries, 2 * n - 1);
  EXPECT_EQ(cost_of(full).n_entries, n * (n + 1) / 2);
}

TEST(SparseCholesky, ShiftsWhatIsNotDefinite)
{
  auto a = chain(20);
  SparseCholesky factor(upper_half(test::sparse(a)), SparseFactor::complete);
  // The least eigenvalue of the chain is its diagonal less almost 2.
  EXPECT_EQ(factor.factor(List(20, 2)), 0);
  EXPECT_EQ(factor.factor(List(20, 1.9)), 0.1);
  EXPECT_EQ(factor.factor(List(20, 0)), 10);
  double const shift = factor.factor(List(20, -1));
  EXPECT_EQ(shift, 10);
  for (std::int64_t i = 0; i < 20; ++i) a(i, i) = -1 + shift;
  auto const expected = test::random_matrix(20, 1, 7).values;
  auto x = product(a, expected);
  factor.solve(x.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-14);
}

// Without fill an incomplete factor is the factor.
TEST(SparseCholesky, HasAnIncompleteFactorThatSolvesAboutTheSame)
{
  auto const a = chain(40);
  SparseCholesky exact(upper_half(test::sparse(a)), SparseFactor::incomplete);
  EXPECT_EQ(exact.factor(diagonal_of(a)), 0);
  EXPECT_EQ(exact.n_entries(), 79);
  auto const expected = test::random_matrix(40, 1, 7).values;
  auto x = product(a, expected);
  exact.solve(x.data(), x.data());
  for (std::size_t i = 0; i < x.size(); ++i) EXPECT_NEAR(x[i], expected[i], 1e-13);

  auto const b = definite(60, 5);
  SparseCholesky rough(upper_half(test::sparse(b)), SparseFactor::incomplete);
  EXPECT_EQ(rough.factor(diagonal_of(b)), 0);
  EXPECT_LT(rough.n_entries(), rough.cost().n_entries);
  auto const truth = test::random_matrix(60, 1, 7).values;
  auto y = product(b, truth);
  rough.solve(y.data(), y.data());
  double error = 0;
  double length = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    error += (y[i] - truth[i]) * (y[i] - truth[i]);
    length += truth[i] * truth[i];
  }
  EXPECT_LT(error, 0.1 * length);
}

TEST(SparseCholesky, TakesMatricesWithoutRowsAndWithoutEntries)
{
  SparseCholesky none(HostSymmetricMatrix{}, SparseFactor::complete);
  EXPECT_EQ(none.size(), 0);
  EXPECT_EQ(none.factor({}), 0);
  none.solve(nullptr, nullptr);
  SparseCholesky empty(upper_half(test::sparse(test::HostMatrix(3, 3))), SparseFactor::complete);
  EXPECT_EQ(empty.factor({1, 4, 2}), 0);
  List x = {1, 4, 4};
  empty.solve(x.data(), x.data());
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(x[i], i < 2 ? 1 : 2, 1e-15);
}

template <class Work>
std::string refusal(Work const& work)
{
  try {
    work();
  } catch (InputError const& error) {
    return error.what();
  }
  return "";
}

TEST(SparseCholesky, RefusesWhatIsNotFiniteAndOtherLengths)
{
  auto a = chain(3);
  SparseCholesky factor(upper_half(test::sparse(a)), SparseFactor::complete);
  EXPECT_EQ(refusal([&] {
              factor.factor({1, 2});
            }),
            "sparse Cholesky: the diagonal has 2 entries for 3 rows (one each is needed)");
  double const nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(refusal([&] {
              factor.factor({1, nan, 2});
            }),
            "sparse Cholesky: the diagonal is nan in row 1 (only finite ones can be factored)");
  a(1, 2) = HUGE_VAL;
  EXPECT_EQ(refusal([&] { SparseCholesky(upper_half(test::sparse(a)), SparseFactor::complete); }),
            "sparse Cholesky: the matrix has inf at row 1, column 2 (only finite ones can be "
            "factored)");
}

#else

TEST(SparseCholesky, SaysHowToGetEigen)
{
  try {
    SparseCholesky(HostSymmetricMatrix{}, SparseFactor::complete);
    FAIL() << "no error";
  } catch (InputError const& error) {
    EXPECT_STREQ(error.what(),
                 "sparse Cholesky: this kovar was built without Eigen (KOVAR_ENABLE_EIGEN=OFF); "
                 "build it with -DKOVAR_ENABLE_EIGEN=ON, or precondition by the diagonal");
  }
}

#endif

}  // namespace
}  // namespace kovar::linalg
