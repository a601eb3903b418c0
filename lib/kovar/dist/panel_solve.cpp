// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/panel_solve.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <memory>

namespace kovar::dist {
namespace {

using linalg::Op;
using linalg::Side;

template <class Scalar>
std::int64_t n_columns(BlockCyclicMatrix<Scalar> const& a)
{
  return static_cast<std::int64_t>(a.local().extent(1));
}

/// Numbers of the largest message: L itself goes along rows, without one.
template <class Scalar>
std::int64_t message_size(Side side, BlockCyclicMatrix<Scalar> const& l,
                          BlockCyclicMatrix<Scalar> const& b, std::int64_t width)
{
  std::int64_t const of_blocks = std::max(largest_block_message(l.rows(), l.columns(), width),
                                          largest_block_message(b.rows(), b.columns(), width));
  return side == Side::factor ? of_blocks
                              : std::max(of_blocks, largest_message(l.columns(), l.rows(), width));
}

template <class Scalar>
class Solution {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  Solution(Host const& space, Side side, BlockCyclicMatrix<Scalar> const& l,
           BlockCyclicMatrix<Scalar> const& b, std::int64_t width)
      : space_(space),
        side_(side),
        l_(l),
        b_(b),
        n_rows_(static_cast<std::int64_t>(l.local().extent(0))),
        b_columns_{0, n_columns(b)},
        exchange_(space, l.grid(), message_size(side, l, b, width)),
        of_rows_(space, "kovar::dist::panel_of_rows", width * n_rows_),
        of_columns_(space, "kovar::dist::panel_of_columns",
                    width * (side == Side::factor ? width : n_columns(l))),
        solved_(space, "kovar::dist::solved_panel", width * b_columns_.size()),
        square_(space, "kovar::dist::diagonal_square", width * width)
  {
  }

  void step(IndexRange panel) const
  {
    IndexRange const rows = owned_places(l_.rows(), l_.grid().row(), panel);
    auto const square = square_.matrix(panel.size(), panel.size());
    auto const x = solved_.matrix(panel.size(), b_columns_.size());
    exchange_.diagonal_square(l_, panel, of_columns_, square);
    exchange_.rows_along_column(b_.rows(), panel, part_of(b_.local(), rows, b_columns_), x);
    linalg::triangular_solve(space_, side_, square, x);
    exchange_.keep_rows(b_.rows(), panel, x, part_of(b_.local(), rows, b_columns_));
    if (side_ == Side::factor)
      subtract_below(panel, {rows.end, n_rows_}, x);
    else
      subtract_above(panel, {0, rows.first}, x);
  }

 private:
  void subtract_below(IndexRange panel, IndexRange rows, Matrix<Scalar, Host> const& x) const
  {
    IndexRange const columns = owned_places(l_.columns(), l_.grid().column(), panel);
    auto const l = of_rows_.matrix(rows.size(), panel.size());
    exchange_.columns_along_row(l_.columns(), panel, part_of(l_.local(), rows, columns), l);
    subtract(Op::none, l, x, rows);
  }

  void subtract_above(IndexRange panel, IndexRange rows, Matrix<Scalar, Host> const& x) const
  {
    IndexRange const before = {0, panel.first};
    IndexRange const columns = owned_places(l_.columns(), l_.grid().column(), before);
    auto const l = of_columns_.matrix(panel.size(), columns.size());
    exchange_.rows_along_column(
        l_.rows(), panel,
        part_of(l_.local(), owned_places(l_.rows(), l_.grid().row(), panel), columns), l);
    auto const l_of_rows = of_rows_.matrix(panel.size(), rows.size());
    exchange_.columns_to_rows(l_.columns(), l_.rows(), before, l, l_of_rows);
    subtract(Op::transpose, l_of_rows, x, rows);
  }

  void subtract(Op op, Matrix<Scalar, Host> const& l, Matrix<Scalar, Host> const& x,
                IndexRange rows) const
  {
    if (rows.size() == 0 || b_columns_.size() == 0) return;
    linalg::gemm(space_, op, Op::none, Scalar(-1), l, x, Scalar(1),
                 part_of(b_.local(), rows, b_columns_));
  }

  Host space_;
  Side side_;
  BlockCyclicMatrix<Scalar> l_;
  BlockCyclicMatrix<Scalar> b_;
  std::int64_t n_rows_;  ///< of this rank
  IndexRange b_columns_;
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> of_rows_;
  PanelMemory<Scalar> of_columns_;
  PanelMemory<Scalar> solved_;
  PanelMemory<Scalar> square_;
};

}  // namespace

template <class Scalar>
void solve_by_panels(Host const& space, Side side, BlockCyclicMatrix<Scalar> const& l,
                     BlockCyclicMatrix<Scalar> const& b, std::int64_t width)
{
  Region const region("kovar::dist::solve_by_panels");
  std::int64_t const n = l.n_rows();
  if (n == 0) return;
  width = std::min(width, n);
  std::unique_ptr<Solution<Scalar> const> solution;
  agree(l.grid().comm(),
        [&] { solution = std::make_unique<Solution<Scalar> const>(space, side, l, b, width); });
  std::int64_t const n_panels = (n + width - 1) / width;
  for (std::int64_t k = 0; k < n_panels; ++k) {
    std::int64_t const first = (side == Side::factor ? k : n_panels - 1 - k) * width;
    solution->step({first, std::min(n, first + width)});
  }
  space.fence();  // the panels go away
}

#define KOVAR_DIST_PANEL_SOLVE(Scalar)                                               \
  template void solve_by_panels(Host const&, Side, BlockCyclicMatrix<Scalar> const&, \
                                BlockCyclicMatrix<Scalar> const&, std::int64_t);
KOVAR_DIST_PANEL_SOLVE(double)
KOVAR_DIST_PANEL_SOLVE(float)
#undef KOVAR_DIST_PANEL_SOLVE

}  // namespace kovar::dist
