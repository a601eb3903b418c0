// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_OPTIM_BACKEND_LBFGS_RUN_HPP
#define KOVAR_OPTIM_BACKEND_LBFGS_RUN_HPP

#include <kovar/optim/box.hpp>
#include <kovar/optim/evaluations.hpp>
#include <kovar/optim/lbfgs.hpp>
#include <kovar/optim/lbfgs_progress.hpp>

#include <vector>

/// \file
/// The iterations of L-BFGS: by ROL in rol_lbfgs.cpp, or not at all in without_rol.cpp.

namespace kovar::optim::backend {

/// \throws InputError if this kovar was built without ROL
void require_lbfgs();

/// Iterate from a point, with no memory of former steps, until progress has a status or a line search
/// fails.
/// \param start  within the box; its evaluation is the last or the best one
/// \return the point after the last iteration
std::vector<double> run_lbfgs(Evaluations& evaluations, Box const& box, LbfgsOptions const& options,
                              LbfgsProgress& progress, std::vector<double> const& start);

}  // namespace kovar::optim::backend

#endif
