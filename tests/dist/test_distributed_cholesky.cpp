// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/cholesky.hpp>
#include <kovar/linalg/cholesky.hpp>

#include <gtest/gtest.h>

#include <cmath>

namespace kovar::dist {
namespace {

using test::epsilon;
using test::HostMatrix;
using test::Triangle;

template <class Scalar>
class DistributedCholesky : public ::testing::Test {
 protected:
  /// A factor and its inverse of n x n matrices with eigenvalues from 1 to 5 lose a few epsilon an entry in
  /// sums of up to n.
  static double tolerance(std::int64_t n)
  {
    return (10 + static_cast<double>(n)) * epsilon<Scalar>;
  }
};
TYPED_TEST_SUITE(DistributedCholesky, test::Scalars);

TYPED_TEST(DistributedCholesky, AgreesWithSharedMemory)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes) {
    auto const whole = test::random_symmetric(n, 3, 1);
    auto const a = test::spread<TypeParam>(whole, grid);
    EXPECT_EQ(cholesky(Host(), a).bad_minor, 0);
    auto const expected = test::to_space<TypeParam, Host>(whole);
    linalg::cholesky(Host(), expected);
    EXPECT_LE(test::difference(a, test::to_host(expected), Triangle::lower), this->tolerance(n))
        << n;
    EXPECT_NEAR(
        log_determinant(Host(), a),
        [&] {
          double sum = 0;
          for (std::int64_t i = 0; i < n; ++i)
            sum += 2 * std::log(static_cast<double>(expected(i, i)));
          return sum;
        }(),
        static_cast<double>(n) * this->tolerance(n));
  }
}

TYPED_TEST(DistributedCholesky, LeavesTheUpperTriangle)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {1, 17, 65, 130}) {
    auto whole = test::random_symmetric(n, 3, 1);
    for (std::int64_t j = 0; j < n; ++j)
      for (std::int64_t i = 0; i < j; ++i) whole(i, j) = -7;
    auto const a = test::spread<TypeParam>(whole, grid);
    EXPECT_TRUE(cholesky(Host(), a));
    invert_factored(Host(), a);
    for (std::size_t j = 0; j < a.local().extent(1); ++j)
      for (std::size_t i = 0; i < a.local().extent(0); ++i)
        if (a.owned_rows()[i] < a.owned_columns()[j]) {
          ASSERT_EQ(a.local()(i, j), -7);
        }
  }
}

TYPED_TEST(DistributedCholesky, InvertsAndSolves)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : test::awkward_sizes)
    for (std::int64_t const m : {0, 1, 3, 70}) {
      auto const whole = test::random_symmetric(n, 3, 1);
      auto const x = test::random_matrix(n, m, 4);
      auto const l = test::spread<TypeParam>(whole, grid);
      auto const b = columns_beside(Host(), "test::b", l, m);
      test::put(test::product(whole, x), b);
      ASSERT_TRUE(cholesky(Host(), l));
      solve_factored(Host(), l, b);
      // |b| is up to 5 |x|, and |x| up to 5.
      EXPECT_LE(test::difference(b, x), 25 * this->tolerance(n)) << n << " x " << m;

      auto const expected = test::to_space<TypeParam, Host>(whole);
      linalg::cholesky(Host(), expected);
      linalg::invert_factored(Host(), expected);
      invert_factored(Host(), l);
      EXPECT_LE(test::difference(l, test::to_host(expected), Triangle::lower), this->tolerance(n))
          << n;
    }
}

