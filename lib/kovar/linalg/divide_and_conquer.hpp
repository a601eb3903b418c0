// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_DIVIDE_AND_CONQUER_HPP
#define KOVAR_LINALG_DIVIDE_AND_CONQUER_HPP

#include <kovar/linalg/eigen.hpp>

#include <cstdint>
#include <vector>

/// \file
/// Eigenpairs of a symmetric tridiagonal matrix on the host, all or a part of the spectrum.
///
/// The matrix is torn into two halves and one rank-one term; the pairs of the halves, found in the same
/// way, make those of the whole through a secular equation. LAPACK's stedc does so too, but makes all
/// vectors and solves the secular equations on one thread. Here the last and largest product, three
/// quarters of the work, makes the wanted vectors only, and all threads share the equations.

namespace kovar::linalg {

/// Eigenpairs [range.first, range.last) in ascending order of T.
/// \param diagonal      n entries of T
/// \param off_diagonal  n - 1 entries, more are not read
/// \param vectors       n x range.size(), column-major with leading dimension n, overwritten
/// \return the eigenvalues of the range
/// \throws InputError if the range is not within 0 to n or an entry is not finite; BackendError if
/// LAPACK does not find the pairs of a small block
/// Cost: for m vectors of n up to n^2 m + n^3/3 flops in products, much less where eigenvalues of the
/// halves repeat, and about 40 n^2 divisions. Memory: n^2/2 numbers, 2/3 n^2
/// for m < n/6.
/// The result does not depend on the number of threads but for that of the BLAS.
/// Source: Cuppen (Numer. Math. 36, 1981); Gu, Eisenstat (SIAM J. Matrix Anal. Appl. 16, 1995); the
/// deflation rules are those of LAPACK's laed2.
template <class Scalar, class HostSpace>
std::vector<Scalar> tridiagonal_pairs(HostSpace const& space, std::vector<Scalar> const& diagonal,
                                      std::vector<Scalar> const& off_diagonal,
                                      EigenRange const& range, Scalar* vectors);

}  // namespace kovar::linalg

#endif
