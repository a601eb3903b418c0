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

template <class Scalar>
class Factorization {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  Factorization(Host const& space, BlockCyclicMatrix<Scalar> const& a, std::int64_t width)
      : space_(space),
        a_(a),
        n_rows_(static_cast<std::int64_t>(a.local().extent(0))),
        exchange_(space, a.grid(),
                  std::max(largest_message(a.rows(), a.columns(), width),
                           largest_block_message(a.rows(), a.columns(), width))),
        of_rows_(space, "kovar::dist::panel_of_rows", width * n_rows_),
        of_columns_(space, "kovar::dist::panel_of_columns", width * n_local_columns(a)),
        square_(space, "kovar::dist::diagonal_square", width * width + 1)
  {
  }

  /// The panel's columns of L, and what they take from the columns after it.
  CholeskyStatus step(IndexRange panel) const
  {
    IndexRange const rows = owned_places(a_.rows(), a_.grid().row(), panel);
    IndexRange const columns = owned_places(a_.columns(), a_.grid().column(), panel);
    IndexRange const rows_below = {rows.end, n_rows_};
    auto const square = square_.matrix(panel.size(), panel.size());
    exchange_.diagonal_square(a_, panel, of_columns_, square);
    CholeskyStatus const status = factor_on_root(square);
    if (!status) return status;
    keep_square(panel, rows, columns, square);

    auto const mine = part_of(a_.local(), rows_below, columns);
    auto const l = of_rows_.matrix(rows_below.size(), panel.size());
    exchange_.columns_along_row(a_.columns(), panel, mine, l);
    linalg::solve_right_transposed(space_, square, l);
    exchange_.keep_columns(a_.columns(), panel, l, mine);
    subtract_after({panel.end, a_.n_rows()}, l);
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
  void keep_square(IndexRange panel, IndexRange rows, IndexRange columns,
                   Matrix<Scalar, Host> const& square) const
  {
    for (std::int64_t j = columns.first; j < columns.end; ++j) {
      std::int64_t const column = a_.global_column(j);
      for (std::int64_t i = a_.rows().size_before(a_.grid().row(), column); i < rows.end; ++i)
        a_.local()(i, j) = square(a_.global_row(i) - panel.first, column - panel.first);
    }
  }

  void subtract_after(IndexRange after, Matrix<Scalar, Host> const& l) const
  {
    if (after.size() == 0) return;
    IndexRange const columns = owned_places(a_.columns(), a_.grid().column(), after);
    auto const l_of_columns =
        of_columns_.matrix(columns.size(), static_cast<std::int64_t>(l.extent(1)));
    exchange_.rows_to_columns(a_.rows(), a_.columns(), after, l, l_of_columns);
    add_lower_product(space_, Scalar(-1), {Op::none, l, Op::transpose, l_of_columns}, Scalar(1), a_,
                      after);
  }

  Host space_;
  BlockCyclicMatrix<Scalar> a_;
  std::int64_t n_rows_;  ///< of this rank
  PanelExchange<Scalar> exchange_;
  PanelMemory<Scalar> of_rows_;
  PanelMemory<Scalar> of_columns_;
  PanelMemory<Scalar> square_;  ///< and what was found in it
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
                                std::int64_t width)
{
  Region const region("kovar::dist::factor_by_panels");
  std::int64_t const n = a.n_rows();
  width = std::min(width, n);
  std::unique_ptr<Factorization<Scalar> const> factorization;
  agree(a.grid().comm(),
        [&] { factorization = std::make_unique<Factorization<Scalar> const>(space, a, width); });
  CholeskyStatus status;
  for (std::int64_t first = 0; first < n && status; first += width) {
    status = factorization->step({first, std::min(n, first + width)});
    if (!status) status.bad_minor += static_cast<int>(first);
  }
  space.fence();  // the panels go away
  return status;
}

#define KOVAR_DIST_PANEL_CHOLESKY(Scalar)                                                 \
  template CholeskyStatus factor_whole(Host const&, Matrix<Scalar, Host> const&);         \
  template CholeskyStatus factor_by_panels(Host const&, BlockCyclicMatrix<Scalar> const&, \
                                           std::int64_t);
KOVAR_DIST_PANEL_CHOLESKY(double)
KOVAR_DIST_PANEL_CHOLESKY(float)
#undef KOVAR_DIST_PANEL_CHOLESKY

}  // namespace kovar::dist
