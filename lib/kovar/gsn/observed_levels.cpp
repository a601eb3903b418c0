// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/not_a_number.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/level_choice.hpp>
#include <kovar/gsn/mask_groups.hpp>
#include <kovar/gsn/masked_tridiagonals.hpp>
#include <kovar/gsn/observed_levels.hpp>
#include <kovar/gsn/root_diagonal.hpp>
#include <kovar/gsn/score_by_form.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/gsn/standardized_problem.hpp>
#include <kovar/linalg/eigen.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <utility>

namespace kovar::gsn {
namespace {

/// Diagonal of the covariance of rank 0, on all ranks. Collective.
template <class ExecSpace>
std::vector<double> broadcast_variances(ExecSpace const& space, dist::Communicator const& comm,
                                        ObservedProblem<ExecSpace> const& problem)
{
  std::int64_t const n = problem.validation.extent(0);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    auto const covariance = problem.covariance;
    KOVAR_REQUIRE(static_cast<std::int64_t>(covariance.extent(0)) == n &&
                      static_cast<std::int64_t>(covariance.extent(1)) == n,
                  "choose_level_observed: the covariance is "
                      << covariance.extent(0) << " x " << covariance.extent(1)
                      << " and the held-out points have " << n << " units");
  });
  return root_diagonal(space, comm, problem.covariance, n);
}

/// Lower triangle of the correlation matrix of some units.
template <class ExecSpace>
void correlate(ExecSpace const& space, Matrix<double, ExecSpace> const& covariance,
               std::vector<std::int64_t> const& units, Matrix<double, ExecSpace> const& r)
{
  auto const unit = to_space(space, units, "kovar::gsn::scored_units");
  linalg::for_lower_triangle(
      space, "kovar::gsn::correlate", r.extent(0), KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) {
        double const scale =
            math::sqrt(covariance(unit(i), unit(i))) * math::sqrt(covariance(unit(j), unit(j)));
        r(i, j) = i == j ? 1.0 : covariance(unit(i), unit(j)) / scale;
      });
}

/// Held-out points of all ranks, on the host of each: rows of the scored units in units of their
/// standard deviation, NaN where lost.
template <class ExecSpace>
std::vector<double> gather_points(ExecSpace const& space, dist::Communicator const& comm,
                                  Matrix<double, ExecSpace> const& validation,
                                  std::vector<double> const& variances,
                                  std::vector<std::int64_t> const& units)
{
  auto const all = dist::gather_columns(space, comm, validation);
  auto const host = Kokkos::create_mirror_view(all);
  Kokkos::deep_copy(space, host, all);
  space.fence();  // the host sorts the points by their masks
  std::vector<double> points;
  points.reserve(units.size() * all.extent(1));
  for (std::size_t j = 0; j < all.extent(1); ++j)
    for (std::int64_t const i : units)
      points.push_back(host(i, j) / std::sqrt(variances[static_cast<std::size_t>(i)]));
  return points;
}

/// Which groups a rank reduces: the largest first, dealt out in turn.
std::vector<std::size_t> groups_of_rank(std::vector<MaskGroup> const& groups, int rank, int n_ranks)
{
  std::vector<std::size_t> order(groups.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return groups[a].units.size() > groups[b].units.size();
  });
  std::vector<std::size_t> mine;
  for (std::size_t k = static_cast<std::size_t>(rank); k < order.size();
       k += static_cast<std::size_t>(n_ranks))
    mine.push_back(order[k]);
  return mine;
}

/// Correlation matrix and points of the units that are scored.
template <class ExecSpace>
struct ObservedData {
  Matrix<double, ExecSpace> r;     ///< n x n, lower triangle
  Matrix<double, ExecSpace> work;  ///< n x n
  std::vector<double> points;      ///< n x m, NaN where lost
};

