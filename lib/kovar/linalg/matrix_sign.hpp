// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_MATRIX_SIGN_HPP
#define KOVAR_LINALG_MATRIX_SIGN_HPP

#include <kovar/core/views.hpp>

#include <array>
#include <vector>

/// \file
/// The sign of a symmetric matrix by matrix products alone, for machines on which products run much
/// faster than eigensolvers.

namespace kovar::linalg {

/// A step x := x (linear - cubic x^2) of the sign iteration.
struct SignStep {
  double linear;
  double cubic;
};

/// Steps that take every x in [smallest, 1] to 1 within 1e-16, and every x in (0, smallest) to (0, 1].
/// Each is the cubic that is nearest to 1 over the interval that is left, scaled such that its maximum
/// is 1; the interval is taken no wider than [0.05, 1], so that no step brings what is large near 0,
/// where rounding errors would count.
/// Sources: Chen, Chow, A stable scaling of Newton-Schulz for improving the sign function computation
/// of a Hermitian matrix (2014); Nakatsukasa, Higham, Backward stability of iterations for computing
/// the polar decomposition (2012).
/// \param smallest  in (0, 1]
std::vector<SignStep> sign_steps(double smallest);

/// Sign of the symmetric a: its eigenvectors with each eigenvalue replaced by its sign. Where the magnitude
/// of an eigenvalue is below epsilon times the largest column sum of magnitudes of a, a number in [-1, 1]
/// may stand for its sign. Waits for the instance twice. a, sign and work do not overlap.
/// \param a     n x n of finite numbers, lower triangle given; not changed
/// \param sign  n x n; both triangles
/// \param work  two n x n, overwritten
/// \throws InputError if the extents do not fit
/// Cost: 3 n^3 flops a step, 44 steps in double and 22 in float, whatever the matrix.
template <class Scalar, class ExecSpace>
void matrix_sign(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a,
                 Matrix<Scalar, ExecSpace> const& sign,
                 std::array<Matrix<Scalar, ExecSpace>, 2> const& work);

}  // namespace kovar::linalg

#endif
