// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/moment_scoring.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/streamed_covariances.hpp>
#include <kovar/gsn/streamed_passes.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <vector>

namespace kovar::gsn {
namespace {

/// Which groups of conditions? Not a template parameter: kernels of device compilers take no type of a lambda.
using WantedGroups = std::function<bool(int)>;

/// Mean over the conditions of all ranks whose groups are wanted, by differences: exact for constants. Collective.
template <class Sum, class ExecSpace>
Vector<double, ExecSpace> mean_over_groups(ExecSpace const& space, dist::Communicator const& comm,
                                           StreamedSums<Sum, ExecSpace> const& sums,
                                           WantedGroups const& wanted)
{
  std::size_t const n_units = sums.largest.extent(0);
  std::vector<double> reference(n_units, 0.0);  // any mean of rank 0, which has conditions
  for (auto const& group : sums.groups)
    if (group.n > 0) reference = to_list(space, group.mean);
  comm.broadcast(reference.data(), static_cast<std::int64_t>(n_units));
  std::vector<double> total(n_units + 1, 0.0);  // differences, and the number of conditions
  for (std::size_t g = 0; g < sums.groups.size(); ++g) {
    auto const& group = sums.groups[g];
    if (!wanted(static_cast<int>(g)) || group.n == 0) continue;
    std::vector<double> const mean = to_list(space, group.mean);
    for (std::size_t i = 0; i < n_units; ++i) total[i] += group.n * (mean[i] - reference[i]);
    total[n_units] += group.n;
  }
  comm.sum_to_all(total.data(), static_cast<std::int64_t>(total.size()));
  for (std::size_t i = 0; i < n_units; ++i) reference[i] += total[i] / total[n_units];
  comm.broadcast(reference.data(), static_cast<std::int64_t>(n_units));
  return to_space(space, reference, "kovar::gsn::mean_of_groups");
}

/// sum += of condition means of the wanted groups around a common mean. Collective.
template <class Sum, class ExecSpace>
void add_around_mean(ExecSpace const& space, StreamedSums<Sum, ExecSpace> const& sums,
                     WantedGroups const& wanted, Vector<double, ExecSpace> const& mean,
                     Sum const& sum)
{
  std::int64_t const n_units = mean.extent(0);
  auto const n_groups = static_cast<std::int64_t>(sums.groups.size());
  Matrix<double, ExecSpace> const moves(
      Kokkos::view_alloc(space, "kovar::gsn::moves_to_common_mean"), n_units, n_groups);
  for (std::int64_t g = 0; g < n_groups; ++g) {
    auto const& group = sums.groups[static_cast<std::size_t>(g)];
    if (!wanted(static_cast<int>(g))) continue;
    sum.add(space, group.data);
    if (group.n == 0) continue;
    double const weight = std::sqrt(group.n);
    auto const of_group = group.mean;
    Kokkos::parallel_for(
        "kovar::gsn::move_to_common_mean",
        Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_units),
        KOKKOS_LAMBDA(std::int64_t i) { moves(i, g) = weight * (of_group(i) - mean(i)); });
  }
  sum.add(space, moves);
}

template <class Sum, class ExecSpace>
MomentProblem<Sum, ExecSpace> noise_moments(ExecSpace const& space,
                                            Seen<Sum, ExecSpace> const& seen, int fold)
{
  auto const& groups = seen.sums.groups;
  HeldOut const held_out = seen.groups.places[static_cast<std::size_t>(fold)];
  ContrastWeights const weights = contrast_weights(seen.n_valid, held_out);
  MomentProblem<Sum, ExecSpace> problem;
  problem.training = groups.front().noise.like(space);
  problem.points = groups.front().noise.like(space);
  for (std::size_t g = 0; g < groups.size(); ++g)
    if (static_cast<int>(g) != fold) problem.training.add(space, groups[g].noise);
  problem.points.add(space, groups[static_cast<std::size_t>(fold)].points);
  problem.scale = weights.scale;
  problem.n_training_columns = weights.n_columns;
  problem.largest_rank = weights.n_columns;
  for (std::int64_t place = held_out.begin; place < held_out.end; ++place) {
    std::int64_t const t = seen.n_valid[static_cast<std::size_t>(place)];
    if (t >= 2) problem.n_points += t;
  }
  problem.largest_response = seen.sums.largest;
  return problem;
}

template <class Sum, class ExecSpace>
MomentProblem<Sum, ExecSpace> data_moments(ExecSpace const& space, dist::Communicator const& comm,
                                           Seen<Sum, ExecSpace> const& seen, int fold)
{
  HeldOut const held_out = seen.groups.places[static_cast<std::size_t>(fold)];
  auto const n_training = static_cast<std::int64_t>(seen.n_valid.size()) - held_out.size();
  auto const trains = [&](int group) { return group != fold; };
  auto const is_held_out = [&](int group) { return group == fold; };
  auto const mean = mean_over_groups(space, comm, seen.sums, trains);
  MomentProblem<Sum, ExecSpace> problem;
  problem.training = seen.sums.groups.front().data.like(space);
  problem.points = seen.sums.groups.front().data.like(space);
  add_around_mean(space, seen.sums, trains, mean, problem.training);
  add_around_mean(space, seen.sums, is_held_out, mean, problem.points);
  problem.scale = 1 / static_cast<double>(n_training - 1);
  problem.n_training_columns = n_training;
  problem.largest_rank = n_training - 1;
  problem.n_points = held_out.size();
  problem.largest_response = seen.sums.largest;
  return problem;
}

/// Both shrinkage levels, into the result. Collective.
template <class Sum, class Scalar, class ExecSpace>
void choose_levels(Task<Scalar, ExecSpace> const& task, Seen<Sum, ExecSpace> const& seen)
{
  EstimateSummary& result = task.result;
  Options const& options = task.options;
  LevelRule const rule = task.level_rule();
  auto const n = static_cast<double>(task.n_units());
  double const work = level_work(task.n_units(), n, result.levels.size(), options.scoring);
  auto const choose = [&](auto const& make, char const* what) {
    return choose_level_by_moments<Sum, ExecSpace>(task.space, task.comm, options.n_folds,
                                                   MakeMoments<Sum, ExecSpace>(make), rule, what,
                                                   result.warnings);
  };
  task.clock.begin("noise levels", work);
  result.noise_level = level_stage(options.checkpoint, "noise level", 1, result, [&] {
    return choose([&](int fold) { return noise_moments(task.space, seen, fold); },
                  "noise covariance");
  });
  task.clock.begin("data levels", work);
  result.data_level = level_stage(
      options.checkpoint, "data level", (n * n + task.work_with_covariances) / work, result, [&] {
        return choose([&](int fold) { return data_moments(task.space, task.comm, seen, fold); },
                      "data covariance");
      });
}

}  // namespace

