// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_OBSERVED_FOLDS_HPP
#define KOVAR_GSN_OBSERVED_FOLDS_HPP

#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_means.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/observed_levels.hpp>
#include <kovar/gsn/pairwise_covariance.hpp>
#include <kovar/linalg/triangle.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <limits>
#include <vector>

/// \file
/// Training covariance and held-out points of each fold where units lost trials of their own: both are
/// made of all responses that there are.

namespace kovar::gsn {

/// Mean of each row over the columns in which it is not NaN; NaN without any.
template <class ExecSpace>
Vector<double, ExecSpace> mean_of_defined(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& x)
{
  std::int64_t const n_columns = x.extent(1);
  auto const mean =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::mean_of_defined", x.extent(0));
  Kokkos::parallel_for(
      "kovar::gsn::mean_of_defined",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, x.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) {
        double reference = 0;
        double sum = 0;  // of the deviations from the first condition
        double n_defined = 0;
        for (std::int64_t c = 0; c < n_columns; ++c) {
          if (math::is_nan(x(i, c))) continue;
          if (n_defined == 0) reference = x(i, c);
          sum += x(i, c) - reference;
          n_defined += 1;
        }
        mean(i) = reference + sum / n_defined;  // 0 / 0 is the NaN that is wanted
      });
  return mean;
}

/// Means over conditions of all ranks, on rank 0; of extent 0 elsewhere. Collective.
template <class Scalar, class ExecSpace>
PairwiseMeans<Scalar, ExecSpace> pairwise_means_on_root(ExecSpace const& space,
                                                        dist::Communicator const& comm,
                                                        PairwiseNoise<Scalar, ExecSpace>& sums)
{
  dist::sum_to_root(space, comm, sums.covariance_sum);
  dist::sum_to_root(space, comm, sums.count);
  dist::sum_to_root(space, comm, sums.share_sum);
  dist::sum_to_root(space, comm, sums.share_count);
  if (!comm.is_root()) {
    sums = {};
    return {};
  }
  return pairwise_mean(space, sums);
}

/// Held-out trials around the mean of their condition, N x (conditions times trials); NaN where the unit
/// lost the trial, or has no other one in the condition: its deviation would be zero whatever the noise.
/// \param conditions  local conditions
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> centered_trials(ExecSpace const& space,
                                          ConstCube<Scalar, ExecSpace> const& responses,
                                          IncompleteMeans<ExecSpace> const& statistics,
                                          std::vector<std::int64_t> const& conditions)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_trials = responses.extent(2);
  auto const n_columns = static_cast<std::int64_t>(conditions.size()) * n_trials;
  auto const points =
      allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::centered_trials", n_units, n_columns);
  if (n_units == 0 || n_columns == 0) return points;
  auto const condition = to_space(space, conditions, "kovar::gsn::held_out_conditions");
  auto const means = statistics.means;
  auto const counts = statistics.counts;
  constexpr double lost = std::numeric_limits<double>::quiet_NaN();
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::centered_trials", Policy(space, {0, 0}, {n_units, n_columns}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t k) {
        std::int64_t const c = condition(k / n_trials);
        points(i, k) = counts(i, c) < 2 ? lost : responses(i, c, k % n_trials) - means(i, c);
      });
  return points;
}

/// Lower triangle in double, whatever the precision of the covariance.
template <class Scalar, class ExecSpace>
Matrix<double, ExecSpace> in_double(ExecSpace const& space, Matrix<Scalar, ExecSpace> const& a)
{
  if constexpr (std::is_same_v<Scalar, double>) {
    static_cast<void>(space);
    return a;
  } else {
    auto const b = allocate<Matrix<double, ExecSpace>>(space, a.label(), a.extent(0), a.extent(1));
    linalg::for_lower_triangle(
        space, "kovar::gsn::in_double", a.extent(0),
        KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { b(i, j) = a(i, j); });
    return b;
  }
}

/// Noise: pairwise covariance of the training conditions against centred trials of the held-out ones.
/// Collective.
template <class Scalar, class ExecSpace>
ObservedProblem<ExecSpace> observed_noise_fold(ExecSpace const& space,
                                               dist::Communicator const& comm,
                                               ConstCube<Scalar, ExecSpace> const& responses,
                                               IncompleteMeans<ExecSpace> const& statistics,
                                               LocalOrder const& local, HeldOut const& left_out)
{
  std::vector<std::int64_t> training;
  std::vector<std::int64_t> validation;
  for (std::int64_t p = 0; p < local.n(); ++p) {
    bool const is_held_out =
        p >= local.first_at(left_out.begin) && p < local.first_at(left_out.end);
    (is_held_out ? validation : training).push_back(local.condition(p));
  }
  ObservedProblem<ExecSpace> problem;
  auto sums = pairwise_noise_sums<Scalar, ExecSpace>(space, responses, training);
  problem.covariance = in_double(space, pairwise_means_on_root(space, comm, sums).noise_covariance);
  problem.validation = centered_trials<Scalar>(space, responses, statistics, validation);
  problem.largest_response = statistics.largest;
  return problem;
}

/// Data: pairwise covariance of the training conditions' means against the held-out ones, around the
/// training mean. All ranks know all means; points are shared out evenly. Collective.
/// \param means  N x C in the order of the split, NaN = not defined
template <class ExecSpace>
ObservedProblem<ExecSpace> observed_data_fold(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              Matrix<double, ExecSpace> const& means,
                                              Vector<double, ExecSpace> const& largest,
                                              HeldOut const& left_out)
{
  auto const training = columns_except(space, means, left_out.begin, left_out.end);
  auto const mean = mean_of_defined(space, training);
  dist::Blocks const blocks{left_out.size(), comm.size()};
  ObservedProblem<ExecSpace> problem;
  dist::agree(comm, [&] {
    if (comm.is_root())
      problem.covariance = pairwise_covariance<double, ExecSpace>(space, training);
  });
  problem.validation = centered_columns(space, means, left_out.begin + blocks.begin(comm.rank()),
                                        left_out.begin + blocks.end(comm.rank()), mean);
  problem.largest_response = largest;
  return problem;
}

}  // namespace kovar::gsn

#endif
