// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OLSEN_CORRECTIONS_HPP
#define KOVAR_GSN_OLSEN_CORRECTIONS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/binned_capacitance.hpp>
#include <kovar/gsn/factored_resolvent.hpp>

#include <vector>

/// \file
/// Corrections of approximate eigenpairs of Diag(d) + F Diag(w) F^T, each by a solve with its own shift.

namespace kovar::gsn {

/// Shifts of corrections for Ritz values with these residuals: their own, or that of several next to each other
/// while the residuals are larger than the distance, or while it is near enough for what is left to do (a shift that is
/// a share w of the eigenvalue away brings the residual down by that factor). All the vectors stay in the basis, so that
/// what counts is the distance to the eigenvalues above zero.
/// \param norms       of the residuals
/// \param small_norm  what they have to come down to
/// \param highest     no shift is above it; below zero
std::vector<double> shared_shifts(std::vector<double> const& values,
                                  std::vector<double> const& norms, double small_norm,
                                  double highest);

/// Of the pair (x, v) with residual r = A v - x v:
///     t = -(A - x)^-1 r + e (A - x)^-1 v,   e such that v^T t = 0,
/// what Jacobi-Davidson's method solves for; v + t has the cube of the error of v. Woodbury's formula takes T(x)
/// from bins: its error slows the last steps but biases nothing, for r is exact.
/// Sources: Olsen, Jorgensen, Simons, Chem. Phys. Lett. 169 (1990); Sleijpen, van der Vorst, SIAM J. Matrix
/// Anal. Appl. 17 (1996).
/// \param shifts  x, one for each column, at most the capacitance's highest; equal ones share a factorization
/// \param v       N_local x shifts.size()
/// \param r       the residuals, overwritten by the corrections
/// Collective. Cost for each column: 6 N R flops, and 2/3 R^3 + 2 R^2 n_knots() shared among the ranks;
/// memory: 3 N numbers for each of 64 columns.
template <class ExecSpace>
void olsen_corrections(ExecSpace const& space, dist::Communicator const& comm,
                       FactoredResolvent<ExecSpace> const& resolvent,
                       BinnedCapacitance<ExecSpace> const& capacitance,
                       std::vector<double> const& shifts, Matrix<double, ExecSpace> const& v,
                       Matrix<double, ExecSpace> const& r);

}  // namespace kovar::gsn

#endif
