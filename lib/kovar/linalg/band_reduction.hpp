// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BAND_REDUCTION_HPP
#define KOVAR_LINALG_BAND_REDUCTION_HPP

#include <kovar/core/views.hpp>
#include <kovar/linalg/block_reflectors.hpp>

#include <algorithm>
#include <cstdint>

/// \file
/// First of two stages from a symmetric matrix to its tridiagonal form: a band, by block reflectors.
/// On the host; products do all the work, where the direct way is half matrix-vector products and
/// bound by memory.
/// Source: Bischof, Lang, Sun, A framework for symmetric band reduction (ACM TOMS 26, 2000).

namespace kovar::linalg {

/// Subdiagonals that are left. Wider panels make faster products; chasing costs 6 n^2 times this.
constexpr int band_width = 48;

/// The reflectors of the panel that begins at a column.
inline ReflectorBlock band_panel_at(int n, int column)
{
  int const row = column + band_width;
  return {column, row, n - row, std::min(n - row, band_width)};
}

/// Panels that reach below the band; a last row alone is in the band already.
inline int count_band_panels(int n) { return n - band_width < 2 ? 0 : (n - 2) / band_width; }

/// A panel (n_rows x band_width) := R above, below it the reflectors of its QR factorization.
/// \param t     band_width x n_reflectors, triangular factor of the block reflector I - V T V^T
/// \param v     n_rows x n_reflectors, V as a whole matrix
/// \param work  2 n_reflectors (band_width - n_reflectors) numbers
template <class Scalar>
void factor_band_panel(int n_rows, int n_reflectors, Scalar* panel, int ld, Scalar* t, Scalar* v,
                       Scalar* work);

/// Makes w so that Q^T A Q = A - v w^T - w v^T for the block reflector Q = I - v t v^T of k columns and m rows:
/// w = y - v (t^T v^T y) / 2 with y = A v t. \param av  A v
/// Cost: 6 m k^2 flops.
template <class Scalar>
void two_sided_update(int m, int k, Scalar const* v, Scalar const* t, Scalar const* av, Scalar* w);

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
