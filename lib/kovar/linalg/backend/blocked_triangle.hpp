// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BACKEND_BLOCKED_TRIANGLE_HPP
#define KOVAR_LINALG_BACKEND_BLOCKED_TRIANGLE_HPP

/// \file
/// Cholesky factors, solves and inverses on the host from products of BLAS and blocks of the diagonal that
/// are worked on in registers (triangle_block.hpp). Column-major, arguments as LAPACK's; HostSpace is an
/// execution space of the host, whose instance works on the blocks. Not for use inside kernels.

namespace kovar::linalg::backend::host {

/// Whether blocks are faster than LAPACK's routines: from order 33 on, where the compiler's vector
/// registers are wide enough to beat BLAS, which picks its kernels when it runs.
template <class Scalar>
bool prefers_blocks(int n);

/// Lower Cholesky factor. Returns the order of the first bad leading minor, or 0.
template <class Scalar, class HostSpace>
int blocked_potrf(HostSpace const& space, int n, Scalar* a, int lda);

/// Overwrite the n x m matrix b with L^-1 b.
template <class Scalar, class HostSpace>
void blocked_trsm(HostSpace const& space, int n, int m, Scalar const* l, int ldl, Scalar* b,
                  int ldb);

/// Overwrite the m x n matrix b with b L^-T.
template <class Scalar, class HostSpace>
void blocked_trsm_right_transposed(HostSpace const& space, int m, int n, Scalar const* l, int ldl,
                                   Scalar* b, int ldb);

/// Lower triangle of (L L^T)^-1 over L. Returns the number of a zero on L's diagonal, or 0.
template <class Scalar, class HostSpace>
int blocked_potri(HostSpace const& space, int n, Scalar* l, int ldl);

}  // namespace kovar::linalg::backend::host

#endif
