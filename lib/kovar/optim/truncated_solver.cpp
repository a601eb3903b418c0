// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/optim/region_solver.hpp>
#include <kovar/optim/vector_kernels.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

namespace kovar::optim {

namespace {

template <class ExecSpace>
using Numbers = Vector<double, ExecSpace>;

/// Scalars of the recurrence. With p the step so far and d the direction, in the norm of M, which is never
/// applied: lengths follow from what conjugate gradients know.
struct Recurrence {
  double rz = 0;  ///< r^T M^-1 r
  double pp = 0;  ///< p^T M p
  double pd = 0;  ///< p^T M d
  double dd = 0;  ///< d^T M d
};

/// What conjugate gradients know of the eigenvalues of M^-1 H: their tridiagonal matrix is L D L^T, D being
/// 1 / alpha and L the unit matrix with -sqrt(beta) below its diagonal.
struct Tridiagonal {
  std::vector<double> alpha;
  std::vector<double> root_beta;  ///< below each

  /// About the smallest eigenvalue, by some steps of inverse iteration. Its vector is positive.
  double smallest() const
  {
    auto const n = alpha.size();
    std::vector<double> v(n, 1 / std::sqrt(static_cast<double>(n)));
    double value = 1;
    for (int step = 0; step < 8; ++step) {
      for (std::size_t k = 0; k + 1 < n; ++k) v[k + 1] += root_beta[k] * v[k];
      for (std::size_t k = 0; k < n; ++k) v[k] *= alpha[k];
      for (std::size_t k = n; k-- > 1;) v[k - 1] += root_beta[k - 1] * v[k];
      double square = 0;
      for (double const entry : v) square += entry * entry;
      value = 1 / std::sqrt(square);
      for (double& entry : v) entry *= value;
    }
    return value;
  }
};

template <class ExecSpace>
class TruncatedSolver final : public RegionSolver<ExecSpace> {
 public:
  TruncatedSolver(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
                  std::int64_t max_products)
      : objective_(objective), limit_(max_products > 0 ? max_products : 2 * objective.size() + 20)
  {
    for (auto* const v : {&residual_, &direction_, &product_, &z_})
      *v = Numbers<ExecSpace>(Kokkos::view_alloc(space, "kovar::optim::truncated_solver"),
                              objective.size());
  }

  RegionStep solve(ExecSpace const& space, Vector<double const, ExecSpace> const& gradient,
                   double radius, RegionTolerance const& tolerance,
                   Numbers<ExecSpace> const& step) override
  {
    RegionStep found;
    Recurrence now = begin(space, gradient, step);
    spectrum_ = {};
    double const start = now.rz;
    // Near the minimum, where rz is twice the distance to it, the square of what is left suffices.
    constexpr double least = 0.1;
    double const share = std::min(least, std::sqrt(std::max(start, 0.0)));
    double const goal =
        std::min(least * least * start, std::max(share * share * start, 2 * tolerance.enough));
    while (now.rz > 0 && found.n_products < limit_) {
      objective_.hessian_product(space, direction_, product_);
      ++found.n_products;
      double const curvature = dot<ExecSpace>(space, direction_, product_);
      found.is_finite = std::isfinite(curvature);
      if (!found.is_finite) return found;
      double const alpha = now.rz / curvature;
      double const longer = now.pp + 2 * alpha * now.pd + alpha * alpha * now.dd;
      found.is_convex = curvature > 0;
      if (!found.is_convex || longer >= radius * radius) {
        go_to_boundary(space, found, now, curvature, radius, step);
        return found;
      }
      advance(space, alpha, found, now, step);
      now.pp = longer;
      if (now.rz <= goal) break;
      if (now.rz <= 2 * tolerance.distance && distance_left(now) <= tolerance.distance) break;
    }
    found.length = std::sqrt(now.pp);
    found.residual = std::max(now.rz, 0.0) / 2;
    if (tolerance.distance > 0 && found.n_products > 0) found.residual = distance_left(now);
    return found;
  }

 private:
  Recurrence begin(ExecSpace const& space, Vector<double const, ExecSpace> const& gradient,
                   Numbers<ExecSpace> const& step)
  {
    Kokkos::deep_copy(space, step, 0);
    Kokkos::deep_copy(space, residual_, gradient);
    objective_.forget_step(space);
    objective_.precondition(space, residual_, z_);
    Recurrence now;
    now.rz = dot<ExecSpace>(space, residual_, z_);
    now.dd = now.rz;
    Kokkos::deep_copy(space, direction_, 0);  // what an earlier solve left may not be finite
    combine<ExecSpace>(space, -1, z_, 0, direction_);
    return now;
  }

  void advance(ExecSpace const& space, double alpha, RegionStep& found, Recurrence& now,
               Numbers<ExecSpace> const& step)
  {
    combine<ExecSpace>(space, alpha, direction_, 1, step);
    combine<ExecSpace>(space, alpha, product_, 1, residual_);
    objective_.advance(space, alpha);
    found.promise += alpha * now.rz / 2;
    objective_.precondition(space, residual_, z_);
    double const next = dot<ExecSpace>(space, residual_, z_);
    double const beta = next / now.rz;
    spectrum_.alpha.push_back(alpha);
    spectrum_.root_beta.push_back(std::sqrt(std::max(beta, 0.0)));
    now.pd = beta * (now.pd + alpha * now.dd);
    now.dd = next + beta * beta * now.dd;
    combine<ExecSpace>(space, -1, z_, beta, direction_);
    now.rz = next;
  }

  void go_to_boundary(ExecSpace const& space, RegionStep& found, Recurrence const& now,
                      double curvature, double radius, Numbers<ExecSpace> const& step)
  {
    double const room = radius * radius - now.pp;
    double const root = std::sqrt(std::max(0.0, now.pd * now.pd + now.dd * room));
    double const tau = now.pd > 0 ? room / (now.pd + root) : (root - now.pd) / now.dd;
    combine<ExecSpace>(space, tau, direction_, 1, step);
    objective_.advance(space, tau);
    found.promise += tau * now.rz - tau * tau * curvature / 2;
    found.length = radius;
    found.residual = now.rz / 2;
    found.is_at_boundary = true;
  }

  // r^T H^-1 r / 2, at most: of the smallest eigenvalue that any solve has met.
  double distance_left(Recurrence const& now)
  {
    smallest_ = std::min(smallest_, spectrum_.smallest());
    return std::max(now.rz, 0.0) / (2 * smallest_);
  }

  NewtonObjective<ExecSpace>& objective_;
  Tridiagonal spectrum_;
  double smallest_ = 1;
  std::int64_t limit_;
  Numbers<ExecSpace> residual_;
  Numbers<ExecSpace> direction_;
  Numbers<ExecSpace> product_;
  Numbers<ExecSpace> z_;
};

}  // namespace

template <class ExecSpace>
std::unique_ptr<RegionSolver<ExecSpace>> make_truncated_solver(
    ExecSpace const& space, NewtonObjective<ExecSpace>& objective, std::int64_t max_products)
{
  return std::make_unique<TruncatedSolver<ExecSpace>>(space, objective, max_products);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                       \
  template std::unique_ptr<RegionSolver<ExecSpace>> make_truncated_solver( \
      ExecSpace const&, NewtonObjective<ExecSpace>&, std::int64_t);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::optim
