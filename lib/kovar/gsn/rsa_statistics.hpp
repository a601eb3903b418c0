// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_RSA_STATISTICS_HPP
#define KOVAR_GSN_RSA_STATISTICS_HPP

#include <kovar/core/not_a_number.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Order statistics of simulated reliabilities.

namespace kovar::gsn {

/// The value below which a share of the sorted values lies, by linear interpolation between the order
/// statistics 0 .. n-1 (type 7 of Hyndman and Fan, Sample quantiles in statistical packages, 1996).
inline double quantile_of_sorted(std::vector<double> const& sorted, double share)
{
  if (sorted.empty()) return not_a_number<double>();
  double const place = share * static_cast<double>(sorted.size() - 1);
  auto const below = static_cast<std::size_t>(place);
  std::size_t const above = std::min(below + 1, sorted.size() - 1);
  double const weight = place - static_cast<double>(below);
  return sorted[below] + weight * (sorted[above] - sorted[below]);
}

/// Median and its robustness.
struct MedianSummary {
  double median = not_a_number<double>();
  /// |median| / (IQR / 2 / sqrt n), IQR the distance between the quartiles: the median in units of
  /// about its standard error. Infinite where all middle values are equal.
  double robustness = 0;
};

inline MedianSummary summarize(std::vector<double> values)
{
  if (values.empty()) return {};
  std::sort(values.begin(), values.end());
  MedianSummary summary;
  summary.median = quantile_of_sorted(values, 0.5);
  double const spread = quantile_of_sorted(values, 0.75) - quantile_of_sorted(values, 0.25);
  summary.robustness = spread > 0 ? std::fabs(summary.median) /
                                        (spread / 2 / std::sqrt(static_cast<double>(values.size())))
                                  : std::numeric_limits<double>::infinity();
  return summary;
}

/// Coefficient of determination of a model, in percent, no mean taken out; NaN for data of zeros.
inline double percent_explained(std::vector<double> const& model, std::vector<double> const& data)
{
  double unexplained = 0;
  double total = 0;
  for (std::size_t k = 0; k < data.size(); ++k) {
    unexplained += (data[k] - model[k]) * (data[k] - model[k]);
    total += data[k] * data[k];
  }
  return total > 0 ? 100 * (1 - unexplained / total) : not_a_number<double>();
}

}  // namespace kovar::gsn

#endif
