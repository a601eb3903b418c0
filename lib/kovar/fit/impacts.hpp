// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_IMPACTS_HPP
#define KOVAR_FIT_IMPACTS_HPP

#include <kovar/fit/covariance.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Impacts: which share of the uncertainty of the parameters of interest comes from where.

namespace kovar::fit {

/// Impacts on the parameters of interest, all in units of x (strength_uncertainty() in covariance.hpp turns
/// those on roots into those on strengths). Tables stand row after row.
struct Impacts {
  std::vector<std::int64_t> rows;         ///< parameters of interest: strengths, then NOIs
  std::vector<double> total;              ///< of each row: its uncertainty
  std::vector<double> by_parameter;       ///< rows x all parameters
  std::vector<double> by_group;           ///< rows x groups of the tensor
  std::vector<double> by_data;            ///< of each row: the statistics of the data
  std::vector<double> by_bin_statistics;  ///< of each row; none where templates are exact
};

/// The systematics of a group, as parameters.
std::vector<std::int64_t> parameters_of_group(Parameters const& parameters, Group const& group);

/// \throws InputError naming what is asked for, if a tensor has not the systematics of the parameters
void require_own_tensor(Parameters const& parameters, TemplateTensor const& tensor,
                        char const* what);

/// Traditional impacts: by_parameter[i, j] is how far i moves where j is off by its uncertainty and all
/// others follow, C_ij / sqrt(C_jj), with its sign; a group moves i by sqrt(C_iG C_GG^-1 C_Gi). by_data is
/// the uncertainty that is left where all constrained systematics and the bins' statistics are held,
/// by_bin_statistics what the latter add to it; both are 0 for a constrained NOI.
/// \param covariance  of a minimum, at which the likelihood stands: a Covariance, or a SharedCovariance, with
///                    which ranks share all that is larger than some columns. Collective.
/// \throws InputError if the covariance has no matrix or the tensor is not that of the likelihood
/// Cost: 2 Hessian products for each parameter without a constraint; m^3 / 3 flops for a group of m.
template <class ExecSpace, class AnyCovariance>
Impacts traditional_impacts(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                            TemplateTensor const& tensor, AnyCovariance const& covariance);

}  // namespace kovar::fit

#endif
