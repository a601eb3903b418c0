// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/optim/trust_region.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace kovar::optim {

namespace {

template <class ExecSpace>
using Numbers = Vector<double, ExecSpace>;

template <class ExecSpace>
double dot(ExecSpace const& space, Numbers<ExecSpace> const& a, Numbers<ExecSpace> const& b)
{
  double sum = 0;
  Kokkos::parallel_reduce(
      "kovar::optim::dot", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i, double& partial) { partial += a(i) * b(i); }, sum);
  return sum;
}

/// a = alpha x + beta a
template <class ExecSpace>
void combine(ExecSpace const& space, double alpha, Numbers<ExecSpace> const& x, double beta,
             Numbers<ExecSpace> const& a)
{
  Kokkos::parallel_for(
      "kovar::optim::combine", each_of(space, static_cast<std::int64_t>(a.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) { a(i) = alpha * x(i) + beta * a(i); });
}

/// What a solve inside a region found.
struct Step {
  double promise = 0;   ///< decrease of the model
  double length = 0;    ///< in the norm of the preconditioner
  double residual = 0;  ///< r^T M^-1 r / 2: what the model could still go down by, about
  bool is_at_boundary = false;
  bool is_convex = true;
  int n_products = 0;
};

template <class ExecSpace>
class TrustRegion {
 public:
  TrustRegion(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
              Numbers<ExecSpace> const& x, Numbers<ExecSpace> const& gradient,
              TrustRegionOptions const& options)
      : space_(space), objective_(objective), options_(options), x_(x), gradient_(gradient)
  {
    auto const n = x.extent(0);
    KOVAR_REQUIRE(static_cast<std::int64_t>(n) == objective.size() && gradient.extent(0) == n,
                  "minimize_trust_region: x and gradient have "
                      << n << " and " << gradient.extent(0) << " entries for " << objective.size()
                      << " parameters (one each is needed)");
    for (auto* const v : {&step_, &residual_, &direction_, &product_, &trial_, &trial_gradient_})
      *v = Numbers<ExecSpace>(Kokkos::view_alloc(space, "kovar::optim::trust_region"), n);
  }

  TrustRegionResult run()
  {
    result_.value = objective_.try_point(space_, x_, gradient_);
    ++result_.n_values;
    if (!std::isfinite(result_.value)) return result_;
    objective_.accept(space_);
    radius_ = first_radius();
    first_radius_ = radius_;
    for (;;) {
      if (result_.n_iterations == options_.max_iterations)
        return ended(TrustRegionStatus::iteration_limit);
      Step const step = solve();
      result_.distance = step.promise + step.residual;
      bool const was_accepted = take(step);
      ++result_.n_iterations;
      result_.trace.push_back({result_.n_iterations, result_.value, result_.distance, radius_,
                               result_.n_products, was_accepted});
      if (options_.on_iteration && !options_.on_iteration(result_.trace.back()))
        return ended(TrustRegionStatus::stopped);
      if (is_converged(step)) return ended(TrustRegionStatus::converged);
      if (has_stalled(was_accepted)) {
        if (has_restarted_)
          return ended(step.is_convex ? TrustRegionStatus::no_progress
                                      : TrustRegionStatus::indefinite);
        has_restarted_ = true;
        n_stalled_ = 0;
        radius_ = first_radius_;
      }
    }
  }

 private:
  TrustRegionResult ended(TrustRegionStatus status)
  {
    result_.status = status;
    return result_;
  }

  // The length of the first step of conjugate gradients if the preconditioner were the Hessian.
  double first_radius()
  {
    if (options_.initial_radius > 0) return options_.initial_radius;
    objective_.precondition(space_, gradient_, direction_);
    double const length = std::sqrt(std::max(0.0, dot(space_, gradient_, direction_)));
    return length > 0 ? length : 1;
  }

  double roundings() const
  {
    return options_.value_roundings * std::numeric_limits<double>::epsilon() *
           std::max(1.0, std::fabs(result_.value));
  }

  bool is_converged(Step const& step) const
  {
    if (step.is_at_boundary || !step.is_convex) return false;
    return result_.distance <= options_.distance_tolerance && step.promise <= roundings();
  }

  bool has_stalled(bool was_accepted)
  {
    n_stalled_ = was_accepted ? 0 : n_stalled_ + 1;
    constexpr int n_patient = 20;  // a radius is then 10^-12 of what it was
    return n_stalled_ >= n_patient;
  }

  // step_ = an approximate minimum of g^T p + p^T H p / 2 within the radius. Lengths in the norm of M
  // follow from the recurrences; M itself is never applied.
  Step solve()
  {
    Step found;
    Kokkos::deep_copy(space_, step_, 0);
    Kokkos::deep_copy(space_, residual_, gradient_);
    objective_.forget_step(space_);
    objective_.precondition(space_, residual_, trial_);  // trial_ serves as z here
    double rz = dot(space_, residual_, trial_);
    combine(space_, -1, trial_, 0, direction_);
    double const start = rz;
    // Near the minimum, where rz is twice the distance to it, the square of what is left suffices.
    double const share = std::min(0.1, std::sqrt(std::max(rz, 0.0)));
    double pp = 0;
    double pd = 0;
    double dd = rz;
    std::int64_t const n = objective_.size();
    std::int64_t const limit = options_.max_products > 0 ? options_.max_products : 2 * n + 20;
    while (rz > 0 && found.n_products < limit) {
      objective_.hessian_product(space_, direction_, product_);
      ++found.n_products;
      ++result_.n_products;
      double const curvature = dot(space_, direction_, product_);
      double const alpha = rz / curvature;
      double const longer = pp + 2 * alpha * pd + alpha * alpha * dd;
      found.is_convex = curvature > 0;
      if (!found.is_convex || longer >= radius_ * radius_) {
        go_to_boundary(found, pp, pd, dd, rz, curvature);
        return found;
      }
      combine(space_, alpha, direction_, 1, step_);
      combine(space_, alpha, product_, 1, residual_);
      objective_.advance(space_, alpha);
      found.promise += alpha * rz / 2;
      pp = longer;
      objective_.precondition(space_, residual_, trial_);
      double const next = dot(space_, residual_, trial_);
      double const beta = next / rz;
      pd = beta * (pd + alpha * dd);
      dd = next + beta * beta * dd;
      combine(space_, -1, trial_, beta, direction_);
      rz = next;
      if (rz <= share * share * start) break;
    }
    found.length = std::sqrt(pp);
    found.residual = std::max(rz, 0.0) / 2;
    return found;
  }

  void go_to_boundary(Step& found, double pp, double pd, double dd, double rz, double curvature)
  {
    double const root = std::sqrt(std::max(0.0, pd * pd + dd * (radius_ * radius_ - pp)));
    double const tau = pd > 0 ? (radius_ * radius_ - pp) / (pd + root) : (root - pd) / dd;
    combine(space_, tau, direction_, 1, step_);
    objective_.advance(space_, tau);
    found.promise += tau * rz - tau * tau * curvature / 2;
    found.length = radius_;
    found.residual = rz / 2;
    found.is_at_boundary = true;
  }

  // Try the step; move there if it keeps enough of its promise.
  bool take(Step const& step)
  {
    if (step.length == 0) return true;  // the gradient is 0
    Kokkos::deep_copy(space_, trial_, x_);
    combine(space_, 1, step_, 1, trial_);
    double const value = objective_.try_point(space_, trial_, trial_gradient_);
    ++result_.n_values;
    double const decrease = result_.value - value;
    // Differences that roundings make say nothing about the model.
    bool const is_noise = std::fabs(decrease) <= roundings() && step.promise <= roundings();
    double const kept = is_noise ? 1 : decrease / step.promise;
    bool const is_accepted = std::isfinite(value) && kept > 0.15;
    if (!(kept >= 0.25))
      radius_ = 0.25 * step.length;
    else if (kept > 0.75 && step.is_at_boundary)
      radius_ = std::min(2 * radius_, options_.max_radius * first_radius_);
    if (!is_accepted) return false;
    objective_.accept(space_);
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
  Numbers<ExecSpace> residual_;
  Numbers<ExecSpace> direction_;
  Numbers<ExecSpace> product_;
  Numbers<ExecSpace> trial_;
  Numbers<ExecSpace> trial_gradient_;
  double radius_ = 1;
  double first_radius_ = 1;
  int n_stalled_ = 0;
  bool has_restarted_ = false;
  TrustRegionResult result_;
};

}  // namespace

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
