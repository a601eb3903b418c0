// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SHARED_COUNTS_HPP
#define KOVAR_GSN_SHARED_COUNTS_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/mask_lanes.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/trial_masks.hpp>
#include <kovar/gsn/unit_blocks.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// How many conditions two units share, counted 64 at a time.

namespace kovar::gsn {

/// Begin the sums of pairs (lower triangles): counts as they will be, covariance_sum zero, and
/// share_sum the noise share of complete conditions, 1/T, for each shared condition from word
/// first_share_word on.
/// Per trial, pair and 64 conditions three operations: a bit per condition says that one trial is
/// shared, another that two are. What is of extent 0 is left out.
template <class Scalar, class ExecSpace>
void begin_pairwise_sums(ExecSpace const& space, Bits<ExecSpace> const& planes,
                         std::int64_t n_units, std::int64_t first_share_word,
                         PairwiseNoise<Scalar, ExecSpace> const& sums)
{
  using Pack = typename Lanes<std::int64_t, ExecSpace>::type;
  constexpr int n_rows = Lanes<std::int64_t, ExecSpace>::n;
  constexpr int n_cols = 4;
  std::int64_t const n_trials = static_cast<std::int64_t>(planes.extent(1)) - 1;
  std::int64_t const n_words = planes.extent(2);
  Scalar const complete_share = Scalar(1) / static_cast<Scalar>(n_trials > 0 ? n_trials : 1);
  auto const covariance_sum = sums.covariance_sum;
  auto const count = sums.count;
  auto const share_sum = sums.share_sum;
  auto const share_count = sums.share_count;
  bool const with_share = share_sum.extent(0) > 0;
  for_register_tiles<n_rows, n_cols>(
      space, "kovar::gsn::begin_pairwise_sums", n_units,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        Pack n_two[n_cols] = {};
        Pack n_both[n_cols] = {};
        Pack n_share[n_cols] = {};
        for (std::int64_t w = 0; w < n_words; ++w) {
          Pack one[n_cols] = {};
          Pack two[n_cols] = {};
          for (std::int64_t t = 0; t < n_trials; ++t) {
            Pack const row = load_lanes<Pack>(&planes(i, t, w));
            for (int c = 0; c < n_cols; ++c) {
              Pack const shared = row & static_cast<std::int64_t>(planes(j + c, t, w));
              two[c] |= one[c] & shared;
              one[c] |= shared;
            }
          }
          for (int c = 0; c < n_cols; ++c) n_two[c] += popcount_lanes(two[c]);
          if (!with_share) continue;
          Pack const row = load_lanes<Pack>(&planes(i, n_trials, w));
          for (int c = 0; c < n_cols; ++c) {
            Pack const both =
                popcount_lanes(row & static_cast<std::int64_t>(planes(j + c, n_trials, w)));
            n_both[c] += both;
            if (w >= first_share_word) n_share[c] += both;
          }
        }
        for (int c = 0; c < n_cols && j + c < n_units; ++c)
          for (int lane = 0; lane < n_rows; ++lane)
            if (i + lane < n_units && i + lane >= j + c) {
              covariance_sum(i + lane, j + c) = 0;
              count(i + lane, j + c) = static_cast<Scalar>(lane_of(n_two[c], lane));
              if (!with_share) continue;
              share_sum(i + lane, j + c) =
                  complete_share * static_cast<Scalar>(lane_of(n_share[c], lane));
              share_count(i + lane, j + c) = static_cast<Scalar>(lane_of(n_both[c], lane));
            }
      });
}

}  // namespace kovar::gsn

#endif
