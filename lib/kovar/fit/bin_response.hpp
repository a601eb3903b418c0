// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_BIN_RESPONSE_HPP
#define KOVAR_FIT_BIN_RESPONSE_HPP

#include <kovar/fit/bin_statistics.hpp>

/// \file
/// How the yield of a bin and its beta answer to the yields of its entries, its data and its beta0.

namespace kovar::fit {

/// Where the parameters of bin statistics stand.
enum class BetaState {
  profiled,   ///< where the likelihood is best; in bins that are not fitted at the centre
  at_center,  ///< at beta0 everywhere, as before a fit
};

/// First derivatives at the point of a bin's yields. What does not answer has 0.
struct BinResponse {
  double active = 0;    ///< yield of the processes that have statistics
  double inactive = 0;  ///< of the others
  double beta = 1;
  double yield = 0;  ///< with beta
  double yield_by_active = 1;
  double yield_by_inactive = 1;
  double yield_by_beta = 0;  ///< where active and inactive stay
  double beta_by_active = 0;
  double beta_by_inactive = 0;
  double beta_by_data = 0;
  double beta_by_center = 0;
  double beta_variance = 0;          ///< that yields of entries leave to beta
  double constraint_curvature = 0;   ///< of the constraint on beta
  double slope_by_data = 0;          ///< d2 loss / (d yield d data)
  double slope_by_center = 0;        ///< d2 constraint / (d beta d beta0)
  double center_variance = 0;        ///< of beta0, given that it stands where it does
  double usual_center_variance = 0;  ///< of beta0 where it stands as without fluctuations
  double data_variance = 0;
};

/// \param loss  of the bin at active and inactive
BinResponse bin_response(BinConstraint constraint, DataTerm term, BinInput const& bin,
                         BinLoss const& loss, double active, double inactive, BetaState state);

}  // namespace kovar::fit

#endif
