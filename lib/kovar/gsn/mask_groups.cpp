// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/gsn/mask_groups.hpp>

#include <cmath>
#include <cstddef>
#include <map>

namespace kovar::gsn {

std::vector<MaskGroup> group_by_mask(double const* x, std::int64_t n, std::int64_t m)
{
  std::vector<MaskGroup> groups;
  std::map<std::vector<bool>, std::size_t> group_of_mask;
  for (std::int64_t j = 0; j < m; ++j) {
    std::vector<bool> mask(static_cast<std::size_t>(n));
    MaskGroup group;
    for (std::int64_t i = 0; i < n; ++i) {
      if (std::isnan(x[i + j * n])) continue;
      mask[static_cast<std::size_t>(i)] = true;
      group.units.push_back(i);
    }
    if (group.units.empty()) continue;
    auto const [known, is_new] = group_of_mask.emplace(mask, groups.size());
    if (is_new) groups.push_back(group);
    groups[known->second].points.push_back(j);
  }
  return groups;
}

std::int64_t count_points(std::vector<MaskGroup> const& groups)
{
  std::int64_t n_points = 0;
  for (MaskGroup const& group : groups) n_points += static_cast<std::int64_t>(group.points.size());
  return n_points;
}

}  // namespace kovar::gsn
