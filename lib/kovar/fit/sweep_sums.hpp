// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SWEEP_SUMS_HPP
#define KOVAR_FIT_SWEEP_SUMS_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/entry_sweep.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// Sums that sweeps make beside those by columns: by signal strength, and over bins.

namespace kovar::fit {

/// What the bins of a rank add up to.
struct BinTotals {
  double data_loss = 0;
  double constraint_loss = 0;
};

/// The sums of a part, set to 0.
template <class X, class ExecSpace>
X* cleared_row(Kokkos::View<X**, Kokkos::LayoutRight, ExecSpace> const& sums, int part)
{
  X* const row = sums.data() + part * static_cast<std::int64_t>(sums.extent(1));
  std::fill(row, row + sums.extent(1), X{});
  return row;
}

/// total(s) = the sum over parts, in their order.
template <class ExecSpace, class X>
void sum_strengths(ExecSpace const& space,
                   Kokkos::View<X**, Kokkos::LayoutRight, ExecSpace> const& sums,
                   Vector<X, ExecSpace> const& total)
{
  int const n_parts = sums.extent_int(0);
  Kokkos::parallel_for(
      "kovar::fit::sum_strengths", each_of(space, static_cast<std::int64_t>(total.extent(0))),
      KOKKOS_LAMBDA(std::int64_t s) {
        X sum{};
        for (int part = 0; part < n_parts; ++part) sum += sums(part, s);
        total(s) = sum;
      });
}

/// On a device: what the entries of each signal are worth to its strength.
template <class ExecSpace, class X>
void sum_by_signal(ExecSpace const& space, Vector<std::int32_t, ExecSpace> const& signal,
                   Vector<X, ExecSpace> const& worth, Vector<X, ExecSpace> const& total)
{
  for (std::int64_t s = 0; s < static_cast<std::int64_t>(total.extent(0)); ++s)
    Kokkos::parallel_reduce(
        "kovar::fit::sum_by_signal", each_of(space, static_cast<std::int64_t>(worth.extent(0))),
        KOKKOS_LAMBDA(std::int64_t e, X & sum) { sum += signal(e) == s ? worth(e) : X{}; },
        Kokkos::subview(total, s));
}

/// What the first n_bins bins add up to. Waits for the instance.
template <class ExecSpace>
BinTotals bin_totals(ExecSpace const& space, Vector<BinLoss, ExecSpace> const& losses,
                     std::int64_t n_bins)
{
  BinTotals totals;
  Kokkos::parallel_reduce(
      "kovar::fit::bin_totals", each_of(space, n_bins),
      KOKKOS_LAMBDA(std::int64_t bin, double& data, double& constraint) {
        data += losses(bin).data_loss;
        constraint += losses(bin).constraint_loss;
      },
      totals.data_loss, totals.constraint_loss);
  return totals;
}

}  // namespace kovar::fit

#endif
