// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/gsn/fold_scores.hpp>
#include <kovar/gsn/singular_levels.hpp>
#include <kovar/linalg/batched_cholesky.hpp>
#include <kovar/linalg/eigen.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

namespace kovar::gsn {
namespace {

/// Scores of a few levels by Cholesky factors, all at once: a R + (1-a) I above the points z.
template <class ExecSpace>
std::vector<double> score_stack(ExecSpace const& space, Matrix<double, ExecSpace> const& r,
                                Matrix<double, ExecSpace> const& z,
                                std::vector<double> const& levels,
                                StandardizedProblem<ExecSpace> const& p)
{
  std::int64_t const n = r.extent(0);
  std::int64_t const m = z.extent(1);
  auto const size = static_cast<std::int64_t>(levels.size());
  linalg::BorderedStack<double, ExecSpace> const stack(space, n, m, size);
  auto const values = stack.values();
  std::int64_t const first_border_row = stack.first_border_row();
  auto const level = to_space(space, levels, "kovar::gsn::levels");
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::fill_level_stack",
      Policy(space, lapack_int(n * size, "fill_level_stack"), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank() % n;
        std::int64_t const s = team.league_rank() / n;
        double const a = level(s);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, j, n),
                             [&](std::int64_t i) { values(i, j, s) = i == j ? 1.0 : a * r(i, j); });
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, m), [&](std::int64_t point) {
          values(first_border_row + point, j, s) = z(j, point);
        });
      });
  auto const factors = linalg::batched_cholesky(space, stack);
  auto const log_determinants = to_list(space, factors.log_determinant);
  auto const quadratic_sums = to_list(space, factors.quadratic_sum);
  std::vector<double> nll;
  for (std::size_t s = 0; s < levels.size(); ++s)
    nll.push_back(nll_of(log_determinants[s], quadratic_sums[s], p));
  return nll;
}

/// Levels that are factored at once: as many as the budget holds while a team takes a matrix; one
/// where each goes to the library anyway (section 14 of the specification: never all of them).
template <class ExecSpace>
std::int64_t levels_at_once(std::int64_t n, std::int64_t m, std::int64_t memory_budget)
{
  if (n > linalg::largest_team_cholesky<ExecSpace>()) return 1;
  double const budget = memory_budget > 0
                            ? static_cast<double>(memory_budget)
                            : 0.25 * static_cast<double>(available_bytes<ExecSpace>());
  double const fitting = budget / linalg::BorderedStack<double, ExecSpace>::bytes(n, m, 1);
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(fitting, 1e6)));
}

}  // namespace

template <class ExecSpace>
FoldScore score_cholesky(ExecSpace const& space, dist::Communicator const& comm,
                         StandardizedProblem<ExecSpace> const& p, LevelRule const& rule)
{
  Region const region("kovar::gsn::score_cholesky");
  Matrix<double, ExecSpace> r;
  dist::agree(comm, [&] { r = correlation_matrix(space, p); });
  dist::sum_to_all(space, comm, r);
  set_unit_diagonal(space, r);
  auto const z = dist::gather_columns(space, comm, p.validation);
  std::int64_t const n = p.n_units;

  // Rank 0 decides which levels are singular: all ranks must see the same list.
  std::vector<double> nll(rule.levels.size(), 0.0);
  dist::agree(comm, [&] {
    if (!comm.is_root()) return;
    nll = mark_singular(rule.levels, n, [&] {
      if (p.largest_rank < n) return SpectrumRange{};
      auto const work =
          allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::correlation_work", n, n);
      Kokkos::deep_copy(space, work, r);
      auto const values = linalg::eigenvalues(space, linalg::tridiagonalize(space, work));
      return SpectrumRange{values.front(), values.back()};
    });
  });
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  RegularLevels const regular = regular_levels(rule.levels, nll);
  auto const n_levels = static_cast<std::int64_t>(regular.level.size());
  dist::Blocks const blocks{n_levels, comm.size()};
  std::vector<double> scores(regular.level.size(), 0.0);

  dist::agree(comm, [&] {
    std::int64_t const begin = blocks.begin(comm.rank());
    std::int64_t const end = blocks.end(comm.rank());
    std::int64_t const chunk = levels_at_once<ExecSpace>(n, z.extent(1), rule.memory_budget);
    for (std::int64_t first = begin; first < end; first += chunk) {
      std::int64_t const last = std::min(first + chunk, end);
      std::vector<double> const levels(regular.level.begin() + first, regular.level.begin() + last);
      std::vector<double> const mine = score_stack(space, r, z, levels, p);
      std::copy(mine.begin(), mine.end(), scores.begin() + first);
      if (rule.progress)
        rule.progress(static_cast<double>(last - begin) / static_cast<double>(end - begin));
    }
  });
  comm.sum_to_all(scores.data(), n_levels);
  for (std::size_t s = 0; s < scores.size(); ++s) nll[regular.place[s]] = scores[s];
  comm.broadcast(nll.data(), static_cast<std::int64_t>(nll.size()));
  return {std::move(nll), {}};
}

#define KOVAR_INSTANTIATE(ExecSpace)                                             \
  template FoldScore score_cholesky(ExecSpace const&, dist::Communicator const&, \
                                    StandardizedProblem<ExecSpace> const&, LevelRule const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
