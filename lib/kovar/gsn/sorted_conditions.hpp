// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SORTED_CONDITIONS_HPP
#define KOVAR_GSN_SORTED_CONDITIONS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/subset_contrasts.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// Conditions by what their units lost: where all that have any trial have the same ones, covariances of pairs are
/// products of contrasts.

namespace kovar::gsn {

/// Conditions by what is to be done with them. Those without any trial are in neither list.
struct SortedConditions {
  using Indices = std::vector<std::int64_t>;
  Indices mixed;     ///< units lost different trials
  Indices common;    ///< all units with any trial have the same ones
  Indices n_common;  ///< as many, parallel to `common`
  Indices slots;     ///< for condition_planes: mixed ones, then common ones, each in whole words
  std::int64_t n_mixed_words = 0;
};

/// \param conditions  some conditions
/// \param n_common    of each of them what common_trials() found
inline SortedConditions sorted_conditions(std::vector<std::int64_t> const& conditions,
                                          std::vector<std::int64_t> const& n_common)
{
  using Indices = SortedConditions::Indices;
  SortedConditions sorted;
  Indices common_slots;
  for (std::size_t k = 0; k < conditions.size(); ++k) {
    if (n_common[k] < 0) {
      sorted.mixed.push_back(conditions[k]);
      sorted.slots.push_back(static_cast<std::int64_t>(k));
    } else if (n_common[k] > 0) {
      sorted.common.push_back(conditions[k]);
      sorted.n_common.push_back(n_common[k]);
      common_slots.push_back(static_cast<std::int64_t>(k));
    }
  }
  auto const fill_word = [](Indices& slots) { slots.resize((slots.size() + 63) / 64 * 64, -1); };
  fill_word(sorted.slots);
  sorted.n_mixed_words = static_cast<std::int64_t>(sorted.slots.size() / 64);
  fill_word(common_slots);
  sorted.slots.insert(sorted.slots.end(), common_slots.begin(), common_slots.end());
  return sorted;
}

/// Columns of N numbers that are made at a time: enough for the products to run at full speed.
template <class Scalar>
std::int64_t n_columns_at_once(std::int64_t n_units)
{
  std::int64_t const fitting =
      16'000'000 / (static_cast<std::int64_t>(sizeof(Scalar)) * std::max<std::int64_t>(n_units, 1));
  return std::max<std::int64_t>(512, fitting);
}

/// Some conditions whose units have the same trials or none, and where their columns stand.
struct CommonBatch {
  std::vector<std::int64_t> list;
  std::vector<std::int64_t> n_common;
  std::vector<std::int64_t> noise_at;
  std::vector<std::int64_t> share_at;
  std::int64_t n_noise = 0;  ///< columns
  std::int64_t n_share = 0;
};

/// Call work(CommonBatch) for all those conditions, in batches.
/// \param n_at_once   columns that a batch may have
/// \param with_share  are those of the noise share wanted?
template <class Work>
void for_common_batches(SortedConditions const& sorted, std::int64_t n_trials,
                        std::int64_t n_at_once, bool with_share, Work const& work)
{
  n_at_once = std::max(n_at_once, n_trials);
  std::size_t k = 0;
  while (k < sorted.common.size()) {
    CommonBatch batch;
    for (; k < sorted.common.size() && batch.n_noise + batch.n_share + n_trials <= n_at_once; ++k) {
      batch.list.push_back(sorted.common[k]);
      batch.n_common.push_back(sorted.n_common[k]);
      batch.noise_at.push_back(batch.n_noise);
      batch.share_at.push_back(with_share && sorted.n_common[k] < n_trials ? batch.n_share++ : -1);
      batch.n_noise += sorted.n_common[k] - 1;
    }
    work(batch);
  }
}

/// Columns whose products are the sums over a batch.
template <class Scalar, class ExecSpace>
struct CommonColumns {
  Matrix<Scalar, ExecSpace> noise;  ///< of the covariances
  Matrix<Scalar, ExecSpace> share;  ///< of the noise share less 1/T
};

template <class Scalar, class ExecSpace>
CommonColumns<Scalar, ExecSpace> common_columns(ExecSpace const& space,
                                                ConstCube<Scalar, ExecSpace> const& responses,
                                                CommonBatch const& batch)
{
  using View = Matrix<Scalar, ExecSpace>;
  std::int64_t const n_units = responses.extent(0);
  CommonColumns<Scalar, ExecSpace> const columns = {
      allocate<View>(space, "kovar::gsn::common_contrasts", n_units, batch.n_noise),
      allocate<View>(space, "kovar::gsn::common_shares", n_units, batch.n_share)};
  common_contrasts(space, responses, to_space(space, batch.list, "kovar::gsn::listed_conditions"),
                   to_space(space, batch.n_common, "kovar::gsn::n_common_trials"),
                   to_space(space, batch.noise_at, "kovar::gsn::first_noise_columns"),
                   to_space(space, batch.share_at, "kovar::gsn::share_columns"), columns.noise,
                   columns.share);
  return columns;
}

}  // namespace kovar::gsn

#endif
