// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_WOLFE_SEARCH_HPP
#define KOVAR_OPTIM_WOLFE_SEARCH_HPP

#include <functional>

/// \file
/// A line search for the strong Wolfe conditions that lives with failed evaluations.

namespace kovar::optim {

/// A function along a line.
struct LinePoint {
  double step;
  double value;  ///< +infinity: it failed there
  double slope;  ///< derivative by the step; undefined where it failed
};

struct WolfeOptions {
  double sufficient_decrease = 1e-4;  ///< c1
  double curvature = 0.9;             ///< c2
  double noise = 1e-10;               ///< of values, relative to the start's
  int max_evaluations = 20;
  double max_step = 1e10;  ///< taken if the function still decreases there
};

/// Find a step with value <= start.value + c1 step start.slope and |slope| <= c2 |start.slope|. Near a
/// minimum values differ by roundings only: there the slope decides alone, for a value that is higher
/// than the start's by no more than the noise. Beyond a failed evaluation nothing is looked for: the
/// step is cut to a quarter of the way, and the first one with the sufficient decrease is taken. Where
/// evaluations run out, the best step with the sufficient decrease is taken, whatever its slope.
/// \param at          evaluates at a step > 0
/// \param start       at step 0, with slope < 0
/// \param first_step  tried first
/// \return the point taken; step 0 if none has the sufficient decrease
/// Sources: Nocedal, Wright, Numerical optimization (2006), algorithms 3.5 and 3.6; for slopes near a
/// minimum Hager, Zhang, A new conjugate gradient method with guaranteed descent (2005).
LinePoint wolfe_search(std::function<LinePoint(double)> const& at, LinePoint const& start,
                       double first_step, WolfeOptions const& options = {});

}  // namespace kovar::optim

#endif
