// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/level_curve.hpp>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <utility>

namespace kovar::gsn {

LevelCurve mean_curve(std::vector<LevelCurve> curves)
{
  if (curves.size() == 1) return std::move(curves.front());
  double largest_level = 1;
  for (LevelCurve const& curve : curves)
    largest_level = std::min(largest_level, curve.largest_level);
  auto const shared = std::make_shared<std::vector<LevelCurve> const>(std::move(curves));
  return {[shared](std::vector<double> const& levels) {
            std::vector<LevelCurveValue> mean(levels.size());
            double const share = 1 / static_cast<double>(shared->size());
            for (LevelCurve const& curve : *shared) {
              auto const values = curve.evaluate(levels);
              for (std::size_t s = 0; s < levels.size(); ++s) {
                mean[s].convex += share * values[s].convex;
                mean[s].convex_slope += share * values[s].convex_slope;
                mean[s].concave += share * values[s].concave;
                mean[s].concave_slope += share * values[s].concave_slope;
              }
            }
            return mean;
          },
          largest_level};
}

}  // namespace kovar::gsn
