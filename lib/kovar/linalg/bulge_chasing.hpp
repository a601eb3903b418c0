// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BULGE_CHASING_HPP
#define KOVAR_LINALG_BULGE_CHASING_HPP

#include <kovar/core/views.hpp>

/// \file
/// Second of two stages from a symmetric matrix to its tridiagonal form: the band that
/// reduce_to_band() leaves, by Householder reflectors that chase each bulge down the band.
/// On the host, threads of the execution space side by side.
///
/// Sweep s clears column s below the subdiagonal. Its step k has a reflector on the rows
/// s + 1 + k band_width and the band_width - 1 that follow; k = 0 clears the column, the others the
/// first column of the bulge that the step before made.
/// Source: Lang, A parallel algorithm for reducing symmetric banded matrices to tridiagonal form (SIAM
/// J. Sci. Comput. 14, 1993); grouped for the transformation back as in Bischof, Lang, Sun (2000).

namespace kovar::linalg {

/// The band of a (n x n, column-major, band_width subdiagonals) := Q2 T Q2^T; d (n) and e (n - 1)
/// hold T. The reflectors of Q2 go above the diagonal of a: that of sweep s, step k into row s, its
/// scale in the place of its leading one. From the diagonal down a is only read.
/// Cost: 6 n^2 band_width flops. Workspace: 4 n band_width numbers.
template <class Scalar, class ExecSpace>
void chase_bulges(ExecSpace const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e);

/// c (n x m) := Q2 c (trans 'N') or Q2^T c (trans 'T'). Cost: 4 n^2 m flops, half of them on zeros.
template <class Scalar, class ExecSpace>
void apply_chase_reflectors(ExecSpace const& space, char trans, int n, int m, Scalar const* a,
                            int lda, Scalar* c, int ldc);

}  // namespace kovar::linalg

#endif
