// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OBSERVED_FOLDS_HPP
#define KOVAR_GSN_OBSERVED_FOLDS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/observed_levels.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/gsn/pairwise_means.hpp>
#include <kovar/gsn/unit_blocks.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Training covariance and held-out points of a fold where units lost trials of their own.

namespace kovar::gsn {

/// Pairs of trials of one condition that are held against each other.
struct TrialPairs {
  std::vector<std::int64_t> first;
  std::vector<std::int64_t> second;
};

/// All pairs up to seven trials; of more the pairs up to three trials apart, counted in a circle: 3 T.
inline TrialPairs trial_pairs(std::int64_t n_trials)
{
  TrialPairs pairs;
  for (std::int64_t lag = 1; lag <= std::min<std::int64_t>(3, n_trials / 2); ++lag)
    for (std::int64_t t = 0; t < (2 * lag == n_trials ? lag : n_trials); ++t) {
      pairs.first.push_back(t);
      pairs.second.push_back((t + lag) % n_trials);
    }
  return pairs;
}

/// Held-out points of the noise: differences of two trials of a condition over sqrt 2, on the units
/// that both have.
///
/// They have the covariance of the noise, whatever is missing. Trials centred by unit, which the complete
/// rule takes as GSN does, have (T-1)/T of it, which draws the level up, and where units lost different
/// trials they are centred on different means, which takes up to half of the covariance of the two
/// away and draws the level down (perf/gsn/level_recovery.cpp compares all three with the truth).
/// \param responses   N x C_local x T, NaN = lost
/// \param conditions  local indices
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> trial_differences(ExecSpace const& space,
                                            ConstCube<Scalar, ExecSpace> const& responses,
                                            std::vector<std::int64_t> const& conditions)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  TrialPairs const pairs = trial_pairs(n_trials);
  auto const n_pairs = static_cast<std::int64_t>(pairs.first.size());
  auto const n_conditions = static_cast<std::int64_t>(conditions.size());
  auto const points = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::trial_differences",
                                                          n_units, n_conditions * n_pairs);
  auto const condition = to_space(space, conditions, "kovar::gsn::held_out_conditions");
  auto const first_trial = to_space(space, pairs.first, "kovar::gsn::first_trials_of_pairs");
  auto const second_trial = to_space(space, pairs.second, "kovar::gsn::second_trials_of_pairs");
  double const scale = std::sqrt(0.5);
  for_unit_blocks<double>(
      space, "kovar::gsn::trial_differences", n_units, n_conditions,
      KOKKOS_LAMBDA(std::int64_t first, int n_lanes, std::int64_t k) {
        std::int64_t const c = condition(k);
        for (std::int64_t p = 0; p < n_pairs; ++p) {
          std::int64_t const t = first_trial(p);
          std::int64_t const u = second_trial(p);
          for (std::int64_t i = first; i < first + n_lanes; ++i)
            points(i, k * n_pairs + p) = scale * (static_cast<double>(responses(i, c, t)) -
                                                  static_cast<double>(responses(i, c, u)));
        }
      });
  return points;
}

/// Means over the conditions that count, in double; lower triangle, 0 where none does.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> training_covariance(ExecSpace const& space,
                                              PairwiseNoise<Scalar, ExecSpace> const& sums)
{
  auto const sum = sums.covariance_sum;
  auto const count = sums.count;
  auto const covariance = allocate<Matrix<double, ExecSpace>>(
      space, "kovar::gsn::training_covariance", sum.extent(0), sum.extent(0));
  linalg::for_lower_triangle(
      space, "kovar::gsn::training_covariance", sum.extent(0),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        covariance(i, j) = count(i, j) > 0 ? static_cast<double>(sum(i, j)) / count(i, j) : 0.0;
      });
  return covariance;
}

/// Noise: pairwise covariance over the training conditions against differences of held-out trials.
/// Collective.
/// \param responses  N x C_local x T, NaN = lost
/// \param largest    N: magnitude of each unit's largest response, over all ranks
/// \param training, held_out  local conditions
template <class Scalar, class ExecSpace>
ObservedProblem<ExecSpace> observed_noise_fold(ExecSpace const& space,
                                               dist::Communicator const& comm,
                                               ConstCube<Scalar, ExecSpace> const& responses,
                                               Vector<double, ExecSpace> const& largest,
                                               std::vector<std::int64_t> const& training,
                                               std::vector<std::int64_t> const& held_out)
{
  ObservedProblem<ExecSpace> problem;
  PairwiseNoise<Scalar, ExecSpace> sums;
  dist::agree(comm, [&] {
    sums = pairwise_noise_sums<Scalar, ExecSpace>(space, responses, training, PairForm::automatic,
                                                  PairSums::covariance);
  });
  dist::sum_to_root(space, comm, sums.covariance_sum);
  dist::sum_to_root(space, comm, sums.count);
  dist::agree(comm, [&] {
    if (comm.is_root()) problem.covariance = training_covariance(space, sums);
    problem.validation = trial_differences<Scalar, ExecSpace>(space, responses, held_out);
  });
  problem.epsilon = std::numeric_limits<Scalar>::epsilon();
  problem.largest_response = largest;
  return problem;
}

/// Data: pairwise covariance of the training columns of the condition means against the held-out ones,
/// which are centred on the means of the training columns that each unit has. A unit without a training
/// column has no held-out value. Collective.
/// \param training  N x k, NaN = not defined; the same on all ranks
/// \param held_out  N x m_local
template <class ExecSpace>
ObservedProblem<ExecSpace> observed_data_fold(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              Matrix<double, ExecSpace> const& training,
                                              Matrix<double, ExecSpace> const& held_out,
                                              Vector<double, ExecSpace> const& largest)
{
  ObservedProblem<ExecSpace> problem;
  dist::agree(comm, [&] {
    if (comm.is_root())
      problem.covariance = pairwise_covariance<double, ExecSpace>(space, training);
    auto const mean = mean_of_defined(space, training);
    problem.validation = centered_columns(space, held_out, 0, held_out.extent(1), mean);
  });
  problem.largest_response = largest;
  return problem;
}

}  // namespace kovar::gsn

#endif
