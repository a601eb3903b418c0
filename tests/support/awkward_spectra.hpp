// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_AWKWARD_SPECTRA_HPP
#define KOVAR_TESTS_SUPPORT_AWKWARD_SPECTRA_HPP

#include "support/spectrum.hpp"
#include "support/views.hpp"

#include <kovar/linalg/batched_spectrum.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Batches of symmetric matrices: random ones, and ones that eigensolvers may stumble over.

namespace kovar::test {

using Batch = std::vector<HostMatrix>;

inline HostMatrix symmetric_matrix(std::int64_t d, std::uint64_t seed)
{
  auto a = random_matrix(d, d, seed);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = i + 1; j < d; ++j) a(i, j) = a(j, i);
  return a;
}

inline HostMatrix tridiagonal_matrix(std::vector<double> const& diagonal,
                                     std::vector<double> const& off)
{
  auto const d = static_cast<std::int64_t>(diagonal.size());
  HostMatrix a(d, d);
  for (std::int64_t i = 0; i < d; ++i) a(i, i) = diagonal[static_cast<std::size_t>(i)];
  for (std::int64_t i = 0; i + 1 < d; ++i)
    a(i + 1, i) = a(i, i + 1) = off[static_cast<std::size_t>(i)];
  return a;
}

/// Clusters, graded spectra and rows, splits, zero, diagonal and Wilkinson's matrices.
inline Batch awkward_batch(std::int64_t d)
{
  auto const n = static_cast<std::size_t>(d);
  auto const q = reflector(d);
  Batch batch;
  for (double const gap : {1e-4, 1e-8, 1e-12, 0.0}) {
    std::vector<double> values(n);
    for (std::size_t i = 0; i < n; ++i) values[i] = std::floor(double(i) / 3) + gap * double(i % 3);
    batch.push_back(with_eigenvalues(q, values));
  }
  std::vector<double> graded(n);
  for (std::size_t i = 0; i < n; ++i) graded[i] = std::pow(10, -double(i)) * (i % 2 == 0 ? 1 : -1);
  batch.push_back(with_eigenvalues(q, graded));
  batch.push_back(with_eigenvalues(q, std::vector<double>(n, 2.5)));  // a multiple of I
  for (double const grade : {-0.4, 0.4}) {
    HostMatrix rows = symmetric_matrix(d, 3);
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < d; ++j)
        rows(i, j) *= std::pow(10, grade * static_cast<double>(i + j));
    batch.push_back(rows);
  }
  HostMatrix split = symmetric_matrix(d, 4);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j < d; ++j)
      if ((i < d / 2) != (j < d / 2)) split(i, j) = 0;
  batch.push_back(split);
  batch.push_back(HostMatrix(d, d));  // zero
  std::vector<double> const zeros(n, 0.0);
  batch.push_back(tridiagonal_matrix(zeros, std::vector<double>(n, 1.0)));
  batch.push_back(tridiagonal_matrix(graded, zeros));  // diagonal
  std::vector<double> wilkinson(n);
  for (std::size_t i = 0; i < n; ++i) wilkinson[i] = std::fabs(double(i) - double(n / 2));
  batch.push_back(tridiagonal_matrix(wilkinson, std::vector<double>(n, 1.0)));
  batch.push_back(tridiagonal_matrix(wilkinson, std::vector<double>(n, 1e-30)));
  return batch;
}

/// As the kernel gets it.
template <class Scalar>
HostMatrix rounded(HostMatrix a)
{
  for (double& x : a.values) x = static_cast<Scalar>(x);
  return a;
}

/// As squares whose upper triangles must not be read.
template <class Scalar, class ExecSpace>
linalg::Cube<Scalar, ExecSpace> to_squares(Batch const& batch, std::int64_t d)
{
  linalg::Cube<Scalar, ExecSpace> const squares("test::squares", batch.size(), d, d);
  auto const host = Kokkos::create_mirror_view(squares);
  for (std::size_t b = 0; b < batch.size(); ++b)
    for (std::int64_t i = 0; i < d; ++i)
      for (std::int64_t j = 0; j < d; ++j)
        host(b, i, j) = static_cast<Scalar>(i >= j ? batch[b](i, j) : -1e3);
  Kokkos::deep_copy(squares, host);
  return squares;
}

}  // namespace kovar::test

#endif
