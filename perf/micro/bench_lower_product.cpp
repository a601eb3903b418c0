// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/dist/lower_product.hpp>

#include "measure.hpp"

namespace kovar::perf {
namespace {

using dist::Host;
using linalg::Op;

/// The lower triangle of an n x n matrix less the product of two panels of k columns, as a step of a factorization
/// over ranks takes it, here of one rank.
template <class Scalar>
void lower_product(benchmark::State& state, dist::LowerForm form)
{
  Host const host;
  auto const n = state.range(0);
  auto const k = state.range(1);
  dist::BlockCyclicMatrix<Scalar> const a(host, "kovar::perf::lower",
                                          dist::ProcessGrid(dist::Communicator()), n, n, {64, 64});
  Kokkos::deep_copy(host, a.local(), Scalar(0));
  auto const panel = allocate<Matrix<Scalar, Host>>(host, "kovar::perf::panel", n, k);
  Kokkos::deep_copy(host, panel, Scalar(1e-3));
  dist::LowerProduct<Scalar> const product(host, a, k, form);
  double const flops = static_cast<double>(n) * static_cast<double>(n) * static_cast<double>(k);
  measure(state, Space(), {Bound::compute, flops}, [&] {
    product.add(Scalar(-1), {Op::none, panel, Op::transpose, panel}, Scalar(1), {0, n}, {0, n});
    host.fence();
  });
}

template <class Scalar>
void lower_product_tiles(benchmark::State& state)
{
  lower_product<Scalar>(state, dist::LowerForm::tiles);
}
KOVAR_BENCHMARK(lower_product_tiles, ->ArgNames({"n", "k"})
                                         ->Args({1000, 128})
                                         ->Args({4000, 96})
                                         ->Args({4000, 256}));

template <class Scalar>
void lower_product_rectangles(benchmark::State& state)
{
  lower_product<Scalar>(state, dist::LowerForm::rectangles);
}
KOVAR_BENCHMARK(lower_product_rectangles, ->ArgNames({"n", "k"})
                                              ->Args({1000, 128})
                                              ->Args({4000, 96})
                                              ->Args({4000, 256}));

}  // namespace
}  // namespace kovar::perf
