// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/block_reflectors.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kovar::linalg {
namespace {

namespace host = backend::host;

/// The reflectors of the panel that begins at a column.
ReflectorBlock panel_at(int n, int column)
{
  int const row = column + band_width;
  return {column, row, n - row, std::min(n - row, band_width)};
}

/// Panels that reach below the band; a last row alone is in the band already.
int count_panels(int n) { return n - band_width < 2 ? 0 : (n - 2) / band_width; }

template <class Scalar>
Scalar* at(Scalar* a, int lda, int i, int j)
{
  return a + i + static_cast<std::ptrdiff_t>(j) * lda;
}

/// a := Q^T a Q for the block reflector Q = I - V T V^T, lower triangle:
/// a - V W^T - W V^T with Y = a V T and W = Y - V (T^T V^T Y) / 2.
template <class Scalar>
void apply_from_both_sides(ReflectorBlock const& p, Scalar const* v, Scalar const* t, Scalar* a,
                           int lda, Scalar* av, Scalar* w)
{
  int const m = p.n_rows;
  int const k = p.n_reflectors;
  Scalar small[2 * band_width * band_width];
  Scalar* const vy = small;
  Scalar* const tvy = small + band_width * band_width;
  host::symm(m, k, Scalar(1), a, lda, v, m, Scalar(0), av, m);
  host::gemm('N', 'N', m, k, k, Scalar(1), av, m, t, band_width, Scalar(0), w, m);
  host::gemm('T', 'N', k, k, m, Scalar(1), v, m, w, m, Scalar(0), vy, k);
  host::gemm('T', 'N', k, k, k, Scalar(1), t, band_width, vy, k, Scalar(0), tvy, k);
  host::gemm('N', 'N', m, k, k, Scalar(-0.5), v, m, tvy, k, Scalar(1), w, m);
  host::syr2k(m, k, Scalar(-1), v, m, w, m, Scalar(1), a, lda);
}

}  // namespace

template <class Scalar>
void reduce_to_band(int n, Scalar* a, int lda, Scalar* t)
{
  std::size_t const panel_size = static_cast<std::size_t>(n) * band_width;
  std::fill(t, t + panel_size, Scalar(0));
  std::vector<Scalar> v(panel_size);
  std::vector<Scalar> av(panel_size);
  std::vector<Scalar> w(panel_size);
  for (int index = 0; index < count_panels(n); ++index) {
    ReflectorBlock const p = panel_at(n, index * band_width);
    Scalar* const panel = at(a, lda, p.row, p.column);
    Scalar* const t_panel = at(t, band_width, 0, p.column);
    host::geqrt3(p.n_rows, p.n_reflectors, panel, lda, t_panel, band_width);
    copy_reflectors(p, a, lda, v.data());
    if (p.n_reflectors < band_width)  // the last panel is wider than high
      apply_reflectors('T', p, band_width - p.n_reflectors, v.data(), t_panel, band_width,
                       at(panel, lda, 0, p.n_reflectors), lda, av.data());
    apply_from_both_sides(p, v.data(), t_panel, at(a, lda, p.row, p.row), lda, av.data(), w.data());
  }
}

template <class Scalar>
void apply_band_reflectors(char trans, int n, int m, Scalar const* a, int lda, Scalar const* t,
                           Scalar* c, int ldc)
{
  std::vector<Scalar> v(static_cast<std::size_t>(n) * band_width);
  std::vector<Scalar> work(2 * static_cast<std::size_t>(m) * band_width);
  int const n_panels = count_panels(n);
  for (int step = 0; step < n_panels; ++step) {
    // Q1 is the product of the blocks in their order: the last one meets c first.
    int const index = trans == 'N' ? n_panels - 1 - step : step;
    ReflectorBlock const p = panel_at(n, index * band_width);
    copy_reflectors(p, a, lda, v.data());
    apply_reflectors(trans, p, m, v.data(), at(t, band_width, 0, p.column), band_width, c + p.row,
                     ldc, work.data());
  }
}

#define KOVAR_INSTANTIATE(Scalar)                                                                 \
  template void reduce_to_band(int, Scalar*, int, Scalar*);                                       \
  template void apply_band_reflectors(char, int, int, Scalar const*, int, Scalar const*, Scalar*, \
                                      int);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)

}  // namespace kovar::linalg
