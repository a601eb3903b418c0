// SPDX-License-Identifier: BSD-3-Clause
// What the search for the eigenpairs of a diagonal plus a factor does most: products of tall matrices, and linear
// equations of the order of the factor's columns, many at a time.
#include <kovar/gsn/tall_products.hpp>
#include <kovar/linalg/general_solve.hpp>

#include "measure.hpp"

#include <cmath>
#include <vector>

namespace kovar::perf {
namespace {

constexpr std::int64_t n_units = 20000;
constexpr std::int64_t n_searched = 64;  ///< columns that are worked on at once

/// F^T X and F Y.
void tall_gemm(benchmark::State& state)
{
  Space const space;
  dist::Communicator const alone;
  auto const r = state.range(0);
  auto const f = random_matrix<double>(space, n_units, r);
  auto const x = random_matrix<double>(space, n_units, n_searched);
  auto const to = allocate<Matrix<double, Space>>(space, "kovar::perf::to", n_units, n_searched);
  double const flops = 4.0 * static_cast<double>(n_units * r * n_searched);
  measure(state, space, {Bound::compute, flops}, [&] {
    auto const y = gsn::tall_product(space, alone, f, x);
    linalg::gemm(space, linalg::Op::none, linalg::Op::none, 1.0, f, y, 0.0, to);
  });
}
BENCHMARK(tall_gemm)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->ArgName("columns")
    ->Arg(600)
    ->Arg(1000);

/// As many systems as the search makes at once, of the same matrix, with two right sides each.
void general_systems(benchmark::State& state)
{
  Space const space;
  constexpr int count = 8;
  auto const n = state.range(0);
  auto const a = definite_matrix<double>(space, n);
  auto const sides = random_matrix<double>(space, n, 2 * count);
  auto const matrices =
      allocate<Matrix<double, Space>>(space, "kovar::perf::matrices", n * n, count);
  auto const x = allocate<Matrix<double, Space>>(space, "kovar::perf::x", n, 2 * count);
  std::vector<int> first;
  for (int k = 0; k <= count; ++k) first.push_back(2 * k);
  bool solved = true;
  measure(
      state, space, {Bound::compute, count * 2 * std::pow(static_cast<double>(n), 3) / 3},
      [&] {
        Kokkos::deep_copy(space, x, sides);
        Matrix<double, Space> const flat(a.data(), n * n, 1);
        for (int k = 0; k < count; ++k)
          Kokkos::deep_copy(space, Kokkos::subview(matrices, Kokkos::ALL, k),
                            Kokkos::subview(flat, Kokkos::ALL, 0));
      },
      [&] {
        for (auto const& status : linalg::solve_each(space, matrices, x, first))
          solved = static_cast<bool>(status) && solved;
      });
  if (!solved) state.SkipWithError("a matrix is singular");
}
BENCHMARK(general_systems)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->ArgName("n")
    ->Arg(600)
    ->Arg(1000);

}  // namespace
}  // namespace kovar::perf
