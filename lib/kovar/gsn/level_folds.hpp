// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_LEVEL_FOLDS_HPP
#define KOVAR_GSN_LEVEL_FOLDS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/shrinkage_scoring.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

/// \file
/// Training and held-out points of each fold, from statistics whose columns stand in the order of the
/// split.

namespace kovar::gsn {

/// T_c of all conditions, on all ranks, in the order of conditions. Collective.
inline std::vector<std::int64_t> valid_counts(dist::Communicator const& comm,
                                              ValidTrials const& valid,
                                              std::int64_t first_condition,
                                              std::int64_t n_conditions)
{
  std::vector<std::int64_t> counts(static_cast<std::size_t>(n_conditions), 0);
  for (std::int64_t c = 0; c < valid.n_conditions(); ++c)
    counts[static_cast<std::size_t>(first_condition + c)] = valid.count(c);
  comm.max_to_all(counts.data(), n_conditions);
  return counts;
}

/// The trials of each condition: all whole ones for contrasts; for the mean the first `fewest` in the
/// order of permutation(T_c), and all where there are no more.
inline TrialPlan plan_of_valid_trials(ValidTrials const& valid, LocalOrder const& local,
                                      std::int64_t fewest)
{
  TrialPlan plan;
  plan.trial = valid.trials();
  plan.mean_column = local.position();
  plan.n_mean_trials = fewest;
  plan.first_column.resize(static_cast<std::size_t>(local.n()));
  for (std::int64_t p = 0; p < local.n(); ++p) {
    std::int64_t const c = local.condition(p);
    plan.first_column[static_cast<std::size_t>(c)] = plan.n_columns;
    plan.n_columns += std::max<std::int64_t>(0, valid.count(c) - 1);
  }
  std::map<std::int64_t, std::vector<std::int64_t>> orders;  // one per T_c: seeding takes long
  for (std::int64_t c = 0; c < local.n(); ++c) {
    std::int64_t const n_trials = valid.count(c);
    plan.begin.push_back(valid.begin(c));
    std::vector<std::int64_t>& order = orders[n_trials];
    if (fewest > 0 && n_trials > fewest && order.empty()) order = permutation(n_trials);
    for (std::int64_t k = 0; k < std::min(fewest, n_trials); ++k)
      plan.mean_trial.push_back(valid.trials()[static_cast<std::size_t>(
          valid.begin(c) + (order.empty() ? k : order[static_cast<std::size_t>(k)]))]);
  }
  plan.begin.push_back(static_cast<std::int64_t>(valid.trials().size()));
  return plan;
}

/// First contrast column of the local condition at each position of the order, and the end.
inline std::vector<std::int64_t> columns_by_position(TrialPlan const& plan, LocalOrder const& local)
{
  std::vector<std::int64_t> first_column;
  for (std::int64_t p = 0; p < local.n(); ++p)
    first_column.push_back(plan.first_column[static_cast<std::size_t>(local.condition(p))]);
  first_column.push_back(plan.n_columns);
  return first_column;
}

/// The two sides of a fold.
enum class Side { training, held_out };

/// Does a condition on this side have two trials or more? n_valid: T_c at each place of the order.
inline bool has_repeated_trials(std::vector<std::int64_t> const& n_valid, HeldOut const& held_out,
                                Side side)
{
  for (std::int64_t place = 0; place < static_cast<std::int64_t>(n_valid.size()); ++place) {
    bool const is_held_out = place >= held_out.begin && place < held_out.end;
    if (is_held_out == (side == Side::held_out) && n_valid[static_cast<std::size_t>(place)] >= 2)
      return true;
  }
  return false;
}

/// Contrasts of whole trials, condition after condition in the order of the split.
template <class ExecSpace>
struct OrderedContrasts {
  Matrix<double, ExecSpace> columns;       ///< of this rank's conditions, unscaled
  std::vector<std::int64_t> first_column;  ///< of the local condition at a position; n_local + 1
  std::vector<std::int64_t> n_valid;       ///< T_c at each place of the order, all conditions
  Vector<double, ExecSpace> largest;       ///< magnitude of each unit's largest response
};

/// Every condition that has contrasts weighs the same in the noise covariance, whatever its T_c: the
/// mean of sums over T_c - 1 columns, each divided by T_c - 1.
struct ContrastWeights {
  bool is_uniform = true;         ///< the same in all conditions: then part of the scale
  std::int64_t n_conditions = 0;  ///< conditions with two trials or more
  std::int64_t n_columns = 0;     ///< theirs, over all ranks
  double scale = 1;               ///< covariance = scale * sum of weighted columns
};

/// Weights over the places outside [begin, end) of the order.
inline ContrastWeights contrast_weights(std::vector<std::int64_t> const& n_valid,
                                        HeldOut const& held_out)
{
  ContrastWeights weights;
  std::int64_t first = 0;  // T_c of the first condition of all that has contrasts
  for (std::int64_t place = 0; place < static_cast<std::int64_t>(n_valid.size()); ++place) {
    std::int64_t const t = n_valid[static_cast<std::size_t>(place)];
    if (t < 2) continue;
    if (first == 0) first = t;
    weights.is_uniform = weights.is_uniform && t == first;
    if (place >= held_out.begin && place < held_out.end) continue;
    ++weights.n_conditions;
    weights.n_columns += t - 1;
  }
  weights.scale = weights.is_uniform ? 1 / static_cast<double>(weights.n_columns)
                                     : 1 / static_cast<double>(weights.n_conditions);
  return weights;
}

/// Columns of x, each times its factor; a copy.
template <class ExecSpace>
Matrix<double, ExecSpace> scaled_columns(ExecSpace const& space, Matrix<double, ExecSpace> const& x,
                                         std::vector<double> const& factors)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_cols = x.extent(1);
  auto const scaled =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::scaled_columns", n_rows, n_cols);
  if (n_rows == 0 || n_cols == 0) return scaled;
  auto const factor = to_space(space, factors, "kovar::gsn::column_factors");
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::scaled_columns", Policy(space, {0, 0}, {n_rows, n_cols}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { scaled(i, j) = factor(j) * x(i, j); });
  return scaled;
}

