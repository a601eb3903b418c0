// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SWEEP_SUMS_HPP
#define KOVAR_FIT_SWEEP_SUMS_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// Sums by signal strength that parts of a sweep make, and their total.

namespace kovar::fit {

template <class ExecSpace>
using Bins = Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>;

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
      "kovar::fit::sum_strengths", Bins<ExecSpace>(space, 0, total.extent(0)),
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
        "kovar::fit::sum_by_signal",
        Bins<ExecSpace>(space, 0, static_cast<std::int64_t>(worth.extent(0))),
        KOKKOS_LAMBDA(std::int64_t e, X & sum) { sum += signal(e) == s ? worth(e) : X{}; },
        Kokkos::subview(total, s));
}

}  // namespace kovar::fit

#endif
