// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NEGATIVE_EIGENPAIRS_HPP
#define KOVAR_GSN_NEGATIVE_EIGENPAIRS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

/// \file
/// All negative eigenpairs of Diag(d) + F Diag(w) F^T with d >= 0: at most one per negative weight.
///
/// A block of vectors is filtered: each step multiplies it by (A - zero)(A - pole)^-1, poles below zero
/// and zeros above chosen so that the product grows the negative part of the spectrum over the rest as
/// fast as any rational function can (filter_poles.hpp). It starts from the columns of negative weight, of which no
/// negative eigenvector is orthogonal to all, and has room for every eigenvalue below min d. Between runs of steps
/// Rayleigh-Ritz gives values, vectors and residuals. In the end the inertia of an R x R matrix
/// (factored_resolvent.hpp) counts the negative eigenvalues: none is missing.

namespace kovar::gsn {

/// What negative_eigenpairs() found.
template <class ExecSpace>
struct NegativePairs {
  std::vector<double> values;         ///< ascending, below zero
  Matrix<double, ExecSpace> vectors;  ///< N_local x values.size(), orthonormal over all ranks
  double norm = 0;                    ///< bound of the norm of A, what tolerances are relative to
  double residual = 0;                ///< Frobenius norm of A V - V Diag(values)
  /// Does the inertia count agree: is every eigenvalue below -threshold among the values?
  bool is_complete = true;
  double threshold = 0;
  /// Bound of the Frobenius norm of A - V Diag(values) V^T less the nearest semidefinite matrix, rounding
  /// of single products aside: 2 sqrt(2) residual + sqrt(number of weights left) (threshold + sqrt(2) residual),
  /// since V spans an invariant subspace of a matrix within sqrt(2) residual of A, and projections do not
  /// enlarge distances. Infinite where the count does not agree.
  double error_bound = 0;
  int n_steps = 0;  ///< of the filter
  bool converged = true;
};

/// Residuals up to which negative_eigenpairs() works, relative to the norm of A. Up to 30 times that counts as
/// converged where rounding leaves no less.
constexpr double default_pair_tolerance = 1e-13;

/// \param v  N_local x (number of negative weights), overwritten: the vectors found are its first columns
/// \param progress  told a share of the work; may be empty
/// \throws InputError, on all ranks, if a diagonal entry is negative or v has another shape
/// Cost with m columns of v and R of F: per step N R^2 + 4 N R m + 2 N m^2 flops, and 4 N R m + 6 N m^2 for
/// Rayleigh-Ritz every few steps; some 20 steps where the eigenvalues below zero and those above keep apart by
/// 1e-4 of the norm. Memory: one more v, and chunks of rows.
template <class ExecSpace>
NegativePairs<ExecSpace> negative_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                             FactoredMatrix<ExecSpace> const& a,
                                             Matrix<double, ExecSpace> const& v,
                                             double tolerance = default_pair_tolerance,
                                             std::function<void(double)> const& progress = {});

}  // namespace kovar::gsn

#endif
