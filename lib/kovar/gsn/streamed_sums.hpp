// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_GSN_STREAMED_SUMS_HPP
#define KOVAR_GSN_STREAMED_SUMS_HPP

#include <kovar/core/host_list.hpp>
#include <kovar/core/permutation.hpp>
#include <kovar/core/views.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/condition_split.hpp>
#include <kovar/gsn/contrasts.hpp>
#include <kovar/gsn/level_folds.hpp>
#include <kovar/gsn/streamed_blocks.hpp>
#include <kovar/gsn/trial_numbers.hpp>
#include <kovar/gsn/valid_trials.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

/// \file
/// What the estimate keeps of conditions that it has seen: sums over those that are trained on or held out
/// together.

namespace kovar::gsn {

/// Groups of conditions that every fold either trains on or holds out as a whole. One fold: the held-out
/// conditions, then the training ones. More: those that each fold holds out.
struct ConditionGroups {
  int n_folds = 1;
  std::vector<HeldOut> places;    ///< of each group in the order of the split
  std::vector<int> of_condition;  ///< C: the group of each
  std::vector<std::int64_t> order;

  ConditionGroups(std::int64_t n_conditions, int folds)
      : n_folds(folds),
        of_condition(static_cast<std::size_t>(n_conditions), 0),
        order(permutation(n_conditions))
  {
    for (int fold = 0; fold < folds; ++fold)
      places.push_back(held_out_places(n_conditions, folds, fold));
    if (folds == 1) places.push_back({places.front().end, n_conditions});
    for (std::size_t g = 0; g < places.size(); ++g)
      for (std::int64_t place = places[g].begin; place < places[g].end; ++place)
        of_condition[static_cast<std::size_t>(order[static_cast<std::size_t>(place)])] =
            static_cast<int>(g);
  }

  int n() const { return static_cast<int>(places.size()); }
  /// Does a fold hold this group out? It is then the fold of the same number.
  bool is_held_out(int group) const { return group < n_folds; }
};

/// Sums over the conditions of one group. Those of the means are taken around the mean on this rank, which moves
/// as conditions come in: all terms are positive, and nothing cancels however large the mean is.
template <class Sum, class ExecSpace>
struct GroupSums {
  Sum noise;   ///< of contrasts, each condition weighing the same
  Sum points;  ///< of contrasts as they are; shares its numbers where weights are equal
  Sum data;    ///< of condition means less `mean`
  Vector<double, ExecSpace> mean;  ///< of the condition means of this rank
  double n = 0;                    ///< conditions of this rank
};

/// Sums of all groups.
template <class Sum, class ExecSpace>
struct StreamedSums {
  std::vector<GroupSums<Sum, ExecSpace>> groups;
  Vector<double, ExecSpace> largest;  ///< N: magnitude of each unit's largest response
  bool is_uniform = true;             ///< do contrasts of all conditions weigh the same?
};

/// Of no condition yet. Collective.
/// \param make  makes a sum of zeros
template <class Sum, class ExecSpace, class Make>
StreamedSums<Sum, ExecSpace> no_sums(ExecSpace const& space, dist::Communicator const& comm,
                                     ConditionGroups const& groups, std::int64_t n_units,
                                     bool is_uniform, Make const& make)
{
  StreamedSums<Sum, ExecSpace> sums;
  sums.is_uniform = is_uniform;
  dist::agree(comm, [&] {
    sums.largest = Vector<double, ExecSpace>(
        Kokkos::view_alloc(space, "kovar::gsn::largest_response"), n_units);
    sums.groups.resize(static_cast<std::size_t>(groups.n()));
    for (auto& group : sums.groups)
      group.mean =
          Vector<double, ExecSpace>(Kokkos::view_alloc(space, "kovar::gsn::group_mean"), n_units);
  });
  for (int g = 0; g < groups.n(); ++g) {
    auto& group = sums.groups[static_cast<std::size_t>(g)];
    group.noise = make();
    group.points = is_uniform || !groups.is_held_out(g) ? group.noise : make();
    group.data = make();
  }
  return sums;
}

/// Columns [first, last) of x less their mean, and one column more that moves the mean: with it the sum of
/// products around the mean of n conditions becomes that around the mean of all.
/// \param n     conditions in the mean so far
/// \param mean  theirs; on return of all
/// Source: Chan, Golub, LeVeque, Algorithms for computing the sample variance (The American Statistician 37, 1983).
template <class ExecSpace>
Matrix<double, ExecSpace> columns_around_moved_mean(ExecSpace const& space,
                                                    Matrix<double, ExecSpace> const& x,
                                                    std::int64_t first, std::int64_t last, double n,
                                                    Vector<double, ExecSpace> const& mean)
{
  std::int64_t const n_rows = x.extent(0);
  std::int64_t const n_columns = last - first;
  auto const count = static_cast<double>(n_columns);
  auto const of_block = mean_of_columns(space, x, first, last);
  auto const columns = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::centered_block",
                                                           n_rows, n_columns + 1);
  double const share = count / (n + count);
  double const weight = std::sqrt(n * share);
  using Policy = Kokkos::MDRangePolicy<ExecSpace, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::gsn::centered_block", Policy(space, {0, 0}, {n_rows, n_columns + 1}),
      KOKKOS_LAMBDA(std::int64_t i, std::int64_t c) {
        columns(i, c) =
            c < n_columns ? x(i, first + c) - of_block(i) : weight * (of_block(i) - mean(i));
      });
  // A kernel of its own: the last column has read the old mean.
  Kokkos::parallel_for(
      "kovar::gsn::move_mean",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows),
      KOKKOS_LAMBDA(std::int64_t i) {
        mean(i) = n > 0 ? mean(i) + share * (of_block(i) - mean(i)) : of_block(i);
      });
  return columns;
}

