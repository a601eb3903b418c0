// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_SLOW_FOLDS_HPP
#define KOVAR_TESTS_GSN_SLOW_FOLDS_HPP

#include "gsn/responses.hpp"
#include "gsn/slow_levels.hpp"
#include "gsn/slow_pairwise.hpp"

#include <kovar/core/permutation.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// What each fold trains with and holds out, by plain loops over responses: sections 4, 5, 6, 12 and 13 of
/// the specification, and the observed rule.

namespace kovar::test {

/// One fold of an order of conditions.
struct SlowSplit {
  std::vector<std::int64_t> training;
  std::vector<std::int64_t> held_out;
};

/// One fold: the first fifth is held out, rounded. More: of n things each fold holds out the next
/// n / n_folds, the first n % n_folds of them one more.
inline SlowSplit slow_split(std::vector<std::int64_t> const& order, int n_folds, int fold)
{
  auto const n = static_cast<std::int64_t>(order.size());
  std::int64_t begin = 0;
  std::int64_t end = std::llround(static_cast<double>(n) / 5);
  if (n_folds > 1) {
    end = 0;
    for (int f = 0; f <= fold; ++f) {
      begin = end;
      end += n / n_folds + (f < n % n_folds ? 1 : 0);
    }
  }
  SlowSplit split;
  for (std::int64_t place = 0; place < n; ++place)
    (place >= begin && place < end ? split.held_out : split.training)
        .push_back(order[static_cast<std::size_t>(place)]);
  return split;
}

/// Magnitude of each unit's largest response.
inline std::vector<double> largest_responses(Responses const& all)
{
  std::vector<double> largest(static_cast<std::size_t>(all.n_units), 0.0);
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t c = 0; c < all.n_conditions; ++c)
      for (double const x : trials_of(all, i, c))
        if (std::fabs(x) > largest[static_cast<std::size_t>(i)])
          largest[static_cast<std::size_t>(i)] = std::fabs(x);
  return largest;
}

/// The columns as a matrix of n rows.
inline HostMatrix matrix_of(std::int64_t n, std::vector<std::vector<double>> const& columns)
{
  HostMatrix x(n, static_cast<std::int64_t>(columns.size()));
  for (std::int64_t j = 0; j < x.n_cols; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      x(i, j) = columns[static_cast<std::size_t>(j)][static_cast<std::size_t>(i)];
  return x;
}

/// Mean over the training conditions, pair by pair, of the covariances over shared trials.
inline HostMatrix slow_noise_covariance(Responses const& all,
                                        std::vector<std::int64_t> const& conditions)
{
  auto const sums = slow_sums(all, conditions);
  HostMatrix covariance(all.n_units, all.n_units);
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t j = 0; j <= i; ++j)
      if (sums.count(i, j) > 0)
        covariance(i, j) = covariance(j, i) = sums.covariance_sum(i, j) / sums.count(i, j);
  return covariance;
}

/// Covariance of rows over the listed columns that both have.
inline HostMatrix slow_data_covariance(HostMatrix const& x,
                                       std::vector<std::int64_t> const& columns)
{
  auto const row = [&](std::int64_t i) {
    std::vector<double> values;
    for (std::int64_t const c : columns) values.push_back(x(i, c));
    return values;
  };
  HostMatrix covariance(x.n_rows, x.n_rows);
  for (std::int64_t i = 0; i < x.n_rows; ++i)
    for (std::int64_t j = 0; j < x.n_rows; ++j) {
      std::int64_t n_shared = 0;
      covariance(i, j) = slow_covariance(row(i), row(j), n_shared);
    }
  return covariance;
}

/// Observed rule, noise: held out are the differences over sqrt 2 of every two trials of a condition; of
/// more than seven trials, which stand in a circle, those at most three apart.
inline SlowFold slow_observed_noise_fold(Responses const& all, SlowSplit const& split)
{
  std::vector<std::vector<double>> points;
  std::int64_t const n_trials = all.n_trials;
  for (std::int64_t const c : split.held_out)
    for (std::int64_t t = 0; t < n_trials; ++t)
      for (std::int64_t u = t + 1; u < n_trials; ++u) {
        if (n_trials > 7 && std::min(u - t, n_trials + t - u) > 3) continue;
        points.emplace_back();
        for (std::int64_t i = 0; i < all.n_units; ++i)
          points.back().push_back((all(i, c, t) - all(i, c, u)) / std::sqrt(2.0));
      }
  return {slow_noise_covariance(all, split.training), matrix_of(all.n_units, points)};
}

