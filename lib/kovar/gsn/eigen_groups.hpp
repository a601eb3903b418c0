// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_EIGEN_GROUPS_HPP
#define KOVAR_GSN_EIGEN_GROUPS_HPP

#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Groups of eigenvalues that are equal but for rounding, in which any orthonormal basis would do.

namespace kovar::gsn {

/// Eigenvalues of a matrix of order n, located by counting.
template <class Scalar>
class EigenvalueLocator {
 public:
  EigenvalueLocator(linalg::CountBelow<Scalar> const& count_below, std::int64_t n)
      : count_below_(count_below), n_(n)
  {
    while (count_below_(-bound_) > 0 || count_below_(bound_) < n_) {
      if (bound_ > std::numeric_limits<Scalar>::max() / 4) break;
      bound_ *= 4;
    }
    while (bound_ > std::numeric_limits<Scalar>::min() * 16 && count_below_(-bound_ / 4) == 0 &&
           count_below_(bound_ / 4) == n_)
      bound_ /= 4;
  }

  /// A number just below eigenvalue k (ascending, from 0): as near as halving gets.
  Scalar below(std::int64_t k) const
  {
    Scalar low = -bound_;
    Scalar high = bound_;
    for (int step = 0; step < 2 * std::numeric_limits<Scalar>::digits; ++step) {
      Scalar const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) break;
      (count_below_(middle) <= k ? low : high) = middle;
    }
    return low;
  }

  Scalar largest_magnitude() const
  {
    return std::max(std::fabs(below(0)), std::fabs(below(n_ - 1)));
  }

  std::int64_t count_below(Scalar x) const { return count_below_(x); }

 private:
  linalg::CountBelow<Scalar> const& count_below_;
  std::int64_t n_;
  Scalar bound_ = 1;
};

/// How far neighbours within a group are apart, at most.
template <class Scalar>
Scalar group_distance(std::int64_t n, Scalar largest)
{
  return static_cast<Scalar>(n) * std::numeric_limits<Scalar>::epsilon() * largest;
}

/// The k largest of n eigenvalues, and the others of the group that the smallest of them is in.
template <class Scalar>
linalg::EigenRange leading_range(EigenvalueLocator<Scalar> const& locator, Scalar distance,
                                 std::int64_t n, std::int64_t k)
{
  linalg::EigenRange range = {n - k, n};
  while (range.first > 0) {
    std::int64_t const first = locator.count_below(locator.below(range.first) - distance);
    if (first >= range.first) break;
    range.first = first;
  }
  return range;
}

/// Groups of at least two neighbours that are no farther apart than the distance; ascending values.
template <class Scalar>
std::vector<linalg::EigenRange> groups_of(std::vector<Scalar> const& values, Scalar distance)
{
  std::vector<linalg::EigenRange> groups;
  auto const count = static_cast<std::int64_t>(values.size());
  for (std::int64_t first = 0; first < count;) {
    std::int64_t last = first + 1;
    while (last < count &&
           values[static_cast<std::size_t>(last)] - values[static_cast<std::size_t>(last - 1)] <=
               distance)
      ++last;
    if (last - first > 1) groups.push_back({first, last});
    first = last;
  }
  return groups;
}

}  // namespace kovar::gsn

#endif
