// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/host_list.hpp>
#include <kovar/core/kokkos_compat.hpp>
#include <kovar/core/simd.hpp>
#include <kovar/dist/share.hpp>

#include <algorithm>
#include <limits>

namespace kovar::dist {
namespace {

using Columns = Kokkos::TeamPolicy<Host, Kokkos::Schedule<Kokkos::Dynamic>>;

/// A team for each column of the share.
template <class Scalar>
Columns columns_of(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  return Columns(space, static_cast<int>(a.local().extent(1)), Kokkos::AUTO);
}

}  // namespace

template <class Scalar>
double largest_magnitude(Host const& space, BlockCyclicMatrix<Scalar> const& a)
{
  auto const local = a.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  BlockCyclic const rows = a.rows();
  BlockCyclic const columns = a.columns();
  std::int64_t const grid_row = a.grid().row();
  std::int64_t const grid_column = a.grid().column();
  double const infinity = std::numeric_limits<double>::infinity();
  double largest = 0;
  if (local.size() > 0)
    Kokkos::parallel_reduce(
        "kovar::dist::largest_magnitude", columns_of(space, a),
        KOKKOS_LAMBDA(Columns::member_type const& team, double& bound) {
          std::int64_t const j = team.league_rank();
          std::int64_t const first = rows.size_before(grid_row, columns.global(grid_column, j));
          double const of_column = team_max<Host>(team, first, n_rows, [&](std::int64_t i) {
            auto const x = static_cast<double>(local(i, j));
            return math::is_finite(x) ? math::fabs(x) : infinity;
          });
          if (of_column > bound) bound = of_column;
        },
        Kokkos::Max<double>(largest));
  largest = std::max(largest, 0.0);  // of no entries it is the smallest number
  a.grid().comm().max_to_all(&largest, 1);
  return largest;
}

template <class Scalar>
void scale(Host const& space, BlockCyclicMatrix<Scalar> const& a, Scalar factor)
{
  if (factor == 1) return;
  scale_columns(space, a, std::vector<Scalar>(static_cast<std::size_t>(a.n_columns()), factor));
}

template <class Scalar>
void scale_columns(Host const& space, BlockCyclicMatrix<Scalar> const& a,
                   std::vector<Scalar> const& factors)
{
  auto const local = a.local();
  auto const n_rows = static_cast<std::int64_t>(local.extent(0));
  BlockCyclic const columns = a.columns();
  std::int64_t const grid_column = a.grid().column();
  if (local.size() == 0) return;
  auto const factor = to_space(space, factors, "kovar::dist::factors");
  Kokkos::parallel_for(
      "kovar::dist::scale_columns", columns_of(space, a),
      KOKKOS_LAMBDA(Columns::member_type const& team) {
        std::int64_t const j = team.league_rank();
        Scalar const f = factor(columns.global(grid_column, j));
        Kokkos::parallel_for(Kokkos::TeamThreadRange(team, n_rows),
                             [&](std::int64_t i) { local(i, j) *= f; });
      });
}

#define KOVAR_DIST_SHARE(Scalar)                                                    \
  template double largest_magnitude(Host const&, BlockCyclicMatrix<Scalar> const&); \
  template void scale(Host const&, BlockCyclicMatrix<Scalar> const&, Scalar);       \
  template void scale_columns(Host const&, BlockCyclicMatrix<Scalar> const&,        \
                              std::vector<Scalar> const&);
KOVAR_DIST_SHARE(double)
KOVAR_DIST_SHARE(float)
#undef KOVAR_DIST_SHARE

}  // namespace kovar::dist
