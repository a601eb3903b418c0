// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_SPECTRUM_HPP
#define KOVAR_TESTS_SUPPORT_SPECTRUM_HPP

#include "support/views.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

/// \file
/// Symmetric matrices of known eigenpairs.

namespace kovar::test {

/// Orthogonal n x n matrix: I - 2 u u^T / |u|^2.
inline HostMatrix reflector(std::int64_t n)
{
  auto const u = random_matrix(n, 1, 3);
  double square = 0;
  for (double const x : u.values) square += x * x;
  auto q = product(u, transposed(u));
  for (double& x : q.values) x *= -2 / square;
  for (std::int64_t i = 0; i < n; ++i) q(i, i) += 1;
  return q;
}

/// Q diag(values) Q^T.
inline HostMatrix with_eigenvalues(HostMatrix const& q, std::vector<double> const& values)
{
  auto scaled = q;
  for (std::int64_t j = 0; j < q.n_cols; ++j)
    for (std::int64_t i = 0; i < q.n_rows; ++i) scaled(i, j) *= values[static_cast<std::size_t>(j)];
  return product(scaled, transposed(q));
}

}  // namespace kovar::test

#endif
