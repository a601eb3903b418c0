// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/band_panels.hpp>
#include <kovar/dist/band_reduction.hpp>
#include <kovar/dist/collectives.hpp>
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/lower_triangle.hpp>
#include <kovar/dist/panels.hpp>
#include <kovar/linalg/band_reduction.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace kovar::dist {
namespace {

using linalg::band_width;
using linalg::Op;
using linalg::ReflectorBlock;

template <class Scalar>
class BandReduction {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  BandReduction(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                Matrix<Scalar, Host> const& factors)
      : space_(space),
        a_(a),
        factors_(factors),
        panels_(space, a),
        panel_(space, "kovar::dist::band_panel", a.n_rows() * band_width),
        v_(space, "kovar::dist::band_reflectors", a.n_rows() * band_width),
        av_(space, "kovar::dist::band_products", a.n_rows() * band_width),
        w_(space, "kovar::dist::band_update", a.n_rows() * band_width),
        of_rows_(space, "kovar::dist::update_of_rows", a.local().extent(0) * 2 * band_width),
        of_columns_(space, "kovar::dist::update_of_columns", a.local().extent(1) * 2 * band_width),
        edge_(allocate<Matrix<Scalar, Host>>(space, "kovar::dist::edge", n_edge, n_edge)),
        work_(2 * band_width * band_width),
        product_(space, a, 2 * band_width)
  {
  }

  void step(ReflectorBlock const& p)
  {
    factor(p);
    auto const v = v_.matrix(p.n_rows, p.n_reflectors);
    auto const av = av_.matrix(p.n_rows, p.n_reflectors);
    auto const w = w_.matrix(p.n_rows, p.n_reflectors);
    multiply(p, v, av);
    sum_to_all(space_, a_.grid().comm(), av);
    linalg::two_sided_update(p.n_rows, p.n_reflectors, v.data(), factor_of(p), av.data(), w.data());
    subtract(p, v, w);
  }

 private:
  Scalar* factor_of(ReflectorBlock const& p) const { return &factors_(0, p.column); }

  /// Rank 0 factors the panel for all: signs of reflectors may differ on unlike processors.
  void factor(ReflectorBlock const& p)
  {
    auto const panel = panel_.matrix(p.n_rows, band_width);
    auto const v = v_.matrix(p.n_rows, p.n_reflectors);
    auto const t = part_of(factors_, {0, band_width}, {p.column, p.column + p.n_reflectors});
    panels_.collect(p, panel);
    space_.fence();  // the host factors it
    if (a_.grid().comm().is_root())
      linalg::factor_band_panel(p.n_rows, p.n_reflectors, panel.data(), p.n_rows, factor_of(p),
                                v.data(), work_.data());
    broadcast(space_, a_.grid().comm(), panel);
    broadcast(space_, a_.grid().comm(), t);
    if (!a_.grid().comm().is_root())
      linalg::copy_reflectors({0, 0, p.n_rows, p.n_reflectors}, panel.data(), p.n_rows, v.data());
    panels_.keep(p, panel);
  }

  IndexRange rows_of(ReflectorBlock const& p) const
  {
    return owned_places(a_.rows(), a_.grid().row(), {p.row, a_.n_rows()});
  }
  IndexRange columns_from(ReflectorBlock const& p) const
  {
    return owned_places(a_.columns(), a_.grid().column(), {p.row, a_.n_columns()});
  }

  /// Call f(place, row, n) for runs of places that are neighbours in the matrix too.
  template <class Function>
  static void for_runs(BlockCyclic const& all, std::int64_t part, IndexRange places,
                       Function const& f)
  {
    for (std::int64_t i = places.first; i < places.end;) {
      std::int64_t const row = all.global(part, i);
      std::int64_t const in_block = all.block - row % all.block;
      std::int64_t const n = std::min(in_block, places.end - i);
      f(i - places.first, row, n);
      i += n;
    }
  }

