// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_VARIATION_SWEEP_HPP
#define KOVAR_FIT_VARIATION_SWEEP_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/compensated_sum.hpp>
#include <kovar/fit/entry_sweep.hpp>
#include <kovar/fit/sweep_sums.hpp>
#include <kovar/linalg/device_rows.hpp>
#include <kovar/linalg/kept_rows.hpp>
#include <kovar/linalg/partial_sums.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// Sweeps over the variations K of all entries: forward by rows, the bins, and back by K^T.

namespace kovar::fit {

/// The variations of a rank's entries and the memory that sweeps over them use. X as in
/// linalg::SparseProduct: a number, or on hosts a pack for several directions at once.
///
/// A host goes bin by bin: rows are read once, forward and backward. A device has no cache for them: it
/// reads K, then its transpose.
template <class ExecSpace, class X = double>
class VariationSweep {
 public:
  VariationSweep() = default;

  /// \param variations     a row for each entry
  /// \param bin_start      of each bin: its first entry; and the end of the last
  /// \param n_fitted_bins  that come first; the others are predicted only
  VariationSweep(ExecSpace const& space, linalg::HostSparseMatrix const& variations,
                 std::vector<std::int64_t> const& bin_start, std::int64_t n_fitted_bins,
                 std::int64_t n_signals);

  /// For several directions, with the variations of one, which are shared.
  VariationSweep(ExecSpace const& space, VariationSweep<ExecSpace> const& one);

  /// body(rows) with rows that a host reads, CsrRows or RunRows: for what follows a fit. Rows on a device
  /// are copied.
  template <class Body>
  void visit_on_host(ExecSpace const& space, Body const& body) const
  {
    if constexpr (is_host_space<ExecSpace>) {
      rows_.visit(body);
    } else {
      auto const row_start = to_list(space, device_.matrix().row_start);
      auto const column = to_list(space, device_.matrix().column);
      auto const value = to_list(space, device_.matrix().value);
      body(linalg::CsrRows{row_start.data(), column.data(), value.data()});
    }
  }

  /// Yields and losses of all bins at theta, and what they are worth to each column of K and each strength.
  BinTotals evaluate(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                     Vector<double, ExecSpace> const& theta,
                     Vector<double, ExecSpace> const& by_column,
                     Vector<double, ExecSpace> const& by_strength) const;

  /// The second derivatives along a direction, at the point of the last evaluate().
  void differentiate(ExecSpace const& space, EntrySweep<ExecSpace> const& entries, HessianForm form,
                     Vector<X, ExecSpace> const& theta_change,
                     Vector<X, ExecSpace> const& strength_change,
                     Vector<X, ExecSpace> const& by_column,
                     Vector<X, ExecSpace> const& by_strength) const;

  /// The first half of a sweep alone: products(), the rows of K times theta.
  void forward(ExecSpace const& space, Vector<X, ExecSpace> const& theta) const;
  Vector<X, ExecSpace> const& products() const { return products_; }
  /// The second half alone: K^T products(), and what entries are worth to the strengths of their signals.
  void backward(ExecSpace const& space, EntrySweep<ExecSpace> const& entries,
                Vector<X, ExecSpace> const& worth, Vector<X, ExecSpace> const& by_column,
                Vector<X, ExecSpace> const& by_strength) const;

  /// The diagonal of the Hessian of the bins, without the curvature of yields (HessianForm::gauss_newton
  /// or fisher), at the point of the last evaluate(). For preconditioners: allocates.
  /// \param column_slope  d column / d parameter: 1 for the first n_parameters columns, the slope of what
  ///                      the others hold of the same parameters
  /// \param by_parameter  of the parameters that columns belong to, as many as by_parameter has entries
  /// \param by_strength   of each strength
  void diagonal(ExecSpace const& space, EntrySweep<ExecSpace> const& entries, HessianForm form,
                Vector<double, ExecSpace> const& column_slope,
                Vector<double, ExecSpace> const& by_parameter,
                Vector<double, ExecSpace> const& by_strength) const;

 private:
  template <class Space, class Y>
  friend class VariationSweep;

  std::int64_t n_bins_ = 0;
  std::int64_t n_fitted_bins_ = 0;
  std::int64_t n_signals_ = 0;
  Vector<X, ExecSpace> products_;  // of each entry

  linalg::KeptRows rows_;  // on a host
  std::vector<std::int64_t> first_bin_;
  linalg::PartialSums<X, ExecSpace> sums_;
  Kokkos::View<X**, Kokkos::LayoutRight, ExecSpace> strength_sums_;  // parts x signals, padded
  Kokkos::View<BinTotals*, Kokkos::HostSpace> totals_;

  linalg::DeviceRows<ExecSpace> device_;  // on a device
  linalg::DeviceRows<ExecSpace> device_transposed_;
  Vector<X, ExecSpace> worth_;  // of each entry to the strength of its signal
};

}  // namespace kovar::fit

#endif
