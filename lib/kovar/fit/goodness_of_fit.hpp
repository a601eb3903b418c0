// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_GOODNESS_OF_FIT_HPP
#define KOVAR_FIT_GOODNESS_OF_FIT_HPP

#include <kovar/fit/covariance.hpp>
#include <kovar/fit/likelihood.hpp>

#include <cstdint>
#include <vector>

/// \file
/// How well data agree with what is predicted.

namespace kovar::fit {

/// A chi square with its degrees of freedom.
struct GoodnessOfFit {
  double chi_square = 0;
  std::int64_t n_degrees = 0;
  double p_value = 0;  ///< of a chi square as large or larger; NaN without degrees of freedom
};

/// Against the saturated model, which predicts the data: twice the reduced loss at the accepted point. Degrees
/// of freedom are the fitted bins less the parameters that nothing constrains: strengths and free systematics.
/// Those among them that a fit held frozen are taken off too, as rabbit does: the likelihood does not know what
/// was frozen. The number may be 0 or negative.
/// \throws InputError if no point was accepted
template <class ExecSpace>
GoodnessOfFit saturated_goodness(Likelihood<ExecSpace> const& likelihood);

/// What is done with bins that have no variance at all.
enum class ExactBins {
  keep,       ///< the chi square is NaN where there is one
  leave_out,  ///< they do not count, as degrees neither
};

/// r^T (Cov + V)^-1 r of the differences r between yields and data before the fit, with Cov that of the
/// yields (prefit_yields(), yields.hpp) and V that of the data. The likelihood stands where a fit starts.
/// \param prefit  variance of each parameter (prefit_variances.hpp)
/// Cost: B^3 / 3 flops and B^2 numbers for B bins, on every rank.
template <class ExecSpace>
GoodnessOfFit prefit_goodness(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                              std::vector<double> const& prefit,
                              ExactBins exact_bins = ExactBins::keep);

/// The same after the fit, with the covariance of r that follows from those of what was measured: centres
/// of constraints, data, and beta0, which move yields through the minimum too.
/// \param covariance  of a minimum, at which the likelihood stands: a Covariance or a SharedCovariance
/// \throws InputError if the covariance has no matrix
/// Cost: a few B^3 and B n^2 flops, B (B + n) numbers, on every rank, whichever the covariance is.
template <class ExecSpace, class AnyCovariance>
GoodnessOfFit postfit_goodness(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                               AnyCovariance const& covariance,
                               ExactBins exact_bins = ExactBins::keep);

}  // namespace kovar::fit

#endif
