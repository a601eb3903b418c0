// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_ESTIMATE_FACTORED_HPP
#define KOVAR_GSN_ESTIMATE_FACTORED_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/factored_matrix.hpp>
#include <kovar/gsn/factored_psd.hpp>
#include <kovar/gsn/leading_eigenpairs.hpp>
#include <kovar/gsn/options.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// The estimate of signal and noise covariance without any N x N matrix, for many more units N than
/// responses C T of each.
///
/// With X_N (N x C (T-1)) the contrasts between trials and X_D (N x C) the centred condition means, both
/// scaled so that X X^T is a covariance, and v the variances, all four results of complete data are diagonals plus one
/// shared factor F = [sqrt(aD) X_D | sqrt(aN/T) X_N | V] of N x R numbers, R <= C T + C (T-1):
///     cN  = Diag((1-aN) v_N)  +  T F_N F_N^T
///     cS  = Diag(E)           +  F_D F_D^T - F_N F_N^T,     E = (1-aD) v_D - (1-aN) v_N / T
///     cSb = cS - M            =  Diag(E)  +  F_D F_D^T - F_N F_N^T + V |w| V^T,   M = V w V^T <= 0
///     cNb = cN + wD M
/// M, the negative part of cS, has at most C (T-1) eigenpairs where E >= 0; where E <= 0 cSb has at most C
/// (negative_eigenpairs.hpp). The second pass of the loop changes nothing where cN + wD M is definite
/// (section 19 of the specification), which an inertia count tells. Levels come from Gram matrices as in the
/// dense path and are the same.
///
/// Where whole trials were lost (a trial counts only if every unit is present, section 12), 1/Tmin stands for 1/T, X_N
/// has the contrasts that are left, and the loop goes on until it settles, some passes; each searches anew.
///
/// E of both signs and the projection of cNb itself, where it is not definite: factored_psd.hpp. Up to C T units,
/// or 256, may stand on the side of the fewer without harm; beyond that cSb is off by no more than it
/// says. Each further pass of the loop adds columns.
///
/// Units are spread over ranks: each holds its rows of the responses and of F, and what is summed over ranks is of
/// the size of Gram matrices. All of it is in double, whatever the responses are.
/// Cost of two passes with r = C T: 25 to 60 times N (r^2 + 4 r C (T-1) + 2 (C (T-1))^2) flops, the fewer the larger
/// N / r. Memory over all ranks: up to 8 N (4 r + 8 C (T-1)) bytes and the responses, where no unit is lifted;
/// a projection that a rank has no room for is refused before its work.

namespace kovar::gsn {

/// What estimate_factored() found. N units, of which this rank holds its block of dist::Blocks{N, ranks};
/// lists and numbers are on all ranks. u is the unit of the responses.
template <class ExecSpace>
struct FactoredEstimate : EstimateSummary {
  std::int64_t n_units = 0;

  // All four share one factor; whatever Options::returns says.
  FactoredMatrix<ExecSpace> noise_covariance;       ///< cN, u^2
  FactoredMatrix<ExecSpace> signal_covariance;      ///< cS, u^2
  FactoredMatrix<ExecSpace> noise_covariance_psd;   ///< cNb, u^2
  FactoredMatrix<ExecSpace> signal_covariance_psd;  ///< cSb, u^2
  /// How both were made semidefinite, u^2; error_bound is that of cSb and of cNb.
  FactoredProjection projection;

  // As many as Options::n_components, where Options::returns asks for a basis; else none. Vectors of equal eigenvalues
  // are as they come out (rule K10 is not applied).
  LeadingPairs<ExecSpace> signal_basis;  ///< of cSb
  LeadingPairs<ExecSpace>
      difference_basis;  ///< of cSb - cNb/d', d' the mean number of whole trials
};

/// Estimate signal and noise of responses that are complete, or of their whole trials.
/// \param responses  N_local x C x T, any layout: the units Blocks{n_units, comm.size()} of this rank
/// \param n_units    N, over all ranks
/// \param options    shrinkage, levels, level_search, n_folds, uneven, zero_variance and progress are looked at;
///                   returns and n_components for bases
/// \throws InputError, on all ranks: what estimate() refuses; lost responses where uneven=missing; no more units that
///         vary than training columns; more memory needed than there is; a loop that takes too many passes
/// \throws BackendError, on all ranks, if LAPACK or a device library fails on one
template <class Scalar, class ExecSpace>
FactoredEstimate<ExecSpace> estimate_factored(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              ConstCube<Scalar, ExecSpace> const& responses,
                                              std::int64_t n_units, Options const& options = {});

/// The same on one rank, from any view of rank 3 (units, conditions, trials).
template <class ExecSpace, class View>
auto estimate_factored(ExecSpace const& space, View const& responses, Options const& options = {})
{
  using Scalar = typename View::non_const_value_type;
  static_assert(View::rank == 3, "responses are units x conditions x trials");
  return estimate_factored<Scalar, ExecSpace>(space, dist::Communicator(),
                                              ConstCube<Scalar, ExecSpace>(responses),
                                              responses.extent(0), options);
}

}  // namespace kovar::gsn

#endif
