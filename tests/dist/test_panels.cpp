// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/panel_inverse.hpp>
#include <kovar/dist/panel_product.hpp>
#include <kovar/dist/panel_solve.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace kovar::dist {
namespace {

using linalg::Op;
using test::epsilon;
using test::HostMatrix;
using test::Triangle;

/// Panels of a row, of some rows of a block, of whole blocks and parts of others, and of all; of n rows not very
/// many.
std::vector<std::int64_t> widths_for(std::int64_t n)
{
  if (n <= 17) return {1, 3, 16, 1000};
  return {n / 4, 50, 1000};
}

/// One column, one row and what there is between.
std::vector<GridShape> grid_shapes(int n_ranks)
{
  std::vector<GridShape> shapes;
  for (int rows = 1; rows <= n_ranks; ++rows)
    if (n_ranks % rows == 0) shapes.push_back({rows, n_ranks / rows});
  return shapes;
}

template <class Scalar>
class PanelsOverRanks : public ::testing::Test {
 protected:
  PanelsOverRanks()
  {
    auto const comm = Communicator::world();
    for (auto const shape : grid_shapes(comm.size())) grids.emplace_back(comm, shape);
  }

  /// Matrices with eigenvalues from 1 to 5 lose a few epsilon an entry in sums of up to n.
  static double tolerance(std::int64_t n)
  {
    return (10 + static_cast<double>(n)) * epsilon<Scalar>;
  }

  /// The lower triangle of a factor, and what is above it not to be read.
  static HostMatrix with_nan_above(HostMatrix lower)
  {
    for (std::int64_t j = 0; j < lower.n_cols; ++j)
      for (std::int64_t i = 0; i < j; ++i) lower(i, j) = std::nan("");
    return lower;
  }

