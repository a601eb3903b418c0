// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/checks.hpp>
#include <kovar/dist/backend/scalapack.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/dist/panel_cholesky.hpp>
#include <kovar/dist/panel_inverse.hpp>
#include <kovar/dist/panel_solve.hpp>

#include <cmath>

namespace kovar::dist {

template <class Scalar>
CholeskyStatus cholesky(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  agree(a.grid().comm(), [&] { backend::require_square("cholesky", a); });
  if (a.n_rows() == 0) return {};
  if (a.grid().is_alone()) return factor_whole(space, a.local());
  return factor_by_panels(space, a);
}

template <class Scalar>
void triangular_solve(Host const& space, Side side, BlockCyclicMatrix<Scalar> const& l,
                      BlockCyclicMatrix<Scalar> const& b)
{
  agree(l.grid().comm(), [&] {
    backend::require_square("triangular_solve", l);
    backend::require_same_grid("triangular_solve", l, b);
    KOVAR_REQUIRE(b.n_rows() == l.n_rows(), "triangular_solve: the factor "
                                                << backend::size_of(l) << " and "
                                                << backend::size_of(b) << " have different rows");
  });
  if (b.n_rows() == 0 || b.n_columns() == 0) return;
  if (l.grid().is_alone()) return linalg::triangular_solve(space, side, l.local(), b.local());
  if (b.block().rows == l.block().rows && b.n_columns() >= n_panel_columns)
    return solve_by_panels(space, side, l, b);
  Region const region("kovar::dist::triangular_solve[ScaLAPACK]");
  backend::require_addressable("triangular_solve", l);
  backend::require_addressable("triangular_solve", b);
  space.fence();  // ScaLAPACK reads l and b on the host
  backend::trsm_left(side == Side::factor ? 'N' : 'T', l, b);
}

template <class Scalar>
void invert_factored(Host const& space, BlockCyclicMatrix<Scalar> const& l)
{
  agree(l.grid().comm(), [&] { backend::require_square("invert_factored", l); });
  if (l.n_rows() == 0) return;
  if (l.grid().is_alone()) return linalg::invert_factored(space, l.local());
  invert_by_panels(space, l);
}

template <class Scalar>
double log_determinant(Host const& space, BlockCyclicMatrix<Scalar> const& l)
{
  double sum = 0;
  for (double const entry : diagonal_list(space, l)) sum += std::log(entry);
  return 2 * sum;
}

#define KOVAR_DIST_CHOLESKY(Scalar)                                                   \
  template CholeskyStatus cholesky(Host const&, BlockCyclicMatrix<Scalar> const&);    \
  template void triangular_solve(Host const&, Side, BlockCyclicMatrix<Scalar> const&, \
                                 BlockCyclicMatrix<Scalar> const&);                   \
  template void invert_factored(Host const&, BlockCyclicMatrix<Scalar> const&);       \
  template double log_determinant(Host const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_CHOLESKY(double)
KOVAR_DIST_CHOLESKY(float)
#undef KOVAR_DIST_CHOLESKY

}  // namespace kovar::dist
