// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_MASKED_TRIDIAGONALS_HPP
#define KOVAR_GSN_MASKED_TRIDIAGONALS_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/level_curve.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Log determinants and quadratic forms of many blocks of a correlation matrix, with their derivatives
/// by the level.

namespace kovar::gsn {

/// Blocks R_OO = Q T Q^T of a correlation matrix, packed one after another: the diagonal of T (n), its
/// off-diagonal (n - 1) and a zero, then the points Q^T z (n x m).
template <class ExecSpace>
struct MaskedTridiagonals {
  Vector<double, ExecSpace> packed;
  std::vector<std::int64_t> first;     ///< of each block in `packed`
  std::vector<std::int64_t> order;     ///< n of each block
  std::vector<std::int64_t> n_points;  ///< m of each block

  /// Numbers that a block takes.
  static std::int64_t length(std::int64_t order, std::int64_t n_points)
  {
    return order * (2 + n_points);
  }
};

/// The mean over all points of half the quadratic form and half the log determinant of
/// a T + (1-a) I, at every level. Slopes by differentiating each step of the factorization L Diag(p) L^T:
/// as exact as the values, at three times their cost.
/// \returns NaN in both parts at levels where a block is not definite
/// Cost: about 25 S n (m + 1) flops for each block of order n with m points. Sums have a fixed order.
template <class ExecSpace>
std::vector<LevelCurveValue> evaluate_masked(ExecSpace const& space,
                                             MaskedTridiagonals<ExecSpace> const& blocks,
                                             std::vector<double> const& levels);

}  // namespace kovar::gsn

#endif
