// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SORT_ROWS_HPP
#define KOVAR_LINALG_SORT_ROWS_HPP

#include <kovar/linalg/sparse_matrix.hpp>

/// \file
/// Sparse matrices whose rows come in any order.

namespace kovar::linalg {

/// Do columns ascend in every row? They do where one comes twice, too.
/// \param a  with valid row pointers
bool has_sorted_rows(HostSparseMatrix const& a);

/// Bring the entries of each row into the order of their columns, in place. Rows that have it are only read.
/// \param a  with valid row pointers
void sort_rows(HostSparseMatrix const& a);

}  // namespace kovar::linalg

#endif
