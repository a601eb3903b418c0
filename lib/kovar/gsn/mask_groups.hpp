// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_MASK_GROUPS_HPP
#define KOVAR_GSN_MASK_GROUPS_HPP

#include <cstdint>
#include <vector>

/// \file
/// Held-out points that lost the same units, together.

namespace kovar::gsn {

/// Points of one mask.
struct MaskGroup {
  std::vector<std::int64_t> units;   ///< that these points have, ascending; not empty
  std::vector<std::int64_t> points;  ///< columns, ascending
};

/// Group the columns of x by the units that they have; columns without any are left out. Groups
/// stand in the order of their first columns.
/// \param x  n x m numbers, column-major, NaN where a unit has no value
std::vector<MaskGroup> group_by_mask(double const* x, std::int64_t n, std::int64_t m);

/// Number of points in all groups.
std::int64_t count_points(std::vector<MaskGroup> const& groups);

}  // namespace kovar::gsn

#endif
