// SPDX-License-Identifier: BSD-3-Clause
// The roofs of this machine, measured in the same run as the kernels that are compared with them.

#include <kovar/linalg/product.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// Rate of a large matrix product: the roof of compute-bound kernels in this precision.
template <class Scalar>
void roof_gemm(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const a = random_matrix<Scalar>(space, n, n);
  auto const b = random_matrix<Scalar>(space, n, n);
  auto const c = random_matrix<Scalar>(space, n, n);
  measure(state, space, {Bound::compute, 2 * std::pow(static_cast<double>(n), 3)}, [&] {
    linalg::gemm(space, linalg::Op::none, linalg::Op::none, Scalar(1), a, b, Scalar(0), c);
  });
}
KOVAR_BENCHMARK(roof_gemm, ->ArgName("n")->Arg(2000));

/// Rate of copying 256 MB, read and written: the roof of memory-bound kernels.
void roof_copy(benchmark::State& state)
{
  Space const space;
  std::int64_t const n = 256'000'000 / sizeof(double);
  using View = Vector<double, Space>;
  View const from(Kokkos::view_alloc(space, "kovar::perf::from"), n);
  View const to(Kokkos::view_alloc(space, "kovar::perf::to"), n);
  measure(state, space, {Bound::memory, 0, 2.0 * 256e6},
          [&] { Kokkos::deep_copy(space, to, from); });
}
BENCHMARK(roof_copy)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace kovar::perf
