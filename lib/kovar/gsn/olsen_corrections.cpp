// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/core/spaces.hpp>
#include <kovar/gsn/condition_blocks.hpp>
#include <kovar/gsn/olsen_corrections.hpp>
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/general_solve.hpp>

#include <algorithm>
#include <numeric>

namespace kovar::gsn {
namespace {

constexpr std::int64_t columns_at_once = 64;
constexpr std::int64_t matrix_numbers_at_once = 1 << 23;  ///< of T

/// Some pairs of the task, with room for them.
template <class ExecSpace>
struct CorrectionBlock {
  Vector<std::int64_t, ExecSpace> column;  ///< of each pair in v and r
  Vector<double, ExecSpace> shift;
  Matrix<double, ExecSpace> v;
  Matrix<double, ExecSpace> r;
  Matrix<double, ExecSpace> solved;  ///< columns 2j: D^-1 r, 2j + 1: D^-1 v of pair j
  Matrix<double, ExecSpace> update;  ///< one column for each pair
};

/// Fill `solved`. \return v_j^T times its columns, over all ranks.
template <class ExecSpace>
Vector<double, ExecSpace> solve_diagonal_part(ExecSpace const& space,
                                              dist::Communicator const& comm,
                                              Vector<double, ExecSpace> const& d,
                                              CorrectionBlock<ExecSpace> const& block)
{
  std::int64_t const n_rows = block.v.extent(0);
  std::int64_t const n = block.shift.extent(0);
  Vector<double, ExecSpace> const dots(Kokkos::view_alloc(space, "kovar::gsn::solved_dots"), 2 * n);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  auto const column = block.column;
  auto const shift = block.shift;
  auto const v = block.v;
  auto const r = block.r;
  auto const solved = block.solved;
  Kokkos::parallel_for(
      "kovar::gsn::solve_diagonal_part", Policy(space, static_cast<int>(2 * n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const k = team.league_rank();
        std::int64_t const j = k / 2;
        auto const& from = k % 2 == 0 ? r : v;
        double dot = 0;
        Kokkos::parallel_reduce(
            Kokkos::TeamThreadRange(team, n_rows),
            [&](std::int64_t i, double& sum) {
              double const y = from(i, column(j)) / (d(i) - shift(j));
              solved(i, k) = y;
              sum += v(i, column(j)) * y;
            },
            dot);
        Kokkos::single(Kokkos::PerTeam(team), [&] { dots(k) = dot; });
      });
  sum_alike(space, comm, dots);
  return dots;
}

/// Runs of equal shifts.
struct ShiftRuns {
  std::vector<double> shifts;
  std::vector<std::int64_t> first;  ///< pair of each run, and the number of pairs
};

ShiftRuns runs_of(std::vector<double> const& shifts)
{
  ShiftRuns runs;
  for (std::size_t k = 0; k < shifts.size(); ++k) {
    if (k > 0 && shifts[k] == shifts[k - 1]) continue;
    runs.shifts.push_back(shifts[k]);
    runs.first.push_back(static_cast<std::int64_t>(k));
  }
  runs.first.push_back(static_cast<std::int64_t>(shifts.size()));
  return runs;
}

/// b := T(x_k)^-1 b for the columns of run k, two for each pair; zero where T is singular to the last bit. No
/// collective.
/// \param matrices  R^2 x any number: room for as many T at once
template <class ExecSpace>
void solve_runs(ExecSpace const& space, BinnedCapacitance<ExecSpace> const& capacitance,
                ShiftRuns const& runs, std::int64_t begin, std::int64_t end,
                Matrix<double, ExecSpace> const& matrices, Matrix<double, ExecSpace> const& b)
{
  std::int64_t const at_once = matrices.extent(1);
  auto const pair = [&](std::int64_t run) { return runs.first[static_cast<std::size_t>(run)]; };
  for (std::int64_t some = begin; some < end; some += at_once) {
    std::int64_t const last = std::min(some + at_once, end);
    std::vector<int> first;
    for (std::int64_t k = some; k <= last; ++k)
      first.push_back(static_cast<int>(2 * (pair(k) - pair(some))));
    auto const some_matrices = columns(matrices, 0, last - some);
    capacitance.evaluate({runs.shifts.begin() + some, runs.shifts.begin() + last}, some_matrices);
    auto const status =
        linalg::solve_each(space, some_matrices, columns(b, 2 * pair(some), 2 * pair(last)), first);
    for (std::int64_t k = some; k < last; ++k)
      if (!status[static_cast<std::size_t>(k - some)])
        Kokkos::deep_copy(space, columns(b, 2 * pair(k), 2 * pair(k + 1)), 0.0);
  }
}

/// The same for all runs, which ranks share. Collective.
template <class ExecSpace>
void solve_capacitances(ExecSpace const& space, dist::Communicator const& comm,
                        BinnedCapacitance<ExecSpace> const& capacitance,
                        std::vector<double> const& shifts,
                        Matrix<double, ExecSpace> const& matrices,
                        Matrix<double, ExecSpace> const& b)
{
  ShiftRuns const runs = runs_of(shifts);
  dist::Blocks const blocks{static_cast<std::int64_t>(runs.shifts.size()), comm.size()};
  std::int64_t const begin = blocks.begin(comm.rank());
  std::int64_t const end = begin + blocks.size(comm.rank());
  dist::agree(comm, [&] {
    solve_runs(space, capacitance, runs, begin, end, matrices, b);
    Kokkos::deep_copy(space, columns(b, 0, 2 * runs.first[static_cast<std::size_t>(begin)]), 0.0);
    Kokkos::deep_copy(space, columns(b, 2 * runs.first[static_cast<std::size_t>(end)], b.extent(1)),
                      0.0);
  });
  sum_alike(space, comm, b);
}

/// e of each pair, and q_j := root (e y_v - y_r), y = T^-1 b.
template <class ExecSpace>
Vector<double, ExecSpace> combine_sides(ExecSpace const& space,
                                        Vector<double, ExecSpace> const& root,
                                        Vector<double, ExecSpace> const& dots,
                                        Matrix<double, ExecSpace> const& b,
                                        Matrix<double, ExecSpace> const& y,
                                        Matrix<double, ExecSpace> const& q)
{
  std::int64_t const n_rows = b.extent(0);
  std::int64_t const n = q.extent(1);
  auto const factors = allocate<Vector<double, ExecSpace>>(space, "kovar::gsn::olsen_factors", n);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      "kovar::gsn::combine_sides", Policy(space, static_cast<int>(n), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        double part[2] = {0, 0};
        for (int side = 0; side < 2; ++side)
          Kokkos::parallel_reduce(
              Kokkos::TeamThreadRange(team, n_rows),
              [&](std::int64_t i, double& sum) { sum += b(i, 2 * j + 1) * y(i, 2 * j + side); },
              part[side]);
        double const above = dots(2 * j) - part[0];
        double const below = dots(2 * j + 1) - part[1];
        double const factor = below != 0 ? above / below : 0;
        Kokkos::single(Kokkos::PerTeam(team), [&] { factors(j) = factor; });
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows), [&](std::int64_t i) {
          q(i, j) = root(i) * (factor * y(i, 2 * j + 1) - y(i, 2 * j));
        });
      });
  return factors;
}

