// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_GLOBAL_IMPACTS_HPP
#define KOVAR_FIT_GLOBAL_IMPACTS_HPP

#include <kovar/fit/impacts.hpp>

/// \file
/// Global impacts: how the parameters of interest answer to what was measured, the centres of constraints,
/// data and the bins' statistics (Pinto, Wu, Boonekamp et al., Eur. Phys. J. C 84 (2024) 593).

namespace kovar::fit {

/// How the statistics of the data and of the bins are told apart.
enum class GlobalImpactKind {
  likelihood,  ///< what the Hessian gets from each constraint; data have the rest, external terms too
  gaussian,    ///< what the minimum answers to each datum and to each beta0 times its uncertainty
};

/// Global impacts: by_parameter[i, j] is how far i moves with the centre of the constraint on j, times the
/// uncertainty of that, sqrt(w_j) dy_j/dx_j C_ij; a group adds up in quadrature.
/// \param covariance  of a minimum, at which the likelihood stands: a Covariance or a SharedCovariance
/// \throws InputError if the covariance has no matrix or the tensor is not that of the likelihood
/// Cost: building the derivatives of yields (yield_response.hpp) and two products with them for each row.
template <class ExecSpace, class AnyCovariance>
Impacts global_impacts(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                       TemplateTensor const& tensor, AnyCovariance const& covariance,
                       GlobalImpactKind kind = GlobalImpactKind::likelihood);

}  // namespace kovar::fit

#endif
