// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OBSERVED_LEVELS_HPP
#define KOVAR_GSN_OBSERVED_LEVELS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <functional>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Choice of the shrinkage level where units lost trials: every held-out point is scored on the units
/// that it has.
///
/// For a level a the training covariance A, estimated pair by pair, becomes G = a A + (1-a) Diag(A). A
/// point z of which the units O were observed has, by the marginal of the Gaussian density, the
/// negative log likelihood z_O^T (G_OO)^-1 z_O / 2 + log det G_OO / 2 + |O|/2 log 2 pi; nll(a) is its
/// mean over the points with a unit at all. With complete points this is choose_level()'s score.
/// A need not be semidefinite: level a counts as singular where a R + (1-a) I is not definite by rule K3
/// for the whole correlation matrix R, whatever its blocks are. With R indefinite all levels near 1 are.

namespace kovar::gsn {

/// Data of one choice. Points are columns, spread over ranks.
template <class ExecSpace>
struct ObservedProblem {
  /// N x N on rank 0, lower triangle, of extent 0 elsewhere: covariance of the training part,
  /// estimated pair by pair.
  Matrix<double, ExecSpace> covariance;
  Matrix<double, ExecSpace>
      validation;  ///< N x m_local: centred points, NaN where a unit lost its response
  Vector<double, ExecSpace> largest_response;  ///< N: against which a variance counts as zero
  /// Relative rounding of the covariance: what rule K3 holds its smallest eigenvalue against.
  double epsilon = std::numeric_limits<double>::epsilon();
};

/// Makes the problem of a fold; may communicate. \see MakeFold
template <class ExecSpace>
using MakeObservedFold = std::function<ObservedProblem<ExecSpace>(int fold)>;

/// Score all levels on every fold and take the level of the best mean score; the same on all ranks,
/// and in every bit the same on any number of them. Collective. Grid and continuous search, warnings and
/// rules as for choose_level(). LevelRule::scoring is not looked at.
/// \throws InputError, on all ranks together: n_folds < 1
/// Cost per fold, with g distinct masks of on average n of the N units, m points, S levels, on p ranks:
///   4/3 N^3 flops once (eigenvalues of R), (4/3 g n^3 + 2 n^2 m) / p for the blocks, half of the cubic
///   terms bound by memory, and 25 S n m on rank 0; a continuous search takes about 150 for S.
/// Memory: 2 N x N matrices and all points on every rank.
template <class ExecSpace>
LevelChoice choose_level_observed(ExecSpace const& space, dist::Communicator const& comm,
                                  int n_folds, MakeObservedFold<ExecSpace> const& make_fold,
                                  LevelRule const& rule, std::string const& what,
                                  std::vector<Warning>& warnings);

}  // namespace kovar::gsn

#endif
