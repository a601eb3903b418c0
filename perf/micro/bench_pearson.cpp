// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/pearson.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// Two passes over the lower triangles of two matrices.
template <class Scalar>
void symmetric_pearson(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const x = random_matrix<Scalar>(space, n, n);
  auto const y = definite_matrix<Scalar>(space, n);
  double const triangle = 0.5 * static_cast<double>(n) * static_cast<double>(n + 1);
  measure(state, space, {Bound::memory, 12 * 2 * triangle, 4 * triangle * sizeof(Scalar)},
          [&] { benchmark::DoNotOptimize(linalg::symmetric_pearson(space, x, y)); });
}
KOVAR_BENCHMARK(symmetric_pearson, ->ArgName("n")->Arg(500)->Arg(2000)->Arg(4000));

}  // namespace
}  // namespace kovar::perf
