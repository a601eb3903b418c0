// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_DIST_BLOCK_MATRICES_HPP
#define KOVAR_TESTS_DIST_BLOCK_MATRICES_HPP

#include "support/views.hpp"

#include <kovar/dist/fill.hpp>

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Block-cyclic matrices for tests: every rank knows all of a small matrix and looks at its own share.

namespace kovar::test {

using Scalars = ::testing::Types<double, float>;

/// Orders at which a rank has nothing, or one row more than whole blocks.
inline std::vector<std::int64_t> const awkward_sizes = {0,  1,  2,  3,  5,   16,
                                                        17, 63, 64, 65, 130, 193};

template <class Scalar>
void put(HostMatrix const& whole, dist::BlockCyclicMatrix<Scalar> const& a)
{
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      a.local()(i, j) = static_cast<Scalar>(whole(rows[i], columns[j]));
}

template <class Scalar>
dist::BlockCyclicMatrix<Scalar> spread(HostMatrix const& whole, dist::ProcessGrid const& grid,
                                       dist::BlockShape block)
{
  dist::BlockCyclicMatrix<Scalar> const a(dist::Host(), "test::spread", grid, whole.n_rows,
                                          whole.n_cols, block);
  put(whole, a);
  return a;
}

/// Square blocks that suit the size.
template <class Scalar>
dist::BlockCyclicMatrix<Scalar> spread(HostMatrix const& whole, dist::ProcessGrid const& grid)
{
  return spread<Scalar>(whole, grid, dist::square_blocks(grid, whole.n_rows));
}

/// Largest difference of entries over all ranks.
template <class Scalar>
double difference(dist::BlockCyclicMatrix<Scalar> const& a, HostMatrix const& expected,
                  Triangle triangle = Triangle::both)
{
  if (a.n_rows() != expected.n_rows || a.n_columns() != expected.n_cols) return INFINITY;
  double largest = 0;
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (triangle == Triangle::lower && rows[i] < columns[j]) continue;
      double const here =
          std::fabs(static_cast<double>(a.local()(i, j)) -
                    static_cast<double>(static_cast<Scalar>(expected(rows[i], columns[j]))));
      if (!(here <= largest)) largest = std::isnan(here) ? INFINITY : here;
    }
  a.grid().comm().max_to_all(&largest, 1);
  return largest;
}

template <class Scalar>
constexpr double epsilon = std::numeric_limits<Scalar>::epsilon();

/// The text of the error that work ends with on this rank, all of which must have it.
template <class Work>
std::string error_of_all_ranks(Work&& work)
{
  try {
    work();
  } catch (Error const& error) {
    EXPECT_TRUE(error.on_all_ranks()) << error.what();
    return error.what();
  }
  return "no error";
}

}  // namespace kovar::test

#endif
