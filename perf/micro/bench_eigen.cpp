// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/eigen.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

/// All eigenvalues and the eigenvectors of a share (in percent) of the spectrum.
/// Counted are the tridiagonal form, 4/3 n^3, and the transformation back, 2 n^2 m. Half of the
/// first is matrix-vector products, which are bound by memory: the share of gemm's rate stays
/// small.
template <class Scalar>
void eigenpairs(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const n_vectors = n * state.range(1) / 100;
  auto const a = definite_matrix<Scalar>(space, n);
  auto const work = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::work", n, n);
  auto const order = static_cast<double>(n);
  measure(
      state, space,
      {Bound::compute, order * order * (4.0 / 3 * order + 2 * static_cast<double>(n_vectors))},
      [&] { Kokkos::deep_copy(space, work, a); },
      [&] {
        linalg::eigenpairs<Scalar, Space>(space, work, [&](auto const&) {
          return linalg::EigenRange{0, n_vectors};
        });
      });
}
KOVAR_BENCHMARK(eigenpairs, ->ArgNames({"n", "percent"})
                                ->Args({500, 10})
                                ->Args({500, 100})
                                ->Args({2000, 0})
                                ->Args({2000, 10})
                                ->Args({2000, 30})
                                ->Args({2000, 100}));

/// The tridiagonal form alone, 4/3 n^3, in one stage or in two; where the second wins is what
/// linalg::TridiagonalForm::automatic goes by.
template <class Scalar>
void tridiagonalize(benchmark::State& state)
{
  Space const space;
  auto const n = state.range(0);
  auto const form =
      state.range(1) == 1 ? linalg::TridiagonalForm::one_stage : linalg::TridiagonalForm::two_stage;
  auto const a = definite_matrix<Scalar>(space, n);
  auto const work = allocate<Matrix<Scalar, Space>>(space, "kovar::perf::work", n, n);
  auto const order = static_cast<double>(n);
  measure(
      state, space, {Bound::compute, 4.0 / 3 * order * order * order},
      [&] { Kokkos::deep_copy(space, work, a); },
      [&] { linalg::tridiagonalize<Scalar, Space>(space, work, form); });
}
KOVAR_BENCHMARK(tridiagonalize, ->ArgNames({"n", "stages"})
                                    ->Args({1000, 1})
                                    ->Args({1000, 2})
                                    ->Args({2000, 1})
                                    ->Args({2000, 2})
                                    ->Args({3000, 1})
                                    ->Args({3000, 2})
                                    ->Args({4000, 1})
                                    ->Args({4000, 2}));

}  // namespace
}  // namespace kovar::perf
