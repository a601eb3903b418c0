// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_SPECTRUM_HPP
#define KOVAR_TESTS_SUPPORT_SPECTRUM_HPP

#include "support/views.hpp"

#include <algorithm>
#include <cmath>
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

/// Eigenvalues in ascending order by Jacobi rotations in extended precision: slow and right to the last
/// digit of a double. Of a, the lower triangle is read.
inline std::vector<double> jacobi_eigenvalues(HostMatrix const& a)
{
  std::int64_t const n = a.n_rows;
  std::vector<long double> m(static_cast<std::size_t>(n * n));
  auto const at = [&](std::int64_t i, std::int64_t j) -> long double& {
    return m[static_cast<std::size_t>(i * n + j)];
  };
  long double whole = 0;
  for (std::int64_t i = 0; i < n; ++i)
    for (std::int64_t j = 0; j < n; ++j) {
      at(i, j) = i >= j ? a(i, j) : a(j, i);
      whole += at(i, j) * at(i, j);
    }
  for (int sweep = 0; sweep < 30; ++sweep) {
    long double off = 0;
    for (std::int64_t i = 0; i < n; ++i)
      for (std::int64_t j = 0; j < i; ++j) off += at(i, j) * at(i, j);
    if (off <= 1e-38L * whole) break;
    for (std::int64_t p = 0; p < n; ++p)
      for (std::int64_t q = p + 1; q < n; ++q) {
        if (at(p, q) == 0) continue;
        long double const theta = (at(q, q) - at(p, p)) / (2 * at(p, q));
        long double const t =
            (theta < 0 ? -1 : 1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
        long double const c = 1 / std::sqrt(t * t + 1);
        long double const s = t * c;
        for (std::int64_t k = 0; k < n; ++k) {
          long double const x = at(k, p);
          long double const y = at(k, q);
          at(k, p) = c * x - s * y;
          at(k, q) = s * x + c * y;
        }
        for (std::int64_t k = 0; k < n; ++k) {
          long double const x = at(p, k);
          long double const y = at(q, k);
          at(p, k) = c * x - s * y;
          at(q, k) = s * x + c * y;
        }
      }
  }
  std::vector<double> values;
  for (std::int64_t i = 0; i < n; ++i) values.push_back(static_cast<double>(at(i, i)));
  std::sort(values.begin(), values.end());
  return values;
}

}  // namespace kovar::test

#endif
