// SPDX-License-Identifier: BSD-3-Clause
#include "model_case.hpp"
#include "support/message_of.hpp"
#include "support/spectrum.hpp"
#include "support/typed.hpp"

#include <kovar/core/error.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

namespace kovar::spectral {
namespace {

using kovar::test::message_of;
using test::ModelCase;
using test::ModelResults;

ModelCase random_case(std::int64_t d, std::int64_t p, std::int64_t n, std::int64_t k,
                      std::uint64_t seed = 1)
{
  ModelCase c = {d, p, n, k, {}, {}, {}, {}};
  double const scale = 1 / (std::sqrt(static_cast<double>(d)) * static_cast<double>(p));
  for (std::int64_t j = 0; j < d; ++j)
    c.diagonal.push_back(d == 1 ? -1
                                : -1 + 2 * static_cast<double>(j) / static_cast<double>(d - 1));
  for (double const a : test::random_matrix(p, d * (d + 1) / 2, seed).values)
    c.coefficients.push_back(scale * a);
  c.x = test::random_matrix(n, p, seed + 1).values;
  c.upstream = test::random_matrix(n, 1, seed + 2).values;
  return c;
}

/// f of each sample by rotations in extended precision.
std::vector<double> plain_values(ModelCase const& c)
{
  std::vector<double> values;
  for (std::int64_t b = 0; b < c.n; ++b) {
    test::HostMatrix m(c.d, c.d);
    for (std::int64_t i = 0; i < c.d; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        double sum = i == j ? c.diagonal[static_cast<std::size_t>(i)] : 0;
        for (std::int64_t f = 0; f < c.p; ++f)
          sum += c.x[static_cast<std::size_t>(b * c.p + f)] *
                 c.coefficients[static_cast<std::size_t>(f * c.d * (c.d + 1) / 2 + i * (i + 1) / 2 +
                                                         j)];
        m(i, j) = sum;
      }
    values.push_back(
        test::jacobi_eigenvalues(m)[static_cast<std::size_t>(c.k < 0 ? c.k + c.d : c.k)]);
  }
  return values;
}

template <class T>
class EigenvalueModelTest : public ::testing::Test {
};
TYPED_TEST_SUITE(EigenvalueModelTest, test::ScalarsAndSpaces);

// Orders and features about the tiles and blocks, samples about the lanes and blocks.
TYPED_TEST(EigenvalueModelTest, ValuesAreThoseOfPlainLoops)
{
  using Scalar = typename TypeParam::Scalar;
  for (std::int64_t const d : {1, 2, 4, 7, 16, 17})
    for (std::int64_t const p : {1, 3, 8, 15, 17})
      for (std::int64_t const n : {1, 17}) {
        ModelCase const c = random_case(d, p, n, -1 - d / 3);
        auto const found = test::results_of<Scalar, typename TypeParam::ExecSpace>(c);
        auto const expected = plain_values(c);
        for (std::size_t b = 0; b < expected.size(); ++b)
          EXPECT_NEAR(found.values[b], expected[b], 40 * TypeParam::epsilon)
              << d << ", " << p << ", " << b;
        EXPECT_EQ(found.values, found.values_only);
      }
}

double weighted_sum(ModelCase const& c)
{
  auto const values = plain_values(c);
  double sum = 0;
  for (std::size_t b = 0; b < values.size(); ++b) sum += c.upstream[b] * values[b];
  return sum;
}

/// Of the weighted sum of values by one number of the case.
double difference(ModelCase const& c, std::vector<double> ModelCase::*list, std::size_t place)
{
  double const h = 1e-5;
  ModelCase above = c;
  ModelCase below = c;
  (above.*list)[place] += h;
  (below.*list)[place] -= h;
  return (weighted_sum(above) - weighted_sum(below)) / (2 * h);
}

TEST(EigenvalueModelGradients, AreThoseOfCentralDifferences)
{
  for (std::int64_t const k : {0, 2, 4}) {
    ModelCase const c = random_case(5, 3, 6, k, 11);
    auto const found = test::results_of<double, Kokkos::DefaultHostExecutionSpace>(c);
    // Step^2 over the cube of the smallest gap.
    for (std::size_t i = 0; i < c.diagonal.size(); ++i)
      EXPECT_NEAR(found.by_diagonal[i], difference(c, &ModelCase::diagonal, i), 1e-6) << i;
    for (std::size_t i = 0; i < c.coefficients.size(); ++i)
      EXPECT_NEAR(found.by_coefficients[i], difference(c, &ModelCase::coefficients, i), 1e-6) << i;
    for (std::size_t i = 0; i < c.x.size(); ++i)
      EXPECT_NEAR(found.by_x[i], difference(c, &ModelCase::x, i), 1e-6) << i;
  }
}

// More samples than a block has: sums over blocks.
TYPED_TEST(EigenvalueModelTest, GradientsOfManySamplesAreSumsOverThem)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const n = 600;
  for (std::int64_t const p : {8, 13}) {
    ModelCase const c = random_case(9, p, n, 4);
    auto const found = test::results_of<Scalar, ExecSpace>(c);
    std::vector<double> diagonal(9, 0.0);
    std::vector<double> coefficients(c.coefficients.size(), 0.0);
    for (std::int64_t b = 0; b < n; ++b) {
      double const g = c.upstream[static_cast<std::size_t>(b)];
      std::size_t entry = 0;
      for (std::int64_t i = 0; i < 9; ++i) {
        diagonal[static_cast<std::size_t>(i)] += g * found.vectors(b, i) * found.vectors(b, i);
        for (std::int64_t j = 0; j <= i; ++j, ++entry)
          for (std::int64_t f = 0; f < p; ++f)
            coefficients[static_cast<std::size_t>(f) * 45 + entry] +=
                (i == j ? 1 : 2) * g * c.x[static_cast<std::size_t>(b * p + f)] *
                found.vectors(b, i) * found.vectors(b, j);
      }
    }
    double const bound = 64 * TypeParam::epsilon * std::sqrt(static_cast<double>(n));
    for (std::size_t i = 0; i < diagonal.size(); ++i)
      EXPECT_NEAR(found.by_diagonal[i], diagonal[i], bound);
    for (std::size_t i = 0; i < coefficients.size(); ++i)
      EXPECT_NEAR(found.by_coefficients[i], coefficients[i], bound) << i;
  }
}

TYPED_TEST(EigenvalueModelTest, NotANumberStaysInItsSample)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ModelCase const clean = random_case(6, 3, 20, 2);
  ModelCase spoilt = clean;
  spoilt.x[5 * 3 + 1] = std::numeric_limits<double>::quiet_NaN();
  spoilt.x[18 * 3] = std::numeric_limits<double>::infinity();
  auto const expected = test::results_of<Scalar, ExecSpace>(clean);
  auto const found = test::results_of<Scalar, ExecSpace>(spoilt);
  for (std::size_t b = 0; b < 20; ++b) {
    bool const is_spoilt = b == 5 || b == 18;
    EXPECT_TRUE(is_spoilt ? std::isnan(found.values[b]) : found.values[b] == expected.values[b])
        << b;
    for (std::size_t f = 0; f < 3; ++f)
      EXPECT_TRUE(is_spoilt ? std::isnan(found.by_x[b * 3 + f])
                            : found.by_x[b * 3 + f] == expected.by_x[b * 3 + f])
          << b;
  }
}

