// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_WHOLE_MATRIX_HPP
#define KOVAR_TESTS_GSN_WHOLE_MATRIX_HPP

#include "support/views.hpp"

#include <kovar/dist/block_cyclic_matrix.hpp>

#include <cstddef>

/// \file
/// A matrix over ranks as each of them can compare it.

namespace kovar::test {

/// All entries, on all ranks; above the diagonal what stands there.
template <class Scalar>
HostMatrix whole(dist::BlockCyclicMatrix<Scalar> const& a)
{
  HostMatrix m(a.n_rows(), a.n_columns());
  auto const rows = a.owned_rows();
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < rows.size(); ++i)
      m(rows[i], columns[j]) = static_cast<double>(a.local()(i, j));
  a.grid().comm().sum_to_all(m.values.data(), a.n_rows() * a.n_columns());
  return m;
}

}  // namespace kovar::test

#endif
