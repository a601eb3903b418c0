// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_NEGATIVE_EIGENPAIRS_HPP
#define KOVAR_GSN_NEGATIVE_EIGENPAIRS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/gsn/search_work.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <vector>

/// \file
/// All negative eigenpairs of Diag(d) + F Diag(w) F^T with d >= 0: at most one per negative weight.
///
/// An inertia count tells how many there are. Each eigenvector is (D - x)^-1 F times something, so the lowest Ritz pairs
/// of the span of F are near all of them; Jacobi-Davidson's method for a block with exact solves
/// (olsen_corrections.hpp) brings each to rounding in a few steps, and those that are found stay aside. In the end
/// the count is taken again: none is missing.

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
  SearchWork work;
  bool converged = true;
};

/// Residuals up to which negative_eigenpairs() works, relative to the norm of A. Up to 30 times that counts as
/// converged where rounding leaves no less.
constexpr double default_pair_tolerance = 1e-13;

/// \param v  N_local x (number of negative weights), overwritten: the vectors found are its first columns
/// \param progress  told a share of the work; may be empty
/// \param known_gram  F^T F of as many first columns of F as are known, or more
/// \throws InputError, on all ranks, if a diagonal entry is negative or v has another shape
/// Cost with m negative pairs and R columns of F: N R^2 flops for the count and 4 N R^2 for binned_capacitance.hpp, and 14 N R m + 14 N m^2 for a step; 4 to 6 steps,
/// the last of them for few pairs only. Memory: 3 N m numbers, and R^2 for each of some 30 knots.
template <class ExecSpace>
NegativePairs<ExecSpace> negative_eigenpairs(ExecSpace const& space, dist::Communicator const& comm,
                                             FactoredMatrix<ExecSpace> const& a,
                                             Matrix<double, ExecSpace> const& v,
                                             double tolerance = default_pair_tolerance,
                                             std::function<void(double)> const& progress = {},
                                             Matrix<double, ExecSpace> const& known_gram = {});

}  // namespace kovar::gsn

#endif
