// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/triangle.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// Reads one triangle and writes the other.
template <class Scalar>
void fill_upper_triangle(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const a = random_matrix<Scalar>(space, n, n);
  double const bytes = static_cast<double>(n) * static_cast<double>(n) * sizeof(Scalar);
  measure(state, space, {Bound::memory, 0, bytes}, [&] { linalg::fill_upper_triangle(space, a); });
}
KOVAR_BENCHMARK(fill_upper_triangle, ->ArgName("n")->Arg(500)->Arg(2000)->Arg(4000));

}  // namespace
}  // namespace kovar::perf
