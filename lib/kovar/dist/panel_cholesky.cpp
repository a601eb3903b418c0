// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/lower_product.hpp>
#include <kovar/dist/panel_cholesky.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <cmath>
#include <memory>

namespace kovar::dist {
namespace {

using linalg::CholeskyStatus;
using linalg::Op;

template <class Scalar>
std::int64_t n_local_columns(BlockCyclicMatrix<Scalar> const& a)
{
  return static_cast<std::int64_t>(a.local().extent(1));
}

/// The part of a range that begins at a place: `width` wide, or what is left.
IndexRange part_from(std::int64_t first, std::int64_t width, IndexRange range)
{
  return {first, std::min(range.end, first + width)};
}

/// Makes the columns of L panel by panel. A panel is solved in strips, for a solve is done by all ranks of a row of
/// the grid alike; the columns after it get its products at once, which take more terms at a higher rate and touch
/// the matrix less often.
template <class Scalar>
class Factorization {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  Factorization(Host const& space, BlockCyclicMatrix<Scalar> const& a, PanelWidths widths)
      : space_(space),
        a_(a),
        widths_(widths),
        n_rows_(static_cast<std::int64_t>(a.local().extent(0))),
        exchange_(space, a.grid(),
                  std::max(largest_message(a.rows(), a.columns(), widths.panel),
                           largest_block_message(a.rows(), a.columns(), widths.strip))),
        of_rows_(space, "kovar::dist::panel_of_rows", widths.panel * n_rows_),
        of_columns_(space, "kovar::dist::panel_of_columns", widths.panel * n_local_columns(a)),
        square_(space, "kovar::dist::diagonal_square", widths.strip * widths.strip + 1),
        product_(space, a, widths.panel)
  {
  }

  /// The panel's columns of L, and what they take from the columns after it.
  CholeskyStatus step(IndexRange panel) const
  {
    IndexRange const first_strip = part_from(panel.first, widths_.strip, panel);
    IndexRange const rows = {owned_rows(first_strip).end, n_rows_};
    auto const l = of_rows_.matrix(rows.size(), panel.size());
    for (std::int64_t first = panel.first; first < panel.end; first += widths_.strip) {
      IndexRange const strip = part_from(first, widths_.strip, panel);
      auto const l_of_strip = terms_of(panel, strip, l);
      CholeskyStatus const status = factor_strip(strip, rows, l_of_strip);
      if (!status) return status;
      subtract(l_of_strip, rows, {strip.end, panel.end});
    }
    subtract(l, rows, {panel.end, a_.n_rows()});
    return {};
  }

 private:
  /// Processors of another make round differently, and might find another minor: one rank factors for all.
  CholeskyStatus factor_on_root(Matrix<Scalar, Host> const& square) const
  {
    auto const& comm = a_.grid().comm();
    auto const n = static_cast<std::int64_t>(square.size());
    Scalar& bad_minor = square.data()[n];
    // Nobody waits for its square where rank 0 runs out of memory for the factor.
    agree(comm, [&] {
      if (comm.is_root()) bad_minor = static_cast<Scalar>(factor_whole(space_, square).bad_minor);
    });
    space_.fence();  // MPI reads it on the host
    if (comm.size() > 1) comm.broadcast(square.data(), n + 1, 0);
    return {static_cast<int>(bad_minor)};
  }

  /// This rank's entries of the square, on and below the diagonal.
  void keep_square(IndexRange strip, IndexRange rows, IndexRange columns,
                   Matrix<Scalar, Host> const& square) const
  {
    for (std::int64_t j = columns.first; j < columns.end; ++j) {
      std::int64_t const column = a_.global_column(j);
      for (std::int64_t i = a_.rows().size_before(a_.grid().row(), column); i < rows.end; ++i)
        a_.local()(i, j) = square(a_.global_row(i) - strip.first, column - strip.first);
    }
  }

  IndexRange owned_rows(IndexRange range) const
  {
    return owned_places(a_.rows(), a_.grid().row(), range);
  }

  static Matrix<Scalar, Host> terms_of(IndexRange panel, IndexRange strip,
                                       Matrix<Scalar, Host> const& l)
  {
    return part_of(l, {0, static_cast<std::int64_t>(l.extent(0))},
                   {strip.first - panel.first, strip.end - panel.first});
  }

