// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_GP_PLAN_HPP
#define KOVAR_APPS_KOVAR_GP_PLAN_HPP

#include "matrix_plan.hpp"

#include <kovar/gp/factored_covariance_over_ranks.hpp>
#include <kovar/io/gp_model_file.hpp>

#include <cstdint>

/// \file
/// What sharing the covariance matrix of 'kovar gp fit' and 'kovar gp predict' takes (matrix_plan.hpp).

namespace kovar::apps {

/// What would make the matrix of a fit smaller, for messages.
constexpr char const* smaller_process = "single precision (--precision=float) or fewer rows";

/// Of an evaluation of every start of a fit, derivatives included.
/// \param flops_per_second  of one rank
SharingCosts fit_costs(gp::ProcessSize const& size, std::int64_t n_starts, int n_ranks,
                       double flops_per_second);

/// Of means and variances of new points.
SharingCosts prediction_costs(gp::ProcessSize const& size, std::int64_t n_new, int n_ranks,
                              double flops_per_second);

/// The size of a process.
gp::ProcessSize size_of(io::SavedProcess const& process);

}  // namespace kovar::apps

#endif