/// Reduce R_OO of one group to tridiagonal form, carry its points along, and pack both at `packed`.
template <class ExecSpace>
void pack_group(ExecSpace const& space, ObservedData<ExecSpace> const& data, MaskGroup const& group,
                double* packed)
{
  auto const n_all = static_cast<std::size_t>(data.r.extent(0));
  auto const n = static_cast<std::int64_t>(group.units.size());
  auto const m = static_cast<std::int64_t>(group.points.size());
  auto const unit = to_space(space, group.units, "kovar::gsn::observed_units");
  auto const r = data.r;
  Matrix<double, ExecSpace> const block = Kokkos::subview(
      data.work, std::make_pair(std::int64_t{0}, n), std::make_pair(std::int64_t{0}, n));
  linalg::for_lower_triangle(
      space, "kovar::gsn::observed_block", n,
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t j) { block(i, j) = r(unit(i), unit(j)); });
  auto const points = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::group_points", n, m);
  auto const points_host = Kokkos::create_mirror_view(points);
  space.fence();  // where the mirror is the view itself, the host writes into fresh memory
  for (std::int64_t j = 0; j < m; ++j)
    for (std::int64_t i = 0; i < n; ++i)
      points_host(i, j) =
          data.points[static_cast<std::size_t>(group.units[static_cast<std::size_t>(i)]) +
                      static_cast<std::size_t>(group.points[static_cast<std::size_t>(j)]) * n_all];
  Kokkos::deep_copy(space, points, points_host);
  auto const t = linalg::tridiagonalize(space, block);
  linalg::apply_q_transposed(space, block, t, points);

  Kokkos::deep_copy(space, points_host, points);
  space.fence();  // the host packs the points
  std::vector<double> const diagonal = to_list(space, t.diagonal);
  std::vector<double> const off_diagonal = to_list(space, t.off_diagonal);
  std::copy(diagonal.begin(), diagonal.end(), packed);
  std::copy(off_diagonal.begin(), off_diagonal.end(), packed + n);
  packed[2 * n - 1] = 0;
  std::copy(points_host.data(), points_host.data() + n * m, packed + 2 * n);
}

/// All groups in tridiagonal form, on every rank. Collective; each rank reduces a part.
template <class ExecSpace>
MaskedTridiagonals<ExecSpace> reduce_groups(ExecSpace const& space, dist::Communicator const& comm,
                                            ObservedData<ExecSpace> const& data,
                                            std::vector<MaskGroup> const& groups,
                                            LevelRule const& rule)
{
  using Blocks = MaskedTridiagonals<ExecSpace>;
  Blocks blocks;
  blocks.first.resize(groups.size());
  for (MaskGroup const& group : groups) {
    blocks.order.push_back(static_cast<std::int64_t>(group.units.size()));
    blocks.n_points.push_back(static_cast<std::int64_t>(group.points.size()));
  }
  std::vector<std::int64_t> counts;
  std::int64_t next = 0;
  for (int rank = 0; rank < comm.size(); ++rank) {
    std::int64_t const begin = next;
    for (std::size_t const g : groups_of_rank(groups, rank, comm.size())) {
      blocks.first[g] = next;
      next += Blocks::length(blocks.order[g], blocks.n_points[g]);
    }
    counts.push_back(next - begin);
  }
  std::vector<double> mine(static_cast<std::size_t>(counts[static_cast<std::size_t>(comm.rank())]));
  dist::agree(comm, [&] {
    auto const my_groups = groups_of_rank(groups, comm.rank(), comm.size());
    double* packed = mine.data();
    for (std::size_t k = 0; k < my_groups.size(); ++k) {
      std::size_t const g = my_groups[k];
      pack_group(space, data, groups[g], packed);
      packed += Blocks::length(blocks.order[g], blocks.n_points[g]);
      if (rule.progress)
        rule.progress(static_cast<double>(k + 1) / static_cast<double>(my_groups.size()));
    }
  });
  blocks.packed =
      allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::masked_tridiagonals", next);
  auto const host = Kokkos::create_mirror_view(blocks.packed);
  space.fence();  // where the mirror is the view itself, the host writes into fresh memory
  comm.gather_to_all(mine.data(), counts, host.data());
  Kokkos::deep_copy(space, blocks.packed, host);
  space.fence();  // the host copy goes away
  return blocks;
}

/// Extreme eigenvalues of R. Destroys work.
template <class ExecSpace>
SpectrumRange range_of(ExecSpace const& space, ObservedData<ExecSpace> const& data, double epsilon)
{
  Kokkos::deep_copy(space, data.work, data.r);
  auto const values = linalg::eigenvalues(space, linalg::tridiagonalize(space, data.work));
  return {values.front(), values.back(), epsilon};
}

