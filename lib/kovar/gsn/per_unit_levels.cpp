// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/permutation.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/lost_entries.hpp>
#include <kovar/gsn/observed_folds.hpp>
#include <kovar/gsn/per_unit_levels.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace kovar::gsn {
namespace {

/// The only level of the list: no score can change the choice.
LevelChoice only_level(std::vector<double> const& levels)
{
  LevelChoice choice;
  choice.level = levels.front();
  return choice;
}

/// Level 1, with the warning that says why.
LevelChoice fallback_level(Warning::Code code, std::string const& why,
                           std::vector<Warning>& warnings)
{
  LevelChoice choice;
  choice.level = 1;
  warnings.push_back({code, why + "; level 1 is taken, that is no shrinkage (level_data=observed "
                                  "chooses on all responses that there are)"});
  return choice;
}

/// Level of the noise covariance from trials in which every unit is present. Collective.
template <class Scalar, class ExecSpace>
LevelChoice complete_noise_level(Task<Scalar, ExecSpace> const& task, ResponseCensus const& census)
{
  dist::Communicator const& comm = task.comm;
  std::int64_t const n_conditions = task.n_conditions;
  int const n_folds = task.options.n_folds;
  std::vector<std::int64_t> const order = permutation(n_conditions);
  dist::Blocks const blocks{n_conditions, comm.size()};
  LocalOrder const local(order, blocks.begin(comm.rank()), blocks.end(comm.rank()));
  ValidTrials const valid(census, blocks.size(comm.rank()), task.n_trials());
  std::vector<std::int64_t> const counts =
      valid_counts(comm, valid, blocks.begin(comm.rank()), n_conditions);
  OrderedContrasts<ExecSpace> contrasts;
  for (std::int64_t const c : order)
    contrasts.n_valid.push_back(counts[static_cast<std::size_t>(c)]);
  for (int fold = 0; fold < n_folds; ++fold) {
    HeldOut const held_out = held_out_places(n_conditions, n_folds, fold);
    if (!has_repeated_trials(contrasts.n_valid, held_out, Side::training) ||
        !has_repeated_trials(contrasts.n_valid, held_out, Side::held_out))
      return fallback_level(Warning::Code::noise_level_fallback,
                            "the noise's shrinkage level cannot be chosen on complete trials: no "
                            "training or no held-out condition has two in which every unit is "
                            "present",
                            task.result.warnings);
  }
  TrialPlan const plan = plan_of_valid_trials(valid, local, 0);
  auto const statistics = trial_statistics<Scalar, ExecSpace>(task.space, task.responses, plan);
  dist::max_to_all(task.space, comm, statistics.largest);
  contrasts.columns = statistics.contrasts;
  contrasts.first_column = columns_by_position(plan, local);
  contrasts.largest = statistics.largest;
  return choose_level<ExecSpace>(
      task.space, comm, n_folds,
      [&](int fold) {
        return noise_fold(task.space, contrasts, local,
                          held_out_places(n_conditions, n_folds, fold));
      },
      task.level_rule(), "noise covariance", task.result.warnings);
}

/// Level of the data covariance from conditions in which every unit is defined. Collective.
/// \param means    N x C, NaN = not defined; all conditions, on all ranks
template <class Scalar, class ExecSpace>
LevelChoice complete_data_level(Task<Scalar, ExecSpace> const& task,
                                Matrix<double, ExecSpace> const& means,
                                Vector<double, ExecSpace> const& largest)
{
  constexpr std::int64_t fewest_conditions = 5;
  int const n_folds = task.options.n_folds;
  std::vector<std::int64_t> const complete =
      columns_by_losses(task.space, means, [](int lost) { return lost == 0; });
  auto const n = static_cast<std::int64_t>(complete.size());
  if (n < std::max<std::int64_t>(fewest_conditions, n_folds))
    return fallback_level(
        Warning::Code::data_level_fallback,
        "the data's shrinkage level cannot be chosen on complete conditions: only " +
            std::to_string(n) + (n == 1 ? " has" : " have") + " every unit",
        task.result.warnings);
  std::vector<std::int64_t> source;
  for (std::int64_t const place : permutation(n))
    source.push_back(complete[static_cast<std::size_t>(place)]);
  auto const ordered = selected_columns(task.space, means, source);
  return choose_level<ExecSpace>(
      task.space, task.comm, n_folds,
      [&](int fold) {
        return data_fold(task.space, task.comm, ordered, largest,
                         held_out_places(n, n_folds, fold));
      },
      task.level_rule(), "data covariance", task.result.warnings);
}

/// Level of the noise covariance from all held-out trials, each on the units that it has. Collective.
template <class Scalar, class ExecSpace>
LevelChoice observed_noise_level(Task<Scalar, ExecSpace> const& task,
                                 Vector<double, ExecSpace> const& largest)
{
  dist::Blocks const blocks{task.n_conditions, task.comm.size()};
  LocalOrder const local(permutation(task.n_conditions), blocks.begin(task.comm.rank()),
                         blocks.end(task.comm.rank()));
  int const n_folds = task.options.n_folds;
  return choose_level_observed<ExecSpace>(
      task.space, task.comm, n_folds,
      [&](int fold) {
        HeldOut const held_out = held_out_places(task.n_conditions, n_folds, fold);
        std::vector<std::int64_t> training;
        std::vector<std::int64_t> held_out_conditions;
        for (std::int64_t p = 0; p < local.n(); ++p) {
          bool const is_held_out =
              p >= local.first_at(held_out.begin) && p < local.first_at(held_out.end);
          (is_held_out ? held_out_conditions : training).push_back(local.condition(p));
        }
        return observed_noise_fold<Scalar, ExecSpace>(task.space, task.comm, task.responses,
                                                      largest, training, held_out_conditions);
      },
      task.level_rule(), "noise covariance", task.result.warnings);
}

/// Level of the data covariance from all held-out conditions. Collective.
/// \param means  N x C, NaN = not defined; all conditions, on all ranks
template <class Scalar, class ExecSpace>
LevelChoice observed_data_level(Task<Scalar, ExecSpace> const& task,
                                Matrix<double, ExecSpace> const& means,
                                Vector<double, ExecSpace> const& largest)
{
  int const n_folds = task.options.n_folds;
  auto const ordered = selected_columns(task.space, means, permutation(task.n_conditions));
  return choose_level_observed<ExecSpace>(
      task.space, task.comm, n_folds,
      [&](int fold) {
        HeldOut const held_out = held_out_places(task.n_conditions, n_folds, fold);
        dist::Blocks const blocks{held_out.size(),
                                  task.comm.size()};  // each rank gives some points
        return observed_data_fold<ExecSpace>(
            task.space, task.comm,
            columns_except(task.space, ordered, held_out.begin, held_out.end),
            columns(ordered, held_out.begin + blocks.begin(task.comm.rank()),
                    held_out.begin + blocks.end(task.comm.rank())),
            largest);
      },
      task.level_rule(), "data covariance", task.result.warnings);
}

}  // namespace

