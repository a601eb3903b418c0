// SPDX-License-Identifier: BSD-3-Clause
#include "support/views.hpp"

#include <kovar/linalg/staircase_product.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace kovar::linalg {
namespace {

using test::HostMatrix;
using Host = Kokkos::DefaultHostExecutionSpace;
using FirstRows = std::vector<std::int64_t>;

struct Shape {
  std::int64_t n_rows, n_columns, n_terms;
};
/// Around tiles of 12 to 48 rows and 4 or 8 columns, and around what threads take at a time.
Shape const shapes[] = {{1, 1, 1},   {0, 3, 2},    {3, 0, 2},  {5, 3, 0},      {24, 8, 9},
                        {25, 9, 33}, {47, 17, 64}, {49, 7, 1}, {481, 129, 20}, {500, 260, 70}};

/// Columns' first rows: all rows, none, a triangle, and steps of a rank's share of one.
std::vector<FirstRows> staircases(Shape const& s)
{
  auto const of = [&](auto const& first_row) {
    FirstRows rows;
    for (std::int64_t j = 0; j < s.n_columns; ++j) rows.push_back(std::min(s.n_rows, first_row(j)));
    return rows;
  };
  return {of([](std::int64_t) { return std::int64_t{0}; }),
          of([&](std::int64_t) { return s.n_rows; }), of([](std::int64_t j) { return j; }),
          of([](std::int64_t j) { return j / 5 * 11 + j % 5; }),
          of([](std::int64_t j) { return 3 * j; })};
}

template <class Scalar>
class Staircase : public ::testing::Test {
 protected:
  /// A sum of k products of numbers of order 1 is rounded to k eps.
  static double tolerance(std::int64_t n_terms)
  {
    return 16 * static_cast<double>(n_terms + 1) * std::numeric_limits<Scalar>::epsilon();
  }

  void expect_product(Shape const& s, FirstRows const& first_rows, Op op_left, Op op_right,
                      double beta) const
  {
    auto const left = test::random_matrix(s.n_rows, s.n_terms, 1);
    auto const right = test::random_matrix(s.n_terms, s.n_columns, 2);
    auto const c = test::random_matrix(s.n_rows, s.n_columns, 3);
    auto const found = test::to_space<Scalar, Host>(c, 3);
    StaircaseProduct<Scalar> const product(Host(), s.n_rows, s.n_columns, s.n_terms);
    product.add(
        Scalar(-2), op_left,
        test::to_space<Scalar, Host>(op_left == Op::none ? left : test::transposed(left), 1),
        op_right,
        test::to_space<Scalar, Host>(op_right == Op::none ? right : test::transposed(right), 2),
        static_cast<Scalar>(beta), found, first_rows.data());
    Host().fence();

    auto const whole = test::product(left, right);
    for (std::int64_t j = 0; j < s.n_columns; ++j)
      for (std::int64_t i = 0; i < s.n_rows; ++i)
        if (i < first_rows[static_cast<std::size_t>(j)])
          ASSERT_EQ(found(i, j), static_cast<Scalar>(c(i, j))) << "above: " << i << ", " << j;
        else
          ASSERT_NEAR(found(i, j), -2 * whole(i, j) + beta * c(i, j), tolerance(s.n_terms))
              << s.n_rows << " x " << s.n_columns << " x " << s.n_terms << " at " << i << ", " << j;
  }
};
using Scalars = ::testing::Types<double, float>;
TYPED_TEST_SUITE(Staircase, Scalars);

TYPED_TEST(Staircase, EqualsThePlainProductBelowAndLeavesTheRest)
{
  for (Shape const& s : shapes)
    for (auto const& first_rows : staircases(s))
      for (double const beta : {0.0, 1.0, -0.5})
        this->expect_product(s, first_rows, Op::none, Op::transpose, beta);
}

TYPED_TEST(Staircase, TakesEitherOperandTransposed)
{
  for (Shape const& s : shapes)
    for (Op const op_left : {Op::none, Op::transpose})
      for (Op const op_right : {Op::none, Op::transpose})
        this->expect_product(s, staircases(s)[2], op_left, op_right, 1);
}

TYPED_TEST(Staircase, DoesNotReadWhatItOverwrites)
{
  Shape const s = {50, 20, 3};
  auto const left = test::random_matrix(s.n_rows, s.n_terms, 1);
  auto const right = test::random_matrix(s.n_terms, s.n_columns, 2);
  Matrix<TypeParam, Host> const c("test::c", s.n_rows, s.n_columns);
  Kokkos::deep_copy(c, std::nan(""));
  auto const triangle = staircases(s)[2];
  StaircaseProduct<TypeParam> const product(Host(), s.n_rows, s.n_columns, s.n_terms);
  product.add(TypeParam(1), Op::none, test::to_space<TypeParam, Host>(left), Op::none,
              test::to_space<TypeParam, Host>(right), TypeParam(0), c, triangle.data());
  Host().fence();
  for (std::int64_t j = 0; j < s.n_columns; ++j)
    for (std::int64_t i = 0; i < s.n_rows; ++i) EXPECT_EQ(std::isnan(c(i, j)), i < j);
}

TYPED_TEST(Staircase, IsTheSameWhereverATileBegins)
{
  // Ranks have other rows and columns beside an entry, and still the same entry.
  Shape const s = {130, 40, 50};
  auto const left = test::to_space<TypeParam, Host>(test::random_matrix(s.n_rows, s.n_terms, 1));
  auto const right =
      test::to_space<TypeParam, Host>(test::random_matrix(s.n_columns, s.n_terms, 2));
  auto const entries = [&](std::int64_t row, std::int64_t column) {
    auto const c = test::to_space<TypeParam, Host>(test::random_matrix(s.n_rows, s.n_columns, 3));
    FirstRows const all(static_cast<std::size_t>(s.n_columns - column), 0);
    auto const below = std::make_pair(row, s.n_rows);
    StaircaseProduct<TypeParam> const product(Host(), s.n_rows, s.n_columns, s.n_terms);
    // Factors of which no product is exact.
    product.add(TypeParam(0.3), Op::none, Kokkos::subview(left, below, Kokkos::ALL), Op::transpose,
                Kokkos::subview(right, std::make_pair(column, s.n_columns), Kokkos::ALL),
                TypeParam(0.7), Kokkos::subview(c, below, std::make_pair(column, s.n_columns)),
                all.data());
    Host().fence();
    return c;
  };
  auto const expected = entries(0, 0);
  for (std::int64_t const row : {1, 17, 129})
    for (std::int64_t const column : {1, 3, 39}) {
      auto const found = entries(row, column);
      for (std::int64_t j = column; j < s.n_columns; ++j)
        for (std::int64_t i = row; i < s.n_rows; ++i) EXPECT_EQ(found(i, j), expected(i, j));
    }
}

}  // namespace
}  // namespace kovar::linalg
