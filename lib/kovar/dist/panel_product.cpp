// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/fill.hpp>
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/panel_product.hpp>

#include <algorithm>
#include <memory>
#include <vector>

namespace kovar::dist {
namespace {

using linalg::Op;

template <class Scalar>
std::int64_t n_local_rows(BlockCyclicMatrix<Scalar> const& a)
{
  return static_cast<std::int64_t>(a.local().extent(0));
}

template <class Scalar>
std::int64_t n_local_columns(BlockCyclicMatrix<Scalar> const& a)
{
  return static_cast<std::int64_t>(a.local().extent(1));
}

/// Numbers of the largest message when panels of both operands, a = b among them, come to the ranks of c.
template <class Scalar>
std::int64_t message_size(BlockCyclicMatrix<Scalar> const& a, BlockCyclicMatrix<Scalar> const& b,
                          BlockCyclicMatrix<Scalar> const& c, std::int64_t width)
{
  return std::max(
      {largest_message(a.columns(), c.rows(), width), largest_message(b.rows(), c.columns(), width),
       largest_message(c.rows(), c.columns(), width), largest_message(c.columns(), c.rows(), width),
       largest_block_message(a.rows(), a.columns(), width),
       largest_block_message(b.rows(), b.columns(), width)});
}

/// Brings panels of the terms of a product to the ranks that need them.
template <class Scalar>
class Operands {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  Operands(Host const& space, BlockCyclicMatrix<Scalar> const& a,
           BlockCyclicMatrix<Scalar> const& b, BlockCyclicMatrix<Scalar> const& c,
           std::int64_t width)
      : a_(a),
        b_(b),
        c_(c),
        exchange_(space, c.grid(), message_size(a, b, c, width)),
        left_(space, "kovar::dist::left_panel", width * n_local_rows(c)),
        right_(space, "kovar::dist::right_panel", width * n_local_columns(c)),
        turned_(space, "kovar::dist::turned_panel",
                width * std::max(n_local_columns(a), n_local_rows(b)))
  {
  }

  /// op(a), for the rows of c.
  Matrix<Scalar, Host> left(Op op, IndexRange terms) const
  {
    if (op == Op::none) {
      auto const panel = left_.matrix(n_local_rows(c_), terms.size());
      send_columns(a_, terms, panel);
      return panel;
    }
    auto const of_columns = turned_.matrix(terms.size(), n_local_columns(a_));
    send_rows(a_, terms, of_columns);
    return left_of_columns(a_.columns(), of_columns);
  }

  /// Begin to bring the left panel of a a^T; the next one may be begun before this one is used.
  std::vector<PendingMessages> start_left(IndexRange terms, bool is_odd) const
  {
    return exchange_.start_columns_along_row(
        a_.columns(), terms,
        part_of(a_.local(), {0, n_local_rows(a_)},
                owned_places(a_.columns(), a_.grid().column(), terms)),
        left_of(terms, is_odd));
  }

  /// Where start_left() brings it: every other one takes the memory of panels to be turned, of which this
  /// product has none.
  Matrix<Scalar, Host> left_of(IndexRange terms, bool is_odd) const
  {
    return (is_odd ? turned_ : left_).matrix(n_local_rows(c_), terms.size());
  }

  /// op(b), for the columns of c.
  Matrix<Scalar, Host> right(Op op, IndexRange terms) const
  {
    if (op == Op::none) {
      auto const panel = right_.matrix(terms.size(), n_local_columns(c_));
      send_rows(b_, terms, panel);
      return panel;
    }
    auto const of_rows = turned_.matrix(n_local_rows(b_), terms.size());
    send_columns(b_, terms, of_rows);
    return right_of_rows(b_.rows(), of_rows);
  }

  /// Lines of ranks' columns, for the rows of c: terms x owned rows.
  Matrix<Scalar, Host> left_of_columns(BlockCyclic const& columns,
                                       Matrix<Scalar, Host> const& panel) const
  {
    auto const of_rows = left_.matrix(static_cast<std::int64_t>(panel.extent(0)), n_local_rows(c_));
    exchange_.columns_to_rows(columns, c_.rows(), {0, c_.n_rows()}, panel, of_rows);
    return of_rows;
  }