template <class Scalar, class ExecSpace>
LevelChoice per_unit_noise_level(Task<Scalar, ExecSpace> const& task, ResponseCensus const& census,
                                 Vector<double, ExecSpace> const& largest)
{
  if (task.result.levels.size() == 1 && task.options.level_search == LevelSearch::grid)
    return only_level(task.result.levels);
  if (task.options.level_data == LevelData::observed) return observed_noise_level(task, largest);
  return complete_noise_level(task, census);
}

template <class Scalar, class ExecSpace>
LevelChoice per_unit_data_level(Task<Scalar, ExecSpace> const& task,
                                Matrix<double, ExecSpace> const& means,
                                Vector<double, ExecSpace> const& largest)
{
  if (task.result.levels.size() == 1 && task.options.level_search == LevelSearch::grid)
    return only_level(task.result.levels);
  if (task.options.level_data == LevelData::observed)
    return observed_data_level(task, means, largest);
  return complete_data_level(task, means, largest);
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                       \
  template LevelChoice per_unit_noise_level(Task<Scalar, ExecSpace> const&, ResponseCensus const&, \
                                            Vector<double, ExecSpace> const&);                     \
  template LevelChoice per_unit_data_level(Task<Scalar, ExecSpace> const&,                         \
                                           Matrix<double, ExecSpace> const&,                       \
                                           Vector<double, ExecSpace> const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
