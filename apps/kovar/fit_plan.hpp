// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_KOVAR_FIT_PLAN_HPP
#define KOVAR_APPS_KOVAR_FIT_PLAN_HPP

#include "fit_study.hpp"
#include "matrix_plan.hpp"

#include <kovar/fit/parameters.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>

/// \file
/// Who holds the covariance of all parameters of a study, and covariances of yields (matrix_plan.hpp).

namespace kovar::apps {

/// What the matrices of a study are.
struct CovarianceSize {
  std::int64_t n_free = 0;
  std::int64_t n_parameters = 0;
  std::int64_t n_fits = 1;         ///< each keeps its covariance until all are written
  std::int64_t n_yields = 0;       ///< bins with a covariance of yields; 0: there is none
  std::int64_t n_chi_square = 0;   ///< bins of a chi square; 0: there is none
  std::int64_t largest_group = 0;  ///< of traditional impacts: a group, or all without a constraint
  std::int64_t n_unconstrained = 0;    ///< likewise: with Hessians of their own
  std::int64_t n_passes = 0;           ///< over all columns, to which yields and chi squares lead
  std::int64_t n_entries_of_rank = 0;  ///< of the variations
};

/// \param n_ranks  that share the variations
CovarianceSize covariance_size(StudyRequest const& request, fit::Parameters const& parameters,
                               fit::TemplateTensor const& tensor, int n_ranks);

/// Of the covariance and what follows from it, without scans.
/// \param flops_per_second  of one rank in products of matrices
SharingCosts covariance_costs(CovarianceSize const& size, int n_ranks, double flops_per_second);

/// Choose, on all ranks the same; collective.
/// \param on_host  is the execution space one of the host?
/// \throws InputError, on all ranks, if a way is asked for that cannot be gone, or the one that is chosen does not fit
MatrixPlan plan_covariance(dist::Communicator const& comm, StudyRequest const& request,
                           fit::Parameters const& parameters, fit::TemplateTensor const& tensor,
                           bool on_host);

/// Is there a covariance of all parameters in this study?
inline bool has_covariance(StudyRequest const& request)
{
  return request.has_hessian && request.point != StudyPoint::prefit;
}

}  // namespace kovar::apps

#endif
