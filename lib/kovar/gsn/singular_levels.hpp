// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SINGULAR_LEVELS_HPP
#define KOVAR_GSN_SINGULAR_LEVELS_HPP

#include <kovar/core/not_a_number.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Which shrinkage levels make a R + (1-a) I singular (rule K3 of the specification).
///
/// A factorization in floating point may or may not notice a singular matrix; the ratio of its extreme
/// eigenvalues on the scale of correlations says it the same on every machine.

namespace kovar::gsn {

/// Smallest and largest eigenvalue of a correlation matrix.
struct SpectrumRange {
  double smallest = 0;
  double largest = 0;
  /// Relative rounding of its entries: an eigenvalue that is zero comes out as some of that.
  double epsilon = std::numeric_limits<double>::epsilon();
};

/// Is min_k (a r_k + 1 - a) <= n eps max_k (a r_k + 1 - a) for the eigenvalues r_k of R (n x n)?
inline bool is_singular(double level, SpectrumRange const& range, std::int64_t n_units)
{
  double const low = level * range.smallest + 1 - level;
  double const high = level * range.largest + 1 - level;
  return low <= static_cast<double>(n_units) * range.epsilon * high;
}

/// Could the level be singular for any semidefinite R of this order? Its eigenvalues lie in [0, n].
inline bool may_be_singular(double level, std::int64_t n_units)
{
  return is_singular(level, {0, static_cast<double>(n_units)}, n_units);
}

/// The largest level in [0, 1] that is not singular; all below it are regular too.
double largest_regular_level(SpectrumRange const& range, std::int64_t n_units);

/// NaN for the singular levels and 0 for all others. `range_of` gives the SpectrumRange of R; it is
/// called only if a level is so near 1 that it matters. R is semidefinite.
template <class RangeOf>
std::vector<double> mark_singular(std::vector<double> const& levels, std::int64_t n_units,
                                  RangeOf const& range_of)
{
  std::vector<double> nll(levels.size(), 0.0);
  bool known = false;
  SpectrumRange range;
  for (std::size_t s = 0; s < levels.size(); ++s) {
    if (!may_be_singular(levels[s], n_units)) continue;
    if (!known) range = range_of();
    known = true;
    if (is_singular(levels[s], range, n_units)) nll[s] = not_a_number<double>();
  }
  return nll;
}

/// The levels that are not marked, with their places in the list.
struct RegularLevels {
  std::vector<std::size_t> place;
  std::vector<double> level;
};

RegularLevels regular_levels(std::vector<double> const& levels, std::vector<double> const& marks);

}  // namespace kovar::gsn

#endif
