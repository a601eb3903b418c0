// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/active_units.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/factored_columns.hpp>
#include <kovar/gsn/factored_levels.hpp>
#include <kovar/gsn/factored_task.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/trial_numbers.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace kovar::gsn {
namespace {

/// What the factor is made of; this rank's units.
template <class ExecSpace>
struct ThinRows {
  LocalOrder local;
  TrialNumbers numbers;
  Matrix<double, ExecSpace> means;
  OrderedContrasts<ExecSpace> contrasts;
};

/// \param census  of the trials that any unit lost
template <class Scalar, class ExecSpace>
ThinRows<ExecSpace> thin_rows(FactoredTask<ExecSpace> const& task,
                              ConstCube<Scalar, ExecSpace> const& responses,
                              ResponseCensus const& census)
{
  FactoredSizes const& sizes = task.sizes;
  std::vector<std::int64_t> const order = permutation(sizes.n_conditions);
  LocalOrder const local(order, 0, sizes.n_conditions);
  ValidTrials const valid(census, sizes.n_conditions, sizes.n_trials);
  std::vector<std::int64_t> n_valid;
  for (std::int64_t c = 0; c < sizes.n_conditions; ++c) n_valid.push_back(valid.count(c));
  if (task.result.path != Path::even) require_repeated_trials(n_valid, order, task.options.n_folds);
  TrialNumbers const numbers = trial_numbers(n_valid);
  TrialPlan const plan = plan_of_valid_trials(valid, local, numbers.fewest);
  auto const statistics = trial_statistics<Scalar, ExecSpace>(task.space, responses, plan);
  ThinRows<ExecSpace> thin = {
      local,
      numbers,
      statistics.means,
      {statistics.contrasts, columns_by_position(plan, local), {}, statistics.largest}};
  for (std::int64_t const c : order)
    thin.contrasts.n_valid.push_back(n_valid[static_cast<std::size_t>(c)]);
  return thin;
}

template <class ExecSpace>
void choose_levels(FactoredTask<ExecSpace> const& task, ThinRows<ExecSpace> const& thin)
{
  Options const& options = task.options;
  std::int64_t const n_conditions = task.sizes.n_conditions;
  auto const n = static_cast<double>(task.sizes.n_units);
  auto const k = static_cast<double>(task.sizes.n_contrasts());
  auto const c = static_cast<double>(n_conditions);
  auto& clock = task.clock;
  LevelRule const rule = {task.result.levels,
                          Scoring::low_rank,
                          options.zero_variance,
                          options.memory_budget,
                          [&clock](double share) { clock.update(share); },
                          options.level_search};
  dist::Communicator const alone;
  task.clock.begin("noise levels", n * k * k);
  task.result.noise_level = choose_level_by_rows<ExecSpace>(
      task.space, task.comm, task.sizes.n_units, options.n_folds,
      [&](int fold) {
        return noise_fold(task.space, thin.contrasts, thin.local,
                          held_out_places(n_conditions, options.n_folds, fold));
      },
      rule, "noise covariance", task.result.warnings);
  task.clock.begin("data levels", n * c * c);
  task.result.data_level = choose_level_by_rows<ExecSpace>(
      task.space, task.comm, task.sizes.n_units, options.n_folds,
      [&](int fold) {
        return data_fold(task.space, alone, thin.means, thin.contrasts.largest,
                         held_out_places(n_conditions, options.n_folds, fold));
      },
      rule, "data covariance", task.result.warnings);
}

/// This rank's part of a list over all units.
std::vector<double> of_my_units(FactoredSizes const& sizes, std::vector<double> const& all)
{
  return {all.begin() + sizes.first_unit, all.begin() + sizes.first_unit + sizes.n_local};
}

/// Variances of this rank's units; zero where they are rounding errors.
struct UnitVariances {
  std::vector<double> noise;
  std::vector<double> data;
};

/// Also means and signal-to-noise ratios, into the result. Collective.
/// \param noise_columns  contrasts as they weigh; noise_scale: of the sum of their products
template <class ExecSpace>
UnitVariances unit_summary(FactoredTask<ExecSpace> const& task, ThinRows<ExecSpace> const& thin,
                           Matrix<double, ExecSpace> const& noise_columns, double noise_scale,
                           Vector<double, ExecSpace> const& mean)
{
  FactoredSizes const& sizes = task.sizes;
  dist::Communicator const alone;
  std::vector<double> noise;
  std::vector<double> data;
  dist::agree(task.comm, [&] {
    noise = unit_variances(task.space, alone, noise_columns, noise_scale);
    auto const deviations = centered_columns(task.space, thin.means, 0, sizes.n_conditions, mean);
    data = unit_variances(task.space, alone, deviations,
                          1 / static_cast<double>(sizes.n_conditions - 1));
  });
  auto const all = [&](std::vector<double> const& mine) {
    return of_all_units(task.comm, sizes.n_units, mine);
  };
  UnitMoments moments;
  moments.noise_variance = all(noise);
  moments.data_variance = all(data);
  moments.mean = all(to_list(task.space, mean));
  moments.largest = all(to_list(task.space, thin.contrasts.largest));
  moments.share.assign(moments.mean.size(), 1 / static_cast<double>(thin.numbers.fewest));
  Estimate<double, ExecSpace> summary;
  ActiveUnits const active = summarize_units(moments, summary);
  task.result.mean_signal = std::move(summary.mean_signal);
  task.result.mean_noise = std::move(summary.mean_noise);
  task.result.noise_ceiling_snr = std::move(summary.noise_ceiling_snr);
  return {of_my_units(sizes, active.noise_variance), of_my_units(sizes, active.data_variance)};
}

}  // namespace

