// SPDX-License-Identifier: BSD-3-Clause
#include "support/typed.hpp"
#include "support/views.hpp"

#include <kovar/linalg/product.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace kovar::linalg {
namespace {

template <class T>
class Product : public ::testing::Test {
};
TYPED_TEST_SUITE(Product, test::ScalarsAndSpaces);

struct Shape {
  std::int64_t m, n, k;
};
Shape const shapes[] = {{1, 1, 1}, {5, 3, 7}, {65, 2, 1}, {2, 65, 33}, {40, 40, 0}, {0, 3, 2}};

// A sum of k products of numbers of order 1 is rounded to k eps.
template <class T>
double tolerance(std::int64_t k)
{
  return 16 * static_cast<double>(k + 1) * T::epsilon;
}

TYPED_TEST(Product, GemmEqualsTheTripleLoopForEveryOpAndPadding)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (Shape const& s : shapes)
    for (bool const ta : {false, true})
      for (bool const tb : {false, true}) {
        auto const a = test::random_matrix(s.m, s.k, 1);
        auto const b = test::random_matrix(s.k, s.n, 2);
        auto const c = test::random_matrix(s.m, s.n, 3);
        auto const c_space = test::to_space<Scalar, ExecSpace>(c, 3);

        gemm(ExecSpace(), ta ? Op::transpose : Op::none, tb ? Op::transpose : Op::none, Scalar(2),
             test::to_space<Scalar, ExecSpace>(ta ? test::transposed(a) : a, 1),
             test::to_space<Scalar, ExecSpace>(tb ? test::transposed(b) : b, 2), Scalar(-1),
             c_space);

        auto expected = test::product(a, b);
        for (std::size_t i = 0; i < expected.values.size(); ++i)
          expected.values[i] = 2 * expected.values[i] - c.values[i];
        EXPECT_LE(test::largest_difference(test::to_host(c_space), expected),
                  tolerance<TypeParam>(s.k))
            << s.m << " x " << s.n << " x " << s.k << " ops " << ta << tb;
      }
}

TYPED_TEST(Product, SyrkEqualsTheLowerTriangleOfTheProduct)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (Shape const& s : shapes)
    for (bool const transpose : {false, true}) {
      auto const a = test::random_matrix(s.m, s.k, 4);
      auto const c = test::random_symmetric(s.m, 5, 0);
      auto const c_space = test::to_space<Scalar, ExecSpace>(c, 2);

      syrk(ExecSpace(), transpose ? Op::transpose : Op::none, Scalar(0.5),
           test::to_space<Scalar, ExecSpace>(transpose ? test::transposed(a) : a, 1), Scalar(3),
           c_space);

      auto expected = test::product(a, test::transposed(a));
      for (std::size_t i = 0; i < expected.values.size(); ++i)
        expected.values[i] = 0.5 * expected.values[i] + 3 * c.values[i];
      EXPECT_LE(test::largest_difference(test::to_host(c_space), expected, test::Triangle::lower),
                tolerance<TypeParam>(s.k + 10));
      auto const found = test::to_host(c_space);
      for (std::int64_t j = 0; j < s.m; ++j)
        for (std::int64_t i = 0; i < j; ++i)
          EXPECT_EQ(found(i, j), static_cast<Scalar>(c(i, j))) << "above the diagonal";
    }
}

// Orders below and above those that go by blocks in registers, and by halves of them.
TYPED_TEST(Product, SolveFromTheRightUndoesAProductWithTheTransposedFactor)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  for (std::int64_t const n : {0, 1, 32, 33, 128, 129, 300})
    for (std::int64_t const m : {0, 1, 2, 17, 65}) {
      auto l = test::slow_cholesky(test::random_symmetric(n, 3, 1));
      auto const x = test::random_matrix(m, n, 2);
      auto const b = test::to_space<Scalar, ExecSpace>(test::product(x, test::transposed(l)), 3);
      for (std::int64_t j = 0; j < n; ++j)
        for (std::int64_t i = 0; i < j; ++i) l(i, j) = std::nan("");  // not to be read
      solve_right_transposed(ExecSpace(), test::to_space<Scalar, ExecSpace>(l, 2), b);
      // The factor's condition is below 3, and |b| up to 3 |x|.
      EXPECT_LE(test::largest_difference(test::to_host(b), x), 10 * tolerance<TypeParam>(n))
          << m << " x " << n;
    }
}

TYPED_TEST(Product, MismatchedShapesAreNamed)
{
  using Scalar = typename TypeParam::Scalar;
  using ExecSpace = typename TypeParam::ExecSpace;
  Matrix<Scalar, ExecSpace> const a("a", 2, 3);
  Matrix<Scalar, ExecSpace> const c("c", 2, 2);
  try {
    gemm(ExecSpace(), Op::none, Op::none, Scalar(1), a, a, Scalar(0), c);
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "gemm: 'a' (2 x 3, op N) times 'a' (2 x 3, op N) is not of the shape of 'c' (2 x 2)");
  }
  EXPECT_THROW(syrk(ExecSpace(), Op::transpose, Scalar(1), a, Scalar(0), c), InputError);
}

}  // namespace
}  // namespace kovar::linalg
