// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_EIGEN_HPP
#define KOVAR_LINALG_EIGEN_HPP

#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Eigenpairs of symmetric matrices, all or a part of the spectrum.

namespace kovar::linalg {

/// Indices of eigenvalues in ascending order: [first, last).
struct EigenRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
  std::int64_t size() const { return last - first; }
};

/// Some eigenpairs of a symmetric matrix.
template <class Scalar, class ExecSpace>
struct Eigenpairs {
  EigenRange range;                   ///< which ones
  std::vector<Scalar> values;         ///< range.size(), ascending, on the host
  Matrix<Scalar, ExecSpace> vectors;  ///< n x range.size(), orthonormal columns
};

/// Number of eigenvalues below a bound.
template <class Scalar>
using CountBelow = std::function<std::int64_t(Scalar)>;

/// Says which eigenpairs are wanted; may count eigenvalues below any bound first.
template <class Scalar>
using ChooseEigenRange = std::function<EigenRange(CountBelow<Scalar> const&)>;

/// Ways from a symmetric matrix to its tridiagonal form.
enum class TridiagonalForm {
  one_stage,  ///< column by column: half of the work is matrix-vector products, bound by memory
  two_stage,  ///< over a band: all of it at the speed of products, but vectors come back by two
              ///< transformations; host spaces only, elsewhere one_stage is taken
  automatic   ///< the faster one as measured: two_stage where the matrix is larger than a cache
};

/// Some eigenpairs of a symmetric matrix. The caller chooses them after counting eigenvalues, by
/// inertia of the shifted tridiagonal form (2 n flops a count), before any of them is computed.
/// \param a       n x n, lower triangle given; destroyed, both triangles
/// \param choose  called once; may return an empty range
/// \throws InputError if a is not square; BackendError if an eigensolver does not converge
/// Cost: 4/3 n^3 flops for the tridiagonal form, then for m vectors about 100 n m (relatively robust
/// representations, m up to 7 % of n) or up to n^2 m + n^3/3 (divide and conquer), and to transform them
/// back 2 n^2 m, three times that from two stages. Memory: n m numbers, n^2/2 more by divide and
/// conquer (2/3 n^2 for m < n/6). No step needs a workspace whose size overflows 32 bits, for any n that LAPACK can address.
template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         ChooseEigenRange<Scalar> const& choose,
                                         TridiagonalForm form = TridiagonalForm::automatic);

/// All eigenpairs. \see eigenpairs above
template <class Scalar, class ExecSpace>
Eigenpairs<Scalar, ExecSpace> eigenpairs(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                                         TridiagonalForm form = TridiagonalForm::automatic);

/// A symmetric matrix as Q T Q^T with T tridiagonal; Q stays in the matrix that was reduced.
template <class Scalar, class ExecSpace>
struct Tridiagonal {
  Vector<Scalar, ExecSpace> diagonal;      ///< n
  Vector<Scalar, ExecSpace> off_diagonal;  ///< n - 1
  Vector<Scalar, ExecSpace> tau;           ///< one stage, n - 1: scales of the reflectors
  /// Two stages, band_width x n: triangular factors of the block reflectors.
  Matrix<Scalar, ExecSpace> block_factors;
  TridiagonalForm form = TridiagonalForm::one_stage;  ///< which one was taken
};

/// Reduce the symmetric a (lower triangle given; both are overwritten by the reflectors of Q) to
/// tridiagonal form. Cost: 4/3 n^3 flops.
template <class Scalar, class ExecSpace>
Tridiagonal<Scalar, ExecSpace> tridiagonalize(ExecSpace const& space,
                                              Matrix<Scalar, ExecSpace> const& a,
                                              TridiagonalForm form = TridiagonalForm::automatic);

/// c := Q^T c for the Q of tridiagonalize(), which left it in a. Cost: 2 n^2 m flops from one stage,
/// 5 n^2 m from two.
template <class Scalar, class ExecSpace>
void apply_q_transposed(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                        Tridiagonal<Scalar, ExecSpace> const& t,
                        Matrix<Scalar, ExecSpace> const& c);

/// Eigenvalues of the tridiagonal matrix, ascending, on the host. Cost: about 20 n^2 flops.
template <class Scalar, class ExecSpace>
std::vector<Scalar> eigenvalues(ExecSpace const& space, Tridiagonal<Scalar, ExecSpace> const& t);

}  // namespace kovar::linalg

#endif