/// 1 / sqrt(T_c - 1) for each contrast of some conditions: all of them then weigh the same.
inline std::vector<double> contrast_factors(std::vector<std::int64_t> const& first_column,
                                            std::int64_t begin, std::int64_t end)
{
  std::vector<double> factors;
  for (std::int64_t p = begin; p < end; ++p) {
    std::int64_t const n =
        first_column[static_cast<std::size_t>(p) + 1] - first_column[static_cast<std::size_t>(p)];
    factors.insert(factors.end(), static_cast<std::size_t>(n),
                   1 / std::sqrt(static_cast<double>(n)));
  }
  return factors;
}

/// kept(i) = max(kept(i), x(i)).
template <class ExecSpace>
void keep_larger(ExecSpace const& space, Vector<double, ExecSpace> const& x,
                 Vector<double, ExecSpace> const& kept)
{
  Kokkos::parallel_for(
      "kovar::gsn::largest_so_far",
      Kokkos::RangePolicy<ExecSpace, Kokkos::IndexType<std::int64_t>>(space, 0, kept.extent(0)),
      KOKKOS_LAMBDA(std::int64_t i) {
        if (x(i) > kept(i)) kept(i) = x(i);
      });
}

/// What a block adds to the sums of a group.
template <class ExecSpace>
struct GroupColumns {
  Matrix<double, ExecSpace> noise;   ///< contrasts as they weigh
  Matrix<double, ExecSpace> points;  ///< contrasts as they are, where these are summed apart
  Matrix<double, ExecSpace>
      data;  ///< means less that of the group, \see columns_around_moved_mean()
};

/// Columns of all groups of a block, on this rank alone. Moves the means of the groups, and the largest responses.
template <class Scalar, class Sum, class ExecSpace>
std::vector<GroupColumns<ExecSpace>> columns_of_groups(
    ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
    ConditionBlock const& block, ValidTrials const& valid, std::int64_t fewest,
    ConditionGroups const& groups, StreamedSums<Sum, ExecSpace>& sums)
{
  auto const group_of = [&](std::int64_t local) {
    return groups.of_condition[static_cast<std::size_t>(block.first + local)];
  };
  std::vector<std::int64_t> order(static_cast<std::size_t>(block.count));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t a, std::int64_t b) { return group_of(a) < group_of(b); });
  LocalOrder const local(order, 0, block.count);
  TrialPlan const plan = plan_of_valid_trials(valid, local, fewest);
  auto const statistics = trial_statistics<Scalar, ExecSpace>(space, responses, plan);
  std::vector<std::int64_t> const first_column = columns_by_position(plan, local);
  keep_larger(space, statistics.largest, sums.largest);
  std::vector<GroupColumns<ExecSpace>> parts;
  std::int64_t end = 0;
  for (int g = 0; g < groups.n(); ++g) {
    std::int64_t const begin = end;
    while (end < block.count && group_of(order[static_cast<std::size_t>(end)]) == g) ++end;
    auto& group = sums.groups[static_cast<std::size_t>(g)];
    GroupColumns<ExecSpace> part;
    part.points = columns(statistics.contrasts, first_column[static_cast<std::size_t>(begin)],
                          first_column[static_cast<std::size_t>(end)]);
    part.noise = sums.is_uniform ? part.points
                                 : scaled_columns(space, part.points,
                                                  contrast_factors(first_column, begin, end));
    part.data = columns(statistics.means, 0, 0);
    if (end > begin) {
      part.data =
          columns_around_moved_mean(space, statistics.means, begin, end, group.n, group.mean);
      group.n += static_cast<double>(end - begin);
    }
    parts.push_back(part);
  }
  return parts;
}

/// Add a block of conditions. Collective; a rank may have none.
/// \param responses  N x count x T
/// \param valid      the trials of each of them that no unit lost
/// \param fewest     Tmin of all conditions of all ranks
/// \throws BackendError, on all ranks, if one has no memory for what is made of its block
/// Cost: N^2 flops for each contrast and each mean.
template <class Scalar, class Sum, class ExecSpace>
void add_block(ExecSpace const& space, ConstCube<Scalar, ExecSpace> const& responses,
               ConditionBlock const& block, ValidTrials const& valid, std::int64_t fewest,
               ConditionGroups const& groups, StreamedSums<Sum, ExecSpace>& sums)
{
  std::vector<GroupColumns<ExecSpace>> parts;
  // All that a rank takes memory for, before ranks meet in the sums.
  dist::agree(sums.groups.front().noise.comm(), [&] {
    parts = columns_of_groups<Scalar>(space, responses, block, valid, fewest, groups, sums);
  });
  for (int g = 0; g < groups.n(); ++g) {
    auto const& part = parts[static_cast<std::size_t>(g)];
    auto const& group = sums.groups[static_cast<std::size_t>(g)];
    if (!sums.is_uniform && groups.is_held_out(g)) group.points.add(space, part.points);
    group.noise.add(space, part.noise);
    group.data.add(space, part.data);
  }
}

}  // namespace kovar::gsn

#endif
