// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/optim/region_solver.hpp>
#include <kovar/optim/trust_region.hpp>
#include <kovar/optim/vector_kernels.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace kovar::optim {

namespace {

template <class ExecSpace>
using Numbers = Vector<double, ExecSpace>;

template <class ExecSpace>
std::unique_ptr<RegionSolver<ExecSpace>> make_solver(ExecSpace const& space,
                                                     NewtonObjective<ExecSpace>& objective,
                                                     TrustRegionOptions const& options)
{
  bool const is_exact = options.solver == TrustRegionSolver::exact ||
                        (options.solver == TrustRegionSolver::automatic &&
                         objective.size() <= options.max_exact_size);
  return is_exact ? make_exact_solver(space, objective)
                  : make_truncated_solver(space, objective, options.max_products);
}

template <class ExecSpace>
class TrustRegion {
 public:
  TrustRegion(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
              Numbers<ExecSpace> const& x, Numbers<ExecSpace> const& gradient,
              TrustRegionOptions const& options)
      : space_(space),
        objective_(objective),
        options_(options),
        x_(x),
        gradient_(gradient),
        state_(options.start_from)
  {
    auto const n = x.extent(0);
    KOVAR_REQUIRE(static_cast<std::int64_t>(n) == objective.size() && gradient.extent(0) == n,
                  "minimize_trust_region: x and gradient have "
                      << n << " and " << gradient.extent(0) << " entries for " << objective.size()
                      << " parameters (one each is needed)");
    for (auto* const v : {&step_, &trial_, &trial_gradient_})
      *v = Numbers<ExecSpace>(Kokkos::view_alloc(space, "kovar::optim::trust_region"), n);
    solver_ = make_solver(space, objective, options);
  }

  TrustRegionResult run()
  {
    if (!evaluate_point()) return ended(TrustRegionStatus::start_failed);
    if (state_.radius == 0) state_.radius = state_.first_radius = first_radius();
    for (;;) {
      if (state_.n_iterations == options_.max_iterations)
        return ended(TrustRegionStatus::iteration_limit);
      RegionStep const step = solver_->solve(space_, gradient_, state_.radius, tolerance(), step_);
      state_.n_products += static_cast<int>(step.n_products);
      if (!step.is_finite) return ended(TrustRegionStatus::not_finite);
      result_.distance = step.promise + step.residual;
      bool const was_accepted = take(step);
      ++state_.n_iterations;
      result_.trace.push_back({state_.n_iterations, result_.value, result_.distance, state_.radius,
                               state_.n_products, was_accepted});
      if (options_.on_iteration && !options_.on_iteration(result_.trace.back()))
        return ended(TrustRegionStatus::stopped);
      if (is_converged(step)) return ended(TrustRegionStatus::converged);
      if (has_stalled()) {
        if (state_.has_restarted)
          return ended(step.is_convex ? TrustRegionStatus::no_progress
                                      : TrustRegionStatus::indefinite);
        restart();
      }
      if (was_accepted) keep();
    }
  }

 private:
  TrustRegionResult ended(TrustRegionStatus status)
  {
    result_.status = status;
    result_.n_iterations = state_.n_iterations;
    result_.n_values = state_.n_values;
    result_.n_products = state_.n_products;
    return result_;
  }

  double try_point(Numbers<ExecSpace> const& x, Numbers<ExecSpace> const& gradient)
  {
    double const value = objective_.try_point(space_, x, gradient);
    ++state_.n_values;
    // A value without a gradient is no place to go on from.
    return std::isfinite(value) && std::isfinite(dot<ExecSpace>(space_, gradient, gradient))
               ? value
               : HUGE_VAL;
  }

  void accept()
  {
    objective_.accept(space_);
    solver_->move();
  }

  bool evaluate_point()
  {
    result_.value = try_point(x_, gradient_);
    if (!std::isfinite(result_.value)) return false;
    accept();
    return true;
  }

  // The length of the first step of conjugate gradients if the preconditioner were the Hessian.
  double first_radius()
  {
    if (options_.initial_radius > 0) return options_.initial_radius;
    objective_.precondition(space_, gradient_, step_);
    double const length = std::sqrt(std::max(0.0, dot<ExecSpace>(space_, gradient_, step_)));
    return length > 0 ? length : 1;
  }

  double roundings() const
  {
    return options_.value_roundings * std::numeric_limits<double>::epsilon() *
           std::max(1.0, std::fabs(result_.value));
  }