  /// The strip's columns of L, also in l: of those of its rows that are below the strip.
  /// \param rows  those of l
  CholeskyStatus factor_strip(IndexRange strip, IndexRange rows,
                              Matrix<Scalar, Host> const& l) const
  {
    IndexRange const columns = owned_places(a_.columns(), a_.grid().column(), strip);
    IndexRange const rows_below = {owned_rows(strip).end, n_rows_};
    auto const square = square_.matrix(strip.size(), strip.size());
    exchange_.diagonal_square(a_, strip, of_columns_, square);
    CholeskyStatus const status = factor_on_root(square);
    if (!status) return {status.bad_minor + static_cast<int>(strip.first)};
    keep_square(strip, owned_rows(strip), columns, square);

    exchange_.columns_along_row(a_.columns(), strip, part_of(a_.local(), rows, columns), l);
    auto const l_below = below(rows_below.first, rows, l);
    linalg::solve_right_transposed(space_, square, l_below);
    exchange_.keep_columns(a_.columns(), strip, l_below, part_of(a_.local(), rows_below, columns));
    return {};
  }

  /// The rows of l, which has those of a range, from a place on.
  static Matrix<Scalar, Host> below(std::int64_t place, IndexRange rows,
                                    Matrix<Scalar, Host> const& l)
  {
    return part_of(l, {place - rows.first, rows.size()},
                   {0, static_cast<std::int64_t>(l.extent(1))});
  }

  /// What some columns of L take from columns after them.
  /// \param rows  those of l
  void subtract(Matrix<Scalar, Host> const& l, IndexRange rows, IndexRange after) const
  {
    if (after.size() == 0) return;
    IndexRange const columns = owned_places(a_.columns(), a_.grid().column(), after);
    auto const l_of_columns =
        of_columns_.matrix(columns.size(), static_cast<std::int64_t>(l.extent(1)));
    IndexRange const rows_after = owned_rows(after);
    auto const l_below = below(rows_after.first, rows, l);
    exchange_.rows_to_columns(
        a_.rows(), a_.columns(), after,
        part_of(l_below, {0, rows_after.size()}, {0, static_cast<std::int64_t>(l.extent(1))}),
        l_of_columns);
    product_.add(Scalar(-1), {Op::none, l_below, Op::transpose, l_of_columns}, Scalar(1),
                 {after.first, a_.n_rows()}, after);
  }

  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  PanelWidths widths_;
  std::int64_t n_rows_;  ///< of this rank
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> of_rows_;
  PanelMemory<Scalar> of_columns_;
  PanelMemory<Scalar> square_;  ///< and what was found in it
  LowerProduct<Scalar> product_;
};

}  // namespace

template <class Scalar>
CholeskyStatus factor_whole(Host const& space, Matrix<Scalar, Host> const& a)
{
  int const bad_minor = linalg::cholesky(space, a).bad_minor;
  space.fence();  // the host reads the diagonal
  auto const n = bad_minor > 0 ? bad_minor - 1 : a.extent_int(0);
  for (int k = 0; k < n; ++k)
    if (std::isnan(a(k, k))) return {k + 1};
  return {bad_minor};
}

template <class Scalar>
CholeskyStatus factor_by_panels(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                                PanelWidths widths)
{
  Region const region("kovar::dist::factor_by_panels");
  IndexRange const all = {0, a.n_rows()};
  widths.panel = std::min(widths.panel, all.end);
  widths.strip = std::min(widths.strip, widths.panel);
  std::unique_ptr<Factorization<Scalar> const> factorization;
  agree(a.grid().comm(),
        [&] { factorization = std::make_unique<Factorization<Scalar> const>(space, a, widths); });
  CholeskyStatus status;
  for (std::int64_t first = 0; first < all.end && status; first += widths.panel)
    status = factorization->step(part_from(first, widths.panel, all));
  space.fence();  // the panels go away
  return status;
}

#define KOVAR_DIST_PANEL_CHOLESKY(Scalar)                                                 \
  template CholeskyStatus factor_whole(Host const&, Matrix<Scalar, Host> const&);         \
  template CholeskyStatus factor_by_panels(Host const&, BlockCyclicMatrix<Scalar> const&, \
                                           PanelWidths);
KOVAR_DIST_PANEL_CHOLESKY(double)
KOVAR_DIST_PANEL_CHOLESKY(float)
#undef KOVAR_DIST_PANEL_CHOLESKY

}  // namespace kovar::dist
