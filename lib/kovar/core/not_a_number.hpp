// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_NOT_A_NUMBER_HPP
#define KOVAR_CORE_NOT_A_NUMBER_HPP

#include <Kokkos_Core.hpp>

#include <limits>

/// \file
/// What stands for a number that is not defined.

namespace kovar {

/// NaN, on host and device. Unlike the logarithm of a negative number it raises no floating-point
/// exception. A function, since kernels may read the value of a constant but not refer to it.
template <class Scalar>
KOKKOS_INLINE_FUNCTION constexpr Scalar not_a_number()
{
  constexpr Scalar nan = std::numeric_limits<Scalar>::quiet_NaN();
  return nan;
}

}  // namespace kovar

#endif
