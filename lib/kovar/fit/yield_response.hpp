// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_YIELD_RESPONSE_HPP
#define KOVAR_FIT_YIELD_RESPONSE_HPP

#include <kovar/fit/bin_response.hpp>
#include <kovar/fit/likelihood.hpp>
#include <kovar/linalg/sparse_matrix.hpp>

#include <cstdint>
#include <vector>

/// \file
/// How the yields of a point answer to the parameters: total derivatives, with those of profiled bin
/// statistics, as a sparse matrix.

namespace kovar::fit {

/// What a prediction is of.
enum class YieldDetail {
  bins,     ///< all processes of a bin together
  entries,  ///< each entry of the tensor, a process of a bin
};

/// Predictions and their derivatives by the parameters x; of this rank's bins, or of all (of_all_ranks()).
struct YieldResponse {
  std::vector<double> value;            ///< of each row
  std::vector<std::int64_t> bin;        ///< of each row, as an index into bins
  std::vector<double> by_beta;          ///< of each row: derivative by beta where parameters stay
  linalg::HostSparseMatrix derivative;  ///< rows x all parameters
  std::vector<BinResponse> bins;
};

/// Refuse what there is no response for: a beta for each process, or bin statistics with a covariance of
/// the data.
/// \throws InputError naming what is asked for
template <class ExecSpace>
void require_bin_response(Likelihood<ExecSpace> const& likelihood, char const* what);

/// Refuse a covariance of the data too: what it makes of the data of a bin, other bins feel.
/// \throws InputError naming what is asked for
template <class ExecSpace>
void require_separate_bins(Likelihood<ExecSpace> const& likelihood, char const* what);

/// The response at the accepted point; collective. Rows of the derivative have the columns of all variations of the bin.
/// \throws InputError as require_bin_response(), or without an accepted point; BackendError if there is no room for
///         it. Both on all ranks together.
/// Cost: one pass over the variations for bins; for entries with profiled statistics one per process.
template <class ExecSpace>
YieldResponse yield_response(ExecSpace const& space, Likelihood<ExecSpace> const& likelihood,
                             BetaState state, YieldDetail detail = YieldDetail::bins);

/// The derivative of each bin's profiled beta by the parameters: this rank's fitted bins x all parameters;
/// collective, and throws as yield_response().
template <class ExecSpace>
linalg::HostSparseMatrix beta_response(ExecSpace const& space,
                                       Likelihood<ExecSpace> const& likelihood);

}  // namespace kovar::fit

#endif
