// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_MINIMUM_HPP
#define KOVAR_FIT_MINIMUM_HPP

#include <kovar/fit/likelihood.hpp>
#include <kovar/optim/trust_region.hpp>

#include <Kokkos_Core.hpp>

#include <string>
#include <vector>

/// \file
/// The fit itself: parameters at the minimum of the negative log likelihood.

namespace kovar::fit {

struct MinimumOptions {
  std::vector<std::string> frozen;  ///< parameters that stay at the start (frozen_parameters.hpp)
  std::vector<double> start;        ///< of all parameters; empty: as the parameters say
  optim::TrustRegionOptions trust_region;
};

/// Where a fit ended. Whatever its status, x is the best point seen.
struct Minimum {
  optim::TrustRegionResult search;
  std::vector<double> x;         ///< of all parameters
  std::vector<double> gradient;  ///< likewise; of frozen ones too
  LossParts loss;
  std::vector<std::int64_t> free;  ///< parameters that could move
};

/// Minimize the likelihood; its accepted point is then x.
/// \throws InputError if the options name no parameter, start has another length, or bins with data expect
///         nothing at the start, naming these bins
template <class ExecSpace>
Minimum find_minimum(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                     MinimumOptions const& options = {});

}  // namespace kovar::fit

#endif
