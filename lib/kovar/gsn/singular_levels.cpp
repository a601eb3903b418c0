// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/singular_levels.hpp>

#include <algorithm>
#include <cmath>

namespace kovar::gsn {

double largest_regular_level(SpectrumRange const& range, std::int64_t n_units)
{
  if (!is_singular(1, range, n_units)) return 1;
  // Both sides of the rule are linear in the level: it turns at one place.
  double const share = static_cast<double>(n_units) * range.epsilon;
  double const turn = (1 - share) / ((1 - range.smallest) + share * (range.largest - 1));
  double level = std::min(std::max(turn, 0.0), 1.0);
  while (level > 0 && is_singular(level, range, n_units)) level = std::nextafter(level, 0.0);
  return level;
}

RegularLevels regular_levels(std::vector<double> const& levels, std::vector<double> const& marks)
{
  RegularLevels regular;
  for (std::size_t s = 0; s < levels.size(); ++s)
    if (!std::isnan(marks[s])) {
      regular.place.push_back(s);
      regular.level.push_back(levels[s]);
    }
  return regular;
}

}  // namespace kovar::gsn
