// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SHARED_YIELD_COVARIANCE_HPP
#define KOVAR_FIT_SHARED_YIELD_COVARIANCE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// J C J^T for the sparse derivatives J of yields where no rank has all of C: its columns come by, some at a time.

namespace kovar::fit {

/// The diagonal of J C J^T for this rank's rows J. Collective.
/// \param j  rows of this rank x all parameters
/// \throws BackendError, on all ranks, if one has no room to work in
/// Cost: the flops of yield_variances() of a covariance in one piece, and for each block of 256 rows their entries
///       are unpacked once for each pack of columns that they touch; all columns of C are sent to all ranks.
std::vector<double> shared_yield_variances(linalg::HostSparseMatrix const& j,
                                           SharedCovariance const& c);

/// Calls what it is given with all columns of a covariance.
using ColumnSource = std::function<void(TakeColumns const&)>;

/// J C J^T, both triangles, in shares. Collective.
/// \param grid    over which it is spread
/// \param j       all rows x all parameters, the same on all ranks
/// \param place   of each parameter: its row in the columns, -1 if it cannot move
/// \param source  of the columns of C
/// \throws BackendError, on all ranks, if one has no room for its share or to work in
/// Cost: 2 (n_places entries(J) + n_rows entries(J)) flops over the columns or rows of the grid.
dist::BlockCyclicMatrix<double> shared_yield_covariance(dist::ProcessGrid const& grid,
                                                        linalg::HostSparseMatrix const& j,
                                                        std::vector<std::int64_t> const& place,
                                                        ColumnSource const& source);

}  // namespace kovar::fit

#endif
