// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_YIELDS_HPP
#define KOVAR_FIT_YIELDS_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/fit/covariance.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/fit/move_to.hpp>
#include <kovar/fit/yield_response.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Predicted yields with their uncertainties, before and after a fit.

namespace kovar::fit {

/// What of the uncertainties is computed.
enum class YieldErrors {
  none,
  variances,
  covariance,            ///< and the variances
  covariance_in_shares,  ///< the same, but each rank keeps a share of the covariance
};

/// Predictions at a point, on every rank: of all bins, masked ones last, or of all entries of the tensor.
struct Yields {
  std::vector<double> value;
  std::vector<double> variance;  ///< as many; none for YieldErrors::none
  std::vector<double>
      covariance;  ///< their square, row after row; none but for YieldErrors::covariance
  /// The same, both triangles; none but for YieldErrors::covariance_in_shares.
  dist::BlockCyclicMatrix<double> shared_covariance;
};

/// Predictions at the accepted point with profiled bin statistics: J C J^T and what the statistics leave.
/// \param covariance  of a minimum, at which the likelihood stands: a Covariance, or a SharedCovariance, with
///                    which covariances of yields are in shares. Collective.
/// \throws InputError, on all ranks, if the covariance has no matrix and errors are asked for, or is on every rank
///         where those of yields are to be in shares
/// Cost: for blocks of bins with u parameters among them 2 u^2 flops a bin; of a covariance 2 n u a bin
///       and as many numbers as bins squared, on every rank or in shares.
template <class ExecSpace, class AnyCovariance>
Yields postfit_yields(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                      AnyCovariance const& covariance, YieldDetail detail = YieldDetail::bins,
                      YieldErrors errors = YieldErrors::variances);

/// Predictions at the accepted point with bin statistics at their centres and parameters as uncertain as
/// before the fit. The likelihood is to stand where a fit starts: move_to(space, likelihood, start).
/// \param prefit  variance of each parameter (prefit_variances.hpp)
template <class ExecSpace>
Yields prefit_yields(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                     std::vector<double> const& prefit, YieldDetail detail = YieldDetail::bins,
                     YieldErrors errors = YieldErrors::variances);

/// What follows a parameter that is off by its uncertainty.
enum class VariationKind {
  correlated,  ///< the others follow as they are correlated with it: J C_j / sigma_j
  alone,       ///< the others stay: J_j sigma_j
};

/// By how much yields go up where a parameter does by its uncertainty (and go down where it goes down):
/// for each of the parameters one after the other as many numbers as there are predictions.
/// \param covariance  a Covariance or a SharedCovariance
/// \throws InputError, on all ranks, if the covariance has no matrix or a parameter is none
template <class ExecSpace, class AnyCovariance>
std::vector<double> postfit_variations(ExecSpace const& space,
                                       Likelihood<ExecSpace> const& likelihood,
                                       AnyCovariance const& covariance,
                                       std::vector<std::int64_t> const& parameters,
                                       VariationKind kind, YieldDetail detail = YieldDetail::bins);

/// The same before the fit, where parameters are not correlated.
template <class ExecSpace>
std::vector<double> prefit_variations(ExecSpace const& space,
                                      Likelihood<ExecSpace> const& likelihood,
                                      std::vector<double> const& prefit,
                                      std::vector<std::int64_t> const& parameters,
                                      YieldDetail detail = YieldDetail::bins);

}  // namespace kovar::fit

#endif
