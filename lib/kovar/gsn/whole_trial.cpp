// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/stages.hpp>
#include <kovar/gsn/task.hpp>
#include <kovar/gsn/trial_numbers.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

/// What all matrices are made of, in the order of the split.
template <class ExecSpace>
struct ThinStatistics {
  LocalOrder local;
  TrialNumbers numbers;
  Matrix<double, ExecSpace> means;        ///< N x C: of all conditions, on all ranks
  OrderedContrasts<ExecSpace> contrasts;  ///< of this rank's conditions
};

/// Means and contrasts of the whole trials. Collective.
template <class Scalar, class ExecSpace>
ThinStatistics<ExecSpace> thin_statistics(Task<Scalar, ExecSpace> const& task,
                                          ResponseCensus const& census)
{
  dist::Communicator const& comm = task.comm;
  std::vector<std::int64_t> const order = permutation(task.n_conditions);
  dist::Blocks const blocks{task.n_conditions, comm.size()};
  LocalOrder const local(order, blocks.begin(comm.rank()), blocks.end(comm.rank()));
  ValidTrials const valid(census, blocks.size(comm.rank()), task.n_trials());
  std::vector<std::int64_t> const n_valid =
      valid_counts(comm, valid, blocks.begin(comm.rank()), task.n_conditions);
  if (task.result.path != Path::even) require_repeated_trials(n_valid, order, task.options.n_folds);
  TrialNumbers const numbers = trial_numbers(n_valid);
  ThinStatistics<ExecSpace> thin = {local, numbers, {}, {}};
  Matrix<double, ExecSpace> means;
  dist::agree(comm, [&] {
    TrialPlan const plan = plan_of_valid_trials(valid, local, numbers.fewest);
    auto const statistics = trial_statistics<Scalar, ExecSpace>(task.space, task.responses, plan);
    means = statistics.means;
    thin.contrasts = {
        statistics.contrasts, columns_by_position(plan, local), {}, statistics.largest};
    for (std::int64_t const condition : order)
      thin.contrasts.n_valid.push_back(n_valid[static_cast<std::size_t>(condition)]);
  });
  dist::max_to_all(task.space, comm, thin.contrasts.largest);
  thin.means = columns_in_order(task.space, comm, means, order);
  return thin;
}

/// Both shrinkage levels, into the result. Collective.
/// \param n_columns  of all contrasts, over all ranks
template <class Scalar, class ExecSpace>
void choose_levels(Task<Scalar, ExecSpace> const& task, ThinStatistics<ExecSpace> const& thin,
                   double n_columns)
{
  EstimateSummary& result = task.result;
  Options const& options = task.options;
  std::int64_t const n_conditions = task.n_conditions;
  auto const n = static_cast<double>(task.n_units());
  auto const c = static_cast<double>(n_conditions);
  LevelRule const rule = task.level_rule();
  double const noise_work =
      level_work(task.n_units(), n_columns, result.levels.size(), options.scoring);
  double const data_work = level_work(task.n_units(), c, result.levels.size(), options.scoring);

  task.clock.begin("noise levels", noise_work);
  auto const choose_noise_level = [&] {
    return choose_level<ExecSpace>(
        task.space, task.comm, options.n_folds,
        [&](int fold) {
          LevelProblem<ExecSpace> problem;
          dist::agree(task.comm, [&] {
            problem = noise_fold(task.space, thin.contrasts, thin.local,
                                 held_out_places(n_conditions, options.n_folds, fold));
          });
          return problem;
        },
        rule, "noise covariance", result.warnings);
  };
  result.noise_level = level_stage(options.checkpoint, "noise level", data_work / noise_work,
                                   result, choose_noise_level);

  task.clock.begin("data levels", data_work);
  auto const choose_data_level = [&] {
    return choose_level<ExecSpace>(
        task.space, task.comm, options.n_folds,
        [&](int fold) {
          LevelProblem<ExecSpace> problem;
          dist::agree(task.comm, [&] {
            problem = data_fold(task.space, task.comm, thin.means, thin.contrasts.largest,
                                held_out_places(n_conditions, options.n_folds, fold));
          });
          return problem;
        },
        rule, "data covariance", result.warnings);
  };
  double const next_work = n * n * (n_columns + c) + task.work_with_covariances;
  result.data_level = level_stage(options.checkpoint, "data level", next_work / data_work, result,
                                  choose_data_level);
}

}  // namespace