/// Contrasts of the places outside held_out, weighted so that every condition counts the same; no copy
/// where all weights are equal and the columns are neighbours.
template <class ExecSpace>
Matrix<double, ExecSpace> weighted_contrasts(ExecSpace const& space,
                                             OrderedContrasts<ExecSpace> const& x,
                                             LocalOrder const& local, HeldOut const& held_out,
                                             ContrastWeights const& weights)
{
  auto const column_at = [&](std::int64_t place) {
    return x.first_column[static_cast<std::size_t>(local.first_at(place))];
  };
  auto const kept =
      columns_except(space, x.columns, column_at(held_out.begin), column_at(held_out.end));
  if (weights.is_uniform) return kept;
  std::vector<double> factors;
  for (std::int64_t p = 0; p < local.n(); ++p) {
    if (p >= local.first_at(held_out.begin) && p < local.first_at(held_out.end)) continue;
    std::int64_t const n_columns = x.first_column[static_cast<std::size_t>(p) + 1] -
                                   x.first_column[static_cast<std::size_t>(p)];
    factors.insert(factors.end(), static_cast<std::size_t>(n_columns),
                   1 / std::sqrt(static_cast<double>(n_columns)));
  }
  return scaled_columns(space, kept, factors);
}

/// Noise: contrasts of the training conditions against centred trials of the held-out ones.
template <class ExecSpace>
LevelProblem<ExecSpace> noise_fold(ExecSpace const& space, OrderedContrasts<ExecSpace> const& x,
                                   LocalOrder const& local, HeldOut const& held_out)
{
  ContrastWeights const weights = contrast_weights(x.n_valid, held_out);
  LevelProblem<ExecSpace> problem;
  problem.training = weighted_contrasts(space, x, local, held_out, weights);
  problem.scale = weights.scale;
  problem.n_training_columns = weights.n_columns;
  problem.largest_rank = weights.n_columns;
  // The sum over contrasts is the sum over centred trials.
  problem.validation =
      columns(x.columns, x.first_column[static_cast<std::size_t>(local.first_at(held_out.begin))],
              x.first_column[static_cast<std::size_t>(local.first_at(held_out.end))]);
  for (std::int64_t place = held_out.begin; place < held_out.end; ++place) {
    std::int64_t const t = x.n_valid[static_cast<std::size_t>(place)];
    if (t >= 2) problem.n_points += t;
  }
  problem.largest_response = x.largest;
  return problem;
}

/// Data: condition means around the mean of the training conditions. All ranks know all means; the
/// columns are shared out evenly.
template <class ExecSpace>
LevelProblem<ExecSpace> data_fold(ExecSpace const& space, dist::Communicator const& comm,
                                  Matrix<double, ExecSpace> const& means,
                                  Vector<double, ExecSpace> const& largest, HeldOut const& held_out)
{
  auto const training = columns_except(space, means, held_out.begin, held_out.end);
  std::int64_t const n_training = training.extent(1);
  auto const mean = mean_of_columns(space, training, 0, n_training);
  dist::Blocks const training_blocks{n_training, comm.size()};
  dist::Blocks const held_out_blocks{held_out.size(), comm.size()};
  LevelProblem<ExecSpace> problem;
  problem.training = centered_columns(space, training, training_blocks.begin(comm.rank()),
                                      training_blocks.end(comm.rank()), mean);
  problem.validation =
      centered_columns(space, means, held_out.begin + held_out_blocks.begin(comm.rank()),
                       held_out.begin + held_out_blocks.end(comm.rank()), mean);
  problem.n_training_columns = n_training;
  problem.largest_rank = n_training - 1;
  problem.scale = 1 / static_cast<double>(n_training - 1);
  problem.n_points = held_out.size();
  problem.largest_response = largest;
  return problem;
}

}  // namespace kovar::gsn

#endif
