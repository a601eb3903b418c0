// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_LBFGS_HPP
#define KOVAR_OPTIM_LBFGS_HPP

#include <kovar/optim/objective.hpp>

#include <functional>
#include <limits>
#include <vector>

/// \file
/// L-BFGS on the host, with or without bounds. Parameters are a vector in double; what is expensive,
/// the objective, may run anywhere.
///
///     auto const result = optim::minimize_lbfgs(
///         [](auto const& x, auto& gradient) { gradient[0] = 2 * x[0]; return x[0] * x[0]; }, {3.0});

namespace kovar::optim {

/// How a minimization ended.
enum class LbfgsStatus {
  converged_gradient,  ///< the projected gradient is small enough
  converged_value,     ///< the value decreases too little from one iteration to the next
  iteration_limit,
  line_search_failed,  ///< no lower value was found, not even downhill along the gradient
  stopped,             ///< on_iteration said so
  start_failed,        ///< the objective has no value at the start
};

enum class NextIteration { go_on, stop };

/// What is known after an iteration.
struct LbfgsIterate {
  int iteration;         ///< from 1
  double value;          ///< not above the one before, but for roundings
  double gradient_norm;  ///< largest entry of the projected gradient
  int n_evaluations;     ///< so far
  std::vector<double> const& point;
  std::vector<double> const& gradient;
};

struct LbfgsOptions {
  int memory = 10;  ///< pairs of steps and gradient differences
  double value_tolerance =
      2.2e-9;  ///< end at a decrease of no more than this times max(|value|, 1); 0: never
  double gradient_tolerance = 1e-5;  ///< end if no entry of the projected gradient is larger
  int max_iterations = 15000;
  int max_line_search_steps = 20;  ///< evaluations in one iteration

  /// Bounds, one per parameter; an empty list is no bound, and so is an infinite entry. A parameter
  /// with equal bounds stays there. A start that is outside is moved to the nearest bound.
  std::vector<double> lower;
  std::vector<double> upper;

  /// Called after each iteration: to watch, to keep a checkpoint, or to stop (time limit). What it
  /// throws ends the minimization.
  std::function<NextIteration(LbfgsIterate const&)> on_iteration;
};

struct LbfgsTrace {
  double value;
  double gradient_norm;
};

struct LbfgsResult {
  LbfgsStatus status = LbfgsStatus::start_failed;
  std::vector<double> point;     ///< the best one seen, however the run ended
  double value = 0;              ///< there; +infinity after start_failed
  std::vector<double> gradient;  ///< there, not projected; empty after start_failed
  /// Largest entry of the projected gradient P(x - gradient) - x, P the projection on the bounds;
  /// +infinity after start_failed.
  double gradient_norm = std::numeric_limits<double>::infinity();
  int n_iterations = 0;
  int n_evaluations = 0;          ///< of value and gradient together
  int n_failures = 0;             ///< evaluations without a value
  std::vector<LbfgsTrace> trace;  ///< of the start and after each iteration
};

/// Minimize by limited-memory BFGS with a line search for the strong Wolfe conditions. With bounds a
/// step goes towards the minimum of the quadratic model within the bounds, which is found by
/// projected searches and conjugate gradients; all points that are evaluated are within the bounds.
/// Value and gradient are evaluated once at each point. The result depends on the objective's
/// numbers only, to the bit.
/// \throws InputError if bounds differ in number from the start, a lower one is above an upper one,
///         a start or an option is not usable, or this kovar was built without ROL
/// Cost, beside the objective: an iteration takes about 8 memory flops a parameter without bounds;
/// with bounds about 20 products with the model, of 8 memory flops a parameter each, and 2 memory^2
/// for its update.
/// Sources: Liu, Nocedal, On the limited memory BFGS method for large scale optimization (1989); Lin,
/// More, Newton's method for large bound-constrained optimization problems (1999); the search is in
/// wolfe_search.hpp.
LbfgsResult minimize_lbfgs(Objective const& objective, std::vector<double> const& start,
                           LbfgsOptions const& options = {});

}  // namespace kovar::optim

#endif
