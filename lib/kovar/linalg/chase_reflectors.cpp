// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/chase_reflectors.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

namespace kovar::linalg {
namespace {

namespace host = backend::host;

constexpr int width = band_width;
constexpr int block_sweeps = n_block_sweeps;

/// Read the reflectors of the sweeps from first_sweep on at step k; the rest of the block is zeros.
template <class Scalar>
void make_block(char trans, int n, SweepReflectors<Scalar const> const& reflectors, int first_sweep,
                int k, StepReflectors<Scalar>& block)
{
  constexpr int block_rows = StepReflectors<Scalar>::n_rows;
  std::fill(block.v, block.v + block_rows * block_sweeps, Scalar(0));
  Scalar tau[block_sweeps] = {};
  int const n_block = std::min(block_sweeps, count_sweeps(n) - first_sweep);
  for (int c = 0; c < n_block; ++c) {
    int const row = first_sweep + c + 1 + k * width;
    int const length = std::min(width, n - row);
    if (length < 1) break;
    Scalar const* const from = reflectors.at(first_sweep + c, row);
    Scalar* const to = block.v + c * block_rows + c;
    tau[c] = *from;
    to[0] = 1;
    for (int i = 1; i < length; ++i) to[i] = from[i * reflectors.row_stride];
  }
  // T as in LAPACK's larft: T_cc = tau_c, T_0:c,c = -tau_c T V^T v_c.
  Scalar gram[block_sweeps * block_sweeps];
  host::gemm('T', 'N', block_sweeps, block_sweeps, block_rows, Scalar(1), block.v, block_rows,
             block.v, block_rows, Scalar(0), gram, block_sweeps);
  Scalar t[block_sweeps * block_sweeps] = {};
  for (int c = 0; c < block_sweeps; ++c) {
    for (int j = 0; j < c; ++j)
      for (int i = 0; i <= j; ++i)
        t[i + c * block_sweeps] -= tau[c] * t[i + j * block_sweeps] * gram[j + c * block_sweeps];
    t[c + c * block_sweeps] = tau[c];
  }
  host::gemm('N', trans, block_rows, block_sweeps, block_sweeps, Scalar(1), block.v, block_rows, t,
             block_sweeps, Scalar(0), block.vt, block_rows);
}

/// Rows of c := (I - V T V^T) rows of c.
template <class Scalar>
void apply_block(StepReflectors<Scalar> const& block, int n_rows, int m, Scalar* c, int ldc,
                 Scalar* work)
{
  constexpr int block_rows = StepReflectors<Scalar>::n_rows;
  host::gemm('T', 'N', block_sweeps, m, n_rows, Scalar(1), block.v, block_rows, c, ldc, Scalar(0),
             work, block_sweeps);
  host::gemm('N', 'N', n_rows, m, block_sweeps, Scalar(-1), block.vt, block_rows, work,
             block_sweeps, Scalar(1), c, ldc);
}

/// Most columns of c that one thread takes at a time.
constexpr int widest_strip = 64;

// The threads of a kernel call BLAS, each for products of its own. A BLAS with threads must not start
// them there: OpenBLAS works by one thread up to m n k = 4 * 65536 (its interface/gemm.c, with the
// GEMM_MULTITHREAD_THRESHOLD of 4 that it is built with unless told otherwise).
constexpr std::int64_t largest_one_threaded_product = 4 * 65536;
static_assert(std::int64_t{StepReflectors<double>::n_rows} * block_sweeps *
                      std::max(widest_strip, block_sweeps) <=
                  largest_one_threaded_product,
              "fewer sweeps in a block or narrower strips: products within a kernel stay on their "
              "thread");

/// Strips of even width, as many for every thread.
int count_strips(int m, int n_threads)
{
  int const n_each = (m + widest_strip * n_threads - 1) / (widest_strip * n_threads);
  return std::min(m, n_each * n_threads);
}

}  // namespace

template <class Scalar, class ExecSpace>
void apply_sweep_block(ExecSpace const& space, char trans, int n, int m,
                       SweepReflectors<Scalar const> const& reflectors, int block, Scalar* c,
                       int ldc, SweepBlockMemory<Scalar>& memory)
{
  if (m == 0) return;
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  int const first_sweep = block * block_sweeps;
  int const n_steps = count_steps(n, first_sweep);
  int const n_strips = count_strips(m, space.concurrency());
  StepReflectors<Scalar>* const steps = memory.steps.data();
  Scalar* const products = memory.products.data();
  Kokkos::parallel_for(
      "kovar::linalg::block_chase_reflectors", Policy(space, 0, n_steps).set_chunk_size(1),
      [=](int const k) { make_block(trans, n, reflectors, first_sweep, k, steps[k]); });
  Kokkos::parallel_for(
      "kovar::linalg::apply_chase_reflectors", Policy(space, 0, n_strips).set_chunk_size(1),
      [=](int const strip) {
        int const column = static_cast<int>(static_cast<std::int64_t>(m) * strip / n_strips);
        int const end = static_cast<int>(static_cast<std::int64_t>(m) * (strip + 1) / n_strips);
        Scalar* const product = products + static_cast<std::ptrdiff_t>(column) * block_sweeps;
        // In a block the steps of later rows stand first in the product Q2.
        for (int step = 0; step < n_steps; ++step) {
          int const k = trans == 'N' ? step : n_steps - 1 - step;
          int const row = first_sweep + 1 + k * width;
          apply_block(steps[k], std::min(StepReflectors<Scalar>::n_rows, n - row), end - column,
                      c + row + static_cast<std::ptrdiff_t>(column) * ldc, ldc, product);
        }
      });
}

template <class Scalar, class ExecSpace>
void apply_chase_reflectors(ExecSpace const& space, char trans, int n, int m, Scalar const* a,
                            int lda, Scalar* c, int ldc)
{
  int const n_blocks = count_sweep_blocks(n);
  if (n_blocks == 0 || m == 0) return;
  SweepBlockMemory<Scalar> memory(n, m);
  std::vector<std::ptrdiff_t> row_zero(static_cast<std::size_t>(count_sweeps(n)));
  std::iota(row_zero.begin(), row_zero.end(), 0);
  for (int index = 0; index < n_blocks; ++index)
    apply_sweep_block(space, trans, n, m, {a, row_zero.data(), lda},
                      trans == 'N' ? n_blocks - 1 - index : index, c, ldc, memory);
  space.fence();  // the memory goes away
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                 \
  template void apply_sweep_block(ExecSpace const&, char, int, int,                          \
                                  SweepReflectors<Scalar const> const&, int, Scalar*, int,   \
                                  SweepBlockMemory<Scalar>&);                                \
  template void apply_chase_reflectors(ExecSpace const&, char, int, int, Scalar const*, int, \
                                       Scalar*, int);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
