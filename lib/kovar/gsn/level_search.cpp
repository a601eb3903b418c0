// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/gsn/level_search.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace kovar::gsn {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// A level and what the curve is there.
struct Node {
  double level = 0;
  LevelCurveValue value;
};

struct Interval {
  Node left;
  Node right;
};

std::vector<Node> evaluate(LevelCurve const& curve, std::vector<double> const& levels)
{
  auto const values = curve.evaluate(levels);
  std::vector<Node> nodes;
  for (std::size_t k = 0; k < levels.size(); ++k) nodes.push_back({levels[k], values[k]});
  return nodes;
}

/// Rounding errors of the nll at this node, generously.
double rounding_of(Node const& node)
{
  return 1e-13 * (1 + std::fabs(node.value.convex) + std::fabs(node.value.concave));
}

/// A number that no nll in the interval is below.
double lower_bound(Interval const& interval)
{
  auto const& [left, right] = interval;
  double const ends = std::min(left.value.nll(), right.value.nll());
  double const width = right.level - left.level;
  // The two tangents of the convex part meet where their maximum, plus the chord, is least.
  double const turn = left.value.convex_slope - right.value.convex_slope;
  if (!(turn < 0)) return ends;
  double const x =
      (right.value.convex - left.value.convex - right.value.convex_slope * width) / turn;
  if (!(x > 0 && x < width)) return ends;
  double const chord_slope = (right.value.concave - left.value.concave) / width;
  return std::min(ends, left.value.nll() + (left.value.convex_slope + chord_slope) * x);
}

/// Keeps the node of smallest nll; of equal ones the first.
class Best {
 public:
  void offer(Node const& node)
  {
    if (node.value.nll() < nll_) {
      node_ = node;
      nll_ = node.value.nll();
    }
  }
  Node const& node() const { return node_; }
  double nll() const { return nll_; }

 private:
  Node node_;
  double nll_ = infinity;
};

/// Levels where the search starts: those of the list, and some evenly in between.
std::vector<Node> first_nodes(LevelCurve const& curve, std::vector<double> const& list)
{
  constexpr int n_even = 32;
  std::vector<double> levels;
  for (double const level : list)
    if (level <= curve.largest_level) levels.push_back(level);
  for (int k = 0; k <= n_even; ++k) levels.push_back(curve.largest_level * k / n_even);
  return evaluate(curve, levels);
}

/// Intervals that may hold less than the best value, halved until none is left.
void branch_and_bound(LevelCurve const& curve, std::vector<Node> nodes, Best& best)
{
  std::stable_sort(nodes.begin(), nodes.end(),
                   [](Node const& a, Node const& b) { return a.level < b.level; });
  std::vector<Interval> open;
  for (std::size_t k = 1; k < nodes.size(); ++k) open.push_back({nodes[k - 1], nodes[k]});
  // Halving ends by itself where the midpoint is an end.
  for (;;) {
    double const enough = best.nll() - rounding_of(best.node());
    std::vector<Interval> kept;
    std::vector<double> midpoints;
    for (Interval const& interval : open) {
      double const middle = 0.5 * (interval.left.level + interval.right.level);
      if (middle <= interval.left.level || middle >= interval.right.level) continue;
      if (lower_bound(interval) >= enough) continue;
      kept.push_back(interval);
      midpoints.push_back(middle);
    }
    if (kept.empty()) return;
    auto const middles = evaluate(curve, midpoints);
    open.clear();
    for (std::size_t k = 0; k < kept.size(); ++k) {
      best.offer(middles[k]);
      open.push_back({kept[k].left, middles[k]});
      open.push_back({middles[k], kept[k].right});
    }
  }
}

/// The narrowest interval around the node in which the derivative turns from negative to positive;
/// empty (equal ends) if there is none.
Interval bracket(LevelCurve const& curve, Node const& node)
{
  std::vector<double> levels;
  for (double step = 1e-15; step < 1e-3; step *= 4) {
    levels.push_back(std::max(0.0, node.level - step));
    levels.push_back(std::min(curve.largest_level, node.level + step));
  }
  auto const nodes = evaluate(curve, levels);
  for (std::size_t k = 0; k < nodes.size(); k += 2)
    if (nodes[k].value.slope() < 0 && nodes[k + 1].value.slope() > 0)
      return {nodes[k], nodes[k + 1]};
  return {node, node};
}

/// The zero of the derivative in a bracket: regula falsi that halves the value of an end that stays
/// (Illinois), or the interval where that is slow.
Node zero_of_slope(LevelCurve const& curve, Interval interval)
{
  double low = interval.left.value.slope();
  double high = interval.right.value.slope();
  Node middle = interval.left;
  int last_side = 0;
  for (int step = 0; step < 60; ++step) {
    double const a = interval.left.level;
    double const b = interval.right.level;
    double level = step % 3 == 2 ? 0.5 * (a + b) : (a * high - b * low) / (high - low);
    if (!(level > a && level < b)) level = 0.5 * (a + b);
    if (!(level > a && level < b) || b - a < 1e-15) break;
    middle = evaluate(curve, {level}).front();
    double const slope = middle.value.slope();
    if (slope == 0) break;
    if (slope < 0) {
      interval.left = middle;
      low = slope;
      if (last_side < 0) high *= 0.5;
      last_side = -1;
    } else {
      interval.right = middle;
      high = slope;
      if (last_side > 0) low *= 0.5;
      last_side = 1;
    }
  }
  return middle;
}

}  // namespace

LevelMinimum minimize_level(LevelCurve const& curve, std::vector<double> const& list)
{
  Region const region("kovar::gsn::minimize_level");
  auto const nodes = first_nodes(curve, list);
  Best best;
  for (Node const& node : nodes) best.offer(node);
  branch_and_bound(curve, nodes, best);
  LevelMinimum minimum = {best.node().level, best.nll()};
  // Values cannot place a minimum better than to the root of their rounding errors; slopes can.
  Interval const interval = bracket(curve, best.node());
  if (interval.left.level == interval.right.level) return minimum;
  Node const polished = zero_of_slope(curve, interval);
  if (polished.value.nll() <= best.nll() + rounding_of(polished)) {
    minimum.level = polished.level;
    minimum.nll = std::min(polished.value.nll(), best.nll());
  }
  return minimum;
}

}  // namespace kovar::gsn
