// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/product.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// c = a^T b of two thin matrices: projected points of the low-rank scoring.
template <class Scalar>
void gemm(benchmark::State& state)
{
  Space const space;
  auto const n_rows = state.range(0);
  auto const m = state.range(1);
  auto const n = state.range(2);
  auto const a = random_matrix<Scalar>(space, n_rows, m);
  auto const b = random_matrix<Scalar>(space, n_rows, n);
  auto const c = random_matrix<Scalar>(space, m, n);
  double const flops =
      2.0 * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(n_rows);
  measure(state, space, {Bound::compute, flops}, [&] {
    linalg::gemm(space, linalg::Op::transpose, linalg::Op::none, Scalar(1), a, b, Scalar(0), c);
  });
}
KOVAR_BENCHMARK(gemm, ->ArgNames({"k", "m", "n"})->Args({2000, 320, 80})->Args({1000, 1000, 1000}));

/// Lower triangle of a a^T, n x n of rank k: covariances.
template <class Scalar>
void syrk(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const k = state.range(1);
  auto const a = random_matrix<Scalar>(space, n, k);
  auto const c = random_matrix<Scalar>(space, n, n);
  double const flops = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(k);
  measure(state, space, {Bound::compute, flops},
          [&] { linalg::syrk(space, linalg::Op::none, Scalar(1), a, Scalar(0), c); });
}
KOVAR_BENCHMARK(
    syrk, ->ArgNames({"n", "k"})->Args({500, 400})->Args({2000, 400})->Args({2000, 2000}));

/// a^T a, k x k from n rows: Gram matrices.
template <class Scalar>
void syrk_transposed(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const k = state.range(1);
  auto const a = random_matrix<Scalar>(space, n, k);
  auto const c = random_matrix<Scalar>(space, k, k);
  double const flops = static_cast<double>(n) * static_cast<double>(k) * static_cast<double>(k);
  measure(state, space, {Bound::compute, flops},
          [&] { linalg::syrk(space, linalg::Op::transpose, Scalar(1), a, Scalar(0), c); });
}
KOVAR_BENCHMARK(syrk_transposed, ->ArgNames({"n", "k"})->Args({2000, 320}));

}  // namespace
}  // namespace kovar::perf
