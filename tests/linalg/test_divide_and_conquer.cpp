// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"

#include <kovar/core/error.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/divide_and_conquer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

// Pairs of tridiagonal matrices against their definition and against LAPACK's values.
namespace kovar::linalg {
namespace {

template <class T>
class DivideAndConquer : public ::testing::Test {
};
TYPED_TEST_SUITE(DivideAndConquer, test::ScalarsAndSpaces);

struct Matrix {
  std::string name;
  std::vector<double> d;
  std::vector<double> e;
};

std::vector<double> uniform(std::size_t n, unsigned seed)
{
  std::mt19937 bits(seed);
  std::vector<double> v(n);
  for (double& x : v) x = std::uniform_real_distribution<double>(-1, 1)(bits);
  return v;
}

Matrix random_matrix(std::size_t n) { return {"random", uniform(n, 1), uniform(n - 1, 2)}; }

/// Wilkinson's matrix: pairs of eigenvalues that agree to rounding.
Matrix wilkinson(std::size_t n)
{
  std::vector<double> d(n);
  for (std::size_t i = 0; i < n; ++i)
    d[i] = std::fabs(static_cast<double>(i) - static_cast<double>(n - 1) / 2);
  return {"Wilkinson", d, std::vector<double>(n - 1, 1.0)};
}

/// Copies of Wilkinson's matrix of order 21, tied by small numbers: clusters of eigenvalues.
Matrix glued_wilkinson(std::size_t n, double glue)
{
  Matrix whole = {"glued Wilkinson", {}, {}};
  auto const one = wilkinson(21);
  for (std::size_t i = 0; i < n; ++i) {
    whole.d.push_back(one.d[i % 21]);
    if (i + 1 < n) whole.e.push_back(i % 21 == 20 ? glue : 1.0);
  }
  return whole;
}

Matrix graded(std::size_t n)
{
  Matrix a = {"graded", std::vector<double>(n), std::vector<double>(n - 1)};
  for (std::size_t i = 0; i < n; ++i) a.d[i] = std::pow(0.8, static_cast<double>(i));
  for (std::size_t i = 0; i + 1 < n; ++i) a.e[i] = -0.3 * a.d[i];
  return a;
}

/// Orders up to, at and beyond a leaf (64), where halves differ, and with several levels.
std::vector<Matrix> awkward_matrices()
{
  std::vector<Matrix> all;
  for (std::size_t const n : {1, 2, 3, 63, 64, 65, 66, 129, 131, 300})
    all.push_back(random_matrix(n));
  for (std::size_t const n : {65, 200}) {
    all.push_back(wilkinson(n));
    all.push_back(glued_wilkinson(n, 1e-6));
    all.push_back(glued_wilkinson(n, 1e-14));
    all.push_back(graded(n));
    all.push_back(
        {"second difference", std::vector<double>(n, 2.0), std::vector<double>(n - 1, -1.0)});
    all.push_back({"diagonal", uniform(n, 3), std::vector<double>(n - 1, 0.0)});
    all.push_back({"identity", std::vector<double>(n, 1.0), std::vector<double>(n - 1, 0.0)});
    all.push_back({"zero", std::vector<double>(n, 0.0), std::vector<double>(n - 1, 0.0)});
    all.push_back({"zero diagonal", std::vector<double>(n, 0.0), uniform(n - 1, 4)});
    auto torn = random_matrix(n);
    torn.name = "torn";
    torn.e[n / 2 - 1] = 0;
    all.push_back(torn);
    auto low_rank = random_matrix(n);
    low_rank.name = "low rank";
    std::fill(low_rank.d.begin() + 20, low_rank.d.end(), 1e-17);
    std::fill(low_rank.e.begin() + 20, low_rank.e.end(), 1e-18);
    all.push_back(low_rank);
  }
  return all;
}

template <class Scalar>
std::vector<Scalar> rounded(std::vector<double> const& v, double factor = 1)
{
  std::vector<Scalar> result;
  for (double const x : v) result.push_back(static_cast<Scalar>(factor * x));
  return result;
}

/// |T V - V W| and |V^T V - I| entrywise, relative to the norm (at most 3 times the largest entry).
template <class Scalar>
void expect_pairs(std::vector<Scalar> const& d, std::vector<Scalar> const& e,
                  std::vector<Scalar> const& w, std::vector<Scalar> const& v, double tolerance)
{
  std::size_t const n = d.size();
  double norm = 0;
  for (double const x : d) norm = std::max(norm, 3 * std::fabs(x));
  for (double const x : e) norm = std::max(norm, 3 * std::fabs(x));
  ASSERT_EQ(v.size(), n * w.size());
  EXPECT_TRUE(std::is_sorted(w.begin(), w.end()));
  double residual = 0;
  double overlap = 0;
  for (std::size_t k = 0; k < w.size(); ++k) {
    Scalar const* const x = v.data() + k * n;
    for (std::size_t i = 0; i < n; ++i) {
      double sum = (static_cast<double>(d[i]) - w[k]) * x[i];
      if (i > 0) sum += static_cast<double>(e[i - 1]) * x[i - 1];
      if (i + 1 < n) sum += static_cast<double>(e[i]) * x[i + 1];
      residual = std::max(residual, std::fabs(sum));
    }
    for (std::size_t l = 0; l <= k; ++l) {
      double sum = k == l ? -1 : 0;
      for (std::size_t i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * v[i + l * n];
      overlap = std::max(overlap, std::fabs(sum));
    }
  }
  EXPECT_LE(residual, tolerance * norm);
  EXPECT_LE(overlap, tolerance);
}

TYPED_TEST(DivideAndConquer, AllPairsOfAwkwardMatricesAreRight)
{
  using Scalar = typename TypeParam::Scalar;
  for (Matrix const& a : awkward_matrices()) {
    std::size_t const n = a.d.size();
    SCOPED_TRACE(a.name + ", n = " + std::to_string(n));
    auto const d = rounded<Scalar>(a.d);
    auto const e = rounded<Scalar>(a.e);
    std::vector<Scalar> v(n * n, std::numeric_limits<Scalar>::quiet_NaN());
    auto const w = tridiagonal_pairs(host_instance(typename TypeParam::ExecSpace()), d, e,
                                     {0, static_cast<std::int64_t>(n)}, v.data());
    // Order 1 to 300: the error grows like the root of the order, a unit is 1.2 n eps at most.
    double const tolerance = 20 * std::sqrt(static_cast<double>(n)) * TypeParam::epsilon;
    expect_pairs(d, e, w, v, tolerance);
    auto expected = rounded<double>({d.begin(), d.end()});
    auto off = rounded<double>({e.begin(), e.end()});
    off.resize(n);
    ASSERT_EQ(backend::host::sterf(static_cast<int>(n), expected.data(), off.data()), 0);
    for (std::size_t k = 0; k < n; ++k) EXPECT_NEAR(w[k], expected[k], 20 * tolerance);
  }
}

TYPED_TEST(DivideAndConquer, APartOfTheSpectrumIsThePartOfTheWhole)
{
  using Scalar = typename TypeParam::Scalar;
  auto const space = host_instance(typename TypeParam::ExecSpace());
  for (Matrix const& a : {random_matrix(65), random_matrix(301), glued_wilkinson(190, 1e-9)}) {
    auto const n = static_cast<std::int64_t>(a.d.size());
    auto const d = rounded<Scalar>(a.d);
    auto const e = rounded<Scalar>(a.e);
    std::vector<Scalar> all(static_cast<std::size_t>(n * n));
    auto const values = tridiagonal_pairs(space, d, e, {0, n}, all.data());
    for (EigenRange const& range : {EigenRange{0, 0}, EigenRange{0, 1}, EigenRange{n - 1, n},
                                    EigenRange{n / 3, n / 2}, EigenRange{5, n}}) {
      auto const size = static_cast<std::size_t>(n * range.size());
      std::vector<Scalar> v(size + 1, Scalar(7));
      auto const w = tridiagonal_pairs(space, d, e, range, v.data());
      EXPECT_EQ(v.back(), Scalar(7)) << "written past the end";
      v.pop_back();
      // The same operations, but for the widths of products.
      EXPECT_EQ(w, std::vector<Scalar>(values.begin() + range.first, values.begin() + range.last));
      for (std::size_t i = 0; i < size; ++i)
        EXPECT_NEAR(v[i], all[static_cast<std::size_t>(range.first * n) + i],
                    10 * TypeParam::epsilon);
    }
  }
}

TYPED_TEST(DivideAndConquer, ScalesWithItsInput)
{
  using Scalar = typename TypeParam::Scalar;
  auto const space = host_instance(typename TypeParam::ExecSpace());
  auto const a = random_matrix(100);
  std::vector<Scalar> v(100 * 100);
  auto const plain =
      tridiagonal_pairs(space, rounded<Scalar>(a.d), rounded<Scalar>(a.e), {0, 100}, v.data());
  int const exponent = std::is_same_v<Scalar, double> ? 990 : 110;
  for (int const sign : {-1, 1}) {
    double const factor = std::ldexp(1.0, sign * exponent);
    std::vector<Scalar> u(v.size());
    auto const scaled = tridiagonal_pairs(space, rounded<Scalar>(a.d, factor),
                                          rounded<Scalar>(a.e, factor), {0, 100}, u.data());
    // Tiny entries of the small matrix lose bits.
    for (std::size_t k = 0; k < 100; ++k)
      EXPECT_NEAR(std::ldexp(static_cast<double>(scaled[k]), -sign * exponent), plain[k],
                  200 * TypeParam::epsilon);
    EXPECT_NEAR(std::fabs(u[3]), std::fabs(v[3]), 1000 * TypeParam::epsilon);
  }
}

TYPED_TEST(DivideAndConquer, RefusesAForeignRangeAndEntriesThatAreNotFinite)
{
  using Scalar = typename TypeParam::Scalar;
  auto const space = host_instance(typename TypeParam::ExecSpace());
  std::vector<Scalar> d(100, Scalar(1));
  std::vector<Scalar> e(99, Scalar(1));
  std::vector<Scalar> v(100 * 100);
  auto const message = [&](EigenRange const& range) {
    try {
      tridiagonal_pairs(space, d, e, range, v.data());
    } catch (InputError const& error) {
      return std::string(error.what());
    }
    return std::string("no error");
  };
  EXPECT_EQ(
      message({3, 101}),
      "tridiagonal_pairs: pairs 3 to 101 of a matrix of order 100 (the range must lie within)");
  EXPECT_EQ(message({5, 3}),
            "tridiagonal_pairs: pairs 5 to 3 of a matrix of order 100 (the range must lie within)");
  for (double const x : {std::nan(""), double(INFINITY)}) {
    e[70] = static_cast<Scalar>(x);
    EXPECT_EQ(message({0, 100}), "tridiagonal_pairs: off-diagonal 70 is not finite");
    e[70] = 1;
    d[99] = static_cast<Scalar>(x);
    EXPECT_EQ(message({0, 100}), "tridiagonal_pairs: diagonal entry 99 is not finite");
    d[99] = 1;
  }
}

}  // namespace
}  // namespace kovar::linalg
