// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LEVEL_CURVE_HPP
#define KOVAR_GSN_LEVEL_CURVE_HPP

#include <functional>
#include <vector>

/// \file
/// The mean negative log likelihood of held-out points as a function of the shrinkage level.

namespace kovar::gsn {

/// nll = convex + concave at one level. With G = I + a (R - I) the quadratic forms z^T G^-1 z are
/// convex in a and log det G is concave, whatever R is, as long as G is definite.
struct LevelCurveValue {
  double convex = 0;         ///< half the mean quadratic form
  double convex_slope = 0;   ///< its derivative by the level
  double concave = 0;        ///< half the log determinants, and constants
  double concave_slope = 0;  ///< its derivative by the level

  double nll() const { return convex + concave; }
  double slope() const { return convex_slope + concave_slope; }
};

/// A curve that can be evaluated at many levels at once.
struct LevelCurve {
  /// Values at levels in [0, largest_level]. Does not communicate.
  std::function<std::vector<LevelCurveValue>(std::vector<double> const&)> evaluate;
  double largest_level = 1;  ///< the largest that is not singular (rule K3)
};

/// What was found out about the levels of a list on one split of the data.
struct FoldScore {
  std::vector<double> nll;  ///< one per level, on all ranks; NaN where it cannot be scored
  /// On rank 0, if the search is continuous and a level can be scored at all; else empty.
  LevelCurve curve;
};

/// The mean of curves. Its levels end where those of the first of them do.
LevelCurve mean_curve(std::vector<LevelCurve> curves);

}  // namespace kovar::gsn

#endif