/// r_j := e D_j^-1 v_j - D_j^-1 r_j - D_j^-1 F q_j, F q being the update.
template <class ExecSpace>
void write_corrections(ExecSpace const& space, Vector<double, ExecSpace> const& d,
                       Vector<double, ExecSpace> const& factors,
                       CorrectionBlock<ExecSpace> const& block)
{
  std::int64_t const n_rows = block.v.extent(0);
  using Policy = Kokkos::TeamPolicy<ExecSpace>;
  using Team = typename Policy::member_type;
  auto const column = block.column;
  auto const shift = block.shift;
  auto const r = block.r;
  auto const solved = block.solved;
  auto const update = block.update;
  Kokkos::parallel_for(
      "kovar::gsn::write_corrections",
      Policy(space, static_cast<int>(block.shift.extent(0)), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows), [&](std::int64_t i) {
          r(i, column(j)) = factors(j) * solved(i, 2 * j + 1) - solved(i, 2 * j) -
                            update(i, j) / (d(i) - shift(j));
        });
      });
}

}  // namespace

std::vector<double> shared_shifts(std::vector<double> const& values,
                                  std::vector<double> const& norms, double small_norm,
                                  double highest)
{
  constexpr double largest_width = 0.1;
  constexpr double width_per_error = 5;
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t j, std::size_t k) { return values[j] < values[k]; });
  std::vector<double> shifts(values.size());
  for (std::size_t first = 0; first < order.size();) {
    double const begin = std::min(values[order[first]], highest);
    std::size_t last = first;
    for (; last < order.size(); ++last) {
      double const value = std::min(values[order[last]], highest);
      double const norm = norms[order[last]];
      double const width = std::min(-largest_width * value,
                                    std::max(width_per_error * norm, -small_norm / norm * value));
      if (last > first && value - begin > width) break;
    }
    double const shift = 0.5 * (begin + std::min(values[order[last - 1]], highest));
    for (; first < last; ++first) shifts[order[first]] = shift;
  }
  return shifts;
}

