// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_SHRINKAGE_SCORING_HPP
#define KOVAR_GSN_SHRINKAGE_SCORING_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/estimate.hpp>
#include <kovar/gsn/options.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

/// \file
/// Choice of the shrinkage level by cross-validated Gaussian likelihood.
///
/// For each level a the training covariance A becomes G = a A + (1-a) Diag(A), and held-out points z
/// are scored by nll(a) = mean_j [ z_j^T G^-1 z_j / 2 + log det G / 2 + N/2 log 2 pi ]. All of it is
/// done in double and on the scale of correlations, R = D^-1/2 A D^-1/2 with D = Diag(A).

namespace kovar::gsn {

/// Data of one choice. Each rank gives some of the columns.
template <class ExecSpace>
struct LevelProblem {
  Matrix<double, ExecSpace> training;  ///< N x k_local: A = scale * sum over ranks of X X^T
  double scale = 1;
  std::int64_t n_training_columns = 0;   ///< k, over all ranks
  std::int64_t largest_rank = 0;         ///< A has at most this rank
  Matrix<double, ExecSpace> validation;  ///< N x m_local: sum over ranks of Z Z^T = sum_j z_j z_j^T
  std::int64_t n_points = 0;             ///< number of held-out points: the divisor of the mean
  Vector<double, ExecSpace> largest_response;  ///< N: against which a variance counts as zero
};

/// How to choose.
struct LevelRule {
  std::vector<double> levels;
  Scoring scoring = Scoring::automatic;
  ZeroVariance zero_variance = ZeroVariance::exclude;
  std::int64_t memory_budget = 0;  ///< bytes for a stack of matrices (Scoring::cholesky)
  std::function<void(double)>
      progress;  ///< told the share of the levels that is scored; may be empty
  LevelSearch search = LevelSearch::grid;
};

/// Makes the problem of a fold. Called on all ranks, once per fold and in order; what it made is gone
/// before the next call, so that thin copies of the data do not pile up. It may communicate.
template <class ExecSpace>
using MakeFold = std::function<LevelProblem<ExecSpace>(int fold)>;

/// True where a variance is a rounding error of responses of this size (rule K4 of the
/// specification): at most (16 eps)^2 times the square of the largest response.
KOKKOS_INLINE_FUNCTION bool is_zero_variance(double variance, double largest_response)
{
  constexpr double rounding = 16 * std::numeric_limits<double>::epsilon();
  double const noise = rounding * largest_response;
  return variance <= noise * noise;
}

/// Diagonal of scale * sum over ranks of x x^T, on all ranks. Collective.
template <class ExecSpace>
std::vector<double> unit_variances(ExecSpace const& space, dist::Communicator const& comm,
                                   Matrix<double, ExecSpace> const& x, double scale);

/// Score all levels on every fold and take the level of the best mean score; the same on all ranks.
/// Collective.
///
/// LevelSearch::continuous looks for the minimum over all of [0, 1) or [0, 1], up to the largest level
/// that is not singular (rule K3). That end itself is taken where the nll falls without bound towards
/// it: where held-out points lie in the span of fewer training columns than there are units (as do
/// data of low rank, or copies of training points), no finite density beats the singular one. The
/// list is scored too, and its first level taken where none is better.
/// \param what      "noise covariance" or "data covariance", for warnings
/// \param warnings  gets all_levels_singular and zero_variance, each at most once
/// \throws InputError, on all ranks together: n_folds < 1; Scoring::low_rank where k exceeds the number
///         of units; LevelSearch::continuous with Scoring::cholesky
/// Cost per fold with n units, k training and m validation columns, S levels:
///   low_rank       n k (k + 2m) + 4/3 k^3 + 2 k^2 m + 10 S k m flops
///   decomposition  n^2 k + 4/3 n^3 + 2 n^2 m + 10 S n m
///   cholesky       n^2 k + S (n^3/3 + n^2 m), levels spread over ranks
/// and for a continuous search, instead of the terms with S, 4/3 k^3 + 2 k^2 m (low_rank) or
/// 4/3 n^3 + 2 n^2 m (decomposition) at most, all in products.
template <class ExecSpace>
LevelChoice choose_level(ExecSpace const& space, dist::Communicator const& comm, int n_folds,
                         MakeFold<ExecSpace> const& make_fold, LevelRule const& rule,
                         std::string const& what, std::vector<Warning>& warnings);

/// The same with one fold.
template <class ExecSpace>
LevelChoice choose_level(ExecSpace const& space, dist::Communicator const& comm,
                         LevelProblem<ExecSpace> const& problem, LevelRule const& rule,
                         std::string const& what, std::vector<Warning>& warnings)
{
  MakeFold<ExecSpace> const make_fold = [&](int) { return problem; };
  return choose_level(space, comm, 1, make_fold, rule, what, warnings);
}

}  // namespace kovar::gsn

#endif
