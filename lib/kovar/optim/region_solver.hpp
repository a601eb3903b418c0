// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_REGION_SOLVER_HPP
#define KOVAR_OPTIM_REGION_SOLVER_HPP

#include <kovar/core/views.hpp>
#include <kovar/optim/newton_objective.hpp>

#include <cstdint>
#include <memory>

/// \file
/// The minimum of a quadratic model inside a region.

namespace kovar::optim {

/// What a solve inside a region found.
struct RegionStep {
  double promise = 0;  ///< decrease of the model
  double length = 0;   ///< in the norm of M
  double residual =
      0;  ///< r^T M^-1 r / 2, with a distance asked for r^T H^-1 r / 2: what the model could
          ///< still go down by, about
  bool is_at_boundary = false;
  bool is_convex = true;
  bool is_finite = true;  ///< else there is no step: a product had entries that are not
  std::int64_t n_products = 0;
};

/// Below what a solve need not go, in units of the value.
struct RegionTolerance {
  double noise = 0;   ///< changes of the model that are roundings
  double enough = 0;  ///< a residual that is small whatever it was at the start
  /// Likewise, but r^T H^-1 r / 2, by the smallest eigenvalue of M^-1 H that products have shown; 0: a solve
  /// does not end for it.
  double distance = 0;
};

/// Finds p that about minimizes g^T p + p^T H p / 2 for p^T M p <= radius^2, of the Hessian H at the
/// accepted point of an objective and its preconditioner M.
template <class ExecSpace>
class RegionSolver {
 public:
  virtual ~RegionSolver() = default;

  /// \param noise  changes of the model below this are roundings
  /// \param step   out: p
  virtual RegionStep solve(ExecSpace const& space, Vector<double const, ExecSpace> const& gradient,
                           double radius, RegionTolerance const& tolerance,
                           Vector<double, ExecSpace> const& step) = 0;

  /// The accepted point is another one.
  virtual void move() {}
};

/// Conjugate gradients, left at the boundary or where curvature is not positive (Steihaug, Toint). Solved
/// the better the nearer the minimum, to a tenth at least. The objective hears of the step by advance().
/// Memory: 4 vectors.
/// \param max_products  in one solve; 0: twice as many as there are parameters, plus 20
template <class ExecSpace>
std::unique_ptr<RegionSolver<ExecSpace>> make_truncated_solver(
    ExecSpace const& space, NewtonObjective<ExecSpace>& objective, std::int64_t max_products);

/// The minimum itself, of the eigenpairs of the dense Hessian in the scales of the objective (More,
/// Sorensen). Cost: n products and 9 n^3 flops for each accepted point, n^2 for each radius; on the host.
/// Memory: 2 matrices.
template <class ExecSpace>
std::unique_ptr<RegionSolver<ExecSpace>> make_exact_solver(ExecSpace const& space,
                                                           NewtonObjective<ExecSpace>& objective);

}  // namespace kovar::optim

#endif
