// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SUBSET_CONTRASTS_HPP
#define KOVAR_GSN_SUBSET_CONTRASTS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/unit_blocks.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Columns whose products, summed, are the covariances over shared trials of all pairs of units.
///
/// Let m be the trials that units i and j share in a condition and K their number, K >= 2. Their
/// unbiased covariance is q = 1/(K(K-1)) sum_{a<b in m} d_i d_j with the differences d = x_a - x_b. The
/// Helmert contrasts h of a set U of trials (contrasts.hpp) give f(U) = sum_h h_i h_j =
/// 1/|U| sum_{a<b in U} d_i d_j. Then, by inclusion and exclusion over the sets of trials,
///
///     q = sum over U within m, |U| >= 2, of (-1)^|U| f(U),
///
/// for the factor of one pair (a, b) is sum_s C(K-2, s) (-1)^s / (s+2), the integral of x (1-x)^(K-2)
/// over [0, 1], which is 1/(K(K-1)). A set lies within m if both units have all its trials: rows of
/// units that lack one are zero, and the formula holds for all pairs at once. Sets of even size are
/// added, of odd size subtracted: two symmetric products of matrices for the whole sum.

namespace kovar::gsn {

/// Trials up to which these columns are made; their number doubles with every trial and more.
constexpr int largest_subset_trials = 4;

/// Columns per condition with T trials: sets of even size, sets of odd size, noise shares.
struct SubsetColumns {
  int n_even = 0;
  int n_odd = 0;
  int n_share = 0;

  explicit SubsetColumns(std::int64_t n_trials)
      : n_share(n_trials > 0 ? static_cast<int>(n_trials) - 1 : 0)
  {
    for (unsigned set = 1; set < 1U << n_trials; ++set) {
      int const size = popcount(set);
      (size % 2 == 0 ? n_even : n_odd) += size - 1;
    }
  }
};

namespace detail {

/// Trials of neighbouring units in one condition, in registers, and their contrasts over sets.
template <class ExecSpace>
class SubsetContrasts {
  using Pack = typename Lanes<double, ExecSpace>::type;
  using Mask = decltype(Pack{} == Pack{});

 public:
  static constexpr int n_lanes = Lanes<double, ExecSpace>::n;

  /// Take the trials of the n units (at most n_lanes) from `first` on.
  template <class Scalar>
  KOKKOS_FORCEINLINE_FUNCTION void load(ConstCube<Scalar, ExecSpace> const& responses,
                                        std::int64_t first, int n, std::int64_t c)
  {
    n_trials_ = static_cast<int>(responses.extent(2));
    for (int t = 0; t < n_trials_; ++t) {
      double lanes[n_lanes];
      load_trial(responses, first, n, c, t, lanes);
      Pack const x = load_lanes<Pack>(lanes);
      present_[t] = x == x;  // false for NaN
      x_[t] = present_[t] ? x : Pack{};
      scale_[t] = t > 0 ? 1 / math::sqrt(t * (t + 1.0)) : 0;
    }
  }

  /// Call write(size, contrast) for the contrasts of all sets of two trials and more, of `size` trials.
  template <class Write>
  KOKKOS_FORCEINLINE_FUNCTION void for_contrasts(Write const& write) const
  {
    for (unsigned set = 3; set < 1U << n_trials_; ++set) {
      int const size = popcount(set);
      if (size < 2) continue;
      Mask has_all = Pack{} == Pack{};
      for (int t = 0; t < n_trials_; ++t)
        if ((set >> t & 1U) != 0) has_all = has_all & present_[t];
      Pack reference = {};
      Pack sum = {};
      int n_before = 0;
      for (int t = 0; t < n_trials_; ++t) {
        if ((set >> t & 1U) == 0) continue;
        if (n_before == 0) reference = x_[t];
        Pack const deviation = x_[t] - reference;
        Pack const contrast = (sum - n_before * deviation) * scale_[n_before];
        if (n_before > 0) write(size, has_all ? contrast : Pack{});
        sum += deviation;
        ++n_before;
      }
    }
  }

  /// Call write(t - 1, contrast) for the contrasts t >= 1 of 1/n where present, 0 where lost.
  template <class Write>
  KOKKOS_FORCEINLINE_FUNCTION void for_share_contrasts(Write const& write) const
  {
    Pack const one = all_lanes<Pack>(1.0);
    Pack n = {};
    for (int t = 0; t < n_trials_; ++t) n += present_[t] ? one : Pack{};
    Pack const share = n > 0.0 ? one / n : Pack{};
    Pack sum = {};
    for (int t = 0; t < n_trials_; ++t) {
      Pack const u = present_[t] ? share : Pack{};
      if (t > 0) write(t - 1, (sum - t * u) * scale_[t]);
      sum += u;
    }
  }

