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

/// Fill the columns of conditions list(order(k)), k = 0 ... : condition k has n_even columns of `even`
/// from n_even k on, and so for the others. A unit's u_t = 1/n for its n trials, 0 for lost ones, sums
/// to 1: contrasts of u give the noise share k_ij/(n_i n_j) = sum_t u_it u_jt less the constant 1/T.
template <class Scalar, class ExecSpace>
void subset_contrasts(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
                      Vector<std::int64_t, ExecSpace> const& list, std::int64_t begin,
                      std::int64_t end, Matrix<Scalar, ExecSpace> const& even,
                      Matrix<Scalar, ExecSpace> const& odd, Matrix<Scalar, ExecSpace> const& share)
{
  int const n_trials = static_cast<int>(responses.extent(2));
  SubsetColumns const columns(n_trials);
  int const n_even = columns.n_even;
  int const n_odd = columns.n_odd;
  int const n_share = columns.n_share;
  for_unit_blocks<Scalar>(
      space, "kovar::gsn::subset_contrasts", static_cast<std::int64_t>(responses.extent(0)),
      end - begin, KOKKOS_LAMBDA(std::int64_t first, int n, std::int64_t k) {
        constexpr int n_lanes = n_block_units<Scalar, ExecSpace>;
        std::int64_t const c = list(begin + k);
        double x[largest_subset_trials][n_lanes];
        double present[largest_subset_trials][n_lanes];
        double n_present[n_lanes] = {};
        for (int t = 0; t < n_trials; ++t) {
          load_trial(responses, first, n, c, t, x[t]);
          for (int lane = 0; lane < n_lanes; ++lane) {
            present[t][lane] = math::is_nan(x[t][lane]) ? 0 : 1;
            n_present[lane] += present[t][lane];
          }
        }
        auto const write = [&](Scalar* column, double const* values) {
          if (n == n_lanes)
            for (int lane = 0; lane < n_lanes; ++lane)
              column[lane] = static_cast<Scalar>(values[lane]);
          else
            for (int lane = 0; lane < n; ++lane) column[lane] = static_cast<Scalar>(values[lane]);
        };
        double scales[largest_subset_trials] = {};
        for (int t = 1; t < n_trials; ++t) scales[t] = 1 / math::sqrt(t * (t + 1.0));
        double sum[n_lanes];
        double contrast[n_lanes];
        std::int64_t next[2] = {k * n_even, k * n_odd};
        for (unsigned set = 3; set < 1U << n_trials; ++set) {
          int const size = popcount(set);
          if (size < 2) continue;
          double has_all[n_lanes];
          for (int lane = 0; lane < n_lanes; ++lane) has_all[lane] = 1;
          for (int t = 0; t < n_trials; ++t)
            if ((set >> t & 1U) != 0)
              for (int lane = 0; lane < n_lanes; ++lane) has_all[lane] *= present[t][lane];
          auto const& target = size % 2 == 0 ? even : odd;
          int reference = -1;
          int n_before = 0;
          for (int t = 0; t < n_trials; ++t) {
            if ((set >> t & 1U) == 0) continue;
            if (reference < 0) {
              reference = t;
              for (int lane = 0; lane < n_lanes; ++lane) sum[lane] = 0;
            } else {
              double const scale = scales[n_before];
              for (int lane = 0; lane < n_lanes; ++lane) {
                double const deviation = x[t][lane] - x[reference][lane];
                double const h = (sum[lane] - n_before * deviation) * scale;
                contrast[lane] = has_all[lane] != 0 ? h : 0;
                sum[lane] += deviation;
              }
              write(&target(first, next[size % 2]++), contrast);
            }
            ++n_before;
          }
        }
        for (int lane = 0; lane < n_lanes; ++lane) {
          sum[lane] = 0;
          n_present[lane] = n_present[lane] > 0 ? 1 / n_present[lane] : 0;
        }
        for (int t = 0; t < n_trials; ++t) {
          double const scale = scales[t];
          for (int lane = 0; lane < n_lanes; ++lane) {
            double const u = present[t][lane] * n_present[lane];
            contrast[lane] = (sum[lane] - t * u) * scale;
            sum[lane] += u;
          }
          if (t > 0) write(&share(first, k * n_share + t - 1), contrast);
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
