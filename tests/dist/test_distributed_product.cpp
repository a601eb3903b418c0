// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/product.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::dist {
namespace {

using test::epsilon;
using test::HostMatrix;
using test::Triangle;

template <class Scalar>
class DistributedProduct : public ::testing::Test {
};
TYPED_TEST_SUITE(DistributedProduct, test::Scalars);

/// alpha a b + beta c.
HostMatrix combined(double alpha, HostMatrix const& a, HostMatrix const& b, double beta,
                    HostMatrix const& c)
{
  auto sum = test::product(a, b);
  for (std::size_t e = 0; e < sum.values.size(); ++e)
    sum.values[e] = alpha * sum.values[e] + beta * c.values[e];
  return sum;
}

/// Products of numbers below 5, k of them, and one more.
template <class Scalar>
double tolerance(std::int64_t k)
{
  return 50 * static_cast<double>(2 * k + 2) * epsilon<Scalar>;
}

TYPED_TEST(DistributedProduct, MultipliesOperandsAsTheyAreOrTransposed)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {0, 1, 2, 17, 65})
    for (std::int64_t const k : {0, 1, 5, 70})
      for (Op const op_a : {Op::none, Op::transpose})
        for (Op const op_b : {Op::none, Op::transpose}) {
          auto const a = test::random_matrix(n, k, 1);
          auto const b = test::random_matrix(k, n + 3, 2);
          auto const c = test::random_matrix(n, n + 3, 3);
          auto const result = test::spread<TypeParam>(c, grid, {4, 4});
          gemm(Host(), op_a, op_b, TypeParam(2),
               test::spread<TypeParam>(op_a == Op::none ? a : test::transposed(a), grid, {4, 4}),
               test::spread<TypeParam>(op_b == Op::none ? b : test::transposed(b), grid, {4, 4}),
               TypeParam(-1), result);
          EXPECT_LE(test::difference(result, combined(2, a, b, -1, c)), tolerance<TypeParam>(k))
              << n << " " << k;
        }
}

TYPED_TEST(DistributedProduct, UpdatesTheLowerTriangleBySymmetricProducts)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes)
    for (std::int64_t const k : {0, 1, 70})
      for (Op const op : {Op::none, Op::transpose}) {
        auto const a = test::random_matrix(n, k, 1);
        auto const c = test::random_matrix(n, n, 3);
        auto const result = test::spread<TypeParam>(c, grid);
        auto const block = result.block();
        syrk(Host(), op, TypeParam(2),
             test::spread<TypeParam>(op == Op::none ? a : test::transposed(a), grid, block),
             TypeParam(-1), result);
        auto expected = combined(2, a, test::transposed(a), -1, c);
        for (std::int64_t j = 0; j < n; ++j)
          for (std::int64_t i = 0; i < j; ++i) expected(i, j) = c(i, j);
        EXPECT_LE(test::difference(result, expected), tolerance<TypeParam>(k)) << n << " " << k;
      }
}

TYPED_TEST(DistributedProduct, MirrorsTheLowerTriangle)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes)
    for (std::int64_t const block : {1, 3, 16, 64}) {
      auto whole = test::random_matrix(n, n, 1);
      auto const a = test::spread<TypeParam>(whole, grid, {block, block});
      // What stands above the diagonal does not matter.
      for (std::size_t j = 0; j < a.local().extent(1); ++j)
        for (std::size_t i = 0; i < a.local().extent(0); ++i)
          if (a.owned_rows()[i] < a.owned_columns()[j])
            a.local()(i, j) = std::numeric_limits<TypeParam>::quiet_NaN();
      fill_upper_triangle(Host(), a);
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < j; ++i) whole(i, j) = whole(j, i);
      EXPECT_EQ(test::difference(a, whole), 0) << n << " in blocks of " << block;
    }
}

TEST(DistributedProductErrors, NameTheMatrices)
{
  ProcessGrid const grid(Communicator::world());
  auto const make = [&](char const* label, std::int64_t n, std::int64_t m) {
    return BlockCyclicMatrix<double>(Host(), label, grid, n, m, {2, 2});
  };
  auto const a = make("test::a", 5, 4);
  auto const b = make("test::b", 3, 4);
  EXPECT_EQ(test::error_of_all_ranks([&] {
              gemm(Host(), Op::none, Op::transpose, 1.0, a, b, 0.0, make("test::c", 5, 4));
            }),
            "gemm: 'test::a' (5 x 4), op N, times 'test::b' (3 x 4), op T, is not of the shape of "
            "'test::c' (5 x 4)");
  EXPECT_EQ(
      test::error_of_all_ranks(
          [&] { syrk(Host(), Op::transpose, 1.0, a, 0.0, make("test::c", 5, 5)); }),
      "syrk: the product of 'test::a' (5 x 4), op T, with its transpose is not of the shape of "
      "'test::c' (5 x 5)");
  EXPECT_EQ(test::error_of_all_ranks([&] { fill_upper_triangle(Host(), a); }),
            "fill_upper_triangle: 'test::a' (5 x 4) is not square");
}

}  // namespace
}  // namespace kovar::dist
