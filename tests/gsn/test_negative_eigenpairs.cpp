// SPDX-License-Identifier: BSD-3-Clause
// Negative eigenpairs of a diagonal plus a factor against the eigenpairs of the full matrix; on 1 to 4 ranks.
#include "gsn/factored_cases.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/factored_resolvent.hpp>
#include <kovar/gsn/negative_eigenpairs.hpp>
#include <kovar/linalg/eigen.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

template <class ExecSpace>
class NegativeEigenpairs : public ::testing::Test {
 protected:
  /// Diag(d) + F Diag(w) F^T.
  struct Case {
    std::vector<double> d;
    HostMatrix f;
    std::vector<double> w;
  };

  /// d spreads over decades; more and larger negative weights than positive ones.
  static Case spread(std::int64_t n, std::int64_t n_positive, std::int64_t n_negative,
                     std::uint64_t seed)
  {
    Case c = {{}, test::random_matrix(n, n_positive + n_negative, seed), {}};
    for (std::int64_t i = 0; i < n; ++i)
      c.d.push_back(0.05 * std::pow(200, static_cast<double>(i % 11) / 10));
    for (std::int64_t k = 0; k < n_positive + n_negative; ++k)
      c.w.push_back(k < n_positive ? 0.3 : -0.1 * static_cast<double>(1 + k % 4));
    return c;
  }

  static std::int64_t n_negative_weights(Case const& c)
  {
    return std::count_if(c.w.begin(), c.w.end(), [](double w) { return w < 0; });
  }

  /// What is found equals the negative part of the full matrix, in norm and within its own bound.
  static NegativePairs<ExecSpace> expect_negative_part(Case const& c,
                                                       std::int64_t* n_found = nullptr)
  {
    auto const comm = dist::Communicator::world();
    ExecSpace const space;
    HostMatrix const full = test::dense_of(c.d, c.f, c.w);
    auto const all =
        linalg::eigenpairs<double, ExecSpace>(space, test::to_space<double, ExecSpace>(full));
    auto const vectors = test::to_host(all.vectors);
    std::vector<double> negative(all.values.size(), 0.0);
    std::int64_t n_negative = 0;
    double const norm = std::max(-all.values.front(), all.values.back());
    for (std::size_t k = 0; k < all.values.size(); ++k)
      if (all.values[k] < -1e-12 * norm) {
        negative[k] = all.values[k];
        ++n_negative;
      }
    HostMatrix const expected =
        test::dense_of(std::vector<double>(c.d.size(), 0.0), vectors, negative);

    auto const a = test::factored_of<ExecSpace>(comm, c.d, c.f, c.w);
    Matrix<double, ExecSpace> const v("test::v", a.diagonal.extent(0), n_negative_weights(c));
    auto const pairs = negative_eigenpairs(space, comm, a, v);
    EXPECT_TRUE(pairs.is_complete);
    EXPECT_TRUE(pairs.converged);
    EXPECT_EQ(static_cast<std::int64_t>(pairs.values.size()), n_negative);
    EXPECT_GE(pairs.norm, norm * (1 - 1e-12));
    FactoredMatrix<ExecSpace> part;
    part.n_units = a.n_units;
    part.diagonal = Vector<double, ExecSpace>("test::zeros", a.diagonal.extent(0));
    part.factor = pairs.vectors;
    part.weights = pairs.values;
    HostMatrix const found = test::whole(comm, part);
    // Eigenpairs of the full matrix carry n eps of its norm themselves.
    auto const n = static_cast<double>(c.d.size());
    EXPECT_LE(test::largest_difference(found, expected), pairs.error_bound + 1e-14 * n * norm);
    EXPECT_LE(pairs.residual, 1e-12 * pairs.norm);
    if (n_found != nullptr) *n_found = n_negative;
    return pairs;
  }
};
TYPED_TEST_SUITE(NegativeEigenpairs, test::ExecSpaces);

TYPED_TEST(NegativeEigenpairs, EqualTheFullMatrixs)
{
  std::int64_t n_found = 0;
  for (std::int64_t const n : {60, 160}) {
    this->expect_negative_part(this->spread(n, 0, 5, 1), &n_found);
    EXPECT_GT(n_found, 0);
    this->expect_negative_part(this->spread(n, 7, 20, 2), &n_found);
    EXPECT_GT(n_found, 0);
    this->expect_negative_part(this->spread(n, 20, 1, 3), &n_found);
  }
}

