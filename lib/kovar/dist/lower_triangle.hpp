// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_LOWER_TRIANGLE_HPP
#define KOVAR_DIST_LOWER_TRIANGLE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/dist/panels.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// What a rank owns of a lower triangle, cut for products.

namespace kovar::dist {

/// Widest square on the diagonal that is not cut any further.
constexpr std::int64_t n_edge = 64;

/// Cuts what a rank owns of the lower triangle, diagonal included, in some local columns and in the local rows
/// before row_end, into rectangles and pieces of the diagonal.
/// \param rectangle  called with local rows and columns, all of whose entries lie below the diagonal
/// \param edge       called with up to n_edge rows and columns of one block of columns, which the diagonal cuts
template <class Scalar, class Rectangle, class Edge>
void for_lower_parts(BlockCyclicMatrix<Scalar> const& a, IndexRange columns, std::int64_t row_end,
                     Rectangle const& rectangle, Edge const& edge)
{
  if (columns.size() == 0) return;
  auto const n_rows_before = [&](std::int64_t i) {
    return std::min(row_end, a.rows().size_before(a.grid().row(), i));
  };
  IndexRange const on_diagonal = {n_rows_before(a.global_column(columns.first)),
                                  n_rows_before(a.global_column(columns.end - 1) + 1)};
  if (on_diagonal.end < row_end) rectangle(IndexRange{on_diagonal.end, row_end}, columns);
  if (on_diagonal.size() == 0) return;
  std::int64_t const block = a.block().columns;
  if (columns.size() <= n_edge && columns.first / block == (columns.end - 1) / block)
    return edge(on_diagonal, columns);
  std::int64_t middle = (columns.first + columns.end) / 2;
  if (middle / block * block > columns.first) middle = middle / block * block;
  for_lower_parts(a, {columns.first, middle}, on_diagonal.end, rectangle, edge);
  for_lower_parts(a, {middle, columns.end}, on_diagonal.end, rectangle, edge);
}

}  // namespace kovar::dist

#endif
