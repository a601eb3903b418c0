// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_HESSIAN_COLUMNS_HPP
#define KOVAR_FIT_HESSIAN_COLUMNS_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/fit/hessian_batch.hpp>
#include <kovar/fit/likelihood.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

/// \file
/// The Hessian, some columns at a time.

namespace kovar::fit {

namespace detail {

// Column k of u is the direction of the free parameter first + k alone.
template <class ExecSpace>
void set_units(ExecSpace const& space, Vector<std::int64_t, ExecSpace> const& free,
               std::int64_t first, Matrix<double, ExecSpace> const& u)
{
  int const n = u.extent_int(1);
  Kokkos::parallel_for(
      "kovar::fit::set_units", each_of(space, static_cast<std::int64_t>(u.extent(0))),
      KOKKOS_LAMBDA(std::int64_t i) {
        for (int k = 0; k < n; ++k) u(i, k) = i == free(first + k) ? 1 : 0;
      });
}

}  // namespace detail

/// Make the columns of the Hessian of the free parameters at the accepted point, a pack at a time.
/// Collective: all ranks get all columns.
/// \param take  called with the number of the first column of a pack and its columns: a row for each parameter,
///              free or not; they are overwritten after it
/// Cost: a Hessian product for each column, packs of them at once.
template <class ExecSpace, class Take>
void for_hessian_columns(ExecSpace const& space, Likelihood<ExecSpace>& likelihood,
                         std::vector<std::int64_t> const& free, HessianForm form, Take const& take)
{
  auto const n = static_cast<std::int64_t>(free.size());
  std::int64_t const n_all = likelihood.parameters().size();
  auto const places = to_space(space, free, "kovar::fit::free");
  HessianBatch<ExecSpace> batch(space, likelihood);
  constexpr std::int64_t n_at_once = HessianBatch<ExecSpace>::n_at_once;
  auto const units =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::units", n_all, n_at_once);
  auto const products =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::products", n_all, n_at_once);
  for (std::int64_t first = 0; first < n; first += n_at_once) {
    auto const some = std::make_pair(std::int64_t{0}, std::min(n_at_once, n - first));
    Matrix<double, ExecSpace> const u = Kokkos::subview(units, Kokkos::ALL, some);
    Matrix<double, ExecSpace> const hu = Kokkos::subview(products, Kokkos::ALL, some);
    detail::set_units(space, places, first, u);
    batch.multiply(space, u, hu, form);
    take(first, hu);
  }
}

}  // namespace kovar::fit

#endif
