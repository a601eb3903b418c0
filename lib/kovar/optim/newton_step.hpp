// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_NEWTON_STEP_HPP
#define KOVAR_OPTIM_NEWTON_STEP_HPP

#include <kovar/core/views.hpp>
#include <kovar/optim/conjugate_gradients.hpp>
#include <kovar/optim/newton_objective.hpp>
#include <kovar/optim/trust_region.hpp>

/// \file
/// One Newton step: all that a quadratic function needs.

namespace kovar::optim {

/// Minimize the quadratic function that an objective is at x, by conjugate gradients on H p = -g; no matrix is
/// made. The step is taken if the value does not rise by it. Status: converged, if the solve was; else
/// no_progress, iteration_limit (of products), indefinite or not_finite, as in minimize_trust_region().
/// The distance is g^T M^-1 g / 2 where it ended.
/// \param x         n; in: the start, out: the minimum
/// \param gradient  n; out: at x
/// \throws InputError if the lengths do not fit
template <class ExecSpace>
TrustRegionResult take_newton_step(ExecSpace const& space, NewtonObjective<ExecSpace>& objective,
                                   Vector<double, ExecSpace> const& x,
                                   Vector<double, ExecSpace> const& gradient,
                                   LinearSolveOptions const& options = {});

}  // namespace kovar::optim

#endif
