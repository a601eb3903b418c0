// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_LINALG_SECULAR_EQUATION_HPP
#define KOVAR_LINALG_SECULAR_EQUATION_HPP

#include <cstdint>
#include <vector>

/// \file
/// Eigenvalues of a diagonal matrix plus one of rank one, as roots of the secular equation
///     f(x) = 1/rho + sum_i w_i / (d_i - x) = 0,   d_0 < d_1 < ..., w_i > 0, rho > 0.
/// Between two poles f grows from minus to plus infinity: one root in each gap, one above all poles.

namespace kovar::linalg {

/// The poles d, the weights w = z^2 and the inverse of rho.
struct SecularEquation {
  std::vector<double> poles;
  std::vector<double> weights;
  double inverse_rho = 1;

  std::int64_t order() const { return static_cast<std::int64_t>(poles.size()); }
};

/// A root as the distance from the pole nearest to it: differences d_i - root are then accurate to a
/// few units in the last place, without which eigenvectors are not orthogonal.
struct SecularRoot {
  double origin = 0;  ///< that pole
  double shift = 0;   ///< root - origin: positive if the pole is the one below
  double value() const { return origin + shift; }
};

/// d - root for a pole d.
inline double distance(double pole, SecularRoot const& root)
{
  return (pole - root.origin) - root.shift;
}

/// The root above pole j, such that |f| is below its own rounding error.
/// Cost: about 5 k divisions, in vector registers, for k poles. Safe to call from several threads.
/// Source: Li, Solving secular equations stably and efficiently (LAPACK working note 89, 1993), the
/// middle way, kept inside a shrinking bracket.
SecularRoot secular_root(SecularEquation const& equation, std::int64_t j);

/// The component i of a vector z whose secular equation has exactly the given roots (one above each
/// pole), up to its sign and to a factor common to all i: with it eigenvectors z_i / (d_i - root) are
/// orthogonal to rounding, however close the roots are.
/// Source: Gu, Eisenstat, A divide-and-conquer algorithm for the symmetric tridiagonal eigenproblem
/// (SIAM J. Matrix Anal. Appl. 16, 1995).
double consistent_component(SecularEquation const& equation, std::vector<SecularRoot> const& roots,
                            std::int64_t i);

}  // namespace kovar::linalg

#endif
