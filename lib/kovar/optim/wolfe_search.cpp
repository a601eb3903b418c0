// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/optim/wolfe_search.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::optim {
namespace {

/// Step of the minimum of the cubic with the values and slopes of two points; NaN if it has none.
double cubic_minimum(LinePoint const& a, LinePoint const& b)
{
  double const width = b.step - a.step;
  double const d1 = a.slope + b.slope - 3 * (b.value - a.value) / width;
  double const radicand = d1 * d1 - a.slope * b.slope;
  if (!(radicand >= 0)) return std::numeric_limits<double>::quiet_NaN();
  double const d2 = std::copysign(std::sqrt(radicand), width);
  return b.step - width * (b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2);
}

class Search {
 public:
  Search(std::function<LinePoint(double)> const& at, LinePoint const& start,
         WolfeOptions const& options)
      : at_(at), start_(start), options_(options)
  {
  }

  LinePoint run(double first_step)
  {
    LinePoint before = start_;
    double step = std::min(first_step, options_.max_step);
    while (evaluations_left()) {
      LinePoint const now = evaluate(step);
      if (will_do(now)) return now;
      if (!has_decrease(now) || now.value >= before.value) return narrow(before, now);
      if (now.slope >= 0) return narrow(now, before);
      if (step >= options_.max_step) return now;
      step = farther(before, now);
      before = now;
    }
    return before;
  }

 private:
  bool evaluations_left() const { return n_evaluations_ < options_.max_evaluations; }

  LinePoint evaluate(double step)
  {
    ++n_evaluations_;
    return at_(step);
  }

  bool has_decrease(LinePoint const& p) const
  {
    return p.value <= start_.value + options_.sufficient_decrease * p.step * start_.slope;
  }

  bool will_do(LinePoint const& p) const
  {
    bool const is_level = p.value <= start_.value + options_.noise * std::abs(start_.value);
    return (has_decrease(p) || is_level) &&
           std::abs(p.slope) <= options_.curvature * std::abs(start_.slope);
  }

  /// A step beyond two points on a slope downhill: where their cubic has its minimum, but not nearer
  /// than a tenth of their distance nor farther than four times it.
  double farther(LinePoint const& before, LinePoint const& now) const
  {
    double const distance = now.step - before.step;
    double step = cubic_minimum(before, now);
    if (!(step > now.step)) step = std::numeric_limits<double>::infinity();
    step = std::min(now.step + 4 * distance, std::max(now.step + 0.1 * distance, step));
    return std::min(step, options_.max_step);
  }

  /// A step between the ends of an interval: where their cubic has its minimum, but a tenth of the
  /// width away from both; nearer to the good end if the other one has failed.
  static double between(LinePoint const& low, LinePoint const& high)
  {
    double const width = high.step - low.step;
    if (std::isinf(high.value)) return low.step + 0.25 * width;
    double fraction = (cubic_minimum(low, high) - low.step) / width;
    if (!std::isfinite(fraction)) fraction = 0.5;
    return low.step + std::min(0.9, std::max(0.1, fraction)) * width;
  }

  /// Narrow an interval in which there are steps that fulfil the conditions. `low` is the start or
  /// has the sufficient decrease and the lowest value so far, and falls towards `high`.
  LinePoint narrow(LinePoint low, LinePoint high)
  {
    constexpr double smallest = 4 * std::numeric_limits<double>::epsilon();
    while (evaluations_left() &&
           std::abs(high.step - low.step) > smallest * std::max(high.step, low.step)) {
      LinePoint const now = evaluate(between(low, high));
      if (will_do(now)) return now;
      if (!has_decrease(now) || now.value >= low.value) {
        high = now;
        continue;
      }
      if (std::isinf(high.value)) return now;
      if (now.slope * (high.step - low.step) >= 0) high = low;
      low = now;
    }
    return low;
  }

  std::function<LinePoint(double)> const& at_;
  LinePoint const start_;
  WolfeOptions const options_;
  int n_evaluations_ = 0;
};

}  // namespace

LinePoint wolfe_search(std::function<LinePoint(double)> const& at, LinePoint const& start,
                       double first_step, WolfeOptions const& options)
{
  return Search(at, start, options).run(first_step);
}

}  // namespace kovar::optim