  std::vector<ProcessGrid> grids;
};
TYPED_TEST_SUITE(PanelsOverRanks, test::Scalars);

TYPED_TEST(PanelsOverRanks, InvertByTheFactorOnAnyGridInPanelsOfAnyWidth)
{
  for (std::int64_t const n : {1, 2, 5, 17, 65, 130}) {
    auto const whole = test::random_symmetric(n, 3, 1);
    auto const expected = test::to_space<TypeParam, Host>(whole);
    linalg::cholesky(Host(), expected);
    auto const factor = this->with_nan_above(test::to_host(expected));
    linalg::invert_factored(Host(), expected);
    auto const inverse = test::to_host(expected);
    for (auto const& grid : this->grids)
      for (std::int64_t const block : {1, 7, 64})
        for (std::int64_t const width : widths_for(n)) {
          auto const l = test::spread<TypeParam>(factor, grid, {block, block});
          invert_by_panels(Host(), l, width);
          EXPECT_LE(test::difference(l, inverse, Triangle::lower), this->tolerance(n))
              << n << ", blocks " << block << ", panels " << width;
          for (std::size_t j = 0; j < l.local().extent(1); ++j)
            for (std::size_t i = 0; i < l.local().extent(0); ++i)
              if (l.owned_rows()[i] < l.owned_columns()[j]) {
                ASSERT_TRUE(std::isnan(l.local()(i, j)));
              }
        }
  }
}

TYPED_TEST(PanelsOverRanks, SolveByEitherFactorOnAnyGridInPanelsOfAnyWidth)
{
  for (std::int64_t const n : {1, 5, 17, 65, 130})
    for (std::int64_t const m : {1, 3, 70}) {
      auto const factor = test::slow_cholesky(test::random_symmetric(n, 3, 1));
      auto const x = test::random_matrix(n, m, 4);
      for (auto const& grid : this->grids)
        for (std::int64_t const width : widths_for(n))
          for (linalg::Side const side : {linalg::Side::factor, linalg::Side::transposed}) {
            auto const l = test::spread<TypeParam>(this->with_nan_above(factor), grid, {7, 7});
            auto const b = columns_beside(Host(), "test::b", l, m);
            test::put(
                test::product(side == linalg::Side::factor ? factor : test::transposed(factor), x),
                b);
            solve_by_panels(Host(), side, l, b, width);
            // |b| is up to 5 |x|, and |x| up to 5.
            EXPECT_LE(test::difference(b, x), 25 * this->tolerance(n))
                << n << " x " << m << ", panels " << width;
          }
    }
}

/// Products of numbers below 5, k of them, and one more.
template <class Scalar>
double product_tolerance(std::int64_t k)
{
  return 50 * static_cast<double>(2 * k + 2) * epsilon<Scalar>;
}

/// 2 a b - c.
HostMatrix expected_product(HostMatrix const& a, HostMatrix const& b, HostMatrix const& c)
{
  auto sum = test::product(a, b);
  for (std::size_t e = 0; e < sum.values.size(); ++e)
    sum.values[e] = 2 * sum.values[e] - c.values[e];
  return sum;
}

TYPED_TEST(PanelsOverRanks, MultiplyOnAnyGridInPanelsOfAnyWidth)
{
  for (std::int64_t const n : {1, 2, 17, 65})
    for (std::int64_t const k : {0, 1, 5, 70})
      for (Op const op_a : {Op::none, Op::transpose})
        for (Op const op_b : {Op::none, Op::transpose}) {
          auto const a = test::random_matrix(n, k, 1);
          auto const b = test::random_matrix(k, n + 3, 2);
          auto const c = test::random_matrix(n, n + 3, 3);
          auto const expected = expected_product(a, b, c);
          for (auto const& grid : this->grids)
            for (std::int64_t const width : widths_for(k)) {
              auto const result = test::spread<TypeParam>(c, grid, {4, 5});
              // Terms lie in blocks of 3 in a and of 2 in b.
              gemm_by_panels(
                  Host(), op_a, op_b, TypeParam(2),
                  op_a == Op::none ? test::spread<TypeParam>(a, grid, {4, 3})
                                   : test::spread<TypeParam>(test::transposed(a), grid, {3, 6}),
                  op_b == Op::none ? test::spread<TypeParam>(b, grid, {2, 5})
                                   : test::spread<TypeParam>(test::transposed(b), grid, {6, 2}),
                  TypeParam(-1), result, width);
              EXPECT_LE(test::difference(result, expected), product_tolerance<TypeParam>(k))
                  << n << " " << k << ", panels " << width;
            }
        }
}

TYPED_TEST(PanelsOverRanks, UpdateTheLowerTriangleOnAnyGridInPanelsOfAnyWidth)
{
  for (std::int64_t const n : {1, 2, 17, 65, 193})
    for (std::int64_t const k : {0, 1, 70})
      for (Op const op : {Op::none, Op::transpose}) {
        auto const a = test::random_matrix(n, k, 1);
        auto const c = test::random_matrix(n, n, 3);
        auto expected = expected_product(a, test::transposed(a), c);
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t i = 0; i < j; ++i) expected(i, j) = c(i, j);
        for (auto const& grid : this->grids)
          for (std::int64_t const block : {1, 6, 100})
            for (std::int64_t const width : widths_for(k)) {
              auto const result = test::spread<TypeParam>(c, grid, {block, block});
              syrk_by_panels(Host(), op, TypeParam(2),
                             test::spread<TypeParam>(op == Op::none ? a : test::transposed(a), grid,
                                                     {block, block}),
                             TypeParam(-1), result, width);
              EXPECT_LE(test::difference(result, expected), product_tolerance<TypeParam>(k))
                  << n << " " << k << ", blocks " << block << ", panels " << width;
            }
      }
}

TYPED_TEST(PanelsOverRanks, DoNotReadWhatIsToBeOverwritten)
{
  std::int64_t const n = 17;
  for (std::int64_t const k : {0, 5}) {
    auto const a = test::random_matrix(n, k, 1);
    auto const expected = test::product(a, test::transposed(a));
    HostMatrix nan(n, n);
    for (double& value : nan.values) value = std::nan("");
    for (auto const& grid : this->grids) {
      auto const terms = test::spread<TypeParam>(a, grid, {4, 4});
      auto const c = test::spread<TypeParam>(nan, grid, {4, 4});
      syrk_by_panels(Host(), Op::none, TypeParam(1), terms, TypeParam(0), c);
      EXPECT_LE(test::difference(c, expected, Triangle::lower), product_tolerance<TypeParam>(k));
      test::put(nan, c);
      gemm_by_panels(Host(), Op::none, Op::transpose, TypeParam(1), terms, terms, TypeParam(0), c);
      EXPECT_LE(test::difference(c, expected), product_tolerance<TypeParam>(k));
    }
  }
}

}  // namespace
}  // namespace kovar::dist
