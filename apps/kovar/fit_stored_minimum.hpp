// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_STORED_MINIMUM_HPP
#define KOVAR_APPS_KOVAR_FIT_STORED_MINIMUM_HPP

#include "fit_request.hpp"

#include <kovar/fit/selected_covariance.hpp>

#include <string>
#include <vector>

/// \file
/// Whether the minimum of an earlier result is one of the templates, data and options at hand: a result of
/// others may have the same names.

namespace kovar::apps {

/// A minimum that was read.
struct StoredPoint {
  std::string command;  ///< "fit scan": starts messages
  std::string path;     ///< of the result
  FitRequest const& fit;
};

/// \param distance  estimated, from the point to the minimum
/// \throws InputError if it is above 1e-4 and the tolerance of the fit, or NaN
void require_near_minimum(StoredPoint const& point, double distance);

/// \throws InputError for a point whose Hessian is that of no minimum
/// \param parameter  where that is seen, if that is known
[[noreturn]] void refuse_indefinite(StoredPoint const& point, std::string const& parameter = "");

/// Both, without the Hessian: by a solve for the distance, and one for each strength that is kept as its root,
/// for at 0 these have no gradient, minimum or not.
/// \param at  the point, at which the likelihood stands
/// \throws InputError, on all ranks of the likelihood, if it is no minimum
template <class ExecSpace>
void require_minimum(StoredPoint const& point, ExecSpace const& space,
                     fit::Likelihood<ExecSpace>& likelihood, fit::Minimum const& at,
                     fit::PreconditionerOptions const& preconditioner)
{
  auto const& parameters = likelihood.parameters();
  std::vector<std::int64_t> strengths;
  if (parameters.strengths_are_squared)
    for (std::int64_t i = 0; i < parameters.n_strengths; ++i) strengths.push_back(i);
  fit::SelectedCovarianceOptions options;
  options.preconditioner = preconditioner;
  auto const found = fit::selected_covariance(space, likelihood, at, strengths, options);
  if (found.status == optim::LinearSolveStatus::indefinite) refuse_indefinite(point);
  for (auto const strength : strengths) {
    auto const i = static_cast<std::size_t>(strength);
    if (found.variances[i] < 0) refuse_indefinite(point, parameters.names[i]);
  }
  require_near_minimum(point, found.distance);
}

}  // namespace kovar::apps

#endif
