// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_TRUST_REGION_HPP
#define KOVAR_OPTIM_TRUST_REGION_HPP

#include <kovar/core/views.hpp>
#include <kovar/optim/newton_objective.hpp>

#include <Kokkos_Core.hpp>

#include <functional>
#include <vector>

/// \file
/// Newton's method for very many parameters: steps by conjugate gradients inside a trust region, of the
/// Hessian's products alone.

namespace kovar::optim {

/// How a minimization ended.
enum class TrustRegionStatus {
  converged,    ///< the estimated distance to the minimum is small enough
  no_progress,  ///< no step lowers the value, not even after a restart with a fresh radius
  iteration_limit,
  indefinite,    ///< no step lowers the value, and the Hessian has a negative eigenvalue there
  stopped,       ///< on_iteration said so
  start_failed,  ///< the objective has no value at the start
};

/// What is known after an iteration.
struct TrustRegionIterate {
  int iteration = 0;  ///< from 1
  double value = 0;
  double distance = 0;  ///< estimated distance to the minimum, in units of the value
  double radius = 0;
  int n_products = 0;  ///< so far
  bool is_accepted = true;
};

struct TrustRegionOptions {
  /// Converged below this estimated distance to the minimum, g^T H^-1 g / 2 ...
  double distance_tolerance = 1e-10;
  /// ... once the decrease that the model still promises is below this many roundings of the value.
  double value_roundings = 10;
  double initial_radius =
      0;                    ///< in the norm of the preconditioner; 0: the length of its first step
  double max_radius = 1e3;  ///< times the initial one
  int max_iterations = 1000;
  int max_products = 0;  ///< in one iteration; 0: twice as many as there are parameters, plus 20
  /// Called after each iteration; false stops. What it throws ends the minimization.
  std::function<bool(TrustRegionIterate const&)> on_iteration;
};

struct TrustRegionResult {
  TrustRegionStatus status = TrustRegionStatus::start_failed;
  double value = 0;     ///< at the point
  double distance = 0;  ///< estimated, of the last point whose step was found
  int n_iterations = 0;
  int n_values = 0;  ///< with their gradients
  int n_products = 0;
  std::vector<TrustRegionIterate> trace;
};

/// Minimize from x, which becomes the best point. Steps are those of Steihaug and Toint (Conn, Gould,
/// Toint, Trust-Region Methods, 2000, algorithm 7.5.1): conjugate gradients on the Newton equations, left
/// at the boundary of the region or where curvature is not positive, and solved the better the nearer the
/// minimum. What conjugate gradients know of the step and of its promise is used again: no product is spent
/// on the model.
/// \param x         n; in: the start
/// \param gradient  n; out: at x
/// \throws InputError if the lengths do not fit
/// Memory: 6 vectors of n numbers.
template <class ExecSpace>
TrustRegionResult minimize_trust_region(ExecSpace const& space,
                                        NewtonObjective<ExecSpace>& objective,
                                        Vector<double, ExecSpace> const& x,
                                        Vector<double, ExecSpace> const& gradient,
                                        TrustRegionOptions const& options = {});

}  // namespace kovar::optim

#endif
