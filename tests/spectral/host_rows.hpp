// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SPECTRAL_HOST_ROWS_HPP
#define KOVAR_TESTS_SPECTRAL_HOST_ROWS_HPP

#include "model_case.hpp"
#include "support/views.hpp"

#include <kovar/linalg/symmetric_batch.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Host matrices as rows of a model, and differences.

namespace kovar::test {

template <class Scalar, class ExecSpace>
linalg::Rows<Scalar, ExecSpace> to_rows(HostMatrix const& a)
{
  linalg::Rows<Scalar, ExecSpace> const rows("test::rows", static_cast<std::size_t>(a.n_rows),
                                             static_cast<std::size_t>(a.n_cols));
  auto const host = Kokkos::create_mirror_view(rows);
  for (std::int64_t i = 0; i < a.n_rows; ++i)
    for (std::int64_t j = 0; j < a.n_cols; ++j) host(i, j) = static_cast<Scalar>(a(i, j));
  Kokkos::deep_copy(rows, host);
  return rows;
}

inline std::vector<double> random_list(std::int64_t n, std::uint64_t seed)
{
  return random_matrix(n, 1, seed).values;
}

/// Row r of packed lower triangles as a square.
inline HostMatrix square_of_row(HostMatrix const& packed, std::int64_t r)
{
  std::int64_t const d = linalg::order_of_triangle(packed.n_cols);
  HostMatrix a(d, d);
  for (std::int64_t i = 0; i < d; ++i)
    for (std::int64_t j = 0; j <= i; ++j) a(i, j) = a(j, i) = packed(r, i * (i + 1) / 2 + j);
  return a;
}

/// (loss(x + h) - loss(x - h)) / (2 h) for the number x.
template <class Loss>
double central_difference(double& x, double h, Loss const& loss)
{
  double const kept = x;
  x = kept + h;
  double const above = loss();
  x = kept - h;
  double const below = loss();
  x = kept;
  return (above - below) / (2 * h);
}

}  // namespace kovar::test

#endif
