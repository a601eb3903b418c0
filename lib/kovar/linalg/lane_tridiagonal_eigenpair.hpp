// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_TRIDIAGONAL_EIGENPAIR_HPP
#define KOVAR_LINALG_LANE_TRIDIAGONAL_EIGENPAIR_HPP

#include <kovar/linalg/lane_eigenvalue.hpp>
#include <kovar/linalg/lane_eigenvector.hpp>

#include <limits>

/// \file
/// One eigenpair of symmetric tridiagonal matrices with entries of any size, one matrix in each lane.

namespace kovar::linalg {

/// Packs of work of the functions below for order d.
constexpr std::int64_t tridiagonal_pair_work_size(std::int64_t d)
{
  return d + eigenvector_work_size(d);
}

namespace detail {

/// Bring the entries near 1 by a power of two. \return what to multiply eigenvalues by; NaN where an entry
/// is not finite
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack scale_tridiagonal(Array const& entries, int d)
{
  using Number = lane_number_t<Pack>;
  Pack largest = {};
  Pack taint = {};
  for (int k = 0; k < 2 * d - 1; ++k) {
    largest = lane_max(lane_abs(Pack(entries[k])), largest);
    taint += entries[k] * 0;
  }
  // The inverse of a smaller power would overflow.
  Pack const smallest = all_lanes<Pack>(4 * std::numeric_limits<Number>::min());
  Pack const power = lane_power_of_two_below(lane_max(largest, smallest));
  Pack const inverse = 1 / power;
  for (int k = 0; k < 2 * d - 1; ++k) entries[k] *= inverse;
  return power + taint;
}

}  // namespace detail

/// Eigenvalue k (0: the smallest) of symmetric tridiagonal matrices. NaN or infinity in one gives NaN; its
/// neighbours do not notice.
/// \param entries  2 d - 1 packs: the diagonal, then the off-diagonal; overwritten
/// \param work     tridiagonal_pair_work_size(d) packs
/// Error: a few eps times the norm.
/// Cost: that of lane_eigenvalue().
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_tridiagonal_value(Array const& entries, int d, int k,
                                                   Array const& work)
{
  Pack const scale = detail::scale_tridiagonal<Pack>(entries, d);
  Pack norm;
  return scale * lane_eigenvalue<Pack>(entries, entries + d, d, k, work, norm);
}

/// The same eigenvalue, bit for bit, and a unit eigenvector of it.
/// \param vector  d packs, result
/// Cost: about 14 d flops more.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_tridiagonal_pair(Array const& entries, int d, int k,
                                                  Array const& vector, Array const& work)
{
  Pack const scale = detail::scale_tridiagonal<Pack>(entries, d);
  Pack norm;
  Pack const value = lane_eigenvalue<Pack>(entries, entries + d, d, k, work, norm);
  lane_eigenvector<Pack>(entries, entries + d, d, value, norm, vector, work + d);
  normalize_lanes<Pack>(vector, d);
  Pack const taint = scale * 0;
  for (int i = 0; i < d; ++i) vector[i] += taint;
  return scale * value;
}

}  // namespace kovar::linalg

#endif
