// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SYMMETRIC_BATCH_HPP
#define KOVAR_LINALG_SYMMETRIC_BATCH_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/interleaved.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>

/// \file
/// Many symmetric matrices of one order, of which lower triangles are read.

namespace kovar::linalg {

/// Rows of numbers, one after the other: row-major whatever the space.
template <class Scalar, class ExecSpace>
using Rows = Kokkos::View<Scalar**, Kokkos::LayoutRight, ExecSpace>;
template <class Scalar, class ExecSpace>
using ConstRows = Kokkos::View<Scalar const**, Kokkos::LayoutRight, ExecSpace>;

/// The order d of a triangle of d (d + 1) / 2 entries; -1 if there is none.
inline std::int64_t order_of_triangle(std::int64_t n_entries)
{
  auto const d =
      static_cast<std::int64_t>((std::sqrt(8.0 * static_cast<double>(n_entries) + 1) - 1) / 2);
  for (std::int64_t candidate = d - 1; candidate <= d + 1; ++candidate)
    if (candidate >= 0 && triangle_size(candidate) == n_entries) return candidate;
  return -1;
}

/// A batch that somebody else keeps: squares in any layout, or lower triangles row by row.
template <class Scalar, class ExecSpace>
class SymmetricBatch {
 public:
  /// \param squares  n x d x d; what stands above the diagonals is not read
  /// \throws InputError if the matrices are not square
  explicit SymmetricBatch(ConstCube<Scalar, ExecSpace> const& squares)
      : data_(squares.data()),
        n_matrices_(static_cast<std::int64_t>(squares.extent(0))),
        order_(static_cast<std::int64_t>(squares.extent(1))),
        stride_(static_cast<std::int64_t>(squares.stride(0))),
        row_stride_(static_cast<std::int64_t>(squares.stride(1))),
        column_stride_(static_cast<std::int64_t>(squares.stride(2)))
  {
    KOVAR_REQUIRE(squares.extent(1) == squares.extent(2),
                  "'" << squares.label() << "' holds matrices of " << squares.extent(1) << " x "
                      << squares.extent(2) << " (symmetric matrices are square)");
  }

  /// \param triangles  n x d (d + 1) / 2: lower triangles, row by row
  /// \throws InputError if no d fits
  explicit SymmetricBatch(ConstRows<Scalar, ExecSpace> const& triangles)
      : data_(triangles.data()),
        n_matrices_(static_cast<std::int64_t>(triangles.extent(0))),
        order_(order_of_triangle(static_cast<std::int64_t>(triangles.extent(1)))),
        stride_(static_cast<std::int64_t>(triangles.stride(0))),
        is_packed_(true)
  {
    KOVAR_REQUIRE(order_ >= 0, "'" << triangles.label() << "' has rows of " << triangles.extent(1)
                                   << " numbers (a lower triangle of order d has d (d + 1) / 2)");
  }

  std::int64_t n_matrices() const { return n_matrices_; }
  std::int64_t order() const { return order_; }

  /// Entry (i, j), i >= j, of a matrix.
  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(std::int64_t matrix, std::int64_t i,
                                                std::int64_t j) const
  {
    return data_[matrix * stride_ +
                 (is_packed_ ? i * (i + 1) / 2 + j : i * row_stride_ + j * column_stride_)];
  }

 private:
  Scalar const* data_;
  std::int64_t n_matrices_;
  std::int64_t order_;
  std::int64_t stride_;
  std::int64_t row_stride_ = 0;
  std::int64_t column_stride_ = 0;
  bool is_packed_ = false;
};

/// Read a group of matrices into lanes, columns of lower triangles one after the other.
template <class Pack, class Scalar, class ExecSpace, class Array>
KOKKOS_INLINE_FUNCTION void load_lanes_of(SymmetricBatch<Scalar, ExecSpace> const& batch,
                                          LaneGroup const& group, int d, Array const& to)
{
  for (int i = 0; i < d; ++i)
    for (int j = 0; j <= i; ++j) {
      Pack entry = {};
      for (int lane = 0; lane < n_lanes<Pack>; ++lane)
        set_lane(entry, lane, batch(group.problem(lane), i, j));
      to[column_index(d, i, j)] = entry;
    }
}

}  // namespace kovar::linalg

#endif
