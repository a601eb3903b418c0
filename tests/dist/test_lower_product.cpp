// SPDX-License-Identifier: BSD-3-Clause
#include "block_matrices.hpp"

#include <kovar/dist/lower_product.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kovar::dist {
namespace {

using linalg::Op;
using test::HostMatrix;

constexpr std::int64_t n_terms = 9;

template <class Scalar>
class LowerProducts : public ::testing::Test {
 protected:
  LowerProducts()
  {
    auto const comm = Communicator::world();
    for (int rows = 1; rows <= comm.size(); ++rows)
      if (comm.size() % rows == 0) grids.emplace_back(comm, GridShape{rows, comm.size() / rows});
  }

  /// The lines of a panel that a part owns of a range.
  static Matrix<Scalar, Host> lines_of(HostMatrix const& panel, BlockCyclic const& all,
                                       std::int64_t part, IndexRange range)
  {
    IndexRange const places = owned_places(all, part, range);
    Matrix<Scalar, Host> const lines("test::lines", places.size(), n_terms);
    for (std::int64_t i = 0; i < places.size(); ++i)
      for (std::int64_t t = 0; t < n_terms; ++t)
        lines(i, t) = static_cast<Scalar>(panel(all.global(part, places.first + i), t));
    return lines;
  }

  /// The same, a column each.
  static Matrix<Scalar, Host> turned(Matrix<Scalar, Host> const& lines)
  {
    Matrix<Scalar, Host> const columns("test::columns", lines.extent(1), lines.extent(0));
    for (std::size_t i = 0; i < lines.extent(0); ++i)
      for (std::size_t t = 0; t < lines.extent(1); ++t) columns(t, i) = lines(i, t);
    return columns;
  }

  /// Both forms, and operands as they stand or turned, beside a plain loop.
  void expect_product(ProcessGrid const& grid, std::int64_t n, std::int64_t block, IndexRange rows,
                      IndexRange columns, double beta = 0.5) const
  {
    auto const left = test::random_matrix(n, n_terms, 1);
    auto const right = test::random_matrix(n, n_terms, 2);
    auto const whole = test::random_matrix(n, n, 3);
    HostMatrix expected = whole;
    for (std::int64_t j = columns.first; j < columns.end; ++j)
      for (std::int64_t i = std::max(j, rows.first); i < rows.end; ++i) {
        expected(i, j) *= beta;
        for (std::int64_t t = 0; t < n_terms; ++t) expected(i, j) -= left(i, t) * right(j, t);
      }
    for (LowerForm const form : {LowerForm::tiles, LowerForm::rectangles})
      for (bool const is_turned : {false, true}) {
        auto const a = test::spread<Scalar>(whole, grid, {block, block});
        Panels<Scalar> panels = {Op::none, lines_of(left, a.rows(), grid.row(), rows),
                                 Op::transpose,
                                 lines_of(right, a.columns(), grid.column(), columns)};
        if (is_turned)
          panels = {Op::transpose, turned(panels.left), Op::none, turned(panels.right)};
        LowerProduct<Scalar> const product(Host(), a, n_terms, form);
        product.add(Scalar(-1), panels, static_cast<Scalar>(beta), rows, columns);
        Host().fence();
        EXPECT_LE(test::difference(a, expected), 100 * test::epsilon<Scalar>)
            << n << ", blocks " << block << (form == LowerForm::tiles ? ", tiles" : ", rectangles");
      }
  }

  std::vector<ProcessGrid> grids;
};
TYPED_TEST_SUITE(LowerProducts, test::Scalars);

TYPED_TEST(LowerProducts, AreThePlainOnesBelowTheDiagonalAndLeaveTheRest)
{
  for (auto const& grid : this->grids)
    for (std::int64_t const block : {1, 5, 64, 200})
      for (std::int64_t const n : {1, 65, 193}) {
        this->expect_product(grid, n, block, {0, n}, {0, n});
        this->expect_product(grid, n, block, {n / 3, n}, {n / 3, n});
        this->expect_product(grid, n, block, {n / 4, n}, {n / 3, n / 2});
        this->expect_product(grid, n, block, {0, n / 2}, {0, n / 2});
        this->expect_product(grid, n, block, {0, n / 2}, {n / 3, n});  // columns after all rows
        this->expect_product(grid, n, block, {n, n}, {n, n});
        this->expect_product(grid, n, block, {0, n}, {0, n}, 0);
      }
}

}  // namespace
}  // namespace kovar::dist
