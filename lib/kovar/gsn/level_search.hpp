// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LEVEL_SEARCH_HPP
#define KOVAR_GSN_LEVEL_SEARCH_HPP

#include <kovar/gsn/level_curve.hpp>

#include <vector>

/// \file
/// The global minimum of a level curve over [0, 1].

namespace kovar::gsn {

struct LevelMinimum {
  double level = 0;
  double nll = 0;
};

/// The level in [0, curve.largest_level] of smallest nll, which a sum of a convex and a concave
/// function may reach far from its other local minima. Branch and bound: on an interval the convex part
/// lies above its tangents and the concave part above its chord, which bounds the nll from below;
/// intervals that cannot hold less than the best value found are dropped, the others halved. The best
/// value found is then polished to the zero of the derivative.
/// \param curve  nll as a function of the level; its evaluate() gets a round of levels at once
/// \param list   evaluated first; the first of its best levels is returned where no level is better
///               (rule K5). Levels above curve.largest_level are passed over.
/// \returns a level right to about 1e-12 where the minimum is of second order, and the global one
///          up to 1e-13 of the size of the two parts of the nll; the nll is never above that of a
///          level of the list
/// Cost: about 150 evaluations of the curve in 30 rounds.
/// Source: bounds by splitting into convex and concave parts: Horst, Thoai, DC programming: overview
/// (Journal of Optimization Theory and Applications 103, 1999).
LevelMinimum minimize_level(LevelCurve const& curve, std::vector<double> const& list);

}  // namespace kovar::gsn

#endif
