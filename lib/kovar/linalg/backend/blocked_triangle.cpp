// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/spaces.hpp>
#include <kovar/linalg/backend/blocked_triangle.hpp>
#include <kovar/linalg/backend/host_lapack.hpp>
#include <kovar/linalg/backend/triangle_block.hpp>

#include <Kokkos_Core.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

namespace kovar::linalg::backend::host {
namespace {

template <class Scalar>
constexpr int max_order = TriangleBlock<Scalar>::max_order;

template <class Scalar>
constexpr int n_group = TriangleTile<Scalar>::n_rows;

/// Half of n in whole blocks.
template <class Scalar>
constexpr int half(int n)
{
  return (n / 2 + max_order<Scalar> - 1) / max_order<Scalar> * max_order<Scalar>;
}

template <class Scalar>
Scalar* at(Scalar* a, int i, int j, int lda)
{
  return a + i + static_cast<std::ptrdiff_t>(j) * lda;
}

/// f(first, n) for all groups of n_group rows; the last one may be smaller.
template <class Scalar, class HostSpace, class Function>
void for_groups(HostSpace const& space, std::string const& label, int n_all, Function const& f)
{
  int const n_groups = (n_all + n_group<Scalar> - 1) / n_group<Scalar>;
  Kokkos::parallel_for(label, Kokkos::RangePolicy<HostSpace, int>(space, 0, n_groups),
                       [&f, n_all](int g) {
                         int const first = g * n_group<Scalar>;
                         f(first, std::min(n_group<Scalar>, n_all - first));
                       });
  space.fence();  // BLAS goes on with the rows
}

/// b (m x n) := b L^-T for the block's triangle.
template <class Scalar, class HostSpace>
void solve_right(HostSpace const& space, TriangleBlock<Scalar> const& block, int m, Scalar* b,
                 int ldb)
{
  for_groups<Scalar>(space, "kovar::linalg::solve_right", m,
                     [&block, b, ldb](int first, int n_rows) {
                       typename TriangleBlock<Scalar>::Rows rows;
                       constexpr int stride = n_group<Scalar>;
                       for (int k = 0; k < block.order(); ++k) {
                         std::copy_n(at(b, first, k, ldb), n_rows, rows.x + k * stride);
                         std::fill_n(rows.x + k * stride + n_rows, stride - n_rows, Scalar(0));
                       }
                       std::fill(rows.x + block.order() * stride,
                                 rows.x + block.padded_order() * stride, Scalar(0));
                       block.solve(rows);
                       for (int k = 0; k < block.order(); ++k)
                         std::copy_n(rows.x + k * stride, n_rows, at(b, first, k, ldb));
                     });
}

/// b (n x m) := L^-1 b for the block's triangle.
template <class Scalar, class HostSpace>
void solve_left(HostSpace const& space, TriangleBlock<Scalar> const& block, int m, Scalar* b,
                int ldb)
{
  for_groups<Scalar>(space, "kovar::linalg::solve_left", m,
                     [&block, b, ldb](int first, int n_columns) {
                       typename TriangleBlock<Scalar>::Rows rows;
                       constexpr int stride = n_group<Scalar>;
                       std::fill(rows.x, rows.x + block.padded_order() * stride, Scalar(0));
                       for (int c = 0; c < n_columns; ++c)
                         for (int k = 0; k < block.order(); ++k)
                           rows.x[k * stride + c] = *at(b, k, first + c, ldb);
                       block.solve(rows);
                       for (int c = 0; c < n_columns; ++c)
                         for (int k = 0; k < block.order(); ++k)
                           *at(b, k, first + c, ldb) = rows.x[k * stride + c];
                     });
}

template <class Scalar, class HostSpace>
void solve_by_halves(HostSpace const& space, TriangleBlock<Scalar>& block, int n, int m,
                     Scalar const* l, int ldl, Scalar* b, int ldb)
{
  if (n <= max_order<Scalar>) {
    block.take(n, l, ldl);
    return solve_left(space, block, m, b, ldb);
  }
  int const n1 = half<Scalar>(n);
  solve_by_halves(space, block, n1, m, l, ldl, b, ldb);
  gemm('N', 'N', n - n1, m, n1, Scalar(-1), l + n1, ldl, b, ldb, Scalar(1), b + n1, ldb);
  solve_by_halves(space, block, n - n1, m, at(l, n1, n1, ldl), ldl, b + n1, ldb);
}

template <class Scalar, class HostSpace>
void solve_right_by_halves(HostSpace const& space, TriangleBlock<Scalar>& block, int m, int n,
                           Scalar const* l, int ldl, Scalar* b, int ldb)
{
  if (n <= max_order<Scalar>) {
    block.take(n, l, ldl);
    return solve_right(space, block, m, b, ldb);
  }
  int const n1 = half<Scalar>(n);
  Scalar* const b2 = at(b, 0, n1, ldb);
  solve_right_by_halves(space, block, m, n1, l, ldl, b, ldb);
  gemm('N', 'T', m, n - n1, n1, Scalar(-1), b, ldb, l + n1, ldl, Scalar(1), b2, ldb);
  solve_right_by_halves(space, block, m, n - n1, at(l, n1, n1, ldl), ldl, b2, ldb);
}

/// L^-1 over L, of order max_order at most.
template <class Scalar>
void invert_block(TriangleBlock<Scalar>& block, int n, Scalar* l, int ldl)
{
  block.take(n, l, ldl);  // L^-T is the identity times L^-T, row by row
  constexpr int stride = n_group<Scalar>;
  typename TriangleBlock<Scalar>::Rows rows;
  for (int first = 0; first < n; first += stride) {
    std::fill(rows.x, rows.x + block.padded_order() * stride, Scalar(0));
    int const n_rows = std::min(stride, n - first);
    for (int r = 0; r < n_rows; ++r) rows.x[(first + r) * stride + r] = 1;
    block.solve(rows, first);
    for (int r = 0; r < n_rows; ++r)
      for (int i = first + r; i < n; ++i) *at(l, i, first + r, ldl) = rows.x[i * stride + r];
  }
}

/// -L, n_cols columns side by side, then the next ones; zeros above the diagonal and beyond L.
template <class Scalar>
std::vector<Scalar> negative_panels(int n, Scalar const* l, int ldl)
{
  constexpr int n_cols = TriangleTile<Scalar>::n_cols;
  int const n_padded = (n + n_cols - 1) / n_cols * n_cols;
  std::vector<Scalar> panels(static_cast<std::size_t>(n) * static_cast<std::size_t>(n_padded));
  for (int j = 0; j < n; ++j)
    for (int k = j; k < n; ++k)
      panels[static_cast<std::size_t>(j / n_cols * n_cols * n + k * n_cols + j % n_cols)] =
          -*at(l, k, j, ldl);
  return panels;
}

/// Lower triangle of L^T L over L, of order max_order at most: a register tile at a time.
template <class Scalar>
void square_block(int n, Scalar* l, int ldl)
{
  constexpr int stride = n_group<Scalar>;
  constexpr int n_cols = TriangleTile<Scalar>::n_cols;
  using Column = typename TriangleTile<Scalar>::Column;
  std::vector<Scalar> const minus_l = negative_panels(n, l, ldl);
  typename TriangleBlock<Scalar>::Rows rows;
  for (int first = 0; first < n; first += stride) {
    int const n_rows = std::min(stride, n - first);
    for (int k = first; k < n; ++k)
      for (int r = 0; r < stride; ++r)
        rows.x[k * stride + r] =
            r < n_rows && first + r <= k ? *at(l, k, first + r, ldl) : Scalar(0);
    for (int j = 0; j < first + n_rows; j += n_cols) {
      Scalar const* const panel = minus_l.data() + static_cast<std::ptrdiff_t>(j) * n;
      Column sum[n_cols] = {};
      for (int k = first; k < n; ++k) {
        Column const left = Column::load(rows.x + k * stride);
        KOVAR_UNROLL for (int c = 0; c < n_cols; ++c) sum[c].subtract(left, panel[k * n_cols + c]);
      }
      Scalar entries[stride];
      for (int c = 0; c < n_cols; ++c) {
        sum[c].store(entries);
        for (int i = std::max(first, j + c); i < first + n_rows; ++i)
          *at(l, i, j + c, ldl) = entries[i - first];
      }
    }
  }
}

/// L^-1 over the lower triangular L: [L1; L21 L2]^-1 = [L1^-1; -L2^-1 L21 L1^-1, L2^-1].
template <class Scalar>
void invert_by_halves(TriangleBlock<Scalar>& block, int n, Scalar* l, int ldl)
{
  if (n <= max_order<Scalar>) return invert_block(block, n, l, ldl);
  int const n1 = half<Scalar>(n);
  Scalar* const l21 = l + n1;
  Scalar* const l2 = at(l, n1, n1, ldl);
  invert_by_halves(block, n1, l, ldl);
  invert_by_halves(block, n - n1, l2, ldl);
  trmm('R', 'N', n - n1, n1, Scalar(-1), l, ldl, l21, ldl);
  trmm('L', 'N', n - n1, n1, Scalar(1), l2, ldl, l21, ldl);
}

/// Lower triangle of L^T L over the lower triangular L, its last rows after the others.
template <class Scalar>
void square_by_parts(int n, Scalar* l, int ldl)
{
  if (n <= max_order<Scalar>) return square_block(n, l, ldl);
  int const n2 = std::min(2 * max_order<Scalar>, n - half<Scalar>(n));
  int const n1 = n - n2;
  Scalar* const l21 = l + n1;
  Scalar* const l2 = at(l, n1, n1, ldl);
  square_by_parts(n1, l, ldl);
  syrk('L', 'T', n1, n2, Scalar(1), l21, ldl, Scalar(1), l, ldl);
  trmm('L', 'T', n2, n1, Scalar(1), l2, ldl, l21, ldl);
  square_by_parts(n2, l2, ldl);
}

}  // namespace

template <class Scalar>
bool prefers_blocks(int n)
{
  constexpr int largest_of_lapack = 32;
  constexpr std::size_t n_register_bytes = 32;
  return TriangleTile<Scalar>::n_lanes * sizeof(Scalar) >= n_register_bytes &&
         n > largest_of_lapack;
}

template <class Scalar, class HostSpace>
int blocked_potrf(HostSpace const& space, int n, Scalar* a, int lda)
{
  TriangleBlock<Scalar> block;
  for (int k = 0; k < n; k += max_order<Scalar>) {
    int const n_block = std::min(max_order<Scalar>, n - k);
    int const bad_minor = block.factor(n_block, at(a, k, k, lda), lda);
    if (bad_minor != 0) return k + bad_minor;
    int const rest = n - k - n_block;
    if (rest == 0) break;
    Scalar* const below = at(a, k + n_block, k, lda);
    solve_right(space, block, rest, below, lda);
    syrk('L', 'N', rest, n_block, Scalar(-1), below, lda, Scalar(1),
         at(a, k + n_block, k + n_block, lda), lda);
  }
  return 0;
}

template <class Scalar, class HostSpace>
void blocked_trsm(HostSpace const& space, int n, int m, Scalar const* l, int ldl, Scalar* b,
                  int ldb)
{
  TriangleBlock<Scalar> block;
  solve_by_halves(space, block, n, m, l, ldl, b, ldb);
}

template <class Scalar, class HostSpace>
void blocked_trsm_right_transposed(HostSpace const& space, int m, int n, Scalar const* l, int ldl,
                                   Scalar* b, int ldb)
{
  TriangleBlock<Scalar> block;
  solve_right_by_halves(space, block, m, n, l, ldl, b, ldb);
}

template <class Scalar, class HostSpace>
int blocked_potri(HostSpace const&, int n, Scalar* l, int ldl)
{
  for (int k = 0; k < n; ++k)
    if (*at(l, k, k, ldl) == 0) return k + 1;
  TriangleBlock<Scalar> block;
  invert_by_halves(block, n, l, ldl);
  square_by_parts(n, l, ldl);
  return 0;
}

#define KOVAR_INSTANTIATE_BOTH(Scalar, HostSpace)                                             \
  template int blocked_potrf(HostSpace const&, int, Scalar*, int);                            \
  template void blocked_trsm(HostSpace const&, int, int, Scalar const*, int, Scalar*, int);   \
  template void blocked_trsm_right_transposed(HostSpace const&, int, int, Scalar const*, int, \
                                              Scalar*, int);                                  \
  template int blocked_potri(HostSpace const&, int, Scalar*, int);
#define KOVAR_INSTANTIATE(HostSpace)        \
  KOVAR_INSTANTIATE_BOTH(double, HostSpace) \
  KOVAR_INSTANTIATE_BOTH(float, HostSpace)
KOVAR_FOR_EACH_HOST_SPACE(KOVAR_INSTANTIATE)
#undef KOVAR_INSTANTIATE
#undef KOVAR_INSTANTIATE_BOTH

template bool prefers_blocks<double>(int);
template bool prefers_blocks<float>(int);

}  // namespace kovar::linalg::backend::host
