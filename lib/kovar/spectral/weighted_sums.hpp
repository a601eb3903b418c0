// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_WEIGHTED_SUMS_HPP
#define KOVAR_SPECTRAL_WEIGHTED_SUMS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Sums over samples, in their order on every number of threads.

namespace kovar::spectral {

/// sums(r, c) := sum_b weight(b, r) y(b, c).
/// \param weight  function of a sample and a row of sums, cheap
/// \param y       n x columns of sums
/// Cost: 2 flops a sample and entry of sums.
template <class Scalar, class ExecSpace, class Weight>
void weighted_row_sums(ExecSpace const& space, std::string const& label, Weight const& weight,
                       linalg::ConstRows<Scalar, ExecSpace> const& y,
                       linalg::Rows<Scalar, ExecSpace> const& sums)
{
  // On hosts a thread keeps some columns in registers; on devices there are threads enough.
  constexpr int width = is_host_space<ExecSpace> ? 64 / sizeof(Scalar) : 1;
  auto const n = static_cast<std::int64_t>(y.extent(0));
  auto const n_columns = static_cast<std::int64_t>(sums.extent(1));
  std::int64_t const n_blocks = (n_columns + width - 1) / width;
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, n_blocks * static_cast<std::int64_t>(sums.extent(0))),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const row = index / n_blocks;
        std::int64_t const first = index % n_blocks * width;
        Scalar sum[width] = {};
        if (first + width <= n_columns) {
          for (std::int64_t b = 0; b < n; ++b) {
            Scalar const w = weight(b, row);
            Scalar const* const from = &y(b, first);
            for (int c = 0; c < width; ++c) sum[c] += w * from[c];
          }
          for (int c = 0; c < width; ++c) sums(row, first + c) = sum[c];
          return;
        }
        int const n_left = static_cast<int>(n_columns - first);
        for (std::int64_t b = 0; b < n; ++b) {
          Scalar const w = weight(b, row);
          for (int c = 0; c < n_left; ++c) sum[c] += w * y(b, first + c);
        }
        for (int c = 0; c < n_left; ++c) sums(row, first + c) = sum[c];
      });
}

/// sums(r) := sum_b weight(b, r) over n samples.
template <class Scalar, class ExecSpace, class Weight>
void weighted_sums(ExecSpace const& space, std::string const& label, Weight const& weight,
                   std::int64_t n, Vector<Scalar, ExecSpace> const& sums)
{
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(
          space, 0, static_cast<std::int64_t>(sums.extent(0))),
      KOKKOS_LAMBDA(std::int64_t row) {
        Scalar sum = 0;
        for (std::int64_t b = 0; b < n; ++b) sum += weight(b, row);
        sums(row) = sum;
      });
}

}  // namespace kovar::spectral

#endif
