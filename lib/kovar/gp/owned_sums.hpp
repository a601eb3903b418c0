// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_OWNED_SUMS_HPP
#define KOVAR_GP_OWNED_SUMS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/gp/kernel_program.hpp>
#include <kovar/gp/points.hpp>

#include <Kokkos_Core.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Sums over a covariance matrix that is spread over ranks, each rank's over its own entries: the passes of
/// covariance_gradient.hpp, whose weights and kernel are made anew tile by tile, on a block-cyclic share.

namespace kovar::gp {

/// The points that a rank's rows and columns belong to.
template <class Scalar>
struct OwnedPoints {
  Points<Scalar, dist::Host> rows;
  Points<Scalar, dist::Host> columns;
};

/// W = alpha alpha^T / 2 + factor a, symmetric, of which a rank has its rows and columns.
template <class Scalar>
struct OwnedWeight {
  Matrix<Scalar, dist::Host> row_alpha;     ///< owned_extent(rows) x q
  Matrix<Scalar, dist::Host> column_alpha;  ///< owned_extent(columns) x q
  dist::BlockCyclicMatrix<Scalar> a;        ///< n x n
  Scalar factor = 0;
};

/// Rows of a list per owned row or column: a whole tile can be read from any of them on.
inline std::size_t owned_extent(std::size_t n_owned) { return n_owned + n_tile_points; }

/// Some rows of a matrix that every rank has whole, and zeros below.
/// \param rows   the rows that are taken
/// \param entry  entry(row, column)
template <class Scalar, class Entry>
Matrix<Scalar, dist::Host> owned_rows_of(dist::Host const& space, std::string const& label,
                                         std::vector<std::int64_t> const& rows,
                                         std::int64_t n_columns, Entry const& entry)
{
  Matrix<Scalar, dist::Host> const taken(Kokkos::view_alloc(space, label),
                                         owned_extent(rows.size()), n_columns);
  space.fence();  // the host writes it
  for (std::int64_t c = 0; c < n_columns; ++c)
    for (std::size_t i = 0; i < rows.size(); ++i)
      taken(i, c) = static_cast<Scalar>(entry(rows[i], c));
  return taken;
}

/// This rank's part of sum_ij W_ij of every sum of the program (KernelProgram::value_gradient makes derivatives
/// of them), from the lower triangle of a. Added in double, always in the same order. Waits for the result; no
/// communication.
/// Cost: n^2 / 2 (6 d + q + c) flops over all ranks; one reading of the lower triangle.
template <class Scalar>
std::vector<double> owned_parameter_sums(dist::Host const& space,
                                         DeviceProgram<Scalar, dist::Host> const& program,
                                         OwnedPoints<Scalar> const& points,
                                         OwnedWeight<Scalar> const& weight);

/// This rank's part of the derivatives by the inputs, 2 sum_i W_ij d_1 k(x_j, x_i) for each owned column j, the
/// sum over its owned rows: owned columns x d, row by row. Waits for the result; no communication.
/// \param weight  a is read whole: fill its upper triangle first
/// Cost: n^2 (6 d + q + c) flops over all ranks; one reading of the matrix.
template <class Scalar>
std::vector<double> owned_input_sums(dist::Host const& space,
                                     DeviceProgram<Scalar, dist::Host> const& program,
                                     OwnedPoints<Scalar> const& points,
                                     OwnedWeight<Scalar> const& weight);

}  // namespace kovar::gp

#endif
