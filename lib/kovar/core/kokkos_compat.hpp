// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_KOKKOS_COMPAT_HPP
#define KOVAR_CORE_KOKKOS_COMPAT_HPP

#include <Kokkos_Core.hpp>

/// \file
/// One spelling for what differs between Kokkos 3.4 and 5.x.

#if !defined(KOKKOS_VERSION) || KOKKOS_VERSION < 30400
#error "kovar needs Kokkos 3.4 or newer"
#endif

#ifdef KOKKOS_ENABLE_HIP
namespace kovar {
/// AMD GPUs; experimental before 4.0.
#if KOKKOS_VERSION >= 40000
using Hip = Kokkos::HIP;
#else
using Hip = Kokkos::Experimental::HIP;
#endif
}  // namespace kovar
#endif

/// Mathematical functions for host and device.
namespace kovar::math {
#if KOKKOS_VERSION >= 30700
using Kokkos::cos;
using Kokkos::exp;
using Kokkos::fabs;
using Kokkos::log;
using Kokkos::pow;
using Kokkos::sin;
using Kokkos::sqrt;
#else
using Kokkos::Experimental::cos;
using Kokkos::Experimental::exp;
using Kokkos::Experimental::fabs;
using Kokkos::Experimental::log;
using Kokkos::Experimental::pow;
using Kokkos::Experimental::sin;
using Kokkos::Experimental::sqrt;
#endif

template <class Scalar>
KOKKOS_INLINE_FUNCTION bool is_nan(Scalar x)
{
  return x != x;
}

template <class Scalar>
KOKKOS_INLINE_FUNCTION bool is_finite(Scalar x)
{
  return x - x == 0;
}
}  // namespace kovar::math

#endif
