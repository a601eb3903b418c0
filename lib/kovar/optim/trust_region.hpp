// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_TRUST_REGION_HPP
#define KOVAR_OPTIM_TRUST_REGION_HPP

#include <kovar/core/views.hpp>
#include <kovar/optim/newton_objective.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Newton's method inside a trust region: for very many parameters by conjugate gradients, of the Hessian's
/// products alone, for few by the dense Hessian.

namespace kovar::optim {

/// How a minimization ended.
enum class TrustRegionStatus {
  converged,    ///< the estimated distance to the minimum is small enough
  no_progress,  ///< no step lowers the value, not even after a restart with a fresh radius
  iteration_limit,
  indefinite,    ///< no step lowers the value, and the Hessian has a negative eigenvalue there
  stopped,       ///< on_iteration said so
  start_failed,  ///< the objective has no value or no gradient at the start
  not_finite,    ///< products of the Hessian at the point are not finite
};

/// In words, for messages and tables.
char const* name_of(TrustRegionStatus status);

/// How steps inside the region are found.
enum class TrustRegionSolver {
  automatic,            ///< exact up to max_exact_size parameters, else conjugate gradients
  conjugate_gradients,  ///< Steihaug and Toint: approximate, by products alone
  exact,                ///< More and Sorensen: of the dense Hessian, n products for each point
};

/// Where a search ends that is near enough to the minimum.
enum class TrustRegionEnd {
  /// Where the model promises no decrease above the roundings of the value; the last solves leave parameters
  /// right to about 10^-9 of their uncertainties: what different numbers of threads may differ by.
  at_roundings,
  /// Where the estimated distance is below the tolerance: parameters are right to the square root of twice
  /// the tolerance, in their uncertainties. Saves products: a third of them at a tolerance of 10^-8.
  at_tolerance,
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

/// What a search needs to go on, beside the point.
struct TrustRegionState {
  double radius = 0;  ///< 0: nothing is known yet
  double first_radius = 0;
  int n_iterations = 0;
  int n_values = 0;
  int n_products = 0;
  int n_rejected = 0;   ///< steps in a row
  int n_unchanged = 0;  ///< accepted steps in a row that did not lower the value
  bool has_restarted = false;
};

struct TrustRegionOptions {
  TrustRegionSolver solver = TrustRegionSolver::automatic;
  std::int64_t max_exact_size = 32;
  /// Converged below this estimated distance to the minimum, g^T H^-1 g / 2 ...
  double distance_tolerance = 1e-10;
  TrustRegionEnd end = TrustRegionEnd::at_roundings;
  /// ... once the decrease that the model still promises is below this many roundings of the value.
  double value_roundings = 10;
  double initial_radius =
      0;                    ///< in the norm of the preconditioner; 0: the length of its first step
  double max_radius = 1e3;  ///< times the initial one
  int max_iterations = 1000;
  int max_products = 0;  ///< in one iteration; 0: twice as many as there are parameters, plus 20
  /// Called after each iteration; false stops. What it throws ends the minimization.
  std::function<bool(TrustRegionIterate const&)> on_iteration;

  /// Go on from this state; x is then the point that it was kept at.
  TrustRegionState start_from;
  /// Called after every n_to_keep accepted iterations, with x the point; null: never. The objective then
  /// forgets what it carries and the point is evaluated anew, so that a search that starts from the state
  /// goes the same way, bit by bit.
  std::function<void(TrustRegionState const&)> keep;
  int n_to_keep = 10;
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
