// SPDX-License-Identifier: BSD-3-Clause
// What devices do with samples, called on every space: sums in parts against plain loops, and models
// evaluated by teams against those in lanes.
#include "model_case.hpp"
#include "support/typed.hpp"

#include <kovar/spectral/coefficient_gradient.hpp>
#include <kovar/spectral/team_assembly.hpp>
#include <kovar/spectral/weighted_sums.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

namespace kovar::spectral {
namespace {

template <class T>
class SampleParts : public ::testing::Test {
};
TYPED_TEST_SUITE(SampleParts, test::ScalarsAndSpaces);

/// Weights by sample and row.
template <class Scalar, class ExecSpace>
struct Weight {
  Rows<Scalar, ExecSpace> weights;
  KOKKOS_INLINE_FUNCTION Scalar operator()(std::int64_t b, std::int64_t row) const
  {
    return weights(b, row);
  }
};

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

TYPED_TEST(SampleParts, AddUpToTheWholeSum)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  std::int64_t const n_rows = 3;
  for (std::int64_t const n : {0, 1, 7, 130})
    for (std::int64_t const n_columns : {1, 17})
      for (std::int64_t const n_parts : {1, 2, 5, 64}) {
        auto const w = test::random_matrix(n, n_rows, 1);
        auto const y = test::random_matrix(n, n_columns, 2);
        Weight<Scalar, ExecSpace> const weight = {Rows<Scalar, ExecSpace>("test::w", n, n_rows)};
        Kokkos::deep_copy(weight.weights, test::to_space<Scalar, ExecSpace>(w));
        Rows<Scalar, ExecSpace> const y_rows("test::y", n, n_columns);
        Kokkos::deep_copy(y_rows, test::to_space<Scalar, ExecSpace>(y));
        Rows<Scalar, ExecSpace> const products("test::products", n_rows, n_columns);
        Vector<Scalar, ExecSpace> const sums("test::sums", n_rows);
        weighted_row_sums_in_parts(space, "kovar::spectral::test_row_sums", weight,
                                   ConstRows<Scalar, ExecSpace>(y_rows), n_parts, products);
        weighted_sums_in_parts(space, "kovar::spectral::test_sums", weight, n, n_parts, sums);
        auto const found = test::to_host(products);
        auto const found_sums = test::to_vector(sums);
        auto const expected = test::product(test::transposed(w), y);
        double const bound = 20 * TypeParam::epsilon * std::sqrt(static_cast<double>(n + 1));
        for (std::int64_t r = 0; r < n_rows; ++r) {
          for (std::int64_t c = 0; c < n_columns; ++c)
            EXPECT_NEAR(found(r, c), expected(r, c), bound) << n << ", " << n_parts;
          double sum = 0;
          for (std::int64_t b = 0; b < n; ++b) sum += w(b, r);
          EXPECT_NEAR(found_sums[at(r)], sum, bound) << n << ", " << n_parts;
        }
      }
}

TYPED_TEST(SampleParts, OfTheCoefficientGradientAddUpToIt)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  std::int64_t const d = 9;
  std::int64_t const p = 11;
  std::int64_t const length = vector_row_length<Scalar, ExecSpace>(d);
  for (std::int64_t const n : {1, 3, 700})
    for (std::int64_t const n_parts : {1, 2, 7}) {
      auto const x = test::random_matrix(n * p, 1, 3).values;
      auto const q = test::random_matrix(n * length, 1, 4).values;
      auto const g = test::random_matrix(n, 1, 5).values;
      Rows<Scalar, ExecSpace> const gradient("test::gradient", p, d * (d + 1) / 2);
      coefficient_gradient(ExecSpace(),
                           ConstRows<Scalar, ExecSpace>(test::to_rows<Scalar, ExecSpace>(x, n, p)),
                           test::to_rows<Scalar, ExecSpace>(q, n, length),
                           test::to_list<Scalar, ExecSpace>(g), n_parts, gradient);
      auto const found = test::to_host(gradient);
      for (std::int64_t f = 0; f < p; ++f)
        for (std::int64_t i = 0; i < d; ++i)
          for (std::int64_t j = 0; j <= i; ++j) {
            double sum = 0;
            double size = 1;
            for (std::int64_t b = 0; b < n; ++b) {
              double const term = (i == j ? 1 : 2) * g[at(b)] * x[at(b * p + f)] *
                                  q[at(b * length + i)] * q[at(b * length + j)];
              sum += term;
              size += std::fabs(term);
            }
            EXPECT_NEAR(found(f, i * (i + 1) / 2 + j), sum, 10 * TypeParam::epsilon * size)
                << n << ", " << n_parts;
          }
    }
}

