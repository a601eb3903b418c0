// SPDX-License-Identifier: BSD-3-Clause
// A diagonal plus a factor against the same matrix in full; on 1 to 4 ranks.
#include "gsn/factored_cases.hpp"
#include "support/spaces.hpp"

#include <kovar/core/error.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/linalg/pearson.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

using test::HostMatrix;

template <class ExecSpace>
class FactoredMatrixTest : public ::testing::Test {
};
TYPED_TEST_SUITE(FactoredMatrixTest, test::ExecSpaces);

/// A matrix with weights of all signs.
struct Case {
  std::vector<double> d;
  HostMatrix f;
  std::vector<double> w;

  Case(std::int64_t n, std::int64_t r, std::uint64_t seed) : f(test::random_matrix(n, r, seed))
  {
    for (std::int64_t i = 0; i < n; ++i) d.push_back(0.5 + 0.1 * static_cast<double>(i % 7));
    for (std::int64_t k = 0; k < r; ++k) w.push_back(static_cast<double>(k % 3) - 1);
  }
  HostMatrix dense() const { return test::dense_of(d, f, w); }
};

// Sums of r terms of size 10 and, in products, of N terms.
constexpr double tolerance = 1e-12;

TYPED_TEST(FactoredMatrixTest, GivesDiagonalProductsAndBlocks)
{
  auto const comm = dist::Communicator::world();
  TypeParam const space;
  for (std::int64_t const n : {2, 3, 40})
    for (std::int64_t const r : {0, 1, 6}) {
      Case const c(n, r, 3);
      HostMatrix const full = c.dense();
      auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
      HostMatrix diagonal(n, 1);
      for (std::int64_t i = 0; i < n; ++i) diagonal(i, 0) = full(i, i);
      EXPECT_LE(test::largest_difference(
                    test::local_rows(comm, diagonal),
                    [&] {
                      HostMatrix mine(dist::Blocks{n, comm.size()}.size(comm.rank()), 1);
                      mine.values = test::to_vector(diagonal_of(space, a));
                      return mine;
                    }()),
                tolerance);
      HostMatrix const x = test::random_matrix(n, 3, 9);
      auto const y =
          multiply(space, comm, a, test::to_space<double, TypeParam>(test::local_rows(comm, x)));
      EXPECT_LE(test::largest_difference(test::to_host(y),
                                         test::local_rows(comm, test::product(full, x))),
                tolerance);
      EXPECT_LE(test::largest_difference(test::whole(comm, a), full), tolerance);
    }
}

TYPED_TEST(FactoredMatrixTest, GivesBlocksOfAnyUnits)
{
  auto const comm = dist::Communicator::world();
  Case const c(20, 5, 4);
  HostMatrix const full = c.dense();
  auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
  std::vector<std::int64_t> const rows = {19, 0, 7, 7};
  std::vector<std::int64_t> const columns = {7, 3};
  auto const block = test::to_host(dense_block(TypeParam(), comm, a, rows, columns));
  ASSERT_EQ(block.n_rows, 4);
  ASSERT_EQ(block.n_cols, 2);
  for (std::int64_t i = 0; i < 4; ++i)
    for (std::int64_t j = 0; j < 2; ++j)
      EXPECT_NEAR(block(i, j),
                  full(rows[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(j)]),
                  tolerance);
  EXPECT_EQ(dense_block(TypeParam(), comm, a, {}, columns).extent(0), 0U);
}

TYPED_TEST(FactoredMatrixTest, CorrelatesAsTheFullMatricesDo)
{
  auto const comm = dist::Communicator::world();
  Case const c(30, 6, 5);
  Case other = c;
  other.w = {0.3, -0.2, 0, 1, 2, -0.1};
  for (double& x : other.d) x *= x;
  auto const expected =
      linalg::symmetric_pearson(TypeParam(), test::to_space<double, TypeParam>(c.dense()),
                                test::to_space<double, TypeParam>(other.dense()));
  auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
  auto b = test::factored_of<TypeParam>(comm, other.d, other.f, other.w);
  EXPECT_NEAR(factored_pearson(TypeParam(), comm, a, b), expected, 1e-12);
  EXPECT_NEAR(factored_pearson(TypeParam(), comm, a, a), 1, 1e-12);
}

// Rule K8: without variance 1 for equal matrices and 0 for others.
TYPED_TEST(FactoredMatrixTest, CorrelatesConstantMatricesByTheRule)
{
  auto const comm = dist::Communicator::world();
  Case zero(10, 3, 6);
  for (double& x : zero.d) x = 0;
  for (double& x : zero.w) x = 0;
  Case const other(10, 3, 6);
  auto const a = test::factored_of<TypeParam>(comm, zero.d, zero.f, zero.w);
  auto const b = test::factored_of<TypeParam>(comm, other.d, other.f, other.w);
  EXPECT_EQ(factored_pearson(TypeParam(), comm, a, a), 1);
  EXPECT_EQ(factored_pearson(TypeParam(), comm, a, b), 0);
}

TYPED_TEST(FactoredMatrixTest, RefusesUnitsAndRowsThatAreNotThere)
{
  auto const comm = dist::Communicator::world();
  Case const c(12, 2, 7);
  auto const a = test::factored_of<TypeParam>(comm, c.d, c.f, c.w);
  try {
    dense_block(TypeParam(), comm, a, {0, 12}, {0});
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_EQ(std::string(e.what()),
              "dense_block: there is no unit 12 (the matrix has 12, counted from 0); ask for units "
              "below that");
  }
  try {
    multiply(TypeParam(), comm, a, Matrix<double, TypeParam>("test::x", 99, 1));
    FAIL() << "no error";
  } catch (InputError const& e) {
    EXPECT_NE(std::string(e.what()).find("multiply: x has 99 rows and this rank holds "),
              std::string::npos)
        << e.what();
  }
}

}  // namespace
}  // namespace kovar::gsn
