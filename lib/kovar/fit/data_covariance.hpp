// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_DATA_COVARIANCE_HPP
#define KOVAR_FIT_DATA_COVARIANCE_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/fit/likelihood_options.hpp>
#include <kovar/fit/rank_entries.hpp>
#include <kovar/fit/variation_sweep.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// The data term of a fit with the covariance C of the data of all bins: r^T C^-1 r / 2, r = yield - data.
/// Bins answer to each other, so that a sweep stops between its halves: yields of all bins are put
/// together, and C^-1 meets them.
///
/// Additive bin statistics of the deviations s make the same fit as C + s^2 on the diagonal and the yields
/// n + s beta0; the profiled beta is beta0 - s w, w = (C + s^2)^-1 (n + s beta0 - data).

namespace kovar::fit {

/// The columns of the inverse that belong to a rank's bins. Every call is collective.
template <class ExecSpace>
class DataCovariance {
 public:
  DataCovariance() = default;

  /// Empty if the fit has another data term.
  /// \throws InputError if the inverse is not symmetric or not positive definite
  /// Cost: n^3/3 flops for n fitted bins, with bin statistics 2 n^3, and 2 n^2 numbers, on every rank.
  DataCovariance(ExecSpace const& space, TemplateTensor const& tensor,
                 LikelihoodOptions const& options, RankShare const& share);

  bool is_empty() const { return n_bins_ == 0; }

  /// As VariationSweep::evaluate. Curvatures of BinLoss are the diagonal of the inverse alone.
  BinTotals evaluate(ExecSpace const& space, dist::Communicator const& comm,
                     VariationSweep<ExecSpace> const& sweep, EntrySweep<ExecSpace> const& entries,
                     Vector<double, ExecSpace> const& theta,
                     Vector<double, ExecSpace> const& by_column,
                     Vector<double, ExecSpace> const& by_strength) const;

  /// As VariationSweep::differentiate.
  void differentiate(ExecSpace const& space, dist::Communicator const& comm,
                     VariationSweep<ExecSpace> const& sweep, EntrySweep<ExecSpace> const& entries,
                     HessianForm form, Vector<double, ExecSpace> const& theta_change,
                     Vector<double, ExecSpace> const& strength_change,
                     Vector<double, ExecSpace> const& by_column,
                     Vector<double, ExecSpace> const& by_strength) const;

 private:
  void multiply(ExecSpace const& space, dist::Communicator const& comm) const;

  std::int64_t n_bins_ = 0;            // fitted ones, of all ranks
  std::int64_t first_bin_ = 0;         // of this rank
  std::int64_t n_own_bins_ = 0;        // fitted ones of this rank
  Matrix<double, ExecSpace> columns_;  // n bins x n own bins
  Matrix<double, ExecSpace> of_bins_;  // n bins x 1: what the inverse is multiplied by
  Matrix<double, ExecSpace> answer_;   // n own bins x 1
  Vector<double, ExecSpace> worth_;    // of each entry to the strength of its signal
};

}  // namespace kovar::fit

#endif
