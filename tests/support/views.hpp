// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_SUPPORT_VIEWS_HPP
#define KOVAR_TESTS_SUPPORT_VIEWS_HPP

#include <kovar/core/random.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cmath>
#include <cstdint>
#include <vector>

/// \file
/// Small host matrices for tests: made, moved to a space and back, compared.

namespace kovar::test {

/// Column-major matrix on the host with plain loops for arithmetic: the slow reference.
struct HostMatrix {
  std::int64_t n_rows = 0;
  std::int64_t n_cols = 0;
  std::vector<double> values;

  HostMatrix() = default;
  HostMatrix(std::int64_t rows, std::int64_t cols)
      : n_rows(rows), n_cols(cols), values(static_cast<std::size_t>(rows * cols), 0.0)
  {
  }
  double& operator()(std::int64_t i, std::int64_t j)
  {
    return values[static_cast<std::size_t>(i + j * n_rows)];
  }
  double operator()(std::int64_t i, std::int64_t j) const
  {
    return values[static_cast<std::size_t>(i + j * n_rows)];
  }
};

/// Standard normal entries that depend on the seed alone.
inline HostMatrix random_matrix(std::int64_t n_rows, std::int64_t n_cols, std::uint64_t seed)
{
  HostMatrix a(n_rows, n_cols);
  for (std::size_t k = 0; k < a.values.size(); ++k)
    a.values[k] = normal_pair(seed, 0, static_cast<std::uint64_t>(k)).first;
  return a;
}

inline HostMatrix transposed(HostMatrix const& a)
{
  HostMatrix t(a.n_cols, a.n_rows);
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = 0; i < a.n_rows; ++i) t(j, i) = a(i, j);
  return t;
}

inline HostMatrix product(HostMatrix const& a, HostMatrix const& b)
{
  HostMatrix c(a.n_rows, b.n_cols);
  for (std::int64_t j = 0; j < b.n_cols; ++j)
    for (std::int64_t k = 0; k < a.n_cols; ++k)
      for (std::int64_t i = 0; i < a.n_rows; ++i) c(i, j) += a(i, k) * b(k, j);
  return c;
}

/// a a^T / columns + shift * I: symmetric, definite for shift > 0.
inline HostMatrix random_symmetric(std::int64_t n, std::uint64_t seed, double shift)
{
  HostMatrix const a = random_matrix(n, n + 3, seed);
  HostMatrix c = product(a, transposed(a));
  for (double& value : c.values) value /= static_cast<double>(n + 3);
  for (std::int64_t i = 0; i < n; ++i) c(i, i) += shift;
  return c;
}

/// Lower Cholesky factor by the textbook loop.
inline HostMatrix slow_cholesky(HostMatrix const& a)
{
  HostMatrix l(a.n_rows, a.n_rows);
  for (std::int64_t j = 0; j < a.n_rows; ++j)
    for (std::int64_t i = j; i < a.n_rows; ++i) {
      double sum = a(i, j);
      for (std::int64_t k = 0; k < j; ++k) sum -= l(i, k) * l(j, k);
      l(i, j) = i == j ? std::sqrt(sum) : sum / l(j, j);
    }
  return l;
}

/// A copy in the memory of ExecSpace; `padding` more rows are allocated and cut off.
template <class Scalar, class ExecSpace>
Matrix<Scalar, ExecSpace> to_space(HostMatrix const& a, std::int64_t padding = 0)
{
  Matrix<Scalar, ExecSpace> const whole("test::matrix", a.n_rows + padding, a.n_cols);
  auto const host = Kokkos::create_mirror_view(whole);
  for (std::int64_t j = 0; j < a.n_cols; ++j) {
    for (std::int64_t i = 0; i < a.n_rows; ++i) host(i, j) = static_cast<Scalar>(a(i, j));
    for (std::int64_t i = 0; i < padding; ++i) host(a.n_rows + i, j) = Scalar(-999);
  }
  Kokkos::deep_copy(whole, host);
  return Kokkos::subview(whole, std::make_pair(std::int64_t{0}, a.n_rows), Kokkos::ALL);
}

template <class View>
HostMatrix to_host(View const& a)
{
  Kokkos::View<typename View::non_const_value_type**, Kokkos::LayoutLeft,
               typename View::device_type> const packed("test::packed", a.extent(0), a.extent(1));
  Kokkos::deep_copy(packed, a);
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, packed);
  HostMatrix result(static_cast<std::int64_t>(a.extent(0)), static_cast<std::int64_t>(a.extent(1)));
  for (std::int64_t j = 0; j < result.n_cols; ++j)
    for (std::int64_t i = 0; i < result.n_rows; ++i) result(i, j) = host(i, j);
  return result;
}

template <class View>
std::vector<double> to_vector(View const& v)
{
  auto const host = Kokkos::create_mirror_view_and_copy(Kokkos::HostSpace{}, v);
  return std::vector<double>(host.data(), host.data() + host.extent(0));
}

enum class Triangle { lower, both };

/// Largest difference of entries.
inline double largest_difference(HostMatrix const& a, HostMatrix const& b,
                                 Triangle triangle = Triangle::both)
{
  if (a.n_rows != b.n_rows || a.n_cols != b.n_cols) return INFINITY;
  double largest = 0;
  for (std::int64_t j = 0; j < a.n_cols; ++j)
    for (std::int64_t i = triangle == Triangle::lower ? j : 0; i < a.n_rows; ++i) {
      double const difference = std::fabs(a(i, j) - b(i, j));
      if (!(difference <= largest)) largest = difference;  // keeps NaN
    }
  return largest;
}

}  // namespace kovar::test

#endif