template <class Sum, class Scalar, class ExecSpace>
SummedCovariances<Sum> streamed_covariances(Task<Scalar, ExecSpace> const& task,
                                            ConditionSource<Scalar>& source,
                                            std::int64_t conditions_per_block,
                                            std::function<Sum()> const& make)
{
  ExecSpace const& space = task.space;
  dist::Communicator const& comm = task.comm;
  Seen<Sum, ExecSpace> const seen = see_all(task, source, conditions_per_block, make);
  choose_levels(task, seen);

  auto const n = static_cast<double>(task.n_units());
  task.clock.begin("covariances", n * n);
  TrialNumbers const numbers = trial_numbers(seen.n_valid);
  ContrastWeights const weights = contrast_weights(seen.n_valid, {0, 0});
  auto const all = [](int) { return true; };
  auto const mean = mean_over_groups(space, comm, seen.sums, all);
  SummedCovariances<Sum> summed;
  summed.noise = seen.sums.groups.front().noise;
  for (std::size_t g = 1; g < seen.sums.groups.size(); ++g)
    summed.noise.add(space, seen.sums.groups[g].noise);
  summed.noise_scale = weights.scale;
  summed.data = summed.noise.like(space);
  add_around_mean(space, seen.sums, all, mean, summed.data);
  summed.data_scale = 1 / static_cast<double>(task.n_conditions - 1);
  summed.noise_share = 1 / static_cast<double>(numbers.fewest);
  summed.difference_share = 1 / numbers.mean;

  UnitMoments moments;
  moments.noise_variance = summed.noise.diagonal(space);
  for (double& variance : moments.noise_variance) variance *= summed.noise_scale;
  moments.data_variance = summed.data.diagonal(space);
  for (double& variance : moments.data_variance) variance *= summed.data_scale;
  moments.mean = to_list(space, mean);
  moments.largest = to_list(space, seen.sums.largest);
  moments.share.assign(moments.mean.size(), summed.noise_share);
  summed.active = summarize_units(moments, task.result);
  warn_of_few_trials(numbers.mean_of_repeated, task.result.warnings);
  summed.weights = biconvex_weights(task.n_conditions, std::max(1.0, numbers.mean_of_repeated));
  return summed;
}

#define KOVAR_INSTANTIATE_SUM(Sum, Scalar, ExecSpace)                         \
  template SummedCovariances<Sum<ExecSpace>> streamed_covariances(            \
      Task<Scalar, ExecSpace> const&, ConditionSource<Scalar>&, std::int64_t, \
      std::function<Sum<ExecSpace>()> const&);
#define KOVAR_INSTANTIATE(ExecSpace)                     \
  KOVAR_INSTANTIATE_SUM(SumOfRank, double, ExecSpace)    \
  KOVAR_INSTANTIATE_SUM(SumOfRank, float, ExecSpace)     \
  KOVAR_INSTANTIATE_SUM(SumOverRanks, double, ExecSpace) \
  KOVAR_INSTANTIATE_SUM(SumOverRanks, float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
