// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_GENERAL_SOLVE_HPP
#define KOVAR_LINALG_GENERAL_SOLVE_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/gesv.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

/// \file
/// Linear systems with a matrix of no particular structure.

namespace kovar::linalg {

/// Whether a system had a solution. Having none is an answer, not an exception.
struct SolveStatus {
  int zero_pivot = 0;  ///< number of a zero on U's diagonal; 0 if there is none
  explicit operator bool() const { return zero_pivot == 0; }
};

/// Overwrite b with a^-1 b, by LU factors with row exchanges, and a with the factors. On devices the
/// host does it.
/// \param a  n x n, column-major, both triangles
/// \param b  n x m, column-major
/// \throws InputError if the shapes do not fit
/// Cost: 2/3 n^3 + 2 n^2 m flops.
template <class ExecSpace, class SquareMatrix, class Columns>
SolveStatus solve_general(ExecSpace const& space, SquareMatrix const& a, Columns const& b)
{
  static_assert(std::is_same_v<typename SquareMatrix::array_layout, Kokkos::LayoutLeft> &&
                    std::is_same_v<typename Columns::array_layout, Kokkos::LayoutLeft>,
                "matrices are LayoutLeft (column-major), as LAPACK wants them");
  KOVAR_REQUIRE(a.extent(0) == a.extent(1) && b.extent(0) == a.extent(0),
                "solve_general: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1)
                                   << " and '" << b.label() << "' has " << b.extent(0)
                                   << " rows (a square matrix and as many rows are needed)");
  if (a.extent(0) == 0 || b.extent(1) == 0) return {};
  Region const region("kovar::linalg::solve_general[LAPACK]");
  auto const as_int = [](std::size_t n) {
    return lapack_int(static_cast<std::int64_t>(n), "solve_general");
  };
  return {backend::gesv(space, as_int(a.extent(0)), as_int(b.extent(1)), a.data(),
                        as_int(a.stride(1)), b.data(), as_int(b.stride(1)))};
}

/// As solve_general(), for systems of one order side by side. On the host one thread works on each.
/// \param a      n^2 x count, contiguous: a matrix in each column, destroyed
/// \param b      n x m, contiguous, overwritten: columns first[k] ... first[k + 1] - 1 are of matrix k
/// \param first  count + 1 numbers that begin with 0, end with m and do not fall
/// \return       the status of each
/// \throws InputError if the shapes do not fit
template <class ExecSpace, class Matrices, class Columns>
std::vector<SolveStatus> solve_each(ExecSpace const& space, Matrices const& a, Columns const& b,
                                    std::vector<int> const& first)
{
  static_assert(std::is_same_v<typename Matrices::array_layout, Kokkos::LayoutLeft> &&
                    std::is_same_v<typename Columns::array_layout, Kokkos::LayoutLeft>,
                "matrices are LayoutLeft (column-major), as LAPACK wants them");
  std::size_t const n = b.extent(0);
  std::size_t const count = a.extent(1);
  KOVAR_REQUIRE(a.extent(0) == n * n && a.span_is_contiguous() && b.span_is_contiguous(),
                "solve_each: '" << a.label() << "' is " << a.extent(0) << " x " << count << " and '"
                                << b.label() << "' has " << n
                                << " rows (the square of their number is needed in each column, "
                                   "without gaps)");
  KOVAR_REQUIRE(first.size() == count + 1 && first.front() == 0 &&
                    static_cast<std::size_t>(first.back()) == b.extent(1) &&
                    std::is_sorted(first.begin(), first.end()),
                "solve_each: the first columns of "
                    << count << " systems are needed, from 0 to the " << b.extent(1)
                    << " columns of '" << b.label() << "', in order");
  std::vector<SolveStatus> all(count);
  if (n == 0 || b.extent(1) == 0) return all;
  Region const region("kovar::linalg::solve_each[LAPACK]");
  std::vector<int> zero_pivots(count);
  backend::gesv_each(space, lapack_int(static_cast<std::int64_t>(n), "solve_each"), first, a.data(),
                     b.data(), zero_pivots.data());
  for (std::size_t k = 0; k < count; ++k) all[k].zero_pivot = zero_pivots[k];
  return all;
}

}  // namespace kovar::linalg

#endif