TEST(NumberOfSampleParts, IsOneOnHosts)
{
  using Space = Kokkos::DefaultHostExecutionSpace;
  EXPECT_EQ(n_sample_parts<Space>(0), 1);
  EXPECT_EQ(n_sample_parts<Space>(100000), 1);
}

template <class T>
class ModelTeams : public ::testing::Test {
};
TYPED_TEST_SUITE(ModelTeams, test::ScalarsAndSpaces);

// Up to rounding: teams add in another order. Vectors may differ in sign.
TYPED_TEST(ModelTeams, GiveWhatLanesGive)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  ExecSpace const space;
  std::int64_t const n = 5;
  for (std::int64_t const d : {1, 2, 17, 33})
    for (std::int64_t const p : {1, 9}) {
      auto const model = make_model<Scalar>(space, d, p, d / 2);
      std::vector<double> diagonal;
      for (std::int64_t j = 0; j < d; ++j) diagonal.push_back(0.5 * static_cast<double>(j));
      Kokkos::deep_copy(model.diagonal, test::to_list<Scalar, ExecSpace>(diagonal));
      Kokkos::deep_copy(
          model.coefficients,
          test::to_rows<Scalar, ExecSpace>(test::random_matrix(p * d * (d + 1) / 2, 1, 6).values, p,
                                           d * (d + 1) / 2));
      ConstRows<Scalar, ExecSpace> const x =
          test::to_rows<Scalar, ExecSpace>(test::random_matrix(n * p, 1, 7).values, n, p);
      std::int64_t const length = vector_row_length<Scalar, ExecSpace>(d);
      Vector<Scalar, ExecSpace> const values("test::values", n);
      Vector<Scalar, ExecSpace> const by_teams("test::by_teams", n);
      Vector<Scalar, ExecSpace> const values_only("test::values_only", n);
      Rows<Scalar, ExecSpace> const vectors("test::vectors", n, length);
      Rows<Scalar, ExecSpace> const team_vectors("test::team_vectors", n, length);
      Kokkos::deep_copy(team_vectors, Scalar(7));
      evaluate(space, model, x, values, vectors);
      int const k = static_cast<int>(d / 2);
      int const team_size = linalg::matrix_team_size<ExecSpace>(d);
      evaluate_by_teams(space, "kovar::spectral::test_teams", model, k, x, by_teams, team_vectors,
                        team_size);
      evaluate_by_teams(space, "kovar::spectral::test_teams", model, k, x, values_only,
                        Rows<Scalar, ExecSpace>(), team_size);
      auto const expected = test::to_vector(values);
      auto const found = test::to_vector(by_teams);
      EXPECT_EQ(test::to_vector(values_only), found);
      auto const q = test::to_host(vectors);
      auto const team_q = test::to_host(team_vectors);
      double const norm = 4 * std::sqrt(static_cast<double>(d * p)) + static_cast<double>(d);
      for (std::int64_t b = 0; b < n; ++b) {
        EXPECT_NEAR(found[at(b)], expected[at(b)], 10 * TypeParam::epsilon * norm)
            << d << ", " << p;
        double product = 0;
        for (std::int64_t i = 0; i < d; ++i) product += q(b, i) * team_q(b, i);
        // 1 - eps^2 norm^2 / gap^2, and the rounding of both norms.
        EXPECT_NEAR(std::fabs(product), 1, 1000 * TypeParam::epsilon) << d << ", " << p;
        for (std::int64_t i = d; i < length; ++i) EXPECT_EQ(team_q(b, i), 0);
      }
    }
}

}  // namespace
}  // namespace kovar::spectral
