// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ACTIVE_UNITS_HPP
#define KOVAR_GSN_ACTIVE_UNITS_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <vector>

/// \file
/// Units that vary at all: rows and columns of the others are exact zeros, and no work is done on them.

namespace kovar::gsn {

/// Variances of all units, and the units that vary at all.
struct ActiveUnits {
  std::vector<std::int64_t> units;     ///< those with noise or data variance
  std::vector<double> noise_variance;  ///< per unit of all: diagonal of cN
  std::vector<double> data_variance;   ///< per unit of all: diagonal of cD
};

/// Active rows of a thin matrix in the precision of the result; rows of no variance become zeros.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> active_rows(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                      std::vector<std::int64_t> const& units,
                                      std::vector<double> const& variance)
{
  auto const n_rows = static_cast<std::int64_t>(units.size());
  bool const all_vary =
      n_rows == static_cast<std::int64_t>(x.extent(0)) &&
      std::all_of(variance.begin(), variance.end(), [](double v) { return v > 0; });
  if constexpr (std::is_same_v<Scalar, double>)
    if (all_vary) return x;
  std::int64_t const n_cols = x.extent(1);
  auto const row =
      allocate<Vector<std::int64_t, ExecSpace>>(space, "kovar::gsn::active_units", n_rows);
  auto const keep =
      allocate<Vector<Scalar, ExecSpace>>(space, "kovar::gsn::units_that_vary", n_rows);
  auto const row_host = Kokkos::create_mirror_view(row);
  auto const keep_host = Kokkos::create_mirror_view(keep);
  for (std::int64_t i = 0; i < n_rows; ++i) {
    row_host(i) = units[static_cast<std::size_t>(i)];
    keep_host(i) = variance[static_cast<std::size_t>(row_host(i))] > 0 ? 1 : 0;
  }
  Kokkos::deep_copy(space, row, row_host);
  Kokkos::deep_copy(space, keep, keep_host);
  auto const active =
      allocate<Matrix<Scalar, ExecSpace>>(space, "kovar::gsn::active_rows", n_rows, n_cols);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  if (n_rows > 0 && n_cols > 0)
    Kokkos::parallel_for(
        "kovar::gsn::active_rows", Policy(space, {0, 0}, {n_rows, n_cols}),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
          active(i, j) = keep(i) > 0 ? static_cast<Scalar>(x(row(i), j)) : Scalar(0);
        });
  space.fence();  // the host copies of the rows go away
  return active;
}

}  // namespace kovar::gsn

#endif
