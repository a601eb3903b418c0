// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/block_reflectors.hpp>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace kovar::linalg {

namespace host = backend::host;

template <class Scalar>
void copy_reflectors(ReflectorBlock const& block, Scalar const* a, int lda, Scalar* v)
{
  for (int c = 0; c < block.n_reflectors; ++c) {
    Scalar const* from = a + block.row + static_cast<std::ptrdiff_t>(block.column + c) * lda;
    Scalar* to = v + static_cast<std::ptrdiff_t>(c) * block.n_rows;
    std::fill(to, to + c, Scalar(0));
    to[c] = 1;
    std::copy(from + c + 1, from + block.n_rows, to + c + 1);
  }
}

template <class Scalar>
void triangular_factor(ReflectorBlock const& block, Scalar const* v, Scalar const* tau, Scalar* t,
                       int ldt, Scalar* work)
{
  int const k = block.n_reflectors;
  Scalar* const overlap = work;
  host::gemm('T', 'N', k, k, block.n_rows, Scalar(1), v, block.n_rows, v, block.n_rows, Scalar(0),
             overlap, k);
  // Column j is -tau_j T (V^T v_j) above the diagonal.
  for (int j = 0; j < k; ++j) {
    Scalar* const column = t + static_cast<std::ptrdiff_t>(j) * ldt;
    std::fill(column, column + k, Scalar(0));
    for (int p = 0; p < j; ++p) {
      Scalar const factor = -tau[j] * overlap[p + static_cast<std::ptrdiff_t>(j) * k];
      Scalar const* const earlier = t + static_cast<std::ptrdiff_t>(p) * ldt;
      for (int i = 0; i <= p; ++i) column[i] += factor * earlier[i];
    }
    column[j] = tau[j];
  }
}

template <class Scalar>
void apply_reflectors(char trans, ReflectorBlock const& block, int m, Scalar const* v,
                      Scalar const* t, int ldt, Scalar* c, int ldc, Scalar* work)
{
  int const k = block.n_reflectors;
  Scalar* const vc = work;
  Scalar* const tvc = work + static_cast<std::ptrdiff_t>(k) * m;
  host::gemm('T', 'N', k, m, block.n_rows, Scalar(1), v, block.n_rows, c, ldc, Scalar(0), vc, k);
  host::gemm(trans, 'N', k, m, k, Scalar(1), t, ldt, vc, k, Scalar(0), tvc, k);
  host::gemm('N', 'N', block.n_rows, m, k, Scalar(-1), v, block.n_rows, tvc, k, Scalar(1), c, ldc);
}

template <class Scalar>
void apply_tridiagonal_reflectors(char trans, int n, int m, Scalar const* a, int lda,
                                  Scalar const* tau, Scalar* c, int ldc)
{
  constexpr int width = 96;
  int const n_reflectors = n - 1;
  if (n_reflectors < 1 || m == 0) return;
  std::vector<Scalar> v(static_cast<std::size_t>(n) * width);
  std::vector<Scalar> t(width * width);
  std::vector<Scalar> overlap(width * width);
  std::vector<Scalar> work(2 * static_cast<std::size_t>(m) * width);
  int const n_blocks = (n_reflectors + width - 1) / width;
  for (int step = 0; step < n_blocks; ++step) {
    // Q is the product of the blocks in their order: the last one meets c first.
    int const column = (trans == 'N' ? n_blocks - 1 - step : step) * width;
    int const row = column + 1;
    ReflectorBlock const block = {column, row, n - row, std::min(width, n_reflectors - column)};
    copy_reflectors(block, a, lda, v.data());
    triangular_factor(block, v.data(), tau + column, t.data(), width, overlap.data());
    apply_reflectors(trans, block, m, v.data(), t.data(), width, c + row, ldc, work.data());
  }
}

#define KOVAR_INSTANTIATE(Scalar)                                                                \
  template void copy_reflectors(ReflectorBlock const&, Scalar const*, int, Scalar*);             \
  template void triangular_factor(ReflectorBlock const&, Scalar const*, Scalar const*, Scalar*,  \
                                  int, Scalar*);                                                 \
  template void apply_reflectors(char, ReflectorBlock const&, int, Scalar const*, Scalar const*, \
                                 int, Scalar*, int, Scalar*);                                    \
  template void apply_tridiagonal_reflectors(char, int, int, Scalar const*, int, Scalar const*,  \
                                             Scalar*, int);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)

}  // namespace kovar::linalg
