// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/bulge_chasing.hpp>
#include <kovar/linalg/bulge_kernels.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace kovar::linalg {
namespace {

namespace host = backend::host;

constexpr int width = band_width;

/// Sweeps, and steps of a sweep.
int count_sweeps(int n) { return std::max(0, n - 2); }
int count_steps(int n, int sweep) { return (n - 2 - sweep) / width + 1; }

/// The band by columns, with room for bulges. Columns past the end are zeros.
template <class Scalar>
struct BandMatrix {
  static constexpr std::ptrdiff_t n_rows = 2 * width;
  std::vector<Scalar> values;

  explicit BandMatrix(int n) : values(static_cast<std::size_t>(n_rows * (n + width)), Scalar(0)) {}
  /// Entry (i, j), i >= j; (i + 1, j) follows it, and (i, j + 1) stands `stride` further on.
  static constexpr std::ptrdiff_t stride = n_rows - 1;
  Scalar* at(int i, int j) { return values.data() + i + j * stride; }
};

template <class Scalar>
BandMatrix<Scalar> copy_band(int n, Scalar const* a, int lda)
{
  BandMatrix<Scalar> band(n);
  for (int j = 0; j < n; ++j) {
    Scalar const* const column = a + static_cast<std::ptrdiff_t>(j) * lda;
    std::copy(column + j, column + std::min(n, j + width + 1), band.at(j, j));
  }
  return band;
}

/// What a step needs.
template <class Scalar>
struct Chase {
  int n;
  Scalar* a;
  int lda;
  BandMatrix<Scalar>* band;
  bulge::Reflector<Scalar, width>* latest;  ///< of every sweep
};

/// Step k of sweep s.
template <class Scalar>
void run_step(Chase<Scalar> const& chase, int s, int k)
{
  using Band = BandMatrix<Scalar>;
  int const row = s + 1 + k * width;
  bulge::Reflector<Scalar, width>& h = chase.latest[s];
  if (k == 0) {
    Scalar* const column = chase.band->at(row, s);
    Scalar const beta = bulge::make_reflector<width>(column, h);
    std::fill(column, column + width, Scalar(0));
    column[0] = beta;
  } else {
    bulge::Reflector<Scalar, width> const before = h;
    bulge::move_bulge<width>(before, chase.band->at(row, row - width), Band::stride, h);
  }
  bulge::apply_from_both_sides<width>(h, chase.band->at(row, row), Band::stride);
  Scalar* to = chase.a + s + static_cast<std::ptrdiff_t>(row) * chase.lda;
  int const length = std::min(width, chase.n - row);
  *to = h.tau;
  for (int i = 1; i < length; ++i) to[static_cast<std::ptrdiff_t>(i) * chase.lda] = h.v[i];
}

/// Sweeps that pass over one stretch of the band while it is in cache, and steps in a stretch. The
/// sweep after another one stays two steps behind it.
constexpr int n_grouped_sweeps = 4;
constexpr int n_grouped_steps = 2 * n_grouped_sweeps;

template <class Scalar>
void run_stretch(Chase<Scalar> const& chase, int group, int stretch)
{
  int const first_sweep = group * n_grouped_sweeps;
  int const last_sweep = std::min(first_sweep + n_grouped_sweeps, count_sweeps(chase.n));
  for (int s = first_sweep; s < last_sweep; ++s) {
    int const first = stretch * n_grouped_steps - 2 * (s - first_sweep);
    int const last = std::min(first + n_grouped_steps, count_steps(chase.n, s));
    for (int k = std::max(0, first); k < last; ++k) run_step(chase, s, k);
  }
}

int count_stretches(int n, int group)
{
  int const n_steps = count_steps(n, group * n_grouped_sweeps) + 2 * (n_grouped_sweeps - 1);
  return (n_steps + n_grouped_steps - 1) / n_grouped_steps;
}

}  // namespace

template <class Scalar, class ExecSpace>
void chase_bulges(ExecSpace const& space, int n, Scalar* a, int lda, Scalar* d, Scalar* e)
{
  BandMatrix<Scalar> band = copy_band(n, a, lda);
  int const n_sweeps = count_sweeps(n);
  std::vector<bulge::Reflector<Scalar, width>> latest(static_cast<std::size_t>(n_sweeps));
  Chase<Scalar> const chase = {n, a, lda, &band, latest.data()};
  int const n_groups = (n_sweeps + n_grouped_sweeps - 1) / n_grouped_sweeps;
  // Stretch c of group g can run when stretches c - 1 of g and c + 1 of g - 1 are done: all with the
  // same 2 g + c run side by side, on disjoint parts of the band.
  int const n_waves = n_groups > 0 ? 2 * (n_groups - 1) + count_stretches(n, 0) : 0;
  for (int wave = 0; wave < n_waves; ++wave) {
    int const last = std::min(wave / 2, n_groups - 1);
    int first = last + 1;
    while (first > 0 && wave - 2 * (first - 1) < count_stretches(n, first - 1)) --first;
    Kokkos::parallel_for(
        "kovar::linalg::chase_bulges",
        Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>(space, first, last + 1)
            .set_chunk_size(1),
        [=](int const group) { run_stretch(chase, group, wave - 2 * group); });
  }
  space.fence();  // the host reads the band
  for (int i = 0; i < n; ++i) d[i] = *band.at(i, i);
  for (int i = 0; i + 1 < n; ++i) e[i] = *band.at(i + 1, i);
}

