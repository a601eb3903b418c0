// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_LIKELIHOOD_OPTIONS_HPP
#define KOVAR_FIT_LIKELIHOOD_OPTIONS_HPP

#include <kovar/fit/bin_statistics.hpp>
#include <kovar/fit/data_term.hpp>
#include <kovar/fit/parameters.hpp>

/// \file
/// What a binned likelihood is to be.

namespace kovar::fit {

/// The bins' own statistics.
struct BinStatisticsOptions {
  BinConstraint constraint = BinConstraint::gamma;
  double min_kstat = 0;  ///< bins of fewer effective events are taken as exact
};

struct LikelihoodOptions {
  ParameterOptions parameters;
  DataTerm data_term = DataTerm::poisson;
  BinStatisticsOptions bin_statistics;
};

}  // namespace kovar::fit

#endif
