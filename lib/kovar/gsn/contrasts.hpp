// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_CONTRASTS_HPP
#define KOVAR_GSN_CONTRASTS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/views.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <vector>

/// \file
/// What the estimate needs of the responses: means over trials and contrasts between trials, always
/// in double, since they are thin (units x conditions) beside the N x N matrices made of them.

namespace kovar::gsn {

/// Means and contrasts of the conditions that a rank holds.
template <class ExecSpace>
struct TrialStatistics {
  Matrix<double, ExecSpace> means;      ///< N x C_local
  Matrix<double, ExecSpace> contrasts;  ///< N x sum over conditions of (T_c - 1)
  Vector<double, ExecSpace> largest;    ///< N: largest magnitude of a unit's responses
};

/// Which trials make the statistics of a condition, and where these go.
struct TrialPlan {
  std::vector<std::int64_t> begin;         ///< C_local + 1: trials of condition c are begin(c) ...
  std::vector<std::int64_t> trial;         ///< ... in this list
  std::vector<std::int64_t> mean_column;   ///< C_local: column of the mean
  std::vector<std::int64_t> first_column;  ///< C_local: first column of the T_c - 1 contrasts
  std::int64_t n_columns = 0;              ///< of all contrasts
  std::int64_t n_mean_trials = 0;        ///< trials in a mean; in conditions with more of them ...
  std::vector<std::int64_t> mean_trial;  ///< ... these: C_local x n_mean_trials
};

/// 1 / sqrt(t (t+1)) for t = 1 ... T - 1: what makes Helmert contrasts orthonormal.
template <class ExecSpace>
Vector<double, ExecSpace> contrast_scales(ExecSpace const& space, std::int64_t n_trials)
{
  auto const scale =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::contrast_scales", n_trials);
  Kokkos::parallel_for(
      "kovar::gsn::contrast_scales",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 1, n_trials),
      KOKKOS_LAMBDA(std::int64_t t) {
        scale(t) = 1 / math::sqrt(static_cast<double>(t) * static_cast<double>(t + 1));
      });
  return scale;
}

