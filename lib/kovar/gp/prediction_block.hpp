// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GP_PREDICTION_BLOCK_HPP
#define KOVAR_GP_PREDICTION_BLOCK_HPP

#include <kovar/core/views.hpp>
#include <kovar/gp/points.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

/// \file
/// Test points some at a time, so that predictions of any number of points need little memory.

namespace kovar::gp {

/// Test points in a block: enough for products of matrices to run at their full rate.
constexpr std::int64_t n_block_points = 512;

/// Some columns of a matrix.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> columns_of(Matrix<Scalar, ExecSpace> const& a, std::int64_t first,
                                     std::int64_t n)
{
  return Kokkos::subview(a, Kokkos::ALL, std::make_pair(first, first + n));
}

/// What blocks of test points are worked on in. Allocated once, used for every block.
template <class Scalar, class ExecSpace>
struct PredictionBlock {
  Points<Scalar, ExecSpace> points;
  Matrix<Scalar, ExecSpace>
      covariance;  ///< padded_points(n) x n_block_points; rows beyond n stay 0

  PredictionBlock(ExecSpace const& space, std::int64_t n, std::int64_t n_columns)
      : points(make_points<Scalar>(space, n_block_points, n_columns)),
        covariance(Kokkos::view_alloc(space, "kovar::gp::prediction_block"), padded_points(n),
                   n_block_points)
  {
  }
};

/// Rows first, first + 1, ... of x as the points of a block; as many as fit.
template <class Scalar, class ExecSpace, class Inputs>
Points<Scalar, ExecSpace> take_block(ExecSpace const& space,
                                     PredictionBlock<Scalar, ExecSpace> const& block,
                                     Inputs const& x, std::int64_t first)
{
  auto points = block.points;
  points.n = std::min(n_block_points, static_cast<std::int64_t>(x.extent(0)) - first);
  copy_points(space, x, first, points);
  return points;
}

}  // namespace kovar::gp

#endif
