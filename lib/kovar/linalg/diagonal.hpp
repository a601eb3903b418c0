// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_DIAGONAL_HPP
#define KOVAR_LINALG_DIAGONAL_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// The diagonal of a square matrix, and its sum.

namespace kovar::linalg {

/// Copy the diagonal of a into a vector, whose scalar may be another one.
/// \param a         n x n; only its diagonal is read
/// \param diagonal  n
/// \throws InputError if the shapes do not fit
/// Cost: n numbers read and written; no fence.
template <class ExecSpace, class SquareMatrix, class Diagonal>
void copy_diagonal(ExecSpace const& space, SquareMatrix const& a, Diagonal const& diagonal)
{
  using Scalar = typename Diagonal::non_const_value_type;
  auto const n = static_cast<std::int64_t>(diagonal.extent(0));
  KOVAR_REQUIRE(
      static_cast<std::int64_t>(a.extent(0)) == n && static_cast<std::int64_t>(a.extent(1)) == n,
      "copy_diagonal: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1)
                         << " and the diagonal has " << n
                         << " entries (one per row and column is needed)");
  if (n == 0) return;
  Kokkos::parallel_for(
      "kovar::linalg::copy_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) { diagonal(i) = static_cast<Scalar>(a(i, i)); });
}

/// a_ii += d_i.
/// \param d  n
/// \param a  n x n
/// \throws InputError if the shapes do not fit
/// Cost: n numbers read and written; no fence.
template <class ExecSpace, class Vector, class SquareMatrix>
void add_to_diagonal(ExecSpace const& space, Vector const& d, SquareMatrix const& a)
{
  auto const n = static_cast<std::int64_t>(d.extent(0));
  KOVAR_REQUIRE(
      static_cast<std::int64_t>(a.extent(0)) == n && static_cast<std::int64_t>(a.extent(1)) == n,
      "add_to_diagonal: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1) << " and "
                           << n << " numbers are to be added (one per row and column is needed)");
  if (n == 0) return;
  Kokkos::parallel_for(
      "kovar::linalg::add_to_diagonal",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t i) { a(i, i) += d(i); });
}

/// The diagonal of a (n x n) in double, on the host. Waits for the instance.
/// \throws InputError if a is not square
template <class ExecSpace, class SquareMatrix>
std::vector<double> diagonal_list(ExecSpace const& space, SquareMatrix const& a)
{
  auto const diagonal =
      allocate<Vector<double, ExecSpace>>(space, "kovar::linalg::diagonal", a.extent(0));
  copy_diagonal(space, a, diagonal);
  return to_list(space, diagonal);
}

/// Sum of the diagonal of a (n x n), in double and always in the same order: the same bits on every
/// execution space. Waits for the instance.
/// \throws InputError if a is not square
template <class ExecSpace, class SquareMatrix>
double trace(ExecSpace const& space, SquareMatrix const& a)
{
  double sum = 0;
  for (double const entry : diagonal_list(space, a)) sum += entry;
  return sum;
}

}  // namespace kovar::linalg

#endif
