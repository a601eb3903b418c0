// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SHARED_GROUP_IMPACTS_HPP
#define KOVAR_FIT_SHARED_GROUP_IMPACTS_HPP

#include <kovar/fit/shared_covariance.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The impact of a group of parameters where ranks share the covariance.

namespace kovar::fit {

/// sqrt(C_iG C_GG^-1 C_Gi) for the places i of interest, NaN where C_GG is not positive definite; on all ranks.
/// Collective.
/// \param group, interest  rows of the covariance
/// Cost: for m parameters m^3 / 3 flops and 8 m^2 bytes over all ranks; m columns of the covariance are added up.
std::vector<double> shared_group_impacts(SharedCovariance const& covariance,
                                         std::vector<std::int64_t> const& group,
                                         std::vector<std::int64_t> const& interest);

}  // namespace kovar::fit

#endif
