// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/panel_inverse.hpp>
#include <kovar/linalg/cholesky.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <memory>
#include <utility>

namespace kovar::dist {
namespace {

using linalg::Op;

/// Zeros for the panel's rows and columns, as far as they are below the diagonal.
/// \param rows, columns  those of them that this rank owns
template <class Scalar>
void clear_panel(Host const& space, BlockCyclicMatrix<Scalar> const& a, IndexRange panel,
                 IndexRange rows, IndexRange columns)
{
  auto const local = a.local();
  BlockCyclic const all_rows = a.rows();
  BlockCyclic const all_columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  std::int64_t const n_rows = local.extent(0);
  Kokkos::parallel_for(
      "kovar::dist::clear_panel",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, columns.end),
      KOKKOS_LAMBDA(std::int64_t j) {
        std::int64_t const column = all_columns.global(grid_column, j);
        bool const is_before = column < panel.first;
        std::int64_t const end = is_before ? rows.end : n_rows;
        for (std::int64_t i = is_before ? rows.first : all_rows.size_before(grid_row, column);
             i < end; ++i)
          local(i, j) = 0;
      });
  space.fence();  // the host adds to the diagonal's blocks
}

/// Makes X = L^-1 row by row from the top. When the rows before a panel are known, the matrix holds, in the rows
/// and columns before it, what they give to X^T X, and below, in the columns before it, the right-hand side for
/// the rows of X that are missing: zero minus L times the known ones.
template <class Scalar>
class Inversion {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  Inversion(Host const& space, BlockCyclicMatrix<Scalar> const& a, std::int64_t width)
      : space_(space),
        a_(a),
        n_rows_(static_cast<std::int64_t>(a.local().extent(0))),
        exchange_(space, a.grid(),
                  std::max(largest_message(a.columns(), a.rows(), width),
                           largest_block_message(a.rows(), a.columns(), width))),
        of_rows_(space, "kovar::dist::panel_of_rows", width * n_rows_),
        of_columns_(space, "kovar::dist::panel_of_columns",
                    width * static_cast<std::int64_t>(a.local().extent(1))),
        square_(space, "kovar::dist::diagonal_square", width * width),
        product_(space, a, width)
  {
  }

  void step(IndexRange panel) const
  {
    std::int64_t const width = panel.size();
    IndexRange const rows = owned_places(a_.rows(), a_.grid().row(), panel);
    IndexRange const columns = owned_places(a_.columns(), a_.grid().column(), panel);
    IndexRange const rows_below = {rows.end, n_rows_};
    IndexRange const columns_done = {0, columns.end};

    auto const l = of_rows_.matrix(rows_below.size(), width, width * rows.end);
    auto coming =
        exchange_.start_columns_along_row(a_.columns(), panel, share(rows_below, columns), l);

    auto const square = square_.matrix(width, width);
    exchange_.diagonal_square(a_, panel, of_columns_, square);
    auto const x = of_columns_.matrix(width, columns.end);
    exchange_.rows_along_column(a_.rows(), panel, share(rows, columns_done), x);
    put_identity(panel, columns, x);
    linalg::triangular_solve(space_, linalg::Side::factor, square, x);

    auto const x_of_rows = of_rows_.matrix(width, rows.end);
    exchange_.columns_to_rows(a_.columns(), a_.rows(), {0, panel.end}, x, x_of_rows);
    clear_panel(space_, a_, panel, rows, columns);
    product_.add(Scalar(1), {Op::transpose, x_of_rows, Op::none, x}, Scalar(1), {0, panel.end},
                 {0, panel.end});
    for (PendingMessages& message : coming) message.wait();
    if (rows_below.size() > 0 && columns.end > 0)
      linalg::gemm(space_, Op::none, Op::none, Scalar(-1), l, x, Scalar(1),
                   share(rows_below, columns_done));
  }

 private:
  Matrix<Scalar, Host> share(IndexRange rows, IndexRange columns) const
  {
    return part_of(a_.local(), rows, columns);
  }

  /// The right-hand side of the panel's own columns.
  void put_identity(IndexRange panel, IndexRange columns, Matrix<Scalar, Host> const& x) const
  {
    auto const a = a_;
    space_.fence();  // the host writes it
    for (std::int64_t j = columns.first; j < columns.end; ++j) {
      for (std::int64_t i = 0; i < panel.size(); ++i) x(i, j) = 0;
      x(a.global_column(j) - panel.first, j) = 1;
    }
  }

  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  std::int64_t n_rows_;  ///< of this rank
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> of_rows_;
  PanelMemory<Scalar> of_columns_;
  PanelMemory<Scalar> square_;
  LowerProduct<Scalar> product_;
};

}  // namespace

template <class Scalar>
void invert_by_panels(Host const& space, BlockCyclicMatrix<Scalar> const& l, std::int64_t width)
{
  Region const region("kovar::dist::invert_by_panels");
  std::int64_t const n = l.n_rows();
  width = std::min(width, n);
  std::unique_ptr<Inversion<Scalar> const> inversion;
  agree(l.grid().comm(),
        [&] { inversion = std::make_unique<Inversion<Scalar> const>(space, l, width); });
  for (std::int64_t first = 0; first < n; first += width)
    inversion->step({first, std::min(n, first + width)});
  space.fence();  // the panels go away
}

template void invert_by_panels(Host const&, BlockCyclicMatrix<double> const&, std::int64_t);
template void invert_by_panels(Host const&, BlockCyclicMatrix<float> const&, std::int64_t);

}  // namespace kovar::dist
