// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/optim/backend/lbfgs_run.hpp>
#include <kovar/optim/lbfgs.hpp>

#include <cmath>
#include <cstddef>
#include <limits>

namespace kovar::optim {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

void require_usable(LbfgsOptions const& options)
{
  KOVAR_REQUIRE(options.memory >= 1 && options.max_line_search_steps >= 1,
                "minimize_lbfgs: memory is " << options.memory << " and max_line_search_steps "
                                             << options.max_line_search_steps
                                             << " (both are counts); give 1 or more");
  KOVAR_REQUIRE(options.max_iterations >= 0,
                "minimize_lbfgs: max_iterations is "
                    << options.max_iterations
                    << " (iterations are counted from 0); give 0 or more");
  KOVAR_REQUIRE(options.value_tolerance >= 0 && options.gradient_tolerance >= 0,
                "minimize_lbfgs: value_tolerance is "
                    << options.value_tolerance << " and gradient_tolerance "
                    << options.gradient_tolerance
                    << " (what is compared with them is never negative); give 0 or more");
}

void require_number(char const* which, std::size_t n_bounds, std::size_t n)
{
  KOVAR_REQUIRE(n_bounds == 0 || n_bounds == n,
                "minimize_lbfgs: " << n_bounds << " " << which << " bounds for " << n
                                   << " parameters (each has its own); give one per parameter, "
                                      "infinite for none, or an empty list");
}

bool is_infinite_everywhere(std::vector<double> const& bounds)
{
  for (double const bound : bounds)
    if (!std::isinf(bound)) return false;
  return true;
}

Box box_of(LbfgsOptions const& options, std::size_t n)
{
  require_number("lower", options.lower.size(), n);
  require_number("upper", options.upper.size(), n);
  Box box{options.lower, options.upper};
  if (box.lower.empty()) box.lower.assign(n, -infinity);
  if (box.upper.empty()) box.upper.assign(n, infinity);
  for (std::size_t i = 0; i < n; ++i)
    KOVAR_REQUIRE(
        box.lower[i] <= box.upper[i] && box.lower[i] < infinity && box.upper[i] > -infinity,
        "minimize_lbfgs: parameter " << i << " has the bounds " << box.lower[i] << " and "
                                     << box.upper[i]
                                     << " (no number is between them); give lower <= upper");
  if (is_infinite_everywhere(box.lower) && is_infinite_everywhere(box.upper)) box = {};
  return box;
}

LbfgsResult result_of(Evaluations const& evaluations, Evaluation const& point, Box const& box,
                      LbfgsProgress const& progress)
{
  LbfgsResult result;
  result.status = *progress.status();
  result.point = point.point;
  result.value = point.value;
  if (result.status != LbfgsStatus::start_failed) {
    result.gradient = point.gradient;
    result.gradient_norm = box.projected_gradient_norm(point.point, point.gradient);
    result.n_iterations = progress.n_iterations();
  }
  result.n_evaluations = evaluations.n_evaluations();
  result.n_failures = evaluations.n_failures();
  result.trace = progress.trace();
  return result;
}

}  // namespace

LbfgsResult minimize_lbfgs(Objective const& objective, std::vector<double> const& start,
                           LbfgsOptions const& options)
{
  backend::require_lbfgs();
  require_usable(options);
  for (std::size_t i = 0; i < start.size(); ++i)
    KOVAR_REQUIRE(std::isfinite(start[i]), "minimize_lbfgs: parameter "
                                               << i << " starts at " << start[i]
                                               << " (a search begins at a number)");
  Box const box = box_of(options, start.size());
  std::vector<double> point = start;
  box.project(point);

  Evaluations evaluations(objective);
  LbfgsProgress progress(options, box);
  Evaluation const& first = evaluations.at(point);
  if (std::isinf(first.value)) {
    progress.end(LbfgsStatus::start_failed);
    return result_of(evaluations, first, box, progress);
  }
  progress.arrive(first, evaluations.n_evaluations());

  // Where a line search fails, the model of the curvature may be what is wrong: forget it and begin
  // anew from the same point. If that does not help either, it is the objective.
  while (!progress.status()) {
    int const n_before = progress.n_iterations();
    point = backend::run_lbfgs(evaluations, box, options, progress, point);
    if (!progress.status() && progress.n_iterations() == n_before)
      progress.end(LbfgsStatus::line_search_failed);
  }
  bool const has_converged = progress.status() == LbfgsStatus::converged_gradient;
  return result_of(evaluations, has_converged ? evaluations.at(point) : evaluations.best(), box,
                   progress);
}

}  // namespace kovar::optim