  /// Lines of ranks' rows, for the columns of c: owned columns x terms.
  Matrix<Scalar, Host> right_of_rows(BlockCyclic const& rows,
                                     Matrix<Scalar, Host> const& panel) const
  {
    auto const of_columns =
        right_.matrix(n_local_columns(c_), static_cast<std::int64_t>(panel.extent(1)));
    exchange_.rows_to_columns(rows, c_.columns(), {0, c_.n_columns()}, panel, of_columns);
    return of_columns;
  }

 private:
  void send_columns(BlockCyclicMatrix<Scalar> const& a, IndexRange terms,
                    Matrix<Scalar, Host> const& to) const
  {
    exchange_.columns_along_row(a.columns(), terms,
                                part_of(a.local(), {0, n_local_rows(a)},
                                        owned_places(a.columns(), a.grid().column(), terms)),
                                to);
  }

  void send_rows(BlockCyclicMatrix<Scalar> const& a, IndexRange terms,
                 Matrix<Scalar, Host> const& to) const
  {
    exchange_.rows_along_column(
        a.rows(), terms,
        part_of(a.local(), owned_places(a.rows(), a.grid().row(), terms), {0, n_local_columns(a)}),
        to);
  }

  BlockCyclicMatrix<Scalar> a_;
  BlockCyclicMatrix<Scalar> b_;
  BlockCyclicMatrix<Scalar> c_;
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> left_;
  PanelMemory<Scalar> right_;
  PanelMemory<Scalar> turned_;
};

/// What syrk works with.
template <class Scalar>
struct SymmetricOperands {
  /// \throws BackendError if there is not the memory: within agree()
  SymmetricOperands(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                    BlockCyclicMatrix<Scalar> const& c, std::int64_t width)
      : panels(space, a, a, c, width), product(space, c, width)
  {
  }

