// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_MOMENT_SCORING_HPP
#define KOVAR_GSN_MOMENT_SCORING_HPP

#include <kovar/core/views.hpp>
#include <kovar/gsn/product_sum.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

/// \file
/// Choice of the shrinkage level where neither training data nor held-out points are there any more, but sums of
/// their products are.
///
/// With R = Q Diag(r) Q^T and M = sum_j z_j z_j^T, sum_j z_j^T (a R + (1-a) I)^-1 z_j =
/// sum_k q_k^T M q_k / (a r_k + 1 - a): the score needs M alone, however many points there were.

namespace kovar::gsn {

/// Data of one choice. \see LevelProblem, which has columns where these are sums of their products
template <class Sum, class ExecSpace>
struct MomentProblem {
  Sum training;  ///< A = scale * training; destroyed
  double scale = 1;
  std::int64_t n_training_columns = 0;
  std::int64_t largest_rank = 0;  ///< A has at most this rank
  Sum points;                     ///< M; destroyed
  std::int64_t n_points = 0;
  Vector<double, ExecSpace> largest_response;  ///< N
};

template <class Sum, class ExecSpace>
using MakeMoments = std::function<MomentProblem<Sum, ExecSpace>(int fold)>;

/// choose_level() from sums of products, with the same level and the same scores but for rounding; the same on all
/// ranks. Collective. Scoring::cholesky and low_rank, which take columns, are not there: rule.scoring is not
/// looked at.
/// Cost per fold: up to 6 N^3 flops, on rank 0 (SumOfRank) or over all ranks (SumOverRanks). Memory beside the
/// problem: 1.5 matrices of N x N on rank 0, or 5.5 over all ranks.
template <class Sum, class ExecSpace>
LevelChoice choose_level_by_moments(ExecSpace const& space, dist::Communicator const& comm,
                                    int n_folds, MakeMoments<Sum, ExecSpace> const& make_fold,
                                    LevelRule const& rule, std::string const& what,
                                    std::vector<Warning>& warnings);

}  // namespace kovar::gsn

#endif
