// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_MICRO_RANDOM_ROWS_HPP
#define KOVAR_PERF_MICRO_RANDOM_ROWS_HPP

#include <kovar/core/random.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <cstdint>

/// \file
/// Inputs of models that are measured.

namespace kovar::perf {

/// Normal numbers of a standard deviation of scale, the same in each run.
template <class Scalar, class ExecSpace>
linalg::Rows<Scalar, ExecSpace> normal_rows(ExecSpace const& space, std::int64_t n_rows,
                                            std::int64_t n_columns, double scale)
{
  auto const rows = allocate<linalg::Rows<Scalar, ExecSpace>>(space, "kovar::perf::normal_rows",
                                                              n_rows, n_columns);
  Kokkos::parallel_for(
      "kovar::perf::normal_rows",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows * n_columns),
      KOKKOS_LAMBDA(std::int64_t k) {
        rows(k / n_columns, k % n_columns) =
            static_cast<Scalar>(scale * normal_pair(2, 0, static_cast<std::uint64_t>(k)).first);
      });
  return rows;
}

}  // namespace kovar::perf

#endif
