// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_VIEWS_HPP
#define KOVAR_CORE_VIEWS_HPP

#include <kovar/core/error.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <type_traits>

/// \file
/// The views that kovar passes around, and allocation that is told before it fails.

namespace kovar {

/// Dense matrix, column-major as LAPACK wants it.
template <class Scalar, class ExecSpace>
using Matrix = Kokkos::View<Scalar**, Kokkos::LayoutLeft, ExecSpace>;

template <class Scalar, class ExecSpace>
using Vector = Kokkos::View<Scalar*, Kokkos::LayoutLeft, ExecSpace>;

/// Read-only block of a caller's array of rank 3, in whatever layout he keeps it.
template <class Scalar, class ExecSpace>
using ConstCube = Kokkos::View<Scalar const***, Kokkos::LayoutStride, ExecSpace,
                               Kokkos::MemoryTraits<Kokkos::Unmanaged>>;

/// True where ExecSpace runs on the host. A device whose memory the host can reach is none.
template <class ExecSpace>
constexpr bool is_host_space = std::is_same_v<typename ExecSpace::memory_space, Kokkos::HostSpace>;

/// An instance for work on the host: the given one where that is a host's.
template <class ExecSpace>
auto host_instance(ExecSpace const& space)
{
  if constexpr (is_host_space<ExecSpace>)
    return space;
  else
    return Kokkos::DefaultHostExecutionSpace();
}

/// Allocate a view on the given instance without filling it.
template <class View, class ExecSpace, class... Extents>
View allocate(ExecSpace const& space, std::string const& label, Extents... extents)
{
  return View(Kokkos::view_alloc(space, Kokkos::WithoutInitializing, label), extents...);
}

/// The extent as LAPACK's 32-bit integer.
/// \throws InputError if it does not fit
inline int lapack_int(std::int64_t n, char const* what)
{
  KOVAR_REQUIRE(n <= std::numeric_limits<int>::max(),
                what << ": an extent of " << n
                     << " is too large for the 32-bit integers of this BLAS and LAPACK");
  return static_cast<int>(n);
}

}  // namespace kovar

#endif
