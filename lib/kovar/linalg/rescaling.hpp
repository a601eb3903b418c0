// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_RESCALING_HPP
#define KOVAR_LINALG_RESCALING_HPP

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

/// \file
/// Powers of two that keep squares of entries within range.

namespace kovar::linalg {

/// Powers of two that bring a matrix of very large or very small entries near 1, where the squares in
/// a reduction neither overflow nor vanish, and back; 1 for any other matrix.
template <class Scalar>
struct Rescaling {
  Scalar forth = 1;
  Scalar back = 1;
};

template <class Scalar>
Rescaling<Scalar> rescaling_of(double largest)
{
  constexpr double bound = std::is_same_v<Scalar, double> ? 1e100 : 1e12;
  if (!std::isfinite(largest) || largest == 0 || (largest < bound && largest > 1 / bound))
    return {};
  // Both powers are normal numbers, also where the entries are not.
  int const exponent = std::max(std::ilogb(largest), std::numeric_limits<Scalar>::min_exponent + 2);
  return {std::ldexp(Scalar(1), -exponent), std::ldexp(Scalar(1), exponent)};
}

}  // namespace kovar::linalg

#endif
