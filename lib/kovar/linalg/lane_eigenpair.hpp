// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_LANE_EIGENPAIR_HPP
#define KOVAR_LINALG_LANE_EIGENPAIR_HPP

#include <kovar/linalg/lane_eigenvalue.hpp>
#include <kovar/linalg/lane_eigenvector.hpp>
#include <kovar/linalg/lane_tridiagonal.hpp>

/// \file
/// One eigenpair of small symmetric matrices, one matrix in each lane.

namespace kovar::linalg {

/// Bring n numbers near 1 by a power of two: no digit changes, and squares neither overflow nor vanish.
/// \return what to multiply eigenvalues by
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack scale_entries(Array const& a, std::int64_t n)
{
  using Number = lane_number_t<Pack>;
  Pack largest = {};
  for (std::int64_t k = 0; k < n; ++k) largest = lane_max(lane_abs(Pack(a[k])), largest);
  // The inverse of a smaller power would overflow.
  Pack const smallest = all_lanes<Pack>(4 * std::numeric_limits<Number>::min());
  Pack const power = lane_power_of_two_below(lane_max(largest, smallest));
  Pack const inverse = 1 / power;
  for (std::int64_t k = 0; k < n; ++k) a[k] *= inverse;
  return power;
}

/// The same for the lower triangles of matrices of order d.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack scale_lanes(Array const& a, int d)
{
  return scale_entries<Pack>(a, triangle_size(d));
}

/// Work of the functions below on matrices of order d, in packs.
KOKKOS_INLINE_FUNCTION constexpr std::int64_t eigenpair_work_size(std::int64_t d)
{
  return 4 * d + tridiagonal_work_size(d);
}

namespace detail {

/// 0, or NaN where the tridiagonal matrix is not finite: an entry of the matrix that is not spoils all
/// that comes after it.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack taint_of(LaneTridiagonal<Array> const& t, int d)
{
  Pack taint = {};
  for (int i = 0; i < d; ++i) taint += t.diagonal[i] * 0;
  for (int i = 0; i + 1 < d; ++i) taint += t.off_diagonal[i] * 0;
  return taint;
}

/// Scale, reduce to tridiagonal form, and give the scale, NaN where a matrix is not finite.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack reduce_scaled(Array const& matrix, int d,
                                          LaneTridiagonal<Array> const& form, Array const& work)
{
  Pack scale = scale_lanes<Pack>(matrix, d);
  tridiagonalize_lanes<Pack>(matrix, d, form, work);
  scale += taint_of<Pack>(form, d);
  return scale;
}

/// A matrix in the form in which its eigenvalue was found.
template <class Pack, class Array>
struct FoundEigenvalue {
  LaneTridiagonal<Array> form;
  Pack value;  ///< of the scaled matrix
  Pack norm;
  Pack scale;  ///< of the matrix; NaN where it is not finite
};

/// The matrix reduced; no eigenvalue is found yet.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION FoundEigenvalue<Pack, Array> reduce(Array const& matrix, int d,
                                                           Array const& work)
{
  FoundEigenvalue<Pack, Array> found;
  found.form = {work, work + d, work + 2 * d};
  found.scale = reduce_scaled<Pack>(matrix, d, found.form, work + 4 * d);
  return found;
}

/// Eigenvalue k of what reduce() left.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack value_of(FoundEigenvalue<Pack, Array>& found, int d, int k,
                                     Array const& work)
{
  return lane_eigenvalue<Pack>(found.form.diagonal, found.form.off_diagonal, d, k, work + 3 * d,
                               found.norm);
}

template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION FoundEigenvalue<Pack, Array> find_eigenvalue(Array const& matrix, int d,
                                                                    int k, Array const& work)
{
  auto found = reduce<Pack>(matrix, d, work);
  found.value = value_of<Pack>(found, d, k, work);
  return found;
}

/// The eigenvalue of largest magnitude, the positive one of two.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION FoundEigenvalue<Pack, Array> find_extreme(Array const& matrix, int d,
                                                                 Array const& work)
{
  auto found = reduce<Pack>(matrix, d, work);
  Pack const low = value_of<Pack>(found, d, 0, work);
  Pack const high = value_of<Pack>(found, d, d - 1, work);
  found.value = -low > high ? low : high;
  return found;
}

/// A unit eigenvector of the eigenvalue that was found; NaN where the matrix is not finite.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION void vector_of(FoundEigenvalue<Pack, Array> const& found,
                                      Array const& matrix, int d, Array const& vector,
                                      Array const& work)
{
  lane_eigenvector<Pack>(found.form.diagonal, found.form.off_diagonal, d, found.value, found.norm,
                         vector, work + 4 * d);
  apply_lane_reflectors<Pack>(matrix, d, found.form.tau, vector);
  normalize_lanes<Pack>(vector, d);
  Pack const taint = found.scale * 0;
  for (int i = 0; i < d; ++i) vector[i] += taint;
}

}  // namespace detail

/// Eigenvalue k (0: the smallest) of symmetric matrices. A matrix with NaN or infinity gives NaN; its
/// neighbours do not notice.
/// \param matrix  triangle_size(d) packs, lower triangles column by column; overwritten
/// \param work    eigenpair_work_size(d) packs
/// Cost: 4/3 d^3 flops and those of lane_eigenvalue().
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_kth_eigenvalue(Array const& matrix, int d, int k,
                                                Array const& work)
{
  auto const found = detail::find_eigenvalue<Pack>(matrix, d, k, work);
  return found.value * found.scale;
}

/// The same eigenvalue, bit for bit, and a unit eigenvector of it. Where the eigenvalue repeats it is one of
/// its eigenspace, the same one in whatever lane.
/// \param vector  d packs, result
/// Cost: 2 d^2 flops more.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_kth_eigenpair(Array const& matrix, int d, int k,
                                               Array const& vector, Array const& work)
{
  auto const found = detail::find_eigenvalue<Pack>(matrix, d, k, work);
  detail::vector_of<Pack>(found, matrix, d, vector, work);
  return found.value * found.scale;
}

/// The eigenvalue of largest magnitude, the positive one where both signs have it: its magnitude is the spectral
/// norm.
/// \param matrix  as above
/// \param work    eigenpair_work_size(d) packs
/// Cost: one eigenvalue more than lane_kth_eigenvalue().
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_extreme_eigenvalue(Array const& matrix, int d, Array const& work)
{
  auto const found = detail::find_extreme<Pack>(matrix, d, work);
  return found.value * found.scale;
}

/// The same eigenvalue, bit for bit, and a unit eigenvector of it.
/// \param vector  d packs, result
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_extreme_eigenpair(Array const& matrix, int d, Array const& vector,
                                                   Array const& work)
{
  auto const found = detail::find_extreme<Pack>(matrix, d, work);
  detail::vector_of<Pack>(found, matrix, d, vector, work);
  return found.value * found.scale;
}

}  // namespace kovar::linalg

#endif
