// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/backend/scalapack.hpp>
#include <kovar/dist/redistribute.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace kovar::dist {
namespace {

template <class Scalar>
void require_inside(BlockCyclicMatrix<Scalar> const& a, Corner corner, Extent extent)
{
  bool const is_inside = corner.row >= 0 && corner.column >= 0 && extent.rows >= 0 &&
                         extent.columns >= 0 && corner.row + extent.rows <= a.n_rows() &&
                         corner.column + extent.columns <= a.n_columns();
  KOVAR_REQUIRE(is_inside, "copy_block: " << extent.rows << " x " << extent.columns << " from ("
                                          << corner.row << ", " << corner.column
                                          << ") on stick out of '" << a.label() << "', which is "
                                          << a.n_rows() << " x " << a.n_columns());
}

/// All of it on rank 0.
template <class Scalar>
BlockCyclicMatrix<Scalar> on_root(Host const& space, std::string const& label,
                                  ProcessGrid const& grid, Extent extent)
{
  return BlockCyclicMatrix<Scalar>(
      space, label, grid, extent.rows, extent.columns,
      {std::max<std::int64_t>(1, extent.rows), std::max<std::int64_t>(1, extent.columns)});
}

template <class Scalar>
void copy_alone(Host const& space, BlockCyclicMatrix<Scalar> const& from, Corner from_corner,
                BlockCyclicMatrix<Scalar> const& to, Corner to_corner, Extent extent)
{
  auto const block = [&](auto const& a, Corner corner) {
    return Kokkos::subview(a.local(), std::make_pair(corner.row, corner.row + extent.rows),
                           std::make_pair(corner.column, corner.column + extent.columns));
  };
  Kokkos::deep_copy(space, block(to, to_corner), block(from, from_corner));
}

}  // namespace

template <class Scalar>
void copy_block(Host const& space, BlockCyclicMatrix<Scalar> const& from, Corner from_corner,
                BlockCyclicMatrix<Scalar> const& to, Corner to_corner, Extent extent)
{
  agree(from.grid().comm(), [&] {
    require_inside(from, from_corner, extent);
    require_inside(to, to_corner, extent);
    KOVAR_REQUIRE(from.grid().comm().size() == to.grid().comm().size(),
                  "copy_block: '" << from.label() << "' is spread over "
                                  << from.grid().comm().size() << " ranks and '" << to.label()
                                  << "' over " << to.grid().comm().size()
                                  << " (the same ranks are needed)");
  });
  if (extent.rows == 0 || extent.columns == 0) return;
  if (from.grid().is_alone()) return copy_alone(space, from, from_corner, to, to_corner, extent);

  Region const region("kovar::dist::copy_block[ScaLAPACK]");
  backend::require_addressable("copy_block", from);
  backend::require_addressable("copy_block", to);
  space.fence();  // ScaLAPACK reads both on the host
  // It counts the bytes of its buffers, which are at most those of the block, in 32 bits.
  std::int64_t const width = std::max<std::int64_t>(1, (std::int64_t{1} << 25) / extent.rows);
  for (std::int64_t j = 0; j < extent.columns; j += width)
    backend::gemr2d(from, {from_corner.row, from_corner.column + j}, to,
                    {to_corner.row, to_corner.column + j},
                    {extent.rows, std::min(width, extent.columns - j)});
}

template <class Scalar>
BlockCyclicMatrix<Scalar> redistribute(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                       ProcessGrid const& grid, BlockShape block)
{
  BlockCyclicMatrix<Scalar> const to(space, a.label(), grid, a.n_rows(), a.n_columns(), block);
  copy_block(space, a, {}, to, {}, {a.n_rows(), a.n_columns()});
  return to;
}

template <class Scalar>
BlockCyclicMatrix<Scalar> to_row_blocks(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  int const n_ranks = a.grid().comm().size();
  return redistribute(space, a, ProcessGrid(a.grid().comm(), {n_ranks, 1}),
                      {std::max<std::int64_t>(1, (a.n_rows() + n_ranks - 1) / n_ranks),
                       std::max<std::int64_t>(1, a.n_columns())});
}

template <class Scalar>
Matrix<Scalar, Host> gather_block(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                  Corner corner, Extent extent)
{
  agree(a.grid().comm(), [&] { require_inside(a, corner, extent); });
  auto const to = on_root<Scalar>(space, "kovar::dist::gathered", a.grid(), extent);
  copy_block(space, a, corner, to, {}, extent);
  return to.local();
}

template <class Scalar>
void scatter(Host const& space, Matrix<Scalar, Host> const& whole,
             BlockCyclicMatrix<Scalar> const& a)
{
  agree(a.grid().comm(), [&] {
    if (!a.grid().comm().is_root()) return;
    KOVAR_REQUIRE(static_cast<std::int64_t>(whole.extent(0)) == a.n_rows() &&
                      static_cast<std::int64_t>(whole.extent(1)) == a.n_columns(),
                  "scatter: '" << whole.label() << "' is " << whole.extent(0) << " x "
                               << whole.extent(1) << " and '" << a.label() << "' is " << a.n_rows()
                               << " x " << a.n_columns());
  });
  auto const from =
      on_root<Scalar>(space, "kovar::dist::scattered", a.grid(), {a.n_rows(), a.n_columns()});
  if (a.grid().comm().is_root()) Kokkos::deep_copy(space, from.local(), whole);
  copy_block(space, from, {}, a, {}, {a.n_rows(), a.n_columns()});
}

#define KOVAR_DIST_REDISTRIBUTE(Scalar)                                                            \
  template void copy_block(Host const&, BlockCyclicMatrix<Scalar> const&, Corner,                  \
                           BlockCyclicMatrix<Scalar> const&, Corner, Extent);                      \
  template BlockCyclicMatrix<Scalar> redistribute(Host const&, BlockCyclicMatrix<Scalar> const&,   \
                                                  ProcessGrid const&, BlockShape);                 \
  template BlockCyclicMatrix<Scalar> to_row_blocks(Host const&, BlockCyclicMatrix<Scalar> const&); \
  template Matrix<Scalar, Host> gather_block(Host const&, BlockCyclicMatrix<Scalar> const&,        \
                                             Corner, Extent);                                      \
  template void scatter(Host const&, Matrix<Scalar, Host> const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_REDISTRIBUTE(double)
KOVAR_DIST_REDISTRIBUTE(float)
#undef KOVAR_DIST_REDISTRIBUTE

}  // namespace kovar::dist