TYPED_TEST(EigenvalueModelTest, OfNoSamplesIsNothing)
{
  ModelCase const c = random_case(6, 3, 0, 2);
  auto const found = test::results_of<typename TypeParam::Scalar, typename TypeParam::ExecSpace>(c);
  EXPECT_TRUE(found.values.empty());
  for (double const g : found.by_coefficients) EXPECT_EQ(g, 0);
  for (double const g : found.by_diagonal) EXPECT_EQ(g, 0);
}

TEST(EigenvalueModelErrors, NameTheThing)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  Space const space;
  auto const make = [&](std::int64_t d, std::int64_t p, std::int64_t k) {
    return message_of<InputError>([&] { make_model<double>(space, d, p, k); });
  };
  EXPECT_EQ(make(0, 3, 0), "d is 0 (a matrix has at least one row); give a positive order");
  EXPECT_EQ(make(4, 0, 0), "p is 0 (a model has at least one feature); give it features");
  EXPECT_EQ(make(4, 3, 4).substr(0, 30), "k is 4 for matrices of order 4");
  auto const model = make_model<double>(space, 4, 3, -2);
  ConstRows<double, Space> const x = Rows<double, Space>("x", 5, 3);
  Vector<double, Space> const values("values", 5);
  EXPECT_EQ(message_of<InputError>([&] {
              evaluate(space, model, ConstRows<double, Space>(Rows<double, Space>("x", 5, 2)),
                       values);
            }),
            "'x' has 2 columns for a model of 3 features (one for each is needed)");
  EXPECT_EQ(
      message_of<InputError>([&] { evaluate(space, model, x, Vector<double, Space>("short", 4)); }),
      "'short' has 4 entries for 5 samples (one for each is needed)");
  EXPECT_EQ(message_of<InputError>([&] {
              evaluate(space, model, x, values, Rows<double, Space>("q", 5, 4));
            }).substr(0, 43),
            "'q' is 5 x 4 for 5 samples and order 4 (vec");
  auto other = model;
  other.diagonal = Vector<double, Space>("diagonal", 5);
  EXPECT_EQ(message_of<InputError>([&] { evaluate(space, other, x, values); }),
            "'kovar::spectral::coefficients' has rows of 10 numbers for a diagonal of 5 (a lower "
            "triangle has 15)");
}

}  // namespace
}  // namespace kovar::spectral
