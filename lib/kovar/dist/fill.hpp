// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_FILL_HPP
#define KOVAR_DIST_FILL_HPP

#include <kovar/core/region.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/linalg/product.hpp>

#include <Kokkos_Core.hpp>

#include <cstdint>
#include <string>
#include <vector>

/// \file
/// Block-cyclic matrices filled by their owners: no rank makes or sends what another one keeps.

namespace kovar::dist {

/// Which entries are wanted.
enum class Part {
  all,
  lower  ///< the diagonal and below; above it anything may stand, but within the blocks of the diagonal
         ///< there may be wanted entries too
};

/// A rectangle of a rank's share.
struct Panel {
  std::int64_t row = 0;  ///< first one, of local()
  std::int64_t column = 0;
  std::int64_t n_rows = 0;
  std::int64_t n_columns = 0;
};

/// Rectangles that cover this rank's wanted entries: the whole share, or for Part::lower one for each block
/// of its columns, of the rows from the diagonal on. Empty ones are left out.
template <class Scalar>
std::vector<Panel> owned_panels(BlockCyclicMatrix<Scalar> const& a, Part part);

/// a_ij := f(i, j), global row and column, for this rank's entries; no communication.
/// \param label  full name of the kernel
/// \param f      device function of two std::int64_t, called in any order, on the host
template <class Scalar, class Entry>
void fill_entries(Host const& space, std::string const& label, BlockCyclicMatrix<Scalar> const& a,
                  Part part, Entry const& f)
{
  std::int64_t const n_rows = a.rows().size(a.grid().row());
  std::int64_t const n_columns = a.columns().size(a.grid().column());
  if (n_rows == 0 || n_columns == 0) return;
  BlockCyclic const rows = a.rows();
  BlockCyclic const columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  auto const local = a.local();
  using Policy = Kokkos::TeamPolicy<Host, Kokkos::Schedule<Kokkos::Dynamic>>;
  using Team = typename Policy::member_type;
  Kokkos::parallel_for(
      label, Policy(space, static_cast<int>(n_columns), Kokkos::AUTO),
      KOKKOS_LAMBDA(Team const& team) {
        std::int64_t const j = team.league_rank();
        std::int64_t const column = columns.global(grid_column, j);
        std::int64_t const first = part == Part::all ? 0 : rows.size_before(grid_row, column);
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, first, n_rows), [&](std::int64_t i) {
          local(i, j) = f(rows.global(grid_row, i), column);
        });
      });
}

/// a_ij := alpha <x_i, y_j> + beta a_ij for this rank's entries; no communication. For x = y the share of a
/// covariance, of which a rank needs the data of its own rows and columns alone.
/// \param x  number of owned rows x k: line i belongs to row a.global_row(i)
/// \param y  number of owned columns x k
/// \throws InputError if the extents do not fit
/// Cost: 2 k flops a wanted entry.
template <class Scalar, class LinesX, class LinesY>
void fill_by_products(Host const& space, Scalar alpha, LinesX const& x, LinesY const& y,
                      Scalar beta, BlockCyclicMatrix<Scalar> const& a, Part part)
{
  auto const& local = a.local();
  KOVAR_REQUIRE(x.extent(0) == local.extent(0) && y.extent(0) == local.extent(1) &&
                    x.extent(1) == y.extent(1),
                "fill_by_products: '" << x.label() << "' is " << x.extent(0) << " x " << x.extent(1)
                                      << " and '" << y.label() << "' is " << y.extent(0) << " x "
                                      << y.extent(1) << " (this rank owns " << local.extent(0)
                                      << " rows and " << local.extent(1) << " columns of '"
                                      << a.label() << "')");
  Region const region("kovar::dist::fill_by_products");
  auto const range = [](std::int64_t first, std::int64_t n) {
    return std::make_pair(first, first + n);
  };
  for (Panel const& panel : owned_panels(a, part)) {
    auto const rows = range(panel.row, panel.n_rows);
    auto const columns = range(panel.column, panel.n_columns);
    linalg::gemm(space, linalg::Op::none, linalg::Op::transpose, alpha,
                 Kokkos::subview(x, rows, Kokkos::ALL), Kokkos::subview(y, columns, Kokkos::ALL),
                 beta, Kokkos::subview(local, rows, columns));
  }
}

}  // namespace kovar::dist

#endif
