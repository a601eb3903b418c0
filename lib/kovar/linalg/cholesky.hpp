// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_CHOLESKY_HPP
#define KOVAR_LINALG_CHOLESKY_HPP

#include <kovar/core/error.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/views.hpp>
#include <kovar/linalg/backend/dispatch.hpp>

#include <Kokkos_Core.hpp>

#include <string>

/// \file
/// Cholesky factors of symmetric positive definite matrices, solves and inverses by them.

namespace kovar::linalg {

/// What a factorization found. Failing is an answer, not an exception: whether a covariance is
/// definite is often the question.
struct CholeskyStatus {
  int bad_minor = 0;  ///< order of the first leading minor that is not positive; 0 if all are
  explicit operator bool() const { return bad_minor == 0; }
};

/// Overwrite the lower triangle of a with L, where a = L L^T. The upper triangle is not touched.
/// \param space  instance to run on; on return the factor is complete
/// \param a      n x n, column-major, symmetric
/// \throws InputError if a is not square
/// Cost: n^3/3 flops, no copy of a.
template <class ExecSpace, class SquareMatrix>
CholeskyStatus cholesky(ExecSpace const& space, SquareMatrix const& a)
{
  static_assert(SquareMatrix::rank == 2, "a is a matrix");
  static_assert(std::is_same_v<typename SquareMatrix::array_layout, Kokkos::LayoutLeft>,
                "a is LayoutLeft (column-major), as LAPACK wants it");
  KOVAR_REQUIRE(a.extent(0) == a.extent(1),
                "cholesky: '" << a.label() << "' is " << a.extent(0) << " x " << a.extent(1)
                              << " (only a square matrix has a factor)");
  if (a.extent(0) == 0) return {};
  using Scalar = typename SquareMatrix::non_const_value_type;
  Region const region(
      std::string("kovar::linalg::cholesky[") +
      backend::triangle_library_of<Scalar, ExecSpace>(static_cast<std::int64_t>(a.extent(0))) +
      "]");
  return {backend::potrf(space, lapack_int(static_cast<std::int64_t>(a.extent(0)), "cholesky"),
                         a.data(), lapack_int(static_cast<std::int64_t>(a.stride(1)), "cholesky"))};
}

enum class Side { factor, transposed };  ///< solve with L, or with L^T

/// Overwrite b with L^-1 b or L^-T b.
/// \param l  n x n; its lower triangle is read
/// \param b  n rows or more, of which the first n are taken; any number of columns
/// \throws InputError if the shapes do not fit
/// Cost: n^2 flops a column.
template <class ExecSpace, class SquareMatrix, class Columns>
void triangular_solve(ExecSpace const& space, Side side, SquareMatrix const& l, Columns const& b)
{
  static_assert(std::is_same_v<typename Columns::array_layout, Kokkos::LayoutLeft>,
                "b is LayoutLeft (column-major), as BLAS wants it");
  KOVAR_REQUIRE(l.extent(0) == l.extent(1) && b.extent(0) >= l.extent(0),
                "triangular_solve: '" << l.label() << "' is " << l.extent(0) << " x " << l.extent(1)
                                      << " and '" << b.label() << "' has " << b.extent(0)
                                      << " rows (as many as a square factor has are needed)");
  if (l.extent(0) == 0 || b.extent(1) == 0) return;
  using Scalar = typename Columns::non_const_value_type;
  bool const is_blocked = side == Side::factor && b.extent(1) > 1;
  Region const region(std::string("kovar::linalg::triangular_solve[") +
                      (is_blocked ? backend::triangle_library_of<Scalar, ExecSpace>(
                                        static_cast<std::int64_t>(l.extent(0)))
                                  : backend::library_of<ExecSpace>()) +
                      "]");
  backend::trsm_left(
      space, side == Side::factor ? 'N' : 'T',
      lapack_int(static_cast<std::int64_t>(l.extent(0)), "triangular_solve"),
      lapack_int(static_cast<std::int64_t>(b.extent(1)), "triangular_solve"), l.data(),
      lapack_int(static_cast<std::int64_t>(l.stride(1)), "triangular_solve"), b.data(),
      lapack_int(static_cast<std::int64_t>(b.stride(1)), "triangular_solve"));
}

/// Overwrite the lower triangle of L with that of (L L^T)^-1; the upper triangle is not touched.
/// \throws InputError if l is not square
/// Cost: 2 n^3/3 flops, in place.
template <class ExecSpace, class SquareMatrix>
void invert_factored(ExecSpace const& space, SquareMatrix const& l)
{
  KOVAR_REQUIRE(l.extent(0) == l.extent(1), "invert_factored: '"
                                                << l.label() << "' is " << l.extent(0) << " x "
                                                << l.extent(1) << " (a factor is square)");
  if (l.extent(0) == 0) return;
  using Scalar = typename SquareMatrix::non_const_value_type;
  Region const region(
      std::string("kovar::linalg::invert_factored[") +
      backend::triangle_library_of<Scalar, ExecSpace>(static_cast<std::int64_t>(l.extent(0))) +
      "]");
  backend::potri(space, lapack_int(static_cast<std::int64_t>(l.extent(0)), "invert_factored"),
                 l.data(), lapack_int(static_cast<std::int64_t>(l.stride(1)), "invert_factored"));
}

}  // namespace kovar::linalg

#endif