/// Means and contrasts in one pass over the responses (N x C_local x T). NaN may stand in trials that the
/// plan leaves out; they do not count in `largest`. A condition without trials gets no statistics.
///
/// The T-1 Helmert contrasts of a condition, h_t = (x_0 + ... + x_{t-1} - t x_t) / sqrt(t (t+1)), span
/// the trials' deviations from their mean: sum_t h_t h_t^T = sum_t (x_t - mean)(x_t - mean)^T, with one
/// column less. Differences are taken from the first trial, so that a constant unit gives exact zeros.
/// Cost: reads N C T numbers, writes as many doubles.
template <class Scalar, class ExecSpace>
TrialStatistics<ExecSpace> trial_statistics(ExecSpace const& space,
                                            ConstCube<Scalar, ExecSpace> const& responses,
                                            TrialPlan const& plan)
{
  std::int64_t const n_units = responses.extent(0);
  std::int64_t const n_conditions = responses.extent(1);
  std::int64_t const n_trials = responses.extent(2);
  std::int64_t const n_mean_trials = plan.n_mean_trials;
  using View = Matrix<double, ExecSpace>;
  TrialStatistics<ExecSpace> const statistics = {
      allocate<View>(space, "kovar::gsn::condition_means", n_units, n_conditions),
      allocate<View>(space, "kovar::gsn::contrasts", n_units, plan.n_columns),
      Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::largest_response"),
                                n_units)};
  auto const means = statistics.means;
  auto const contrasts = statistics.contrasts;
  auto const largest = statistics.largest;

  if (n_units == 0 || n_conditions == 0) return statistics;
  auto const begin = to_space(space, plan.begin, "kovar::gsn::first_trials");
  auto const trial = to_space(space, plan.trial, "kovar::gsn::valid_trials");
  auto const mean_trial = to_space(space, plan.mean_trial, "kovar::gsn::trials_of_means");
  auto const mean_column = to_space(space, plan.mean_column, "kovar::gsn::mean_columns");
  auto const first_column = to_space(space, plan.first_column, "kovar::gsn::contrast_columns");
  auto const scale = contrast_scales(space, n_trials);

  // A team takes a block of units through all conditions: whole cache lines of the column-major
  // results, and one stream of row-major responses per unit.
  constexpr int block = 16;
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  int const n_blocks = static_cast<int>((n_units + block - 1) / block);
  Kokkos::parallel_for(
      "kovar::gsn::trial_statistics", Policy(space, n_blocks, Kokkos::AUTO, block),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const first = static_cast<std::int64_t>(team.league_rank()) * block;
        int const n_lanes = static_cast<int>(n_units - first < block ? n_units - first : block);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_conditions), [&](std::int64_t c) {
          std::int64_t const n_valid = begin(c + 1) - begin(c);
          if (n_valid == 0) return;
          Kokkos::parallel_for(Kokkos::ThreadVectorRange(team, n_lanes), [&](int lane) {
            std::int64_t const i = first + lane;
            double const reference = responses(i, c, trial(begin(c)));
            double sum = 0;  // of the deviations from the first trial so far
            for (std::int64_t t = 1; t < n_valid; ++t) {
              double const deviation = responses(i, c, trial(begin(c) + t)) - reference;
              contrasts(i, first_column(c) + t - 1) =
                  (sum - static_cast<double>(t) * deviation) * scale(t);
              sum += deviation;
            }
            if (n_valid != n_mean_trials) {
              sum = 0;
              for (std::int64_t t = 0; t < n_mean_trials; ++t)
                sum += responses(i, c, mean_trial(c * n_mean_trials + t)) - reference;
            }
            means(i, mean_column(c)) =
                reference + (n_mean_trials > 0 ? sum / static_cast<double>(n_mean_trials) : 0.0);
          });
        });
        // The block's responses are still in cache.
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_lanes), [&](int lane) {
          std::int64_t const i = first + lane;
          double bound = 0;
          for (std::int64_t c = 0; c < n_conditions; ++c)
            for (std::int64_t k = begin(c); k < begin(c + 1); ++k) {
              double const size = math::fabs(static_cast<double>(responses(i, c, trial(k))));
              if (size > bound) bound = size;
            }
          largest(i) = bound;
        });
      });
  return statistics;
}

/// Mean of the columns [first, last) of x, by differences from column `first`: exact for constants.
template <class ExecSpace>
Vector<double, ExecSpace> mean_of_columns(ExecSpace const& space,
                                          Matrix<double, ExecSpace> const& x, std::int64_t first,
                                          std::int64_t last)
{
  std::int64_t const n_rows = x.extent(0);
  auto const mean =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::mean_of_columns", n_rows);
  if (n_rows == 0) return mean;
  Kokkos::parallel_for(
      "kovar::gsn::mean_of_columns",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows),
      KOKKOS_LAMBDA(std::int64_t i) {
        double sum = 0;
        for (std::int64_t c = first; c < last; ++c) sum += x(i, c) - x(i, first);
        mean(i) = x(i, first) + sum / static_cast<double>(last - first);
      });
  return mean;
}

/// Columns [first, last) of x less a mean.
template <class ExecSpace>
Matrix<double, ExecSpace> centered_columns(ExecSpace const& space,
                                           Matrix<double, ExecSpace> const& x, std::int64_t first,
                                           std::int64_t last, Vector<double, ExecSpace> const& mean)
{
  std::int64_t const n_rows = x.extent(0);
  auto const centered = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::centered_columns",
                                                            n_rows, last - first);
  if (n_rows == 0 || first == last) return centered;
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::centered_columns", Policy(space, {0, 0}, {n_rows, last - first}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t c) {
        centered(i, c) = x(i, first + c) - mean(i);
      });
  return centered;
}

}  // namespace kovar::gsn

#endif
