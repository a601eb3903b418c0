// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/cholesky.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

template <class Scalar>
void cholesky(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const a = definite_matrix<Scalar>(space, n);
  auto const work = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::work", n, n);
  bool definite = true;
  measure(
      state, space, {Bound::compute, std::pow(static_cast<double>(n), 3) / 3},
      [&] { Kokkos::deep_copy(space, work, a); },
      [&] { definite = static_cast<bool>(linalg::cholesky(space, work)) && definite; });
  if (!definite) state.SkipWithError("the matrix is not positive definite");
}
KOVAR_BENCHMARK(cholesky, ->ArgName("n")->Arg(128)->Arg(512)->Arg(2000));

}  // namespace
}  // namespace kovar::perf
