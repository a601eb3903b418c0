// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_FILTER_POLES_HPP
#define KOVAR_GSN_FILTER_POLES_HPP

#include <vector>

/// \file
/// Rational functions that are large on one interval and small on another.

namespace kovar::gsn {

/// A factor (x - zero) / (x - pole).
struct FilterStep {
  double pole;
  double zero;
};

/// Product of such factors, large on [lowest, highest] below zero and small on [low, high] above it. Each
/// step puts its pole where the product so far is smallest on the first interval, its zero where it is
/// largest on the second (Leja-Bagby points): the ratio falls like that of the best function,
/// exp(-pi^2 / log(16 g)) a step or better, g the cross ratio of the four ends.
/// Sources: Bagby, On interpolation by rational functions (1969); Starke, Near-circularity for the
/// rational Zolotarev problem in the complex plane (1991); Beckermann, Townsend, Bounds on the singular
/// values of matrices with displacement structure (2019).
class FilterPoles {
 public:
  /// \param lowest, highest  what is wanted: lowest <= highest < 0
  /// \param low, high        what is not: 0 < low <= high
  FilterPoles(double lowest, double highest, double low, double high);

  FilterStep next();

  /// Largest magnitude on the unwanted interval over the smallest on the wanted one; 1 before any step.
  double ratio() const;

 private:
  std::vector<double> wanted_;
  std::vector<double> unwanted_;
  std::vector<double> log_wanted_;  ///< of the product so far
  std::vector<double> log_unwanted_;
};

}  // namespace kovar::gsn

#endif
