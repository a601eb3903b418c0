// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

/// Trial numbers that enter the formulas (section 12); on complete data all are T.
struct TrialNumbers {
  std::int64_t fewest = 0;      ///< Tmin: trials in every condition mean
  double mean = 0;              ///< d': over conditions
  double mean_of_repeated = 0;  ///< sum of T_c where T_c >= 2, over C
};

TrialNumbers trial_numbers(std::vector<std::int64_t> const& n_valid)
{
  TrialNumbers numbers;
  numbers.fewest = *std::min_element(n_valid.begin(), n_valid.end());
  double total = 0;
  double repeated = 0;
  for (std::int64_t const t : n_valid) {
    total += static_cast<double>(t);
    if (t >= 2) repeated += static_cast<double>(t);
  }
  numbers.mean = total / static_cast<double>(n_valid.size());
  numbers.mean_of_repeated = repeated / static_cast<double>(n_valid.size());
  return numbers;
}

/// Refuse data whose noise cannot be estimated. All ranks know all counts.
void require_repeated_trials(std::vector<std::int64_t> const& n_valid,
                             std::vector<std::int64_t> const& order, int n_folds)
{
  auto const n = static_cast<std::int64_t>(order.size());
  for (std::int64_t c = 0; c < n; ++c)
    if (n_valid[static_cast<std::size_t>(c)] == 0)
      throw InputError(
          "estimate: condition " + std::to_string(c) +
              " has no trial in which every unit is present (uneven=fast drops a trial "
              "if one unit is missing); leave the condition or the unit out, or use "
              "uneven=missing",
          true);
  std::vector<std::int64_t> in_order;
  for (std::int64_t const c : order) in_order.push_back(n_valid[static_cast<std::size_t>(c)]);
  for (int fold = 0; fold < n_folds; ++fold) {
    HeldOut const held_out = held_out_places(n, n_folds, fold);
    if (!has_repeated_trials(in_order, held_out, Side::training))
      throw InputError(
          "estimate: no training condition has two trials in which every unit is present (noise is "
          "what differs between them); add trials, or use uneven=missing",
          true);
    if (!has_repeated_trials(in_order, held_out, Side::held_out))
      throw InputError(
          "estimate: no held-out condition has two trials in which every unit is present (they "
          "choose the noise's shrinkage level); add trials or conditions, or use uneven=missing",
          true);
  }
}

}  // namespace

template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> whole_trial_covariances(Task<Scalar, ExecSpace> const& task,
                                                          ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  dist::Communicator const& comm = task.comm;
  Estimate<Scalar, ExecSpace>& result = task.result;
  std::int64_t const n_conditions = task.n_conditions;
  auto const n = static_cast<double>(task.n_units());
  auto const c = static_cast<double>(n_conditions);
  auto const t = static_cast<double>(task.n_trials());
  auto const work = [&](double k) {
    return level_work(task.n_units(), k, result.levels.size(), task.options.scoring);
  };

  // Thin statistics of this rank's conditions, in the order of the split.
  task.clock.begin("trial statistics", n * c * t);
  std::vector<std::int64_t> const order = permutation(n_conditions);
  dist::Blocks const blocks{n_conditions, comm.size()};
  LocalOrder const local(order, blocks.begin(comm.rank()), blocks.end(comm.rank()));
  ValidTrials const valid(census, blocks.size(comm.rank()), task.n_trials());
  std::vector<std::int64_t> const n_valid =
      valid_counts(comm, valid, blocks.begin(comm.rank()), n_conditions);
  if (result.path != Path::even) require_repeated_trials(n_valid, order, task.options.n_folds);
  TrialNumbers const numbers = trial_numbers(n_valid);
  TrialPlan const plan = plan_of_valid_trials(valid, local, numbers.fewest);
  TrialStatistics<ExecSpace> const statistics =
      trial_statistics<Scalar, ExecSpace>(space, task.responses, plan);
  dist::max_to_all(space, comm, statistics.largest);
  auto const means = columns_in_order(space, comm, statistics.means, order);
  OrderedContrasts<ExecSpace> contrasts = {
      statistics.contrasts, columns_by_position(plan, local), {}, statistics.largest};
  for (std::int64_t const condition : order)
    contrasts.n_valid.push_back(n_valid[static_cast<std::size_t>(condition)]);

  int const n_folds = task.options.n_folds;
  LevelRule const rule = task.level_rule();
  ContrastWeights const weights = contrast_weights(contrasts.n_valid, {0, 0});
  auto const n_columns = static_cast<double>(weights.n_columns);
  task.clock.begin("noise levels", work(n_columns));
  result.noise_level =
      level_stage(task.options.checkpoint, "noise level", work(c) / work(n_columns), result, [&] {
        return choose_level<ExecSpace>(
            space, comm, n_folds,
            [&](int fold) {
              return noise_fold(space, contrasts, local,
                                held_out_places(n_conditions, n_folds, fold));
            },
            rule, "noise covariance", result.warnings);
      });
  task.clock.begin("data levels", work(c));
  result.data_level = level_stage(
      task.options.checkpoint, "data level", n * n * (n_columns + c) / work(c), result, [&] {
        return choose_level<ExecSpace>(
            space, comm, n_folds,
            [&](int fold) {
              return data_fold(space, comm, means, statistics.largest,
                               held_out_places(n_conditions, n_folds, fold));
            },
            rule, "data covariance", result.warnings);
      });

  // Variances of all units from the thin matrices: signal-to-noise ratios need no N x N matrix.
  task.clock.begin("unit variances", n * c * t);
  auto const noise_columns = weighted_contrasts(space, contrasts, local, {0, 0}, weights);
  auto const mean = mean_of_columns(space, means, 0, n_conditions);
  auto const deviations =
      centered_columns(space, means, blocks.begin(comm.rank()), blocks.end(comm.rank()), mean);
  double const data_scale = 1 / (c - 1);
  auto const fewest = static_cast<double>(numbers.fewest);
  UnitMoments moments;
  moments.noise_variance = unit_variances(space, comm, noise_columns, weights.scale);
  moments.data_variance = unit_variances(space, comm, deviations, data_scale);
  moments.mean = to_list(space, mean);
  moments.largest = to_list(space, statistics.largest);
  moments.share.assign(moments.mean.size(), 1 / fewest);
  ActiveUnits const active = summarize_units(moments, result);

  RawCovariances<Scalar, ExecSpace> raw;
  task.clock.begin("noise covariance", n * n * n_columns);
  raw.noise = covariance_on_root<Scalar, ExecSpace>(
      space, comm, active_rows<Scalar>(space, noise_columns, active.units, active.noise_variance),
      weights.scale, "kovar::gsn::noise_covariance");
  task.clock.begin("data covariance", n * n * c);
  raw.data = covariance_on_root<Scalar, ExecSpace>(
      space, comm, active_rows<Scalar>(space, deviations, active.units, active.data_variance),
      data_scale, "kovar::gsn::data_covariance");
  raw.share.constant = 1 / fewest;
  raw.difference_share = 1 / numbers.mean;
  if (numbers.mean_of_repeated < 1)
    result.warnings.push_back(
        {Warning::Code::few_trials,
         "on average a condition has " + std::to_string(numbers.mean_of_repeated) +
             " trials from conditions with two whole trials or more; the weights of the loop that "
             "makes both covariances semidefinite are those of one trial"});
  raw.weights = biconvex_weights(n_conditions, std::max(1.0, numbers.mean_of_repeated));
  raw.units = active.units;
  return raw;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                          \
  template RawCovariances<Scalar, ExecSpace> whole_trial_covariances( \
      Task<Scalar, ExecSpace> const&, ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
