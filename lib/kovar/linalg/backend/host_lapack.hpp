// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_HOST_LAPACK_HPP
#define KOVAR_LINALG_BACKEND_HOST_LAPACK_HPP

#include <cstdint>

/// \file
/// BLAS and LAPACK on the host, overloaded for double and float. Column-major; names, arguments and
/// meaning are LAPACK's, workspace is allocated inside. An illegal argument throws BackendError;
/// other values of info are returned.

namespace kovar::linalg::backend::host {

/// c := alpha * a a^T + beta * c (trans 'N') or alpha * a^T a + beta * c (trans 'T'); one triangle.
void syrk(char uplo, char trans, int n, int k, double alpha, double const* a, int lda, double beta,
          double* c, int ldc);
void syrk(char uplo, char trans, int n, int k, float alpha, float const* a, int lda, float beta,
          float* c, int ldc);

/// c (m x n) := alpha * op(a) op(b) + beta * c with k terms in each sum.
void gemm(char trans_a, char trans_b, int m, int n, int k, double alpha, double const* a, int lda,
          double const* b, int ldb, double beta, double* c, int ldc);
void gemm(char trans_a, char trans_b, int m, int n, int k, float alpha, float const* a, int lda,
          float const* b, int ldb, float beta, float* c, int ldc);

/// c (m x n) := alpha * a b + beta * c, a symmetric m x m with its lower triangle given.
void symm(int m, int n, double alpha, double const* a, int lda, double const* b, int ldb,
          double beta, double* c, int ldc);
void symm(int m, int n, float alpha, float const* a, int lda, float const* b, int ldb, float beta,
          float* c, int ldc);

/// Lower triangle of c (n x n) := alpha * (a b^T + b a^T) + beta * c, a and b n x k.
void syr2k(int n, int k, double alpha, double const* a, int lda, double const* b, int ldb,
           double beta, double* c, int ldc);
void syr2k(int n, int k, float alpha, float const* a, int lda, float const* b, int ldb, float beta,
           float* c, int ldc);

/// a (m x n, m >= n) := QR with Q = I - V T V^T: R above, V below the diagonal of a (ones not
/// stored), T (n x n, upper triangle).
void geqrt3(int m, int n, double* a, int lda, double* t, int ldt);
void geqrt3(int m, int n, float* a, int lda, float* t, int ldt);

/// Lower Cholesky factor. Returns the order of the first bad leading minor, or 0.
int potrf(int n, double* a, int lda);
int potrf(int n, float* a, int lda);

/// Lower triangle of (L L^T)^-1 over L. Returns the number of a zero on L's diagonal, or 0.
int potri(int n, double* a, int lda);
int potri(int n, float* a, int lda);

/// Overwrite the m x n matrix b with alpha op(L) b (side 'L') or alpha b op(L) (side 'R'), L lower
/// triangular, op by 'N' or 'T'.
void trmm(char side, char trans, int m, int n, double alpha, double const* l, int ldl, double* b,
          int ldb);
void trmm(char side, char trans, int m, int n, float alpha, float const* l, int ldl, float* b,
          int ldb);

/// Overwrite the n x m matrix b with L^-1 b (trans 'N') or L^-T b (trans 'T'), L lower triangular n x n.
void trsm_left(char trans, int n, int m, double const* l, int ldl, double* b, int ldb);
void trsm_left(char trans, int n, int m, float const* l, int ldl, float* b, int ldb);

/// Overwrite the m x n matrix b with b * L^-T, L lower triangular n x n.
void trsm_right_transposed(int m, int n, double const* l, int ldl, double* b, int ldb);
void trsm_right_transposed(int m, int n, float const* l, int ldl, float* b, int ldb);

/// Lower triangle of a := Q T Q^T; d (n) and e (n-1) hold T, a and tau (n-1) hold Q.
void sytrd(int n, double* a, int lda, double* d, double* e, double* tau);
void sytrd(int n, float* a, int lda, float* d, float* e, float* tau);

/// c (n x m) := Q c (trans 'N') or Q^T c (trans 'T'), Q from sytrd.
void ormtr(char trans, int n, int m, double* a, int lda, double const* tau, double* c, int ldc);
void ormtr(char trans, int n, int m, float* a, int lda, float const* tau, float* c, int ldc);

/// Eigenvalues of a symmetric tridiagonal matrix, ascending, over d; e is destroyed.
/// Returns the number of off-diagonals that did not converge.
int sterf(int n, double* d, double* e);
int sterf(int n, float* d, float* e);

/// Eigenpairs first..last (0-based, ascending) of a symmetric tridiagonal matrix by multiple
/// relatively robust representations: w (n) and z (n x (last-first+1)). d, e (n) are destroyed.
int stemr(int n, double* d, double* e, int first, int last, double* w, double* z, int ldz);
int stemr(int n, float* d, float* e, int first, int last, float* w, float* z, int ldz);

/// All eigenpairs of a symmetric tridiagonal matrix by divide and conquer: d ascending, z (n x n).
/// Its workspace is n^2 + 4n numbers.
int stedc(int n, double* d, double* e, double* z, int ldz);
int stedc(int n, float* d, float* e, float* z, int ldz);

}  // namespace kovar::linalg::backend::host

#endif
