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
/// Cholesky factors of symmetric positive definite matrices.

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
  Region const region(std::string("kovar::linalg::cholesky[") + backend::library_of<ExecSpace>() +
                      "]");
  return {backend::potrf(space, lapack_int(static_cast<std::int64_t>(a.extent(0)), "cholesky"),
                         a.data(), lapack_int(static_cast<std::int64_t>(a.stride(1)), "cholesky"))};
}

}  // namespace kovar::linalg

#endif