TYPED_TEST(DistributedCholesky, SolvesWithEitherFactor)
{
  ProcessGrid const grid(Communicator::world());
  std::int64_t const n = 65;
  auto const factor = test::slow_cholesky(test::random_symmetric(n, 3, 1));
  auto const x = test::random_matrix(n, 4, 4);
  auto const l = test::spread<TypeParam>(factor, grid);
  auto const b = columns_beside(Host(), "test::b", l, 4);
  test::put(test::product(factor, x), b);
  triangular_solve(Host(), Side::factor, l, b);
  EXPECT_LE(test::difference(b, x), 25 * this->tolerance(n));
  test::put(test::product(test::transposed(factor), x), b);
  triangular_solve(Host(), Side::transposed, l, b);
  EXPECT_LE(test::difference(b, x), 25 * this->tolerance(n));
}

TYPED_TEST(DistributedCholesky, TellsTheBadMinorOnAllRanks)
{
  ProcessGrid const grid(Communicator::world());
  for (std::int64_t const n : {1, 2, 17, 65, 130})
    for (std::int64_t const bad : {std::int64_t{0}, n / 2, n - 1})
      for (double const entry : {-1.0, 0.0, std::nan("")}) {
        HostMatrix whole(n, n);
        for (std::int64_t i = 0; i < n; ++i) whole(i, i) = i == bad ? entry : 2;
        EXPECT_EQ(cholesky(Host(), test::spread<TypeParam>(whole, grid)).bad_minor, bad + 1)
            << n << " " << entry;
      }
}

TYPED_TEST(DistributedCholesky, TellsTheFirstOfTwoBadMinors)
{
  ProcessGrid const grid(Communicator::world());
  for (bool const nan_first : {true, false}) {
    HostMatrix whole(70, 70);
    for (std::int64_t i = 0; i < 70; ++i) whole(i, i) = 1;
    whole(nan_first ? 20 : 66, 3) = std::nan("");
    whole(nan_first ? 66 : 20, nan_first ? 66 : 20) = -1;
    EXPECT_EQ(cholesky(Host(), test::spread<TypeParam>(whole, grid)).bad_minor, 21);
  }
}

TEST(DistributedCholeskyErrors, NameTheMatrices)
{
  ProcessGrid const grid(Communicator::world());
  auto const make = [&](char const* label, std::int64_t n, std::int64_t m, BlockShape block) {
    return BlockCyclicMatrix<double>(Host(), label, grid, n, m, block);
  };
  auto const l = make("test::l", 5, 5, {2, 2});
  EXPECT_EQ(test::error_of_all_ranks([&] {
              cholesky(Host(), make("test::a", 5, 4, {2, 2}));
            }),
            "cholesky: 'test::a' (5 x 4) is not square");
  EXPECT_EQ(test::error_of_all_ranks([&] {
              cholesky(Host(), make("test::a", 5, 5, {2, 3}));
            }),
            "cholesky: the blocks of 'test::a' (5 x 5) are 2 x 3 (square ones are needed); "
            "redistribute() it");
  EXPECT_EQ(
      test::error_of_all_ranks([&] {
        solve_factored(Host(), l, make("test::b", 4, 1, {2, 2}));
      }),
      "triangular_solve: the factor 'test::l' (5 x 5) and 'test::b' (4 x 1) have different rows");
  EXPECT_EQ(test::error_of_all_ranks([&] {
              invert_factored(Host(), make("test::a", 4, 5, {2, 2}));
            }),
            "invert_factored: 'test::a' (4 x 5) is not square");
  EXPECT_EQ(test::error_of_all_ranks([&] {
              log_determinant(Host(), make("test::a", 4, 5, {2, 2}));
            }),
            "diagonal_list: 'test::a' is 4 x 5 (a square matrix has a diagonal)");
  if (grid.is_alone()) return;
  BlockCyclicMatrix<double> const elsewhere(Host(), "test::b", ProcessGrid(Communicator::world()),
                                            5, 1, {2, 2});
  EXPECT_EQ(
      test::error_of_all_ranks([&] { solve_factored(Host(), l, elsewhere); }),
      "triangular_solve: 'test::l' (5 x 5) and 'test::b' (5 x 1) are spread over different grids; "
      "make both on copies of one");
}

}  // namespace
}  // namespace kovar::dist
