// SPDX-License-Identifier: BSD-3-Clause
// Where a team per matrix is faster than one matrix after the other through LAPACK or cuSOLVER:
// linalg::largest_team_cholesky() follows from these numbers.

#include <kovar/linalg/batched_cholesky.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

constexpr std::int64_t n_points = 16;

/// Matrices of a stack: about 64 MB of doubles, neither fewer than the levels of a small machine
/// nor more than a GPU can hold in flight.
std::int64_t stack_size(std::int64_t n)
{
  std::int64_t const fitting = 8'000'000 / (n * n);
  return fitting < 8 ? 8 : fitting > 4096 ? 4096 : fitting;
}

/// Diagonally dominant matrices above borders of ones.
template <class Scalar>
void fill(Space const& space, linalg::BorderedStack<Scalar, Space> const& stack)
{
  auto const values = stack.values();
  auto const n = stack.n();
  auto const first_border_row = stack.first_border_row();
  using Policy = Kokkos::MDRangePolicy<Space, Kokkos::Rank<2>, Kokkos::IndexType<std::int64_t>>;
  Kokkos::parallel_for(
      "kovar::perf::fill_stack", Policy(space, {0, 0}, {n, stack.size()}),
      KOKKOS_LAMBDA(std::int64_t j, std::int64_t b) {
        for (std::int64_t i = j; i < n; ++i)
          values(i, j, b) = i == j ? Scalar(n) : Scalar(1) / static_cast<Scalar>(1 + i - j);
        for (std::int64_t p = 0; p < n_points; ++p) values(first_border_row + p, j, b) = 1;
      });
}

/// Time one way to factor a stack.
template <class Scalar, class Factor>
void measure_factor(benchmark::State& state, Factor const& factor)
{
  Space const space;
  auto const n = state.range(0);
  linalg::BorderedStack<Scalar, Space> const stack(space, n, n_points, stack_size(n));
  fill(space, stack);
  auto const input = allocate<typename linalg::BorderedStack<Scalar, Space>::View>(
      space, "kovar::perf::input", stack.values().extent(0), stack.values().extent(1),
      stack.size());
  Kokkos::deep_copy(space, input, stack.values());
  auto const order = static_cast<double>(n);
  double const flops = static_cast<double>(stack.size()) * order * order * (order / 3 + n_points);
  measure(
      state, space, {Bound::compute, flops},
      [&] { Kokkos::deep_copy(space, stack.values(), input); }, [&] { factor(space, stack); });
  state.counters["matrices"] = static_cast<double>(stack.size());
}

/// What callers get: the faster way by order, with log determinants and quadratic forms.
template <class Scalar>
void batched_cholesky(benchmark::State& state)
{
  measure_factor<Scalar>(
      state, [](auto const& space, auto const& stack) { linalg::batched_cholesky(space, stack); });
}

template <class Scalar>
void batched_cholesky_team(benchmark::State& state)
{
  measure_factor<Scalar>(state, [](auto const& space, auto const& stack) {
    auto const bad = allocate<Vector<int, Space>>(space, "kovar::perf::bad_minor", stack.size());
    linalg::detail::team_cholesky(space, stack, bad);
  });
}

template <class Scalar>
void batched_cholesky_library(benchmark::State& state)
{
  measure_factor<Scalar>(state, [](auto const& space, auto const& stack) {
    auto const bad = allocate<Vector<int, Space>>(space, "kovar::perf::bad_minor", stack.size());
    linalg::detail::library_cholesky(space, stack, bad);
  });
}

void orders(benchmark::internal::Benchmark* benchmark)
{
  benchmark->ArgName("n");
  for (std::int64_t const n : {8, 16, 32, 64, 128, 256, 512, 1024, 1536, 2048, 3072})
    benchmark->Arg(n);
}
KOVAR_BENCHMARK(batched_cholesky, ->Apply(orders));
KOVAR_BENCHMARK(batched_cholesky_team, ->Apply(orders));
KOVAR_BENCHMARK(batched_cholesky_library, ->Apply(orders));

}  // namespace
}  // namespace kovar::perf
