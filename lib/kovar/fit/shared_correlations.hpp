// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SHARED_CORRELATIONS_HPP
#define KOVAR_FIT_SHARED_CORRELATIONS_HPP

#include <kovar/fit/shared_covariance.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

/// \file
/// The strongest correlations where ranks share the covariance.

namespace kovar::fit {

/// Two parameters, first < second.
struct CorrelatedPair {
  std::int64_t first = 0;
  std::int64_t second = 0;
  double correlation = 0;
};

/// The strongest first; equal ones in the order of the parameters.
bool is_stronger(CorrelatedPair const& a, CorrelatedPair const& b);

/// The n strongest correlations C_ij s_i s_j of free parameters, on all ranks. Collective.
/// \param scale  s of all parameters: 1 / their uncertainties; 0: none with this one
/// \param least  weaker ones are left out
/// Cost: each rank reads its share once.
std::vector<CorrelatedPair> strongest_correlations(SharedCovariance const& covariance,
                                                   std::vector<double> const& scale, std::size_t n,
                                                   double least);

}  // namespace kovar::fit

#endif
