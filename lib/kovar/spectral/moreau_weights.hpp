// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_MOREAU_WEIGHTS_HPP
#define KOVAR_SPECTRAL_MOREAU_WEIGHTS_HPP

#include <kovar/linalg/interleaved.hpp>

#include <Kokkos_Core.hpp>

/// \file
/// Weights of eigenvalues in the Moreau-smoothed k-th eigenvalue.
///
/// The sum of the r largest eigenvalues is the maximum of sum_j lambda_j w_j over 0 <= w_j <= 1,
/// sum_j w_j = r. Taking (alpha / 2) |w|^2 off makes it smooth, its w(r) unique: the projection of
/// lambda / alpha on those w. The k-th eigenvalue is the difference of two such sums, r = d - k and
/// d - k - 1.

namespace kovar::spectral {

/// Ascending eigenvalues of one lane seen from the k-th one in units of alpha. Beyond one unit weights are 0 or
/// 1 whatever the distance.
template <class Array, class Scalar>
struct DistancesFromKth {
  Array values;  ///< d packs
  int lane;
  Scalar kth;
  Scalar alpha;

  KOKKOS_FORCEINLINE_FUNCTION Scalar operator()(int j) const
  {
    Scalar const t = (lane_of(values[j], lane) - kth) / alpha;
    return t > 1 ? Scalar(1) : (t < -1 ? Scalar(-1) : t);
  }
};

template <class Scalar>
KOKKOS_FORCEINLINE_FUNCTION Scalar clipped_weight(Scalar x)
{
  return x > 1 ? Scalar(1) : (x < 0 ? Scalar(0) : x);
}

/// The shift nu with sum_j clip(t_j + nu, 0, 1) = r. For r = d - k and d - k - 1 it is in [0, 1], since
/// t_k = 0: the sum grows piecewise linearly with nu, and its pieces are gone through in order.
/// \param t  ascending, t_k = 0
/// Cost: about 2 d steps.
template <class Scalar, class Distances>
KOKKOS_INLINE_FUNCTION Scalar weight_shift(Distances const& t, int d, int r)
{
  int next_full = d - 1;  // the last whose weight is still below 1
  while (next_full >= 0 && t(next_full) >= 1) --next_full;
  int next_used = next_full;  // the last whose weight is still 0
  Scalar sum = 0;             // of t over weights between
  while (next_used >= 0 && t(next_used) > 0) sum += t(next_used--);
  Scalar shift = 0;
  for (;;) {
    int const n_between = next_full - next_used;
    int const left = r - (d - 1 - next_full);
    if (n_between == 0 && left <= 0) return shift;
    Scalar const use_at = next_used >= 0 ? -t(next_used) : Scalar(2);
    Scalar const full_at = n_between > 0 ? 1 - t(next_full) : Scalar(2);
    Scalar const next = use_at < full_at ? use_at : full_at;
    Scalar const here = n_between > 0
                            ? (static_cast<Scalar>(left) - sum) / static_cast<Scalar>(n_between)
                            : Scalar(2);
    if (here <= next || !(next < 1)) return here > shift ? (here < 1 ? here : Scalar(1)) : shift;
    shift = next;
    if (use_at < full_at)
      sum += t(next_used--);
    else
      sum -= t(next_full--);
  }
}

/// Weights u_j = w_j(d - k) - w_j(d - k - 1) of one lane. \return the smoothed eigenvalue
/// \param values   d packs: eigenvalues in ascending order
/// \param weights  d packs, one lane of them is written: in [0, 1], of sum 1
template <class Pack, class Array>
KOKKOS_INLINE_FUNCTION lane_number_t<Pack> moreau_weights(Array const& values, int d, int k,
                                                          int lane, lane_number_t<Pack> alpha,
                                                          Array const& weights)
{
  using Number = lane_number_t<Pack>;
  Number const kth = lane_of(values[k], lane);
  DistancesFromKth<Array, Number> const t = {values, lane, kth, alpha};
  Number const with = weight_shift<Number>(t, d, d - k);
  Number const without = weight_shift<Number>(t, d, d - k - 1);
  // sum_j lambda_j u_j - (alpha / 2) (|w(r)|^2 - |w(r - 1)|^2) + alpha / 2, from lambda_k on
  Number sum = 0;
  for (int j = 0; j < d; ++j) {
    Number const distance = t(j);
    Number const first = clipped_weight(distance + with);
    Number const second = clipped_weight(distance + without);
    // Below 0 by rounding alone; which rows are left out as weightless must not depend on neighbours.
    Number const weight = first < second ? Number(0) : first - second;
    set_lane(weights[j], lane, weight);
    sum += weight * (distance + (1 - first - second) * Number(0.5));
  }
  return kth + alpha * sum;
}

}  // namespace kovar::spectral

#endif
