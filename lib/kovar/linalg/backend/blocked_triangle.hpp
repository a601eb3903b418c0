// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_BLOCKED_TRIANGLE_HPP
#define KOVAR_LINALG_BACKEND_BLOCKED_TRIANGLE_HPP

#include <kovar/linalg/backend/triangle_block.hpp>

/// \file
/// Cholesky factors, solves and inverses on the host from products of BLAS and blocks of the diagonal that
/// are worked on in registers (triangle_block.hpp). Column-major, arguments as LAPACK's.

namespace kovar::linalg::backend::host {

/// Whether the compiler's vector registers are wide enough to beat BLAS, which picks its kernels when it
/// runs.
template <class Scalar>
constexpr bool solves_in_registers = TriangleTile<Scalar>::n_lanes * sizeof(Scalar) >= 32;

/// Lower Cholesky factor. Returns the order of the first bad leading minor, or 0.
template <class Scalar>
int blocked_potrf(int n, Scalar* a, int lda);

/// Overwrite the n x m matrix b with L^-1 b.
template <class Scalar>
void blocked_trsm(int n, int m, Scalar const* l, int ldl, Scalar* b, int ldb);

/// Lower triangle of (L L^T)^-1 over L. Returns the number of a zero on L's diagonal, or 0.
template <class Scalar>
int blocked_potri(int n, Scalar* l, int ldl);

/// The product that these are made of, of BLAS: overwrite the m x n matrix b with alpha op(L) b (side 'L') or
/// alpha b op(L) (side 'R'), L lower triangular, op by 'N' or 'T'.
void trmm(char side, char trans, int m, int n, double alpha, double const* l, int ldl, double* b,
          int ldb);
void trmm(char side, char trans, int m, int n, float alpha, float const* l, int ldl, float* b,
          int ldb);

}  // namespace kovar::linalg::backend::host

#endif