template <class Scalar, class ExecSpace>
FactoredParts<ExecSpace> factored_parts(FactoredTask<ExecSpace> const& task,
                                        ConstCube<Scalar, ExecSpace> const& responses,
                                        ResponseCensus const& census)
{
  ExecSpace const& space = task.space;
  FactoredSizes const& sizes = task.sizes;
  std::int64_t const c = sizes.n_conditions;
  double const reads = 2 * static_cast<double>(sizes.n_units) * static_cast<double>(c) *
                       static_cast<double>(sizes.n_trials);
  task.clock.begin("trial statistics", reads);
  ThinRows<ExecSpace> thin = {LocalOrder({}, 0, 0), {}, {}, {}};
  dist::agree(task.comm, [&] { thin = thin_rows<Scalar, ExecSpace>(task, responses, census); });
  choose_levels(task, thin);

  task.clock.begin("factors", reads);
  ContrastWeights const weights = contrast_weights(thin.contrasts.n_valid, {0, 0});
  Matrix<double, ExecSpace> noise_columns;
  Vector<double, ExecSpace> mean;
  dist::agree(task.comm, [&] {
    noise_columns = weighted_contrasts(space, thin.contrasts, thin.local, {0, 0}, weights);
    mean = mean_of_columns(space, thin.means, 0, c);
  });
  UnitVariances const variance = unit_summary(task, thin, noise_columns, weights.scale, mean);
  double const noise_level = task.result.noise_level.level;
  double const data_level = task.result.data_level.level;
  FactoredParts<ExecSpace> parts;
  parts.n_noise_columns = weights.n_columns;
  parts.noise_share = 1 / static_cast<double>(thin.numbers.fewest);
  parts.difference_share = 1 / thin.numbers.mean;
  parts.weights = biconvex_weights(c, std::max(1.0, thin.numbers.mean_of_repeated));
  warn_of_few_trials(thin.numbers.mean_of_repeated, task.result.warnings);
  for (std::size_t i = 0; i < variance.noise.size(); ++i) {
    parts.noise_diagonal.push_back((1 - noise_level) * variance.noise[i]);
    parts.signal_diagonal.push_back((1 - data_level) * variance.data[i] -
                                    parts.noise_diagonal.back() * parts.noise_share);
    parts.varies.push_back(variance.noise[i] > 0 || variance.data[i] > 0 ? 1 : 0);
  }
  dist::agree(task.comm, [&] {
    std::int64_t const n_columns = c + weights.n_columns;
    parts.factor = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::thin_factor",
                                                       sizes.n_local, n_columns);
    Vector<double, ExecSpace> const no_mean(Kokkos::view_alloc(space, "kovar::gsn::no_mean"),
                                            sizes.n_local);
    fill_factor_columns(space, thin.means, mean, std::sqrt(data_level / static_cast<double>(c - 1)),
                        variance.data, columns(parts.factor, 0, c));
    fill_factor_columns(space, noise_columns, no_mean,
                        std::sqrt(noise_level * parts.noise_share * weights.scale), variance.noise,
                        columns(parts.factor, c, n_columns));
  });
  return parts;
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)        \
  template FactoredParts<ExecSpace> factored_parts( \
      FactoredTask<ExecSpace> const&, ConstCube<Scalar, ExecSpace> const&, ResponseCensus const&);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::gsn
