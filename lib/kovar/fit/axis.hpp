// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_AXIS_HPP
#define KOVAR_FIT_AXIS_HPP

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Axes of histograms.

namespace kovar::fit {

/// How the bins of an axis are told apart.
enum class AxisKind {
  regular,   ///< edges at equal distances
  variable,  ///< any ascending edges
  integer,   ///< a bin for each whole number: edges n, n + 1, ...
  category,  ///< labels
};

/// Bins in a row, perhaps with one below and one above all others (flow bins).
struct Axis {
  std::string name;
  AxisKind kind = AxisKind::regular;
  std::vector<double> edges;        ///< n + 1, ascending; none of a category axis
  std::vector<std::string> labels;  ///< n, of a category axis
  bool has_underflow = false;
  bool has_overflow = false;

  /// Without flow bins.
  std::int64_t n_bins() const
  {
    if (kind == AxisKind::category) return static_cast<std::int64_t>(labels.size());
    return edges.empty() ? 0 : static_cast<std::int64_t>(edges.size()) - 1;
  }
  /// With them.
  std::int64_t extent() const { return n_bins() + has_underflow + has_overflow; }
};

}  // namespace kovar::fit

#endif
