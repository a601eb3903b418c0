// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BAND_REDUCTION_HPP
#define KOVAR_LINALG_BAND_REDUCTION_HPP

#include <kovar/core/views.hpp>

#include <cstdint>

/// \file
/// First of two stages from a symmetric matrix to its tridiagonal form: a band, by block reflectors.
/// On the host; products do all the work, where the direct way is half matrix-vector products and
/// bound by memory.
/// Source: Bischof, Lang, Sun, A framework for symmetric band reduction (ACM TOMS 26, 2000).

namespace kovar::linalg {

/// Subdiagonals that are left. Wider panels make faster products; chasing costs 6 n^2 times this.
constexpr int band_width = 48;

/// Lower triangle of the n x n matrix a := Q1 B Q1^T, B of band_width subdiagonals: B stands in the
/// band of a, the reflectors of Q1 below it. Above the diagonal a is not touched.
/// \param t  band_width x n, column-major: triangular factors of the block reflectors
/// Cost: 4/3 n^3 flops. Workspace: 3 n band_width numbers.
template <class Scalar>
void reduce_to_band(int n, Scalar* a, int lda, Scalar* t);

/// c (n x m) := Q1 c (trans 'N') or Q1^T c (trans 'T'). Cost: 2 n^2 m flops.
template <class Scalar>
void apply_band_reflectors(char trans, int n, int m, Scalar const* a, int lda, Scalar const* t,
                           Scalar* c, int ldc);

}  // namespace kovar::linalg

#endif