namespace {

/// Reflectors of neighbouring sweeps at one step, applied as one block.
constexpr int block_sweeps = width / 2;
constexpr int block_rows = width + block_sweeps - 1;

/// Block reflectors I - V T V^T of a group of sweeps, one per step: V and V T (or V T^T).
template <class Scalar>
struct SweepBlock {
  Scalar v[block_rows * block_sweeps];
  Scalar vt[block_rows * block_sweeps];
};

/// Read the reflectors of the sweeps from first_sweep on at step k; the rest of the block is zeros.
template <class Scalar>
void make_block(char trans, int n, Scalar const* a, int lda, int first_sweep, int k,
                SweepBlock<Scalar>& block)
{
  std::fill(block.v, block.v + block_rows * block_sweeps, Scalar(0));
  Scalar tau[block_sweeps] = {};
  int const n_block = std::min(block_sweeps, count_sweeps(n) - first_sweep);
  for (int c = 0; c < n_block; ++c) {
    int const row = first_sweep + c + 1 + k * width;
    int const length = std::min(width, n - row);
    if (length < 1) break;
    Scalar const* const from = a + first_sweep + c + static_cast<std::ptrdiff_t>(row) * lda;
    Scalar* const to = block.v + c * block_rows + c;
    tau[c] = *from;
    to[0] = 1;
    for (int i = 1; i < length; ++i) to[i] = from[static_cast<std::ptrdiff_t>(i) * lda];
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
void apply_block(SweepBlock<Scalar> const& block, int n_rows, int m, Scalar* c, int ldc,
                 Scalar* work)
{
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
static_assert(std::int64_t{block_rows} * block_sweeps * std::max(widest_strip, block_sweeps) <=
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
void apply_chase_reflectors(ExecSpace const& space, char trans, int n, int m, Scalar const* a,
                            int lda, Scalar* c, int ldc)
{
  int const n_sweeps = count_sweeps(n);
  int const n_groups = (n_sweeps + block_sweeps - 1) / block_sweeps;
  if (n_groups == 0 || m == 0) return;
  std::vector<SweepBlock<Scalar>> blocks(static_cast<std::size_t>(count_steps(n, 0)));
  int const n_strips = count_strips(m, space.concurrency());
  std::vector<Scalar> work(static_cast<std::size_t>(m) * block_sweeps);
  using Policy = Kokkos::RangePolicy<ExecSpace, Kokkos::Schedule<Kokkos::Dynamic>>;
  for (int index = 0; index < n_groups; ++index) {
    int const group = trans == 'N' ? n_groups - 1 - index : index;
    int const first_sweep = group * block_sweeps;
    int const n_steps = count_steps(n, first_sweep);
    SweepBlock<Scalar>* const block = blocks.data();
    Scalar* const scratch = work.data();
    Kokkos::parallel_for(
        "kovar::linalg::block_chase_reflectors", Policy(space, 0, n_steps).set_chunk_size(1),
        [=](int const k) { make_block(trans, n, a, lda, first_sweep, k, block[k]); });
    Kokkos::parallel_for(
        "kovar::linalg::apply_chase_reflectors", Policy(space, 0, n_strips).set_chunk_size(1),
        [=](int const strip) {
          int const column = static_cast<int>(static_cast<std::int64_t>(m) * strip / n_strips);
          int const end = static_cast<int>(static_cast<std::int64_t>(m) * (strip + 1) / n_strips);
          Scalar* const thread_work = scratch + static_cast<std::ptrdiff_t>(column) * block_sweeps;
          // In a group the steps of later rows stand first in the product Q2.
          for (int step = 0; step < n_steps; ++step) {
            int const k = trans == 'N' ? step : n_steps - 1 - step;
            int const row = first_sweep + 1 + k * width;
            apply_block(block[k], std::min(block_rows, n - row), end - column,
                        c + row + static_cast<std::ptrdiff_t>(column) * ldc, ldc, thread_work);
          }
        });
  }
  space.fence();  // blocks and scratch go away
}

#define KOVAR_INSTANTIATE(Scalar, ExecSpace)                                                 \
  template void chase_bulges(ExecSpace const&, int, Scalar*, int, Scalar*, Scalar*);         \
  template void apply_chase_reflectors(ExecSpace const&, char, int, int, Scalar const*, int, \
                                       Scalar*, int);
#define KOVAR_INSTANTIATE_BOTH(ExecSpace) \
  KOVAR_INSTANTIATE(double, ExecSpace)    \
  KOVAR_INSTANTIATE(float, ExecSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE_BOTH)

}  // namespace kovar::linalg
