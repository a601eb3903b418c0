// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_SPECTRAL_SORTED_DIAGONAL_HPP
#define KOVAR_SPECTRAL_SORTED_DIAGONAL_HPP

#include <kovar/core/error.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

/// \file
/// A non-decreasing diagonal from parameters without constraints: mu_0 = start and
/// mu_j = mu_{j-1} + softplus(increment_j). An orthogonal change of basis makes any constant term such a
/// diagonal, so that nothing is lost.

namespace kovar::spectral {

/// log(1 + exp(x)), without overflow.
template <class Scalar>
KOKKOS_INLINE_FUNCTION Scalar softplus(Scalar x)
{
  return (x > 0 ? x : Scalar(0)) + ::log1p(::exp(x > 0 ? -x : x));
}

/// 1 / (1 + exp(-x)), the derivative of softplus, without overflow.
template <class Scalar>
KOKKOS_INLINE_FUNCTION Scalar logistic(Scalar x)
{
  Scalar const small = ::exp(x > 0 ? -x : x);
  return (x >= 0 ? Scalar(1) : small) / (1 + small);
}

/// Parameters of a non-decreasing diagonal, on the host.
template <class Scalar>
struct SortedDiagonal {
  Scalar start = -1;
  std::vector<Scalar> increments;  ///< d - 1

  std::int64_t order() const { return static_cast<std::int64_t>(increments.size()) + 1; }
};

/// Equally spaced from -1 to 1; -1 alone for d = 1. \throws InputError if d is not positive
template <class Scalar>
SortedDiagonal<Scalar> equally_spaced_diagonal(std::int64_t d)
{
  KOVAR_REQUIRE(d > 0, "d is " << d << " (a matrix has at least one row); give a positive order");
  SortedDiagonal<Scalar> diagonal;
  if (d > 1)
    diagonal.increments.assign(
        static_cast<std::size_t>(d - 1),
        static_cast<Scalar>(std::log(std::expm1(2.0 / static_cast<double>(d - 1)))));
  return diagonal;
}

/// mu, d numbers.
template <class Scalar>
std::vector<Scalar> entries_of(SortedDiagonal<Scalar> const& diagonal)
{
  std::vector<Scalar> mu = {diagonal.start};
  for (Scalar const increment : diagonal.increments) mu.push_back(mu.back() + softplus(increment));
  return mu;
}

/// Derivatives by start and increments from those by mu. \throws InputError if their number is another
template <class Scalar>
SortedDiagonal<Scalar> gradient_of(SortedDiagonal<Scalar> const& diagonal,
                                   std::vector<Scalar> const& by_mu)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(by_mu.size()) == diagonal.order(),
                "the gradient has " << by_mu.size() << " entries for a diagonal of "
                                    << diagonal.order() << " (one for each is needed)");
  SortedDiagonal<Scalar> gradient;
  gradient.increments.resize(diagonal.increments.size());
  Scalar sum = 0;  // over all entries from here on
  for (std::size_t j = by_mu.size(); j-- > 0;) {
    sum += by_mu[j];
    if (j > 0)
      gradient.increments[j - 1] = sum * logistic(diagonal.increments[j - 1]);
    else
      gradient.start = sum;
  }
  return gradient;
}

}  // namespace kovar::spectral

#endif
