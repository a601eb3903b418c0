// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SELECTED_COVARIANCE_HPP
#define KOVAR_FIT_SELECTED_COVARIANCE_HPP

#include <kovar/fit/minimum.hpp>
#include <kovar/optim/conjugate_gradients.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Some rows of the covariance without the Hessian: for more parameters than a dense matrix allows.

namespace kovar::fit {

struct SelectedCovarianceOptions {
  PreconditionerOptions preconditioner;
  optim::LinearSolveOptions solve;
};

/// Rows of the inverse of the Hessian of the free parameters. Where a solve did not succeed the numbers that
/// it was for are NaN and the status is not solved; the others stand.
struct SelectedCovariance {
  std::vector<std::int64_t> parameters;   ///< of the rows
  std::vector<std::vector<double>> rows;  ///< of all parameters; 0 at frozen ones
  std::vector<double> variances;          ///< of all: of the rows, 0 of frozen ones, else NaN
  double distance = 0;                    ///< g^T H^-1 g / 2, the estimated distance to the minimum
  optim::LinearSolveStatus status = optim::LinearSolveStatus::solved;  ///< the first that is not
  std::string failed;  ///< for what: "distance", a name
  std::int64_t n_products = 0;
};

/// Solve H v = g for the distance, and H c = e_i for each of the parameters, by conjugate gradients.
/// \param at          a minimum, at which the likelihood stands
/// \param parameters  indices among all
/// \throws InputError if an index is none
/// Cost: a Hessian product for each step of each solve.
template <class ExecSpace>
SelectedCovariance selected_covariance(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                                       Minimum const& at,
                                       std::vector<std::int64_t> const& parameters,
                                       SelectedCovarianceOptions const& options = {});

/// Refuse what needs the covariance of all parameters in a fit that does not make it.
/// \param wanted  options of the user, by name: those given that need it
/// \throws InputError naming them, unless there is none
void require_none_without_hessian(std::vector<std::string> const& wanted);

}  // namespace kovar::fit

#endif