  /// Rows of a panel that a part owns at some places. \param first_row  the panel's
  void pick(BlockCyclic const& all, std::int64_t part, IndexRange places, std::int64_t first_row,
            Matrix<Scalar, Host> const& from, Matrix<Scalar, Host> const& to) const
  {
    Kokkos::parallel_for(
        "kovar::dist::pick_rows",
        Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space_, 0, from.extent(1)),
        [=](std::int64_t j) {
          for_runs(all, part, places, [&](std::int64_t place, std::int64_t row, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i) to(place + i, j) = from(row - first_row + i, j);
          });
        });
  }

  /// The other way round: to += from.
  void add(BlockCyclic const& all, std::int64_t part, IndexRange places, std::int64_t first_row,
           Matrix<Scalar, Host> const& from, Matrix<Scalar, Host> const& to) const
  {
    Kokkos::parallel_for(
        "kovar::dist::add_rows",
        Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space_, 0, from.extent(1)),
        [=](std::int64_t j) {
          for_runs(all, part, places, [&](std::int64_t place, std::int64_t row, std::int64_t n) {
            for (std::int64_t i = 0; i < n; ++i) to(row - first_row + i, j) += from(place + i, j);
          });
        });
  }

  /// av := this rank's part of A v for the symmetric matrix from the panel's rows on: each entry below the
  /// diagonal counts for its row and for its column.
  void multiply(ReflectorBlock const& p, Matrix<Scalar, Host> const& v,
                Matrix<Scalar, Host> const& av) const
  {
    IndexRange const rows = rows_of(p);
    IndexRange const columns = columns_from(p);
    IndexRange const all = {0, p.n_reflectors};
    std::int64_t const n_rows = rows.size() * p.n_reflectors;
    std::int64_t const n_columns = columns.size() * p.n_reflectors;
    auto const v_rows = of_rows_.matrix(rows.size(), p.n_reflectors);
    auto const y_rows = of_rows_.matrix(rows.size(), p.n_reflectors, n_rows);
    auto const v_columns = of_columns_.matrix(columns.size(), p.n_reflectors);
    auto const y_columns = of_columns_.matrix(columns.size(), p.n_reflectors, n_columns);
    pick(a_.rows(), a_.grid().row(), rows, p.row, v, v_rows);
    pick(a_.columns(), a_.grid().column(), columns, p.row, v, v_columns);
    Kokkos::deep_copy(space_, y_rows, Scalar(0));
    Kokkos::deep_copy(space_, y_columns, Scalar(0));

    auto const add_product = [&](Matrix<Scalar, Host> const& a, IndexRange r, IndexRange c, Op op) {
      Scalar const one = 1;
      IndexRange const r_here = {r.first - rows.first, r.end - rows.first};
      IndexRange const c_here = {c.first - columns.first, c.end - columns.first};
      if (op == Op::none)
        linalg::gemm(space_, op, Op::none, one, a, part_of(v_columns, c_here, all), one,
                     part_of(y_rows, r_here, all));
      else
        linalg::gemm(space_, op, Op::none, one, a, part_of(v_rows, r_here, all), one,
                     part_of(y_columns, c_here, all));
    };
    for_lower_parts(
        a_, columns, rows.end,
        [&](IndexRange r, IndexRange c) {
          auto const rectangle = part_of(a_.local(), r, c);
          add_product(rectangle, r, c, Op::none);
          add_product(rectangle, r, c, Op::transpose);
        },
        [&](IndexRange r, IndexRange c) {
          auto const edge = part_of(edge_, {0, r.size()}, {0, c.size()});
          copy_lower(r, c, 0, edge);
          add_product(edge, r, c, Op::none);
          copy_lower(r, c, 1, edge);  // the diagonal counts once
          add_product(edge, r, c, Op::transpose);
        });

    Kokkos::deep_copy(space_, av, Scalar(0));
    add(a_.rows(), a_.grid().row(), rows, p.row, y_rows, av);
    add(a_.columns(), a_.grid().column(), columns, p.row, y_columns, av);
  }

  /// Entries at least `below` below the diagonal; zeros for the others.
  void copy_lower(IndexRange r, IndexRange c, std::int64_t below,
                  Matrix<Scalar, Host> const& to) const
  {
    space_.fence();  // the host writes what a product may still read
    for (std::int64_t j = c.first; j < c.end; ++j) {
      std::int64_t const first =
          std::max(r.first, a_.rows().size_before(a_.grid().row(), a_.global_column(j) + below));
      for (std::int64_t i = r.first; i < r.end; ++i)
        to(i - r.first, j - c.first) = i < first ? Scalar(0) : a_.local()(i, j);
    }
  }

  /// A -= v w^T + w v^T = [v w] [w v]^T, lower triangle.
  void subtract(ReflectorBlock const& p, Matrix<Scalar, Host> const& v,
                Matrix<Scalar, Host> const& w) const
  {
    IndexRange const rows = rows_of(p);
    IndexRange const columns = columns_from(p);
    std::int64_t const k = p.n_reflectors;
    auto const left = of_rows_.matrix(rows.size(), 2 * k);
    auto const right = of_columns_.matrix(columns.size(), 2 * k);
    auto const half = [&](Matrix<Scalar, Host> const& a, std::int64_t first) {
      return part_of(a, {0, static_cast<std::int64_t>(a.extent(0))}, {first, first + k});
    };
    pick(a_.rows(), a_.grid().row(), rows, p.row, v, half(left, 0));
    pick(a_.rows(), a_.grid().row(), rows, p.row, w, half(left, k));
    pick(a_.columns(), a_.grid().column(), columns, p.row, w, half(right, 0));
    pick(a_.columns(), a_.grid().column(), columns, p.row, v, half(right, k));
    product_.add(Scalar(-1), {Op::none, left, Op::transpose, right}, Scalar(1),
                 {p.row, a_.n_rows()}, {p.row, a_.n_rows()});
  }

  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  Matrix<Scalar, Host> factors_;
  BandPanels<Scalar> panels_;
  PanelMemory<Scalar> panel_;
  PanelMemory<Scalar> v_;
  PanelMemory<Scalar> av_;
  PanelMemory<Scalar> w_;
  PanelMemory<Scalar> of_rows_;
  PanelMemory<Scalar> of_columns_;
  Matrix<Scalar, Host> edge_;
  std::vector<Scalar> work_;
  LowerProduct<Scalar> product_;
};

}  // namespace

