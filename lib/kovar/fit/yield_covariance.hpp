// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_YIELD_COVARIANCE_HPP
#define KOVAR_FIT_YIELD_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// J C J^T for the sparse derivatives J of yields. Rows are taken in blocks: the columns that a block
/// touches become a dense matrix, and BLAS multiplies it with those rows and columns of C.

namespace kovar::fit {

/// How uncertain parameters are: a covariance, or variances of parameters that are not correlated.
template <class ExecSpace>
struct ParameterSpread {
  std::vector<std::int64_t> place;  ///< of each parameter: its row below, -1 if it cannot move
  std::int64_t n_places = 0;
  Matrix<double, ExecSpace> covariance;  ///< n_places x n_places
  Vector<double, ExecSpace> variance;    ///< or n_places; one of both
  bool is_diagonal = false;
};

/// \throws InputError if the covariance has no matrix
template <class ExecSpace>
ParameterSpread<ExecSpace> correlated_spread(Covariance<ExecSpace> const& covariance);

/// \param variances  of all parameters; those of variance 0 cannot move
template <class ExecSpace>
ParameterSpread<ExecSpace> diagonal_spread(ExecSpace const& space,
                                           std::vector<double> const& variances);

/// The places that rows first to end - 1 of J touch, ascending.
std::vector<std::int64_t> touched_places(linalg::HostSparseMatrix const& j,
                                         std::vector<std::int64_t> const& place, std::int64_t first,
                                         std::int64_t end);

/// Rows first to end - 1 of J, of the parameters at the given places: dense.
/// \param columns  ascending, among them all places that the rows touch
template <class ExecSpace>
Matrix<double, ExecSpace> dense_rows(ExecSpace const& space, linalg::HostSparseMatrix const& j,
                                     std::vector<std::int64_t> const& place,
                                     std::vector<std::int64_t> const& columns, std::int64_t first,
                                     std::int64_t end);

/// The diagonal of J C J^T. Waits for the instance.
/// \param j  rows x all parameters
/// Cost: for a block of rows that touches u columns, 2 u^2 flops a row and u^2 numbers.
template <class ExecSpace>
std::vector<double> yield_variances(ExecSpace const& space, linalg::HostSparseMatrix const& j,
                                    ParameterSpread<ExecSpace> const& c);

/// J C J^T, the lower triangle.
/// Cost: for n parameters and m rows u (2 n + m) flops a row.
template <class ExecSpace>
Matrix<double, ExecSpace> yield_covariance(ExecSpace const& space,
                                           linalg::HostSparseMatrix const& j,
                                           ParameterSpread<ExecSpace> const& c);

}  // namespace kovar::fit

#endif