template <class Scalar, class ExecSpace>
CovarianceColumns<ExecSpace> whole_trial_columns(Task<Scalar, ExecSpace> const& task,
                                                 ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  dist::Communicator const& comm = task.comm;
  std::int64_t const n_conditions = task.n_conditions;
  auto const n = static_cast<double>(task.n_units());
  auto const c = static_cast<double>(n_conditions);
  auto const t = static_cast<double>(task.n_trials());

  task.clock.begin("trial statistics", n * c * t);
  ThinStatistics<ExecSpace> const thin = thin_statistics(task, census);
  ContrastWeights const weights = contrast_weights(thin.contrasts.n_valid, {0, 0});
  choose_levels(task, thin, static_cast<double>(weights.n_columns));

  // Variances of all units from the thin matrices: signal-to-noise ratios need no N x N matrix.
  task.clock.begin("unit variances", n * c * t);
  CovarianceColumns<ExecSpace> columns;
  Vector<double, ExecSpace> mean;
  dist::agree(comm, [&] {
    dist::Blocks const blocks{n_conditions, comm.size()};
    columns.noise = weighted_contrasts(space, thin.contrasts, thin.local, {0, 0}, weights);
    mean = mean_of_columns(space, thin.means, 0, n_conditions);
    columns.data = centered_columns(space, thin.means, blocks.begin(comm.rank()),
                                    blocks.end(comm.rank()), mean);
  });
  columns.noise_scale = weights.scale;
  columns.n_noise_columns = weights.n_columns;
  columns.data_scale = 1 / (c - 1);
  columns.noise_share = 1 / static_cast<double>(thin.numbers.fewest);
  columns.difference_share = 1 / thin.numbers.mean;
  UnitMoments moments;
  moments.noise_variance = unit_variances(space, comm, columns.noise, columns.noise_scale);
  moments.data_variance = unit_variances(space, comm, columns.data, columns.data_scale);
  moments.mean = to_list(space, mean);
  moments.largest = to_list(space, thin.contrasts.largest);
  moments.share.assign(moments.mean.size(), columns.noise_share);
  columns.active = summarize_units(moments, task.result);
  warn_of_few_trials(thin.numbers.mean_of_repeated, task.result.warnings);
  columns.weights = biconvex_weights(n_conditions, std::max(1.0, thin.numbers.mean_of_repeated));
  return columns;
}

template <class Scalar, class ExecSpace>
RawCovariances<Scalar, ExecSpace> whole_trial_covariances(Task<Scalar, ExecSpace> const& task,
                                                          ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  CovarianceColumns<ExecSpace> const columns = whole_trial_columns(task, census);
  ActiveUnits const& active = columns.active;
  auto const n = static_cast<double>(task.n_units());

  RawCovariances<Scalar, ExecSpace> raw;
  task.clock.begin("noise covariance", n * n * static_cast<double>(columns.n_noise_columns));
  raw.noise = covariance_on_root<Scalar, ExecSpace>(
      space, task.comm,
      active_rows<Scalar>(space, columns.noise, active.units, active.noise_variance),
      columns.noise_scale, "kovar::gsn::noise_covariance");
  task.clock.begin("data covariance", n * n * static_cast<double>(task.n_conditions));
  raw.data = covariance_on_root<Scalar, ExecSpace>(
      space, task.comm,
      active_rows<Scalar>(space, columns.data, active.units, active.data_variance),
      columns.data_scale, "kovar::gsn::data_covariance");
  raw.share.constant = columns.noise_share;
  raw.difference_share = columns.difference_share;
  raw.weights = columns.weights;
  raw.units = active.units;
  return raw;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                \
  template CovarianceColumns<ExecSpace> whole_trial_columns(Task<Scalar, ExecSpace> const&, \
                                                            ResponseCensus const&);         \
  template RawCovariances<Scalar, ExecSpace> whole_trial_covariances(                       \
      Task<Scalar, ExecSpace> const&, ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
