// SPDX-License-Identifier: BSD-3-Clause
// One pair of 500 matrices each, and all pairs by cuSOLVER beside it. Built with CUDA only.
#include <kovar/linalg/backend/cuda.hpp>
#include <kovar/linalg/batched_spectrum.hpp>
#include <kovar/linalg/kth_eigenpair.hpp>

#include "measure.hpp"
#include "random_rows.hpp"

namespace kovar::perf {
namespace {

constexpr std::int64_t n_matrices = 500;

template <class Scalar>
linalg::Cube<Scalar, Space> random_squares(Space const& space, std::int64_t d)
{
  auto const rows = normal_rows<Scalar>(space, n_matrices, d * d, 1);
  auto const squares =
      allocate<linalg::Cube<Scalar, Space>>(space, "kovar::perf::squares", n_matrices, d, d);
  Kokkos::deep_copy(
      space,
      linalg::Rows<Scalar, Space>(squares.data(), n_matrices, static_cast<std::size_t>(d * d)),
      rows);
  return squares;
}

/// What one pair takes at least: 4/3 d^3 + 2 d^2 flops.
Work work_of(std::int64_t d)
{
  auto const order = static_cast<double>(d);
  return {Bound::compute, n_matrices * order * order * (4.0 / 3 * order + 2)};
}

/// The middle eigenvalue and its vector.
template <class Scalar>
void kth_eigenpair_of_500(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const squares = random_squares<Scalar>(space, d);
  linalg::SymmetricBatch<Scalar, Space> const batch{ConstCube<Scalar, Space>(squares)};
  Vector<Scalar, Space> const values("kovar::perf::values", n_matrices);
  linalg::Rows<Scalar, Space> const vectors("kovar::perf::vectors", n_matrices, d);
  measure(state, space, work_of(d),
          [&] { linalg::kth_eigenpair(space, batch, d / 2, values, vectors); });
}
KOVAR_BENCHMARK(
    kth_eigenpair_of_500, ->ArgName("d")->Arg(16)->Arg(32)->Arg(64)->Arg(100)->Arg(128));

/// All pairs by cuSOLVER, to get that one; rates are those of the work for one.
template <class Scalar>
void cusolver_syev_of_500(benchmark::State& state)
{
  Space const space;
  auto const d = state.range(0);
  auto const squares = random_squares<Scalar>(space, d);
  auto const vectors =
      allocate<linalg::Cube<Scalar, Space>>(space, "kovar::perf::vectors", n_matrices, d, d);
  Vector<Scalar, Space> const values("kovar::perf::values", n_matrices * d);
  measure(
      state, space, work_of(d), [&] { Kokkos::deep_copy(space, vectors, squares); },
      [&] {
        linalg::backend::cuda::syev_batched(space, linalg::backend::cuda::EigenJob::vectors,
                                            static_cast<int>(d), static_cast<int>(n_matrices),
                                            vectors.data(), values.data());
      });
}
KOVAR_BENCHMARK(
    cusolver_syev_of_500, ->ArgName("d")->Arg(16)->Arg(32)->Arg(64)->Arg(100)->Arg(128));

}  // namespace
}  // namespace kovar::perf