  Operands<Scalar> panels;
  LowerProduct<Scalar> product;
};

template <class Scalar>
std::unique_ptr<Operands<Scalar> const> make_operands(Host const& space,
                                                      BlockCyclicMatrix<Scalar> const& a,
                                                      BlockCyclicMatrix<Scalar> const& b,
                                                      BlockCyclicMatrix<Scalar> const& c,
                                                      std::int64_t width)
{
  std::unique_ptr<Operands<Scalar> const> operands;
  agree(c.grid().comm(),
        [&] { operands = std::make_unique<Operands<Scalar> const>(space, a, b, c, width); });
  return operands;
}

/// c := beta c, as without any terms.
template <class Scalar>
void keep_share(Host const& space, BlockCyclicMatrix<Scalar> const& c, Part part, Scalar beta)
{
  auto const local = c.local();
  auto const n_rows = n_local_rows(c);
  BlockCyclic const rows = c.rows();
  BlockCyclic const columns = c.columns();
  std::int64_t const grid_row = c.grid().row();
  std::int64_t const grid_column = c.grid().column();
  Kokkos::parallel_for(
      "kovar::dist::keep_share",
      Kokkos::RangePolicy<Host, Kokkos::IndexType<std::int64_t>>(space, 0, n_local_columns(c)),
      KOKKOS_LAMBDA(std::int64_t j) {
        std::int64_t const first =
            part == Part::all ? 0 : rows.size_before(grid_row, columns.global(grid_column, j));
        for (std::int64_t i = first; i < n_rows; ++i)
          local(i, j) = beta == 0 ? Scalar(0) : beta * local(i, j);
      });
  space.fence();  // as after a product
}

/// Call f(terms, beta) panel by panel; beta belongs to the first one.
template <class Scalar, class Function>
void for_panels(std::int64_t n_terms, std::int64_t width, Scalar beta, Function const& f)
{
  for (std::int64_t first = 0; first < n_terms; first += width)
    f(IndexRange{first, std::min(n_terms, first + width)}, first == 0 ? beta : Scalar(1));
}

/// c := alpha a a^T + beta c. A panel travels while the one before it is multiplied: ranks that are late by less
/// than a panel keep nobody waiting.
template <class Scalar>
void add_left_panels(Scalar alpha, SymmetricOperands<Scalar> const& operands, std::int64_t n_terms,
                     std::int64_t width, Scalar beta, BlockCyclicMatrix<Scalar> const& c)
{
  auto const panel_from = [&](std::int64_t first) {
    return IndexRange{first, std::min(n_terms, first + width)};
  };
  bool is_odd = false;
  auto coming = operands.panels.start_left(panel_from(0), is_odd);
  for_panels(n_terms, width, beta, [&](IndexRange terms, Scalar beta_here) {
    for (PendingMessages& message : coming) message.wait();
    Panels<Scalar> panels;
    panels.left = operands.panels.left_of(terms, is_odd);
    is_odd = !is_odd;
    if (terms.end < n_terms) coming = operands.panels.start_left(panel_from(terms.end), is_odd);
    panels.op_right = Op::transpose;
    panels.right = operands.panels.right_of_rows(c.rows(), panels.left);
    operands.product.add(alpha, panels, beta_here, {0, c.n_rows()}, {0, c.n_rows()});
  });
}

}  // namespace

template <class Scalar>
void gemm_by_panels(Host const& space, Op op_a, Op op_b, Scalar alpha,
                    BlockCyclicMatrix<Scalar> const& a, BlockCyclicMatrix<Scalar> const& b,
                    Scalar beta, BlockCyclicMatrix<Scalar> const& c, std::int64_t width)
{
  Region const region("kovar::dist::gemm_by_panels");
  std::int64_t const n_terms = op_a == Op::none ? a.n_columns() : a.n_rows();
  if (n_terms == 0) return keep_share(space, c, Part::all, beta);
  auto const operands = make_operands(space, a, b, c, std::min(width, n_terms));
  for_panels(n_terms, width, beta, [&](IndexRange terms, Scalar beta_here) {
    auto const left = operands->left(op_a, terms);
    auto const right = operands->right(op_b, terms);
    if (c.local().size() > 0)
      linalg::gemm(space, op_a, op_b, alpha, left, right, beta_here, c.local());
  });
  space.fence();  // the panels go away
}

template <class Scalar>
void syrk_by_panels(Host const& space, Op op, Scalar alpha, BlockCyclicMatrix<Scalar> const& a,
                    Scalar beta, BlockCyclicMatrix<Scalar> const& c, std::int64_t width)
{
  Region const region("kovar::dist::syrk_by_panels");
  std::int64_t const n_terms = op == Op::none ? a.n_columns() : a.n_rows();
  if (n_terms == 0) return keep_share(space, c, Part::lower, beta);
  std::unique_ptr<SymmetricOperands<Scalar> const> operands;
  agree(c.grid().comm(), [&] {
    operands =
        std::make_unique<SymmetricOperands<Scalar> const>(space, a, c, std::min(width, n_terms));
  });
  if (op == Op::none)
    add_left_panels(alpha, *operands, n_terms, width, beta, c);
  else
    for_panels(n_terms, width, beta, [&](IndexRange terms, Scalar beta_here) {
      Panels<Scalar> panels;
      panels.right = operands->panels.right(Op::none, terms);
      panels.op_left = Op::transpose;
      panels.left = operands->panels.left_of_columns(c.columns(), panels.right);
      operands->product.add(alpha, panels, beta_here, {0, c.n_rows()}, {0, c.n_rows()});
    });
  space.fence();  // the panels go away
}

#define KOVAR_DIST_PANEL_PRODUCT(Scalar)                                                          \
  template void gemm_by_panels(Host const&, Op, Op, Scalar, BlockCyclicMatrix<Scalar> const&,     \
                               BlockCyclicMatrix<Scalar> const&, Scalar,                          \
                               BlockCyclicMatrix<Scalar> const&, std::int64_t);                   \
  template void syrk_by_panels(Host const&, Op, Scalar, BlockCyclicMatrix<Scalar> const&, Scalar, \
                               BlockCyclicMatrix<Scalar> const&, std::int64_t);
KOVAR_DIST_PANEL_PRODUCT(double)
KOVAR_DIST_PANEL_PRODUCT(float)
#undef KOVAR_DIST_PANEL_PRODUCT

}  // namespace kovar::dist
