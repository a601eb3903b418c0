// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_WEIGHTED_SUMS_HPP
#define KOVAR_SPECTRAL_WEIGHTED_SUMS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>
#include <kovar/spectral/sample_parts.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>

/// \file
/// Sums over samples, in their order on every number of threads of a host, in parts on a device
/// (sample_parts.hpp).

namespace kovar::spectral {

/// sums(r, c) := sum_b weight(b, r) y(b, c), in parts of the samples.
/// \param weight   function of a sample and a row of sums, cheap
/// \param y        n x columns of sums
/// \param n_parts  of the samples
/// Cost: 2 flops a sample and entry of sums.
template <class Scalar, class ExecSpace, class Weight>
void weighted_row_sums_in_parts(ExecSpace const& space, std::string const& label,
                                Weight const& weight, linalg::ConstRows<Scalar, ExecSpace> const& y,
                                std::int64_t n_parts, linalg::Rows<Scalar, ExecSpace> const& sums)
{
  // On hosts a thread keeps some columns in registers; on devices there are threads enough.
  constexpr int width = is_host_space<ExecSpace> ? 64 / sizeof(Scalar) : 1;
  auto const n = static_cast<std::int64_t>(y.extent(0));
  auto const n_rows = static_cast<std::int64_t>(sums.extent(0));
  auto const n_columns = static_cast<std::int64_t>(sums.extent(1));
  std::int64_t const n_blocks = (n_columns + width - 1) / width;
  auto const of_parts = rows_for_parts(space, sums, n_parts);
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0,
                                                                      n_parts * n_rows * n_blocks),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const to = index / n_blocks;
        std::int64_t const row = to % n_rows;
        std::int64_t const begin = part_begin(n, to / n_rows, n_parts);
        std::int64_t const end = part_begin(n, to / n_rows + 1, n_parts);
        std::int64_t const first = index % n_blocks * width;
        Scalar sum[width] = {};
        if (first + width <= n_columns) {
          for (std::int64_t b = begin; b < end; ++b) {
            Scalar const w = weight(b, row);
            Scalar const* const from = &y(b, first);
            for (int c = 0; c < width; ++c) sum[c] += w * from[c];
          }
          for (int c = 0; c < width; ++c) of_parts(to, first + c) = sum[c];
          return;
        }
        int const n_left = static_cast<int>(n_columns - first);
        for (std::int64_t b = begin; b < end; ++b) {
          Scalar const w = weight(b, row);
          for (int c = 0; c < n_left; ++c) sum[c] += w * y(b, first + c);
        }
        for (int c = 0; c < n_left; ++c) of_parts(to, first + c) = sum[c];
      });
  add_parts(space, label, of_parts, n_parts, sums);
}

/// The same with as many parts as the space needs.
template <class Scalar, class ExecSpace, class Weight>
void weighted_row_sums(ExecSpace const& space, std::string const& label, Weight const& weight,
                       linalg::ConstRows<Scalar, ExecSpace> const& y,
                       linalg::Rows<Scalar, ExecSpace> const& sums)
{
  weighted_row_sums_in_parts(space, label, weight, y,
                             n_sample_parts<ExecSpace>(static_cast<std::int64_t>(y.extent(0))),
                             sums);
}

/// sums(r) := sum_b weight(b, r) over n samples, in parts of them.
template <class Scalar, class ExecSpace, class Weight>
void weighted_sums_in_parts(ExecSpace const& space, std::string const& label, Weight const& weight,
                            std::int64_t n, std::int64_t n_parts,
                            Vector<Scalar, ExecSpace> const& sums)
{
  auto const n_rows = static_cast<std::int64_t>(sums.extent(0));
  linalg::Rows<Scalar, ExecSpace> const row(sums.data(), 1, sums.extent(0));
  auto const of_parts = rows_for_parts(space, row, n_parts);
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_parts * n_rows),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const part = index / n_rows;
        std::int64_t const end = part_begin(n, part + 1, n_parts);
        Scalar sum = 0;
        for (std::int64_t b = part_begin(n, part, n_parts); b < end; ++b)
          sum += weight(b, index % n_rows);
        of_parts(part, index % n_rows) = sum;
      });
  add_parts(space, label, of_parts, n_parts, row);
}

/// The same with as many parts as the space needs.
template <class Scalar, class ExecSpace, class Weight>
void weighted_sums(ExecSpace const& space, std::string const& label, Weight const& weight,
                   std::int64_t n, Vector<Scalar, ExecSpace> const& sums)
{
  weighted_sums_in_parts(space, label, weight, n, n_sample_parts<ExecSpace>(n), sums);
}

}  // namespace kovar::spectral

#endif