template <class ExecSpace>
void olsen_corrections(ExecSpace const& space, dist::Communicator const& comm,
                       FactoredResolvent<ExecSpace> const& resolvent,
                       BinnedCapacitance<ExecSpace> const& capacitance,
                       std::vector<double> const& shifts, Matrix<double, ExecSpace> const& v,
                       Matrix<double, ExecSpace> const& r)
{
  Region const region("kovar::gsn::olsen_corrections");
  FactoredMatrix<ExecSpace> const& a = resolvent.matrix();
  auto const n = static_cast<std::int64_t>(shifts.size());
  std::int64_t const n_rows = v.extent(0);
  Matrix<double, ExecSpace> solved;
  Matrix<double, ExecSpace> update;
  Matrix<double, ExecSpace> matrices;
  Matrix<double, ExecSpace> all_y;
  Matrix<double, ExecSpace> all_q;
  dist::agree(comm, [&] {
    std::int64_t const width = std::min(n, columns_at_once);
    std::int64_t const rank = a.factor.extent(1);
    std::int64_t const n_matrices =
        std::clamp<std::int64_t>(matrix_numbers_at_once / std::max<std::int64_t>(1, rank * rank), 1,
                                 std::max<std::int64_t>(1, width));
    matrices = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::capacitances", rank * rank,
                                                   n_matrices);
    all_y = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::capacitance_solutions", rank,
                                                2 * width);
    all_q =
        allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::olsen_coefficients", rank, width);
    solved = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::solved", n_rows, 2 * width);
    update = allocate<Matrix<double, ExecSpace>>(space, "kovar::gsn::update", n_rows, width);
  });
  std::vector<std::int64_t> order(shifts.size());
  std::iota(order.begin(), order.end(), 0);
  auto const shift_of = [&](std::int64_t k) { return shifts[static_cast<std::size_t>(k)]; };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int64_t j, std::int64_t k) { return shift_of(j) < shift_of(k); });
  for (std::int64_t first = 0; first < n; first += columns_at_once) {
    std::int64_t const width = std::min(n - first, columns_at_once);
    std::vector<std::int64_t> const mine(order.begin() + first, order.begin() + first + width);
    std::vector<double> some;
    for (std::int64_t const k : mine) some.push_back(shift_of(k));
    CorrectionBlock<ExecSpace> const block = {to_space(space, mine, "kovar::gsn::pair_columns"),
                                              to_space(space, some, "kovar::gsn::shifts"),
                                              v,
                                              r,
                                              columns(solved, 0, 2 * width),
                                              columns(update, 0, width)};
    auto const dots = solve_diagonal_part(space, comm, a.diagonal, block);
    auto const b = tall_product(space, comm, a.factor, block.solved);
    auto const y = columns(all_y, 0, 2 * width);
    auto const q = columns(all_q, 0, width);
    scale_tall_rows(space, resolvent.roots(), b, b);
    Kokkos::deep_copy(space, y, b);
    solve_capacitances(space, comm, capacitance, some, matrices, y);
    auto const factors = combine_sides(space, resolvent.roots(), dots, b, y, q);
    dist::agree(comm, [&] {
      if (n_rows == 0) return;
      linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, a.factor, q, 0.0, block.update);
      write_corrections(space, a.diagonal, factors, block);
    });
  }
}

#define KOVAR_INSTANTIATE(ExecSpace)                                                    \
  template void olsen_corrections(                                                      \
      ExecSpace const&, dist::Communicator const&, FactoredResolvent<ExecSpace> const&, \
      BinnedCapacitance<ExecSpace> const&, std::vector<double> const&,                  \
      Matrix<double, ExecSpace> const&, Matrix<double, ExecSpace> const&);
KOVAR_FOR_EACH_SPACE(KOVAR_INSTANTIATE)

}  // namespace kovar::gsn
