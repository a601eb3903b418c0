// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/band_panels.hpp>
#include <kovar/dist/band_reduction.hpp>

#include <memory>
#include <vector>

namespace kovar::dist {
namespace {

using linalg::band_width;
using linalg::ReflectorBlock;

IndexRange columns_of(ReflectorBlock const& p) { return {p.column, p.column + band_width}; }

}  // namespace

template <class Scalar>
BandPanels<Scalar>::BandPanels(Host const& space, BlockCyclicMatrix<Scalar> const& a)
    : space_(space),
      a_(a),
      exchange_(space, a.grid(), a.rows().parts == 1 ? 0 : a.block().rows * band_width),
      of_rows_(space, "kovar::dist::panel_of_rows",
               a.rows().parts == 1 ? 0 : a.local().extent(0) * band_width)
{
}

template <class Scalar>
IndexRange BandPanels<Scalar>::owned_rows(ReflectorBlock const& p) const
{
  return owned_places(a_.rows(), a_.grid().row(), {p.row, a_.n_rows()});
}

template <class Scalar>
IndexRange BandPanels<Scalar>::owned_columns(ReflectorBlock const& p) const
{
  return owned_places(a_.columns(), a_.grid().column(), columns_of(p));
}

template <class Scalar>
void BandPanels<Scalar>::collect(ReflectorBlock const& p, Matrix<Scalar, Host> const& to) const
{
  IndexRange const rows = owned_rows(p);
  auto const mine = part_of(a_.local(), rows, owned_columns(p));
  if (a_.rows().parts == 1)
    return exchange_.columns_along_row(a_.columns(), columns_of(p), mine, to);
  auto const of_rows = of_rows_.matrix(rows.size(), band_width);
  exchange_.columns_along_row(a_.columns(), columns_of(p), mine, of_rows);
  exchange_.rows_along_column(a_.rows(), {p.row, a_.n_rows()}, of_rows, to);
}

template <class Scalar>
void BandPanels<Scalar>::keep(ReflectorBlock const& p, Matrix<Scalar, Host> const& panel) const
{
  IndexRange const rows = owned_rows(p);
  IndexRange const columns = owned_columns(p);
  auto const local = a_.local();
  BlockCyclic const all_rows = a_.rows();
  BlockCyclic const all_columns = a_.columns();
  std::int64_t const grid_row = a_.grid().row();
  std::int64_t const grid_column = a_.grid().column();
  Kokkos::parallel_for("kovar::dist::keep_band_panel",
                       Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(
                           space_, columns.first, columns.end),
                       [=](std::int64_t j) {
                         std::int64_t const column = all_columns.global(grid_column, j) - p.column;
                         for (std::int64_t i = rows.first; i < rows.end; ++i)
                           local(i, j) = panel(all_rows.global(grid_row, i) - p.row, column);
                       });
}

template <class Scalar>
void apply_band_reflectors(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                           Matrix<Scalar, Host> const& factors, Matrix<Scalar, Host> const& c)
{
  Region const region("kovar::dist::apply_band_reflectors");
  auto const n = static_cast<int>(a.n_rows());
  auto const m = static_cast<int>(c.extent(1));
  std::unique_ptr<BandPanels<Scalar> const> panels;
  std::unique_ptr<PanelMemory<Scalar> const> panel;
  std::vector<Scalar> v;
  std::vector<Scalar> work;
  agree(a.grid().comm(), [&] {
    panels = std::make_unique<BandPanels<Scalar> const>(space, a);
    panel = std::make_unique<PanelMemory<Scalar> const>(space, "kovar::dist::band_panel",
                                                        std::int64_t{n} * band_width);
    v.resize(static_cast<std::size_t>(n) * band_width);
    work.resize(2 * static_cast<std::size_t>(m) * band_width);
  });
  // Q1 is the product of the blocks in their order: the last one meets c first.
  for (int k = linalg::count_band_panels(n); k-- > 0;) {
    ReflectorBlock const p = linalg::band_panel_at(n, k * band_width);
    auto const here = panel->matrix(p.n_rows, band_width);
    panels->collect(p, here);
    if (m == 0) continue;
    space.fence();  // the host reads it
    linalg::copy_reflectors({0, 0, p.n_rows, p.n_reflectors}, here.data(), p.n_rows, v.data());
    linalg::apply_reflectors('N', p, m, v.data(), &factors(0, p.column), band_width, &c(p.row, 0),
                             static_cast<int>(c.stride(1)), work.data());
  }
}

#define KOVAR_DIST_BAND_PANELS(Scalar)                                               \
  template class BandPanels<Scalar>;                                                 \
  template void apply_band_reflectors(Host const&, BlockCyclicMatrix<Scalar> const&, \
                                      Matrix<Scalar, Host> const&, Matrix<Scalar, Host> const&);
KOVAR_DIST_BAND_PANELS(double)
KOVAR_DIST_BAND_PANELS(float)
#undef KOVAR_DIST_BAND_PANELS

}  // namespace kovar::dist
