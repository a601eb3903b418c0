// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_CONJUGATE_GRADIENTS_HPP
#define KOVAR_OPTIM_CONJUGATE_GRADIENTS_HPP

#include <kovar/core/views.hpp>
#include <kovar/optim/newton_objective.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// Linear systems of the Hessian of an objective by its products alone.

namespace kovar::optim {

/// How a solve ended.
enum class LinearSolveStatus {
  solved,
  product_limit,  ///< the residual is not small enough yet
  no_progress,    ///< roundings keep the residual from becoming smaller
  indefinite,     ///< a direction of negative curvature or of none was met
  not_finite,     ///< a product has entries that are not
};

/// In words, for messages.
char const* name_of(LinearSolveStatus status);

struct LinearSolveOptions {
  double relative_residual = 1e-10;  ///< in the norm of M^-1, against the right-hand side
  std::int64_t max_products = 0;     ///< 0: ten times as many as there are parameters, plus 20
};

struct LinearSolveResult {
  LinearSolveStatus status = LinearSolveStatus::solved;
  double relative_residual = 0;  ///< of the solution, by a product
  std::int64_t n_products = 0;
};

/// Solve H x = b at the accepted point, preconditioned by the objective. The residual that ends the solve is
/// that of a product with x, not the recurrence's; where they differ the solve goes on from there.
/// \param b  n
/// \param x  n; out, whatever the status: the best that was found
/// \throws InputError if the lengths do not fit
/// Source: Golub, Van Loan, Matrix Computations, 4th edition, algorithm 11.5.1. Memory: 4 vectors.
template <class ExecSpace>
LinearSolveResult solve_by_conjugate_gradients(ExecSpace const& space,
                                               NewtonObjective<ExecSpace>& objective,
                                               Vector<double const, ExecSpace> const& b,
                                               Vector<double, ExecSpace> const& x,
                                               LinearSolveOptions const& options = {});

}  // namespace kovar::optim

#endif
