// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_BLOCK_REFLECTORS_HPP
#define KOVAR_LINALG_BLOCK_REFLECTORS_HPP

/// \file
/// Products of Householder reflectors as block reflectors I - V T V^T, on the host: applied by matrix
/// products.
/// Source: Schreiber, Van Loan, A storage-efficient WY representation for products of Householder
/// transformations (SIAM J. Sci. Stat. Comput. 10, 1989).

namespace kovar::linalg {

/// Where a block of reflectors stands in the lower part of a matrix: in the columns from `column` on,
/// from row `row` down. The first entry of each, on the diagonal that begins there, is 1 and not stored.
struct ReflectorBlock {
  int column;
  int row;
  int n_rows;
  int n_reflectors;
};

/// V as a whole matrix, n_rows x n_reflectors: ones on the diagonal, zeros above.
template <class Scalar>
void copy_reflectors(ReflectorBlock const& block, Scalar const* a, int lda, Scalar* v);

/// T (n_reflectors x n_reflectors, leading dimension ldt) for reflectors I - tau v v^T.
/// \param work  n_reflectors^2 numbers
template <class Scalar>
void triangular_factor(ReflectorBlock const& block, Scalar const* v, Scalar const* tau, Scalar* t,
                       int ldt, Scalar* work);

/// c (n_rows x m) := (I - V T V^T) c (trans 'N'), or with T^T (trans 'T').
/// \param work  2 x n_reflectors x m numbers
/// Cost: 4 n_rows n_reflectors m flops.
template <class Scalar>
void apply_reflectors(char trans, ReflectorBlock const& block, int m, Scalar const* v,
                      Scalar const* t, int ldt, Scalar* c, int ldc, Scalar* work);

/// c (n x m) := Q c (trans 'N') or Q^T c (trans 'T') for the Q that LAPACK's sytrd left in the lower
/// triangle of a (n x n) and in tau (n - 1).
///
/// LAPACK's ormtr takes blocks of 32, a width at which products reach a third of their speed.
/// Cost: 2 n^2 m flops. Workspace: 96 (n + 2 m) numbers.
template <class Scalar>
void apply_tridiagonal_reflectors(char trans, int n, int m, Scalar const* a, int lda,
                                  Scalar const* tau, Scalar* c, int ldc);

}  // namespace kovar::linalg

#endif