  // A residual of 10^-9 of the distance that converges leaves parameters right to about 10^-9 of their
  // uncertainties: what different numbers of threads may differ by.
  RegionTolerance tolerance() const
  {
    double const distance = options_.distance_tolerance;
    return {roundings(), 1e-9 * distance,
            options_.end == TrustRegionEnd::at_tolerance ? 0.1 * distance : 0};
  }

  bool is_converged(RegionStep const& step) const
  {
    if (step.is_at_boundary || !step.is_convex) return false;
    return result_.distance <= options_.distance_tolerance &&
           (options_.end == TrustRegionEnd::at_tolerance || step.promise <= roundings());
  }

  bool has_stalled() const
  {
    constexpr int n_patient_rejected = 20;  // a radius is then 10^-12 of what it was
    constexpr int n_patient_unchanged = 5;
    return state_.n_rejected >= n_patient_rejected || state_.n_unchanged >= n_patient_unchanged;
  }

  void restart()
  {
    state_.has_restarted = true;
    state_.n_rejected = 0;
    state_.n_unchanged = 0;
    state_.radius = state_.first_radius;
  }

  void keep()
  {
    if (!options_.keep || ++n_since_kept_ < options_.n_to_keep) return;
    n_since_kept_ = 0;
    options_.keep(state_);
    objective_.forget_past(space_);
    solver_ = make_solver(space_, objective_, options_);  // forgets what it met of the spectrum
    evaluate_point();
  }

  // Try the step; move there if it keeps enough of its promise.
  bool take(RegionStep const& step)
  {
    if (step.length == 0) return true;  // the gradient is 0
    Kokkos::deep_copy(space_, trial_, x_);
    combine<ExecSpace>(space_, 1, step_, 1, trial_);
    double const value = try_point(trial_, trial_gradient_);
    double const decrease = result_.value - value;
    // Differences that roundings make say nothing about the model.
    bool const is_noise = std::fabs(decrease) <= roundings() && step.promise <= roundings();
    double const kept = is_noise ? 1 : decrease / step.promise;
    bool const is_accepted = std::isfinite(value) && kept > 0.15;
    if (!(kept >= 0.25))
      state_.radius = 0.25 * step.length;
    else if (kept > 0.75 && step.is_at_boundary)
      state_.radius = std::min(2 * state_.radius, options_.max_radius * state_.first_radius);
    state_.n_rejected = is_accepted ? 0 : state_.n_rejected + 1;
    if (!is_accepted) return false;
    state_.n_unchanged = decrease > 0 ? 0 : state_.n_unchanged + 1;
    accept();
    result_.value = value;
    Kokkos::deep_copy(space_, x_, trial_);
    Kokkos::deep_copy(space_, gradient_, trial_gradient_);
    return true;
  }

  ExecSpace space_;
  NewtonObjective<ExecSpace>& objective_;
  TrustRegionOptions const& options_;
  Numbers<ExecSpace> x_;
  Numbers<ExecSpace> gradient_;
  Numbers<ExecSpace> step_;
  Numbers<ExecSpace> trial_;
  Numbers<ExecSpace> trial_gradient_;
  std::unique_ptr<RegionSolver<ExecSpace>> solver_;
  TrustRegionState state_;
  int n_since_kept_ = 0;
  TrustRegionResult result_;
};

}  // namespace

char const* name_of(TrustRegionStatus status)
{
  switch (status) {
    case TrustRegionStatus::converged:
      return "converged";
    case TrustRegionStatus::no_progress:
      return "no progress";
    case TrustRegionStatus::iteration_limit:
      return "iteration limit";
    case TrustRegionStatus::indefinite:
      return "Hessian indefinite";
    case TrustRegionStatus::stopped:
      return "stopped";
    case TrustRegionStatus::start_failed:
      return "no value at the start";
    case TrustRegionStatus::not_finite:
      return "not finite";
  }
  return "";
}

template <class ExecSpace>
TrustRegionResult minimize_trust_region(ExecSpace const& space,
                                        NewtonObjective<ExecSpace>& objective,
                                        Vector<double, ExecSpace> const& x,
                                        Vector<double, ExecSpace> const& gradient,
                                        TrustRegionOptions const& options)
{
  Region const region("kovar::optim::trust_region");
  return TrustRegion<ExecSpace>(space, objective, x, gradient, options).run();
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                   \
  template TrustRegionResult minimize_trust_region(                                    \
      ExecSpace const&, NewtonObjective<ExecSpace>&, Vector<double, ExecSpace> const&, \
      Vector<double, ExecSpace> const&, TrustRegionOptions const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::optim
