// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_MICRO_MEASURE_HPP
#define KOVAR_PERF_MICRO_MEASURE_HPP

#include <kovar/core/random.hpp>
#include <kovar/core/views.hpp>

#include <benchmark/benchmark.h>
#include <Kokkos_Core.hpp>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <string>

/// \file
/// What all micro benchmarks share: inputs, the clock and the counters.

namespace kovar::perf {

/// Everything is measured where Kokkos works by default.
using Space = Kokkos::DefaultExecutionSpace;

/// What bounds a kernel on a machine: its roof is the rate of gemm or the rate of a copy.
enum class Bound { compute, memory };

/// Work of one call, by the least that the task needs: not what an implementation may do beyond it.
struct Work {
  Bound bound;
  double flops = 0;
  double bytes = 0;  ///< read and written
};

/// Time `call` until the instance has done all of it. `prepare` restores the input, off the clock.
template <class Prepare, class Call>
void measure(benchmark::State& state, Space const& space, Work const& work, Prepare const& prepare,
             Call const& call)
{
  using Clock = std::chrono::steady_clock;
  prepare();
  call();  // first touch of memory, libraries and threads
  double total_seconds = 0;
  for ([[maybe_unused]] auto _ : state) {
    prepare();
    space.fence();  // the clock starts when the input is there
    auto const start = Clock::now();
    call();
    space.fence();  // the clock stops when the work is done
    double const seconds = std::chrono::duration<double>(Clock::now() - start).count();
    state.SetIterationTime(seconds);
    total_seconds += seconds;
  }
  double const calls_per_ns = 1e-9 * static_cast<double>(state.iterations()) / total_seconds;
  if (work.flops > 0) state.counters["GFLOP/s"] = work.flops * calls_per_ns;
  if (work.bytes > 0) state.counters["GB/s"] = work.bytes * calls_per_ns;
  state.SetLabel(work.bound == Bound::compute ? "compute" : "memory");
}

/// The same for work that leaves its input as it is.
template <class Call>
void measure(benchmark::State& state, Space const& space, Work const& work, Call const& call)
{
  measure(
      state, space, work, [] {}, call);
}

/// Standard normal numbers.
template <class Scalar>
Matrix<Scalar, Space> random_matrix(Space const& space, std::int64_t n_rows, std::int64_t n_cols)
{
  auto const a = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::random", n_rows, n_cols);
  Kokkos::parallel_for(
      "kovar::perf::random_matrix",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n_rows * n_cols),
      KOKKOS_LAMBDA(std::int64_t k) {
        a(k % n_rows, k / n_rows) =
            static_cast<Scalar>(normal_pair(1, 0, static_cast<std::uint64_t>(k)).first);
      });
  return a;
}

/// A symmetric matrix whose eigenvalues spread over (0, 2): 1 on the diagonal, small beside it.
template <class Scalar>
Matrix<Scalar, Space> definite_matrix(Space const& space, std::int64_t n)
{
  auto const a = random_matrix<Scalar>(space, n, n);
  double const scale = 0.25 / std::sqrt(static_cast<double>(n));
  Kokkos::parallel_for(
      "kovar::perf::definite_matrix",
      Kokkos::RangePolicy<Space, Kokkos::IndexType<std::int64_t>>(space, 0, n),
      KOKKOS_LAMBDA(std::int64_t j) {
        a(j, j) = 1;
        for (std::int64_t i = j + 1; i < n; ++i) {
          a(i, j) *= static_cast<Scalar>(scale);
          a(j, i) = a(i, j);
        }
      });
  return a;
}

}  // namespace kovar::perf

/// Register a benchmark template for double and float; more settings may follow.
#define KOVAR_BENCHMARK(function, ...)             \
  BENCHMARK_TEMPLATE(function, double)             \
      ->UseManualTime()                            \
      ->Unit(benchmark::kMillisecond) __VA_ARGS__; \
  BENCHMARK_TEMPLATE(function, float)->UseManualTime()->Unit(benchmark::kMillisecond) __VA_ARGS__

#endif
