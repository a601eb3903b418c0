// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_LANE_SMOOTHED_HPP
#define KOVAR_SPECTRAL_LANE_SMOOTHED_HPP

#include <kovar/core/error.hpp>
#include <kovar/linalg/lane_spectrum.hpp>
#include <kovar/spectral/moreau_weights.hpp>

#include <cmath>

/// \file
/// Moreau-smoothed eigenvalues and their derivatives, one matrix in each lane.

namespace kovar::spectral {

/// \throws InputError unless alpha is positive and finite
template <class Scalar>
void require_alpha(Scalar alpha)
{
  KOVAR_REQUIRE(
      alpha > 0 && std::isfinite(alpha),
      "alpha is " << alpha
                  << " (a smoothed eigenvalue needs a positive, finite width of smoothing; "
                     "the eigenvalue itself has none)");
}

/// Packs of work of lane_smoothed_value() for order d.
constexpr std::int64_t smoothed_value_work_size(std::int64_t d)
{
  return 4 * d + linalg::spectrum_work_size(d);
}

/// Packs of work of lane_smoothed_slope() for order d.
constexpr std::int64_t smoothed_slope_work_size(std::int64_t d)
{
  return smoothed_value_work_size(d) + d * d;
}

/// Where the parts of the work stand.
template <class Array>
struct SmoothedWork {
  Array found;    ///< eigenvalues, in no order
  Array places;   ///< of each in ascending order
  Array sorted;   ///< eigenvalues in ascending order
  Array weights;  ///< of those
  Array vectors;  ///< a row of d for each eigenvalue found, where there are any
  Array rest;

  KOKKOS_INLINE_FUNCTION SmoothedWork(Array const& work, int d, int n_vectors)
      : found(work),
        places(work + d),
        sorted(work + 2 * d),
        weights(work + 3 * d),
        vectors(work + 4 * d),
        rest(work + (4 * d + std::int64_t{n_vectors} * d))
  {
  }
};

/// Sort, weigh and sum up the eigenvalues found.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack smoothed_sum(SmoothedWork<Array> const& work, int d, int k,
                                         lane_number_t<Pack> alpha)
{
  linalg::lane_places<Pack>(work.found, d, work.places);
  for (int i = 0; i < d; ++i)
    for (int lane = 0; lane < n_lanes<Pack>; ++lane)
      set_lane(work.sorted[static_cast<int>(lane_of(work.places[i], lane))], lane,
               lane_of(work.found[i], lane));
  Pack value = {};
  for (int lane = 0; lane < n_lanes<Pack>; ++lane)
    set_lane(value, lane, moreau_weights<Pack>(work.sorted, d, k, lane, alpha, work.weights));
  return value;
}

/// Smoothed eigenvalue k of symmetric matrices; NaN stays in its matrix.
/// \param matrix  triangle_size(d) packs, lower triangles column by column; overwritten
/// \param work    smoothed_value_work_size(d) packs, no vectors
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_smoothed_value(Array const& matrix, int d, int k,
                                                lane_number_t<Pack> alpha,
                                                SmoothedWork<Array> const& work)
{
  linalg::lane_eigenvalues<Pack>(matrix, d, work.found, work.rest);
  return smoothed_sum<Pack>(work, d, k, alpha);
}

/// The same value, bit for bit, and its derivatives by the stored entries, sum_j u_j q_j q_j^T with what
/// is off the diagonal doubled. The weights stay in work.weights.
/// \param matrix  overwritten by the derivatives, lower triangles row by row
/// \param work    smoothed_slope_work_size(d) packs, d vectors
/// Cost: that of all eigenpairs, and d (d + 1) flops for each eigenvalue of weight.
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION Pack lane_smoothed_slope(Array const& matrix, int d, int k,
                                                lane_number_t<Pack> alpha,
                                                SmoothedWork<Array> const& work)
{
  linalg::lane_eigenpairs<Pack>(matrix, d, work.found, work.vectors, work.rest);
  Pack const value = smoothed_sum<Pack>(work, d, k, alpha);
  std::int64_t const n = linalg::triangle_size(d);
  Pack const taint = value * 0;
  for (std::int64_t t = 0; t < n; ++t) matrix[t] = taint;
  for (int i = 0; i < d; ++i) {
    Pack weight = {};
    for (int lane = 0; lane < n_lanes<Pack>; ++lane)
      set_lane(weight, lane,
               lane_of(work.weights[static_cast<int>(lane_of(work.places[i], lane))], lane));
    if (!any_lane<Pack>(weight > 0)) continue;
    Array const q = work.vectors + std::int64_t{i} * d;
    std::int64_t t = 0;
    for (int r = 0; r < d; ++r) {
      Pack const single = weight * q[r];
      Pack const twice = single + single;
      for (int c = 0; c < r; ++c, ++t) matrix[t] += twice * q[c];
      matrix[t] += single * q[r];
      ++t;
    }
  }
  return value;
}

}  // namespace kovar::spectral

#endif
