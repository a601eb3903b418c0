// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_GATHER_HPP
#define KOVAR_FIT_GATHER_HPP

#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Some rows and columns of a dense matrix.

namespace kovar::fit {

/// a(rows, columns), on the device's lists.
template <class ExecSpace>
Matrix<double, ExecSpace> gathered(ExecSpace const& space, Matrix<double, ExecSpace> const& a,
                                   Vector<std::int64_t, ExecSpace> const& rows,
                                   Vector<std::int64_t, ExecSpace> const& columns)
{
  auto const n_rows = static_cast<std::int64_t>(rows.extent(0));
  auto const n_columns = static_cast<std::int64_t>(columns.extent(0));
  auto const found =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::fit::gathered", n_rows, n_columns);
  Kokkos::parallel_for(
      "kovar::fit::gathered", each_of(space, n_rows * n_columns), KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const j = k / n_rows;
        found(k - j * n_rows, j) = a(rows(k - j * n_rows), columns(j));
      });
  return found;
}

/// The same with lists on the host. Waits for the instance.
template <class ExecSpace>
Matrix<double, ExecSpace> gathered(ExecSpace const& space, Matrix<double, ExecSpace> const& a,
                                   std::vector<std::int64_t> const& rows,
                                   std::vector<std::int64_t> const& columns)
{
  return gathered(space, a, to_space(space, rows, "kovar::fit::rows"),
                  to_space(space, columns, "kovar::fit::columns"));
}

/// The Euclidean norm of each column. Waits for the instance.
template <class ExecSpace>
std::vector<double> column_norms(ExecSpace const& space, Matrix<double, ExecSpace> const& a)
{
  auto const n_rows = static_cast<std::int64_t>(a.extent(0));
  auto const norms =
      allocate<Vector<double, ExecSpace>>(space, "kovar::fit::column_norms", a.extent(1));
  Kokkos::parallel_for(
      "kovar::fit::column_norms", each_of(space, static_cast<std::int64_t>(a.extent(1))),
      KOKKOS_LAMBDA(std::int64_t j) {
        double sum = 0;
        for (std::int64_t i = 0; i < n_rows; ++i) sum += a(i, j) * a(i, j);
        norms(j) = math::sqrt(sum);
      });
  return to_list(space, norms);
}

}  // namespace kovar::fit

#endif