 private:
  Pack x_[largest_subset_trials];
  Mask present_[largest_subset_trials];
  double scale_[largest_subset_trials];
  int n_trials_;
};

/// The first n lanes to consecutive numbers.
template <class Scalar, class Pack>
KOKKOS_FORCEINLINE_FUNCTION void store_first_lanes(Pack const& pack, int n, int n_lanes, Scalar* to)
{
  if constexpr (std::is_same_v<Scalar, double> && !std::is_arithmetic_v<Pack>) {
    if (n >= n_lanes) {
      store_lanes(pack, to);
      return;
    }
  }
  for (int lane = 0; lane < n && lane < n_lanes; ++lane)
    to[lane] = static_cast<Scalar>(lane_of(pack, lane));
}

}  // namespace detail

/// Fill the columns of conditions list(begin) ... list(end - 1): condition k of them has n_even columns of
/// `even` from n_even k on, and so for the others. A unit's u_t = 1/n for its n trials, 0 for lost ones,
/// sums to 1: contrasts of u give the noise share k_ij/(n_i n_j) = sum_t u_it u_jt less the constant 1/T.
/// They are left out if `share` has no columns.
template <class Scalar, class ExecSpace>
void subset_contrasts(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                      Vector<std::int64_t, ExecSpace> const& list, std::int64_t begin,
                      std::int64_t end, Matrix<Scalar, ExecSpace> const& even,
                      Matrix<Scalar, ExecSpace> const& odd, Matrix<Scalar, ExecSpace> const& share)
{
  SubsetColumns const columns(static_cast<std::int64_t>(responses.extent(2)));
  int const n_even = columns.n_even;
  int const n_odd = columns.n_odd;
  int const n_share = columns.n_share;
  bool const with_share = share.extent(1) > 0;
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::subset_contrasts", static_cast<std::int64_t>(responses.extent(0)),
      end - begin, KOKKOS_LAMBDA(std::int64_t block, int n_in_block, std::int64_t k) {
        using Contrasts = detail::SubsetContrasts<ExecSpace>;
        using Pack = typename Lanes<double, ExecSpace>::type;
        constexpr int n_lanes = Contrasts::n_lanes;
        for (int part = 0; part < n_in_block; part += n_lanes) {
          std::int64_t const first = block + part;
          int const n = n_in_block - part < n_lanes ? n_in_block - part : n_lanes;
          Contrasts contrasts;
          contrasts.load(responses, first, n, list(begin + k));
          std::int64_t next_even = k * n_even;
          std::int64_t next_odd = k * n_odd;
          contrasts.for_contrasts([&](int size, Pack const& contrast) {
            Scalar* const column =
                size % 2 == 0 ? &even(first, next_even++) : &odd(first, next_odd++);
            detail::store_first_lanes(contrast, n, n_lanes, column);
          });
          if (!with_share) continue;
          contrasts.for_share_contrasts([&](int h, Pack const& contrast) {
            detail::store_first_lanes(contrast, n, n_lanes, &share(first, k * n_share + h));
          });
        }
      });
}

/// Columns of conditions whose units have either no trial or the same n_common ones: their contrasts
/// over sqrt(n_common - 1), so that products are covariances, and where n_common < T one column for the
/// noise share 1/n_common less the constant 1/T.
/// \param list          the conditions; n_common, noise_at, share_at are parallel to it from `begin` on
/// \param noise_at      first of the n_common - 1 columns of `noise`
/// \param share_at      column of `share`, -1 for none
template <class Scalar, class ExecSpace>
void common_contrasts(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                      Vector<std::int64_t, ExecSpace> const& list,
                      Vector<std::int64_t, ExecSpace> const& n_common,
                      Vector<std::int64_t, ExecSpace> const& noise_at,
                      Vector<std::int64_t, ExecSpace> const& share_at,
                      Matrix<Scalar, ExecSpace> const& noise,
                      Matrix<Scalar, ExecSpace> const& share)
{
  std::int64_t const n_trials = responses.extent(2);
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::common_contrasts", static_cast<std::int64_t>(responses.extent(0)),
      static_cast<std::int64_t>(list.extent(0)),
      KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t k) {
        std::int64_t const c = list(k);
        std::int64_t const n_shared = n_common(k);
        double const whole = static_cast<double>(n_shared);
        double const deviation_share = math::sqrt(1 / whole - 1 / static_cast<double>(n_trials));
        double const norm = n_shared > 1 ? 1 / math::sqrt(whole - 1) : 0;
        for (int lane = 0; lane < n; ++lane) {
          std::int64_t const i = first + lane;
          std::int64_t n_before = 0;
          double reference = 0;
          double sum = 0;
          for (std::int64_t t = 0; t < n_trials; ++t) {
            double const response = responses(i, c, t);
            if (math::is_nan(response)) continue;
            if (n_before == 0) reference = response;
            double const deviation = response - reference;
            double const before = static_cast<double>(n_before);
            if (n_before > 0)
              noise(i, noise_at(k) + n_before - 1) = static_cast<Scalar>(
                  (sum - before * deviation) * (norm / math::sqrt(before * (before + 1))));
            sum += deviation;
            ++n_before;
          }
          if (n_before == 0)
            for (std::int64_t h = 0; h < n_shared - 1; ++h) noise(i, noise_at(k) + h) = 0;
          if (share_at(k) >= 0)
            share(i, share_at(k)) = static_cast<Scalar>(n_before > 0 ? deviation_share : 0);
        }
      });
}

}  // namespace kovar::gsn

#endif
