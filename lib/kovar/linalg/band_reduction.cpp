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

template <class Scalar>
Scalar* at(Scalar* a, int lda, int i, int j)
{
  return a + i + static_cast<std::ptrdiff_t>(j) * lda;
}

/// a := Q^T a Q for the block reflector Q = I - V T V^T, lower triangle.
template <class Scalar>
void apply_from_both_sides(ReflectorBlock const& p, Scalar const* v, Scalar const* t, Scalar* a,
                           int lda, Scalar* av, Scalar* w)
{
  int const m = p.n_rows;
  int const k = p.n_reflectors;
  host::symm(m, k, Scalar(1), a, lda, v, m, Scalar(0), av, m);
  two_sided_update(m, k, v, t, av, w);
  host::syr2k(m, k, Scalar(-1), v, m, w, m, Scalar(1), a, lda);
}

}  // namespace

template <class Scalar>
void two_sided_update(int m, int k, Scalar const* v, Scalar const* t, Scalar const* av, Scalar* w)
{
  Scalar small[2 * band_width * band_width];
  Scalar* const vy = small;
  Scalar* const tvy = small + band_width * band_width;
  host::gemm('N', 'N', m, k, k, Scalar(1), av, m, t, band_width, Scalar(0), w, m);
  host::gemm('T', 'N', k, k, m, Scalar(1), v, m, w, m, Scalar(0), vy, k);
  host::gemm('T', 'N', k, k, k, Scalar(1), t, band_width, vy, k, Scalar(0), tvy, k);
  host::gemm('N', 'N', m, k, k, Scalar(-0.5), v, m, tvy, k, Scalar(1), w, m);
}

template <class Scalar>
void factor_band_panel(int n_rows, int n_reflectors, Scalar* panel, int ld, Scalar* t, Scalar* v,
                       Scalar* work)
{
  ReflectorBlock const block = {0, 0, n_rows, n_reflectors};
  host::geqrt3(n_rows, n_reflectors, panel, ld, t, band_width);
  copy_reflectors(block, panel, ld, v);
  if (n_reflectors < band_width)  // the last panel is wider than high
    apply_reflectors('T', block, band_width - n_reflectors, v, t, band_width,
                     at(panel, ld, 0, n_reflectors), ld, work);
}

template <class Scalar>
void reduce_to_band(int n, Scalar* a, int lda, Scalar* t)
{
  std::size_t const panel_size = static_cast<std::size_t>(n) * band_width;
  std::fill(t, t + panel_size, Scalar(0));
  std::vector<Scalar> v(panel_size);
  std::vector<Scalar> av(panel_size);
  std::vector<Scalar> w(panel_size);
  for (int index = 0; index < count_band_panels(n); ++index) {
    ReflectorBlock const p = band_panel_at(n, index * band_width);
    Scalar* const t_panel = at(t, band_width, 0, p.column);
    factor_band_panel(p.n_rows, p.n_reflectors, at(a, lda, p.row, p.column), lda, t_panel, v.data(),
                      av.data());
    apply_from_both_sides(p, v.data(), t_panel, at(a, lda, p.row, p.row), lda, av.data(), w.data());
  }
}

template <class Scalar>
void apply_band_reflectors(char trans, int n, int m, Scalar const* a, int lda, Scalar const* t,
                           Scalar* c, int ldc)
{
  std::vector<Scalar> v(static_cast<std::size_t>(n) * band_width);
  std::vector<Scalar> work(2 * static_cast<std::size_t>(m) * band_width);
  int const n_panels = count_band_panels(n);
  for (int step = 0; step < n_panels; ++step) {
    // Q1 is the product of the blocks in their order: the last one meets c first.
    int const index = trans == 'N' ? n_panels - 1 - step : step;
    ReflectorBlock const p = band_panel_at(n, index * band_width);
    copy_reflectors(p, a, lda, v.data());
    apply_reflectors(trans, p, m, v.data(), at(t, band_width, 0, p.column), band_width, c + p.row,
                     ldc, work.data());
  }
}

#define KOVAR_INSTANTIATE(Scalar)                                                                 \
  template void two_sided_update(int, int, Scalar const*, Scalar const*, Scalar const*, Scalar*); \
  template void factor_band_panel(int, int, Scalar*, int, Scalar*, Scalar*, Scalar*);             \
  template void reduce_to_band(int, Scalar*, int, Scalar*);                                       \
  template void apply_band_reflectors(char, int, int, Scalar const*, int, Scalar const*, Scalar*, \
                                      int);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)

}  // namespace kovar::linalg
