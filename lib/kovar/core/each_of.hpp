// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_EACH_OF_HPP
#define KOVAR_CORE_EACH_OF_HPP

#include <Kokkos_Core.hpp>

#include <cstdint>

/// \file
/// The launch over n things, one after the other, that elementwise kernels share.

namespace kovar {

/// Indices 0 to n - 1, of 64 bits.
template <class ExecSpace>
Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>> each_of(ExecSpace const& space,
                                                                        std::int64_t n)
{
  return {space, 0, n};
}

}  // namespace kovar

#endif