/// Data: means of held-out conditions less each unit's mean over the training conditions that it has.
/// \param means  N x C, NaN where a unit has no trial
inline SlowFold slow_data_fold(HostMatrix const& means, SlowSplit const& split)
{
  HostMatrix points(means.n_rows, static_cast<std::int64_t>(split.held_out.size()));
  for (std::int64_t i = 0; i < means.n_rows; ++i) {
    double sum = 0;
    int n = 0;
    for (std::int64_t const c : split.training)
      if (!std::isnan(means(i, c))) {
        sum += means(i, c);
        ++n;
      }
    for (std::int64_t p = 0; p < points.n_cols; ++p)  // 0 / 0 is the NaN of a unit never trained on
      points(i, p) = means(i, split.held_out[static_cast<std::size_t>(p)]) - sum / n;
  }
  return {slow_data_covariance(means, split.training), points};
}

/// Mean of each unit over the trials of each condition that it has; NaN without any.
inline HostMatrix slow_means(Responses const& all)
{
  HostMatrix means(all.n_units, all.n_conditions);
  for (std::int64_t i = 0; i < all.n_units; ++i)
    for (std::int64_t c = 0; c < all.n_conditions; ++c) {
      double sum = 0;
      int n = 0;
      for (double const x : trials_of(all, i, c))
        if (!std::isnan(x)) {
          sum += x;
          ++n;
        }
      means(i, c) = sum / n;
    }
  return means;
}

/// The trials of a condition in which every unit is present, ascending.
inline std::vector<std::int64_t> whole_trials(Responses const& all, std::int64_t c)
{
  std::vector<std::int64_t> trials;
  for (std::int64_t t = 0; t < all.n_trials; ++t) {
    bool is_whole = true;
    for (std::int64_t i = 0; i < all.n_units; ++i) is_whole = is_whole && !std::isnan(all(i, c, t));
    if (is_whole) trials.push_back(t);
  }
  return trials;
}

/// The responses without the trials in which a unit is missing.
inline Responses whole_trials_only(Responses all)
{
  for (std::int64_t c = 0; c < all.n_conditions; ++c) {
    auto const whole = whole_trials(all, c);
    for (std::int64_t t = 0; t < all.n_trials; ++t)
      if (!std::count(whole.begin(), whole.end(), t))
        for (std::int64_t i = 0; i < all.n_units; ++i)
          all(i, c, t) = std::numeric_limits<double>::quiet_NaN();
  }
  return all;
}

/// Section 12, noise: held out are whole trials less the mean of those of their condition, where it has
/// two or more.
inline SlowFold slow_whole_noise_fold(Responses const& all, SlowSplit const& split)
{
  Responses const whole = whole_trials_only(all);
  auto const means = slow_means(whole);
  std::vector<std::vector<double>> points;
  for (std::int64_t const c : split.held_out) {
    auto const trials = whole_trials(all, c);
    if (trials.size() < 2) continue;
    for (std::int64_t const t : trials) {
      points.emplace_back();
      for (std::int64_t i = 0; i < all.n_units; ++i)
        points.back().push_back(all(i, c, t) - means(i, c));
    }
  }
  return {slow_noise_covariance(whole, split.training), matrix_of(all.n_units, points)};
}

/// Section 12, data: means over as many whole trials in each condition as that with the fewest has, the
/// first of them in the order of the permutation.
inline HostMatrix slow_whole_means(Responses const& all)
{
  std::size_t fewest = static_cast<std::size_t>(all.n_trials);
  for (std::int64_t c = 0; c < all.n_conditions; ++c)
    fewest = std::min(fewest, whole_trials(all, c).size());
  HostMatrix means(all.n_units, all.n_conditions);
  for (std::int64_t c = 0; c < all.n_conditions; ++c) {
    auto const trials = whole_trials(all, c);
    auto const order = permutation(static_cast<std::int64_t>(trials.size()));
    for (std::int64_t i = 0; i < all.n_units; ++i)
      for (std::size_t k = 0; k < fewest; ++k)
        means(i, c) +=
            all(i, c, trials[static_cast<std::size_t>(order[k])]) / static_cast<double>(fewest);
  }
  return means;
}

}  // namespace kovar::test

#endif