// As many weights as units and more: some of the negative directions stay above zero.
TYPED_TEST(NegativeEigenpairs, AreFoundAmongManyWeights)
{
  auto c = this->spread(40, 25, 40, 4);
  for (double& d : c.d) d *= 20;
  std::int64_t n_found = 0;
  this->expect_negative_part(c, &n_found);
  EXPECT_GT(n_found, 2);
  EXPECT_LT(n_found, 38);
}

TYPED_TEST(NegativeEigenpairs, AreNoneOfASemidefiniteMatrix)
{
  auto c = this->spread(30, 4, 6, 5);
  for (double& d : c.d) d += 1000;
  auto const pairs = this->expect_negative_part(c);
  EXPECT_EQ(pairs.values.size(), 0U);
  EXPECT_EQ(pairs.work.n_steps, 0);
  this->expect_negative_part(this->spread(30, 4, 0, 5));
  this->expect_negative_part(this->spread(30, 0, 0, 5));
}

// No gap above zero: the diagonal has zeros, or nothing else.
TYPED_TEST(NegativeEigenpairs, AreFoundNextToZeros)
{
  std::int64_t n_found = 0;
  auto c = this->spread(50, 6, 9, 6);
  for (std::size_t i = 0; i < c.d.size(); i += 3) c.d[i] = 0;
  this->expect_negative_part(c, &n_found);
  EXPECT_GT(n_found, 0);
  for (double& d : c.d) d = 0;
  this->expect_negative_part(c, &n_found);
  EXPECT_EQ(n_found, 9);
}

// Columns of weight zero, equal columns and columns of zeros leave fewer directions than columns.
TYPED_TEST(NegativeEigenpairs, AreFoundFromDependentColumns)
{
  auto c = this->spread(50, 5, 12, 7);
  c.w[2] = 0;
  c.w[9] = 0;
  for (std::int64_t i = 0; i < 50; ++i) {
    c.f(i, 11) = c.f(i, 12);
    c.f(i, 14) = 0;
  }
  std::int64_t n_found = 0;
  this->expect_negative_part(c, &n_found);
  EXPECT_GT(n_found, 0);
}

// Units of a large scale beside units of a small one.
TYPED_TEST(NegativeEigenpairs, AreFoundAcrossScales)
{
  auto c = this->spread(60, 6, 10, 8);
  for (std::int64_t i = 0; i < 60; i += 2) {
    for (std::int64_t k = 0; k < 16; ++k) c.f(i, k) *= 1e-4;
    c.d[static_cast<std::size_t>(i)] *= 1e-8;
  }
  std::int64_t n_found = 0;
  this->expect_negative_part(c, &n_found);
  EXPECT_GT(n_found, 0);
}

// Inertia and products against the full matrix.
TYPED_TEST(NegativeEigenpairs, RestOnTheResolvent)
{
  auto const comm = dist::Communicator::world();
  TypeParam const space;
  auto const c = this->spread(30, 4, 7, 9);
  HostMatrix const full = test::dense_of(c.d, c.f, c.w);
  auto const values =
      linalg::eigenpairs<double, TypeParam>(space, test::to_space<double, TypeParam>(full)).values;
  auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
  FactoredResolvent<TypeParam> const resolvent(space, comm, a);
  EXPECT_EQ(resolvent.n_negative_weights(), 7);
  for (double const x : {-100.0, -3.0, -0.5, 0.0, 0.04})
    EXPECT_EQ(resolvent.count_below(x),
              std::count_if(values.begin(), values.end(), [&](double v) { return v < x; }))
        << x;

  HostMatrix const x = test::random_matrix(30, 2, 10);
  auto const product =
      resolvent.product(test::to_space<double, TypeParam>(test::local_rows(comm, x)));
  EXPECT_LE(test::largest_difference(test::to_host(product),
                                     test::local_rows(comm, test::product(full, x))),
            1e-11);
}

TYPED_TEST(NegativeEigenpairs, AreRefusedOfOtherMatrices)
{
  auto const comm = dist::Communicator::world();
  auto c = this->spread(12, 2, 3, 11);
  auto const message = [&](std::int64_t n_columns) {
    auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
    try {
      negative_eigenpairs(TypeParam(), comm, a,
                          Matrix<double, TypeParam>("test::v", a.diagonal.extent(0), n_columns));
    } catch (InputError const& e) {
      return std::string(e.what());
    }
    return std::string("no error");
  };
  EXPECT_NE(message(5).find("(one row per unit and one column per negative weight are needed"),
            std::string::npos)
      << message(5);
  c.d[11] = -0.25;
  EXPECT_EQ(message(3),
            "negative_eigenpairs: the diagonal has an entry of -0.25 (then as many eigenvalues may "
            "be negative as there are such units); give a diagonal without negative entries");
}

}  // namespace
}  // namespace kovar::gsn
