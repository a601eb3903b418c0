// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_INERTIA_HPP
#define KOVAR_LINALG_INERTIA_HPP

#include <kovar/linalg/largest_magnitude.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Eigenvalues counted without being computed.

namespace kovar::linalg {

/// Eigenvalues of a tridiagonal matrix below x, by Sylvester's law: negative pivots of T - x I. In
/// double and for entries of at most 1, whatever the matrix: squares of large numbers overflow.
template <class Scalar>
std::int64_t count_below(std::vector<Scalar> const& d, std::vector<Scalar> const& e, double x)
{
  double const largest = std::max(largest_magnitude(d), largest_magnitude(e));
  if (largest == 0) return x > 0 ? static_cast<std::int64_t>(d.size()) : 0;
  constexpr double smallest_pivot = std::numeric_limits<double>::min();
  std::int64_t n_negative = 0;
  double pivot = 1;
  for (std::size_t i = 0; i < d.size(); ++i) {
    double const off = i > 0 ? static_cast<double>(e[i - 1]) / largest : 0.0;
    pivot = (static_cast<double>(d[i]) - x) / largest - off * (off / pivot);
    if (std::fabs(pivot) < smallest_pivot) pivot = -smallest_pivot;
    if (pivot < 0) ++n_negative;
  }
  return n_negative;
}

}  // namespace kovar::linalg

#endif
