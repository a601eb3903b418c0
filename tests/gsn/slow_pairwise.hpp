// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_GSN_SLOW_PAIRWISE_HPP
#define KOVAR_TESTS_GSN_SLOW_PAIRWISE_HPP

#include "gsn/responses.hpp"
#include "support/views.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Covariances of pairs of units over what both have, by loops straight from section 13 of the
/// specification.

namespace kovar::test {

/// Covariance of the entries that both have, divisor K - 1, and K. Two passes around shared means.
inline double slow_covariance(std::vector<double> const& x, std::vector<double> const& y,
                              std::int64_t& n_shared)
{
  double mean_x = 0;
  double mean_y = 0;
  n_shared = 0;
  std::size_t first = x.size();
  for (std::size_t t = 0; t < x.size(); ++t) {
    if (std::isnan(x[t]) || std::isnan(y[t])) continue;
    first = std::min(first, t);
    mean_x += x[t] - x[first];
    mean_y += y[t] - y[first];
    ++n_shared;
  }
  if (n_shared < 2) return 0;
  mean_x /= static_cast<double>(n_shared);
  mean_y /= static_cast<double>(n_shared);
  double sum = 0;
  for (std::size_t t = 0; t < x.size(); ++t)
    if (!std::isnan(x[t]) && !std::isnan(y[t]))
      sum += (x[t] - x[first] - mean_x) * (y[t] - y[first] - mean_y);
  return sum / static_cast<double>(n_shared - 1);
}

/// What a unit's trials of a condition spread around their mean: bounds every covariance.
inline double spread(std::vector<double> const& x)
{
  std::int64_t n = 0;
  double const variance = slow_covariance(x, x, n);
  return variance * static_cast<double>(n);
}

/// Sums over conditions for every pair of units, lower triangles; as PairwiseNoise.
struct SlowSums {
  HostMatrix covariance_sum;
  HostMatrix count;
  HostMatrix share_sum;
  HostMatrix share_count;
  std::vector<double> scale;  ///< of each unit: root of its summed spread
};

/// The responses of a unit to a condition, NaN = lost.
inline std::vector<double> trials_of(Responses const& all, std::int64_t i, std::int64_t c)
{
  std::vector<double> x;
  for (std::int64_t t = 0; t < all.n_trials; ++t) x.push_back(all(i, c, t));
  return x;
}

inline SlowSums slow_sums(Responses const& all, std::vector<std::int64_t> const& conditions)
{
  std::int64_t const n = all.n_units;
  SlowSums sums{HostMatrix(n, n), HostMatrix(n, n), HostMatrix(n, n), HostMatrix(n, n),
                std::vector<double>(static_cast<std::size_t>(n), 0.0)};
  for (std::int64_t const c : conditions) {
    std::vector<std::vector<double>> x;
    std::vector<double> present;
    for (std::int64_t i = 0; i < n; ++i) {
      x.push_back(trials_of(all, i, c));
      present.push_back(static_cast<double>(std::count_if(
          x.back().begin(), x.back().end(), [](double value) { return !std::isnan(value); })));
      sums.scale[static_cast<std::size_t>(i)] += spread(x.back());
    }
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j <= i; ++j) {
        auto const a = static_cast<std::size_t>(i);
        auto const b = static_cast<std::size_t>(j);
        std::int64_t n_shared = 0;
        double const covariance = slow_covariance(x[a], x[b], n_shared);
        if (n_shared >= 2) {
          sums.covariance_sum(i, j) += covariance;
          sums.count(i, j) += 1;
        }
        if (present[a] > 0 && present[b] > 0) {
          sums.share_sum(i, j) += static_cast<double>(n_shared) / (present[a] * present[b]);
          sums.share_count(i, j) += 1;
        }
      }
  }
  for (double& value : sums.scale) value = std::sqrt(value);
  return sums;
}

/// As the scalar of the test holds them.
template <class Scalar>
Responses rounded(Responses responses)
{
  for (double& value : responses.values) value = static_cast<Scalar>(value);
  return responses;
}

/// 0, 1, ...
inline std::vector<std::int64_t> all_conditions(Responses const& all)
{
  std::vector<std::int64_t> list;
  for (std::int64_t c = 0; c < all.n_conditions; ++c) list.push_back(c);
  return list;
}

}  // namespace kovar::test

#endif
