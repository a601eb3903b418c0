// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/optim/newton_step.hpp>
#include <kovar/optim/vector_kernels.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::optim {
namespace {

TrustRegionStatus status_of(LinearSolveStatus status)
{
  switch (status) {
    case LinearSolveStatus::solved:
      return TrustRegionStatus::converged;
    case LinearSolveStatus::product_limit:
      return TrustRegionStatus::iteration_limit;
    case LinearSolveStatus::no_progress:
      return TrustRegionStatus::no_progress;
    case LinearSolveStatus::indefinite:
      return TrustRegionStatus::indefinite;
    case LinearSolveStatus::not_finite:
      return TrustRegionStatus::not_finite;
  }
  return TrustRegionStatus::not_finite;
}

// Roundings may lift a value that cannot be lower.
bool is_no_rise(double value, double before)
{
  constexpr double n_roundings = 100;
  return std::isfinite(value) && value <= before + n_roundings *
                                                       std::numeric_limits<double>::epsilon() *
                                                       std::max(1.0, std::fabs(before));
}

}  // namespace

template <class ExecSpace>
TrustRegionResult take_newton_step(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
                                   Vector<double, ExecSpace> const& x,
                                   Vector<double, ExecSpace> const& gradient,
                                   LinearSolveOptions const& options)
{
  Region const region("kovar::optim::newton_step");
  auto const n = static_cast<std::size_t>(objective.size());
  KOVAR_REQUIRE(x.extent(0) == n && gradient.extent(0) == n,
                "take_newton_step: x and gradient have "
                    << x.extent(0) << " and " << gradient.extent(0) << " entries for " << n
                    << " parameters (one each is needed)");
  TrustRegionResult result;
  result.value = objective.try_point(space, x, gradient);
  ++result.n_values;
  if (!std::isfinite(result.value)) return result;
  objective.accept(space);

  Vector<double, ExecSpace> const step(Kokkos::view_alloc(space, "kovar::optim::step"), n);
  auto const solve =
      solve_by_conjugate_gradients<ExecSpace>(space, objective, gradient, step, options);
  result.n_products = static_cast<int>(solve.n_products);
  result.n_iterations = 1;
  result.status = status_of(solve.status);
  if (solve.status == LinearSolveStatus::indefinite ||
      solve.status == LinearSolveStatus::not_finite)
    return result;

  Vector<double, ExecSpace> const trial(Kokkos::view_alloc(space, "kovar::optim::trial"), n);
  Vector<double, ExecSpace> const trial_gradient(
      Kokkos::view_alloc(space, "kovar::optim::trial_gradient"), n);
  Kokkos::deep_copy(space, trial, x);
  combine<ExecSpace>(space, -1, step, 1, trial);
  double const value = objective.try_point(space, trial, trial_gradient);
  ++result.n_values;
  bool const is_taken = is_no_rise(value, result.value);
  if (is_taken) {
    objective.accept(space);
    result.value = value;
    Kokkos::deep_copy(space, x, trial);
    Kokkos::deep_copy(space, gradient, trial_gradient);
  } else if (result.status == TrustRegionStatus::converged) {
    result.status = TrustRegionStatus::no_progress;
  }
  objective.precondition(space, gradient, step);
  result.distance = dot<ExecSpace>(space, gradient, step) / 2;
  result.trace.push_back({1, result.value, result.distance, 0, result.n_products, is_taken});
  return result;
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                   \
  template TrustRegionResult take_newton_step(                                         \
      ExecSpace const&, NewtonObjective<ExecSpace>&, Vector<double, ExecSpace> const&, \
      Vector<double, ExecSpace> const&, LinearSolveOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::optim
