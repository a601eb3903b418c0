// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_SAMPLE_PARTS_HPP
#define KOVAR_SPECTRAL_SAMPLE_PARTS_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstdint>
#include <string>

/// \file
/// Samples in parts, so that a device has enough sums to make at once: those of the parts first, then
/// theirs. The parts depend on the number of samples alone, and so do the bits of a sum.

namespace kovar::spectral {

/// Parts of n samples: at least 256 each and at most 64 of them on a device; one on a host, whose few threads
/// find work enough in different sums.
template <class ExecSpace>
std::int64_t n_sample_parts(std::int64_t n)
{
  if (is_host_space<ExecSpace>) return 1;
  return std::max<std::int64_t>(1, std::min<std::int64_t>(64, n / 256));
}

/// First sample of a part; of part n_parts: n.
KOKKOS_FORCEINLINE_FUNCTION std::int64_t part_begin(std::int64_t n, std::int64_t part,
                                                    std::int64_t n_parts)
{
  return n * part / n_parts;
}

/// Room for the sums of each part, those of part t in rows t * n_rows and following: `sums` itself where there
/// is one part. Otherwise it is allocated: Kokkos' pool of a device makes that cheap from version 4 on.
template <class Scalar, class ExecSpace>
linalg::Rows<Scalar, ExecSpace> rows_for_parts(ExecSpace const& space,
                                               linalg::Rows<Scalar, ExecSpace> const& sums,
                                               std::int64_t n_parts)
{
  if (n_parts == 1) return sums;
  return allocate<linalg::Rows<Scalar, ExecSpace>>(
      space, "kovar::spectral::sums_of_parts", static_cast<std::int64_t>(sums.extent(0)) * n_parts,
      sums.extent(1));
}

/// sums := the sum of the parts' sums, in their order. Nothing is done where there is one part.
/// \param label  full name of the kernel
template <class Scalar, class ExecSpace>
void add_parts(ExecSpace const& space, std::string const& label,
               linalg::Rows<Scalar, ExecSpace> const& of_parts, std::int64_t n_parts,
               linalg::Rows<Scalar, ExecSpace> const& sums)
{
  if (n_parts == 1) return;
  auto const n_rows = static_cast<std::int64_t>(sums.extent(0));
  auto const n_columns = static_cast<std::int64_t>(sums.extent(1));
  Kokkos::parallel_for(
      label,
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows * n_columns),
      KOKKOS_LAMBDA(std::int64_t index) {
        std::int64_t const row = index / n_columns;
        std::int64_t const column = index % n_columns;
        Scalar sum = 0;
        for (std::int64_t part = 0; part < n_parts; ++part)
          sum += of_parts(part * n_rows + row, column);
        sums(row, column) = sum;
      });
}

}  // namespace kovar::spectral

#endif