/// What does not depend on the level: log variances and powers of 2 pi of the units of each point.
double constant_of(std::vector<MaskGroup> const& groups, std::vector<double> const& variances,
                   std::vector<std::int64_t> const& units)
{
  double sum = 0;
  for (MaskGroup const& group : groups) {
    double one_point = static_cast<double>(group.units.size()) * log_two_pi;
    for (std::int64_t const i : group.units)
      one_point +=
          std::log(variances[static_cast<std::size_t>(units[static_cast<std::size_t>(i)])]);
    sum += static_cast<double>(group.points.size()) * one_point;
  }
  return 0.5 * sum / static_cast<double>(count_points(groups));
}

/// Scores of one fold. Collective.
template <class ExecSpace>
FoldScore score_observed(ExecSpace const& space, dist::Communicator const& comm,
                         ObservedProblem<ExecSpace> const& problem,
                         std::vector<double> const& variances,
                         std::vector<std::int64_t> const& units,
                         std::vector<MaskGroup> const& groups, std::vector<double> points,
                         LevelRule const& rule)
{
  auto const n = static_cast<std::int64_t>(units.size());
  ObservedData<ExecSpace> data;
  SpectrumRange range;
  dist::agree(comm, [&] {
    data.r = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::observed_correlation", n, n);
    data.work = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::correlation_work", n, n);
    if (!comm.is_root()) return;
    correlate(space, problem.covariance, units, data.r);
    range = range_of(space, data, problem.epsilon);
  });
  dist::broadcast(space, comm, data.r);
  data.points = std::move(points);
  auto const blocks = reduce_groups(space, comm, data, groups, rule);

  return score_on_root(comm, rule.levels.size(), [&] {
    FoldScore score;
    double const constant = constant_of(groups, variances, units);
    score.curve.largest_level = largest_regular_level(range, n);
    score.curve.evaluate = [space, blocks, constant](std::vector<double> const& levels) {
      auto values = evaluate_masked(space, blocks, levels);
      for (LevelCurveValue& value : values) value.concave += constant;
      return values;
    };
    std::vector<double> marks;
    for (double const level : rule.levels)
      marks.push_back(is_singular(level, range, n) ? not_a_number<double>() : 0);
    score.nll = values_at(score.curve, rule.levels, marks);
    return score;
  });
}

}  // namespace

template <class ExecSpace>
LevelChoice choose_level_observed(ExecSpace const& space, dist::Communicator const& comm,
                                  int n_folds, MakeObservedFold<ExecSpace> const& make_fold,
                                  LevelRule const& rule, std::string const& what,
                                  std::vector<Warning>& warnings)
{
  Region const region("kovar::gsn::choose_level_observed");
  require_folds(n_folds);
  std::size_t const first_warning = warnings.size();
  std::vector<FoldScore> folds;
  bool any_unheld = false;
  for (int fold = 0; fold < n_folds; ++fold) {
    ObservedProblem<ExecSpace> const problem = make_fold(fold);
    auto const variances = broadcast_variances(space, comm, problem);
    ScoredUnits const scored = scored_units(space, variances, problem.largest_response);
    if (!scored.constant.empty())
      warn_once(warnings, first_warning,
                constant_units_warning(scored.constant, what, rule.zero_variance));
    auto points = gather_points(space, comm, problem.validation, variances, scored.units);
    auto const n_units = static_cast<std::int64_t>(scored.units.size());
    auto const groups =
        group_by_mask(points.data(), n_units,
                      n_units == 0 ? 0 : static_cast<std::int64_t>(points.size()) / n_units);
    any_unheld = any_unheld || (groups.empty() && n_units > 0);
    if (scored.can_be_scored(rule.zero_variance) && !groups.empty())
      folds.push_back(score_observed(space, comm, problem, variances, scored.units, groups,
                                     std::move(points), rule_of_fold(rule, n_folds, fold)));
    else
      folds.push_back({std::vector<double>(rule.levels.size(), not_a_number<double>()), {}});
  }
  return choose_from_folds(comm, std::move(folds), rule, any_unheld, what, warnings);
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                               \
  template LevelChoice choose_level_observed(ExecSpace const&, dist::Communicator const&, int,     \
                                             MakeObservedFold<ExecSpace> const&, LevelRule const&, \
                                             std::string const&, std::vector<Warning>&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
