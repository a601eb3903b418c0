// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FACTORED_DENSE_HPP
#define KOVAR_GSN_FACTORED_DENSE_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/estimate_factored.hpp>
#include <kovar/gsn/factored_matrix.hpp>

#include <cstdint>

/// \file
/// From factors back to whole matrices, on rank 0.

namespace kovar::gsn {

/// All rows of a matrix whose rows are spread over ranks, on rank 0; of extent 0 elsewhere. On one rank the
/// matrix itself. Collective. Cost: sums over ranks of 64 MB at a time; memory on rank 0: 8 N k bytes more.
template <class ExecSpace>
Matrix<double, ExecSpace> rows_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                       Matrix<double, ExecSpace> const& x, std::int64_t n_units);

/// A as an N x N matrix with both triangles, on rank 0; of extent 0 elsewhere. Collective.
/// \param rows  rows_on_root() of A's factor
/// Cost: N^2 R flops for the R columns whose weight is not zero; memory: 8 N R bytes more.
template <class ExecSpace>
Matrix<double, ExecSpace> dense_on_root(ExecSpace const& space, dist::Communicator const& comm,
                                        FactoredMatrix<ExecSpace> const& a,
                                        Matrix<double, ExecSpace> const& rows);

/// The result as estimate() gives it: cN, cS, cNb and cSb as far as they are asked for. Collective.
/// \throws InputError, on all ranks, if the matrices do not fit into memory
template <class ExecSpace>
Estimate<double, ExecSpace> dense_estimate(ExecSpace const& space, dist::Communicator const& comm,
                                           FactoredEstimate<ExecSpace> const& factored,
                                           Items const& returns);

}  // namespace kovar::gsn

#endif