template <class Scalar>
Matrix<Scalar, Host> reduce_to_band(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  Region const region("kovar::dist::reduce_to_band");
  auto const n = static_cast<int>(a.n_rows());
  Matrix<Scalar, Host> factors;
  std::unique_ptr<BandReduction<Scalar>> reduction;
  agree(a.grid().comm(), [&] {
    factors = allocate<Matrix<Scalar, Host>>(space, "kovar::dist::band_factors", band_width, n);
    Kokkos::deep_copy(space, factors, Scalar(0));
    reduction = std::make_unique<BandReduction<Scalar>>(space, a, factors);
  });
  for (int k = 0; k < linalg::count_band_panels(n); ++k)
    reduction->step(linalg::band_panel_at(n, k * band_width));
  space.fence();  // the panels go away
  return factors;
}

template <class Scalar>
linalg::BandMatrix<Scalar> gather_band(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  auto const n = static_cast<int>(a.n_rows());
  std::unique_ptr<linalg::BandMatrix<Scalar>> band;
  agree(a.grid().comm(), [&] { band = std::make_unique<linalg::BandMatrix<Scalar>>(n); });
  space.fence();  // the host reads a
  for (std::size_t j = 0; j < a.local().extent(1); ++j) {
    auto const column = static_cast<int>(a.global_column(static_cast<std::int64_t>(j)));
    IndexRange const rows =
        owned_places(a.rows(), a.grid().row(), {column, std::min(n, column + band_width + 1)});
    for (std::int64_t i = rows.first; i < rows.end; ++i)
      *band->at(static_cast<int>(a.global_row(i)), column) = a.local()(i, j);
  }
  auto& values = band->values();
  a.grid().comm().sum_to_all(values.data(), static_cast<std::int64_t>(values.size()));
  return std::move(*band);
}

#define KOVAR_DIST_BAND_REDUCTION(Scalar)                                                      \
  template Matrix<Scalar, Host> reduce_to_band(Host const&, BlockCyclicMatrix<Scalar> const&); \
  template linalg::BandMatrix<Scalar> gather_band(Host const&, BlockCyclicMatrix<Scalar> const&);
KOVAR_DIST_BAND_REDUCTION(double)
KOVAR_DIST_BAND_REDUCTION(float)
#undef KOVAR_DIST_BAND_REDUCTION

}  // namespace kovar::dist
