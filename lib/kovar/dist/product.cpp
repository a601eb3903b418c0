// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/checks.hpp>
#include <kovar/dist/backend/scalapack.hpp>
#include <kovar/dist/panel_product.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/linalg/triangle.hpp>

#include <algorithm>

namespace kovar::dist {
namespace {

char letter(Op op) { return static_cast<char>(op); }

/// Panels of the operands go to the owners of the result. Where it is thin, ScaLAPACK may leave the operands where they
/// are and add the result up instead.
template <class Scalar>
bool is_worth_panels(BlockCyclicMatrix<Scalar> const& c)
{
  return std::min(c.n_rows(), c.n_columns()) >= n_panel_columns;
}

}  // namespace

template <class Scalar>
void gemm(Host const& space, Op op_a, Op op_b, Scalar alpha, BlockCyclicMatrix<Scalar> const& a,
          BlockCyclicMatrix<Scalar> const& b, Scalar beta, BlockCyclicMatrix<Scalar> const& c)
{
  agree(c.grid().comm(), [&] {
    backend::require_same_grid("gemm", a, c);
    backend::require_same_grid("gemm", b, c);
    auto const m = op_a == Op::none ? a.n_rows() : a.n_columns();
    auto const k = op_a == Op::none ? a.n_columns() : a.n_rows();
    auto const n = op_b == Op::none ? b.n_columns() : b.n_rows();
    KOVAR_REQUIRE(m == c.n_rows() && n == c.n_columns() &&
                      k == (op_b == Op::none ? b.n_rows() : b.n_columns()),
                  "gemm: " << backend::size_of(a) << ", op " << letter(op_a) << ", times "
                           << backend::size_of(b) << ", op " << letter(op_b)
                           << ", is not of the shape of " << backend::size_of(c));
  });
  if (c.n_rows() == 0 || c.n_columns() == 0) return;
  if (c.grid().is_alone())
    return linalg::gemm(space, op_a, op_b, alpha, a.local(), b.local(), beta, c.local());
  if (is_worth_panels(c) && has_rows_of(op_a, a, c) && has_columns_of(op_b, b, c))
    return gemm_by_panels(space, op_a, op_b, alpha, a, b, beta, c);
  Region const region("kovar::dist::gemm[ScaLAPACK]");
  backend::require_addressable("gemm", a);
  backend::require_addressable("gemm", b);
  backend::require_addressable("gemm", c);
  space.fence();  // ScaLAPACK reads a and b on the host
  backend::gemm(letter(op_a), letter(op_b), alpha, a, b, beta, c);
}

template <class Scalar>
void syrk(Host const& space, Op op, Scalar alpha, BlockCyclicMatrix<Scalar> const& a, Scalar beta,
          BlockCyclicMatrix<Scalar> const& c)
{
  agree(c.grid().comm(), [&] {
    backend::require_same_grid("syrk", a, c);
    auto const n = op == Op::none ? a.n_rows() : a.n_columns();
    KOVAR_REQUIRE(c.n_rows() == n && c.n_columns() == n,
                  "syrk: the product of " << backend::size_of(a) << ", op " << letter(op)
                                          << ", with its transpose is not of the shape of "
                                          << backend::size_of(c));
  });
  if (c.n_rows() == 0) return;
  if (c.grid().is_alone()) return linalg::syrk(space, op, alpha, a.local(), beta, c.local());
  if (is_worth_panels(c) &&
      (op == Op::none ? has_rows_of(op, a, c) : has_columns_of(Op::none, a, c)))
    return syrk_by_panels(space, op, alpha, a, beta, c);
  Region const region("kovar::dist::syrk[ScaLAPACK]");
  backend::require_addressable("syrk", a);
  backend::require_addressable("syrk", c);
  space.fence();  // ScaLAPACK reads a on the host
  backend::syrk(letter(op), alpha, a, beta, c);
}

template <class Scalar>
void fill_upper_triangle(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  agree(a.grid().comm(), [&] { backend::require_square("fill_upper_triangle", a); });
  if (a.grid().is_alone()) return linalg::fill_upper_triangle(space, a.local());
  Region const region("kovar::dist::fill_upper_triangle[ScaLAPACK]");
  backend::require_addressable("fill_upper_triangle", a);
  space.fence();  // ScaLAPACK reads a on the host
  backend::mirror(a);
}

#define KOVAR_DIST_PRODUCT(Scalar)                                                                \
  template void gemm(Host const&, Op, Op, Scalar, BlockCyclicMatrix<Scalar> const&,               \
                     BlockCyclicMatrix<Scalar> const&, Scalar, BlockCyclicMatrix<Scalar> const&); \
  template void syrk(Host const&, Op, Scalar, BlockCyclicMatrix<Scalar> const&, Scalar,           \
                     BlockCyclicMatrix<Scalar> const&);                                           \
  template void fill_upper_triangle(Host const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_PRODUCT(double)
KOVAR_DIST_PRODUCT(float)
#undef KOVAR_DIST_PRODUCT

}  // namespace kovar::dist
