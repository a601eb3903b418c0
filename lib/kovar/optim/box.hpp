// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_BOX_HPP
#define KOVAR_OPTIM_BOX_HPP

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

/// \file
/// Bounds of parameters.

namespace kovar::optim {

/// Lower and upper bounds, one per parameter; both lists are empty where nothing is bounded.
struct Box {
  std::vector<double> lower;
  std::vector<double> upper;

  bool is_unbounded() const { return lower.empty(); }

  void project(std::vector<double>& point) const
  {
    for (std::size_t i = 0; i < lower.size(); ++i)
      point[i] = std::min(upper[i], std::max(lower[i], point[i]));
  }

  /// Largest entry of P(x - gradient) - x by magnitude.
  double projected_gradient_norm(std::vector<double> const& x,
                                 std::vector<double> const& gradient) const
  {
    double norm = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
      double step = -gradient[i];
      if (!is_unbounded()) step = std::min(upper[i] - x[i], std::max(lower[i] - x[i], step));
      norm = std::max(norm, std::abs(step));
    }
    return norm;
  }

  /// Longest step from x along a direction that stays within the bounds; infinite if nothing is in
  /// the way.
  double longest_step(std::vector<double> const& x, std::vector<double> const& direction) const
  {
    double longest = std::numeric_limits<double>::infinity();
    for (std::size_t i = 0; i < lower.size(); ++i) {
      if (direction[i] > 0) longest = std::min(longest, (upper[i] - x[i]) / direction[i]);
      if (direction[i] < 0) longest = std::min(longest, (lower[i] - x[i]) / direction[i]);
    }
    return longest;
  }
};

}  // namespace kovar::optim

#endif
