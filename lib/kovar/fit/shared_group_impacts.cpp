// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/cholesky.hpp>
#include <kovar/fit/shared_columns.hpp>
#include <kovar/fit/shared_group_impacts.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace kovar::fit {
namespace {

using dist::Host;
using SharedMatrix = dist::BlockCyclicMatrix<double>;

/// Fill columns of a from those of the covariance that belong to them, pack after pack.
/// \param rows, columns  places in the covariance of the rows and columns of a
void fill_part(SharedCovariance const& covariance, std::vector<std::int64_t> const& rows,
               std::vector<std::int64_t> const& columns, SharedMatrix const& a)
{
  std::vector<std::int64_t> owned;
  dist::agree(a.grid().comm(), [&] { owned = a.owned_rows(); });
  auto const n = static_cast<std::int64_t>(columns.size());
  ColumnPack const packs(covariance, std::min(pack_of_columns, n));
  for (std::int64_t first = 0; first < n; first += pack_of_columns) {
    std::int64_t const end = std::min(first + pack_of_columns, n);
    auto const pack = packs.columns(columns.data() + first, end - first);
    for (std::int64_t j = first; j < end; ++j) {
      if (a.columns().owner(j) != a.grid().column()) continue;
      for (std::size_t i = 0; i < owned.size(); ++i)
        a.local()(i, a.columns().local(j)) =
            pack(rows[static_cast<std::size_t>(owned[i])], j - first);
    }
  }
}

/// The Euclidean norm of each column, on all ranks.
std::vector<double> column_norms(SharedMatrix const& a)
{
  std::vector<double> norms(static_cast<std::size_t>(a.n_columns()), 0.0);
  auto const columns = a.owned_columns();
  for (std::size_t j = 0; j < columns.size(); ++j)
    for (std::size_t i = 0; i < a.local().extent(0); ++i)
      norms[static_cast<std::size_t>(columns[j])] += a.local()(i, j) * a.local()(i, j);
  a.grid().comm().sum_to_all(norms.data(), a.n_columns());
  for (double& norm : norms) norm = std::sqrt(norm);
  return norms;
}

}  // namespace

std::vector<double> shared_group_impacts(SharedCovariance const& covariance,
                                         std::vector<std::int64_t> const& group,
                                         std::vector<std::int64_t> const& interest)
{
  Region const region("kovar::fit::shared_group_impacts");
  if (group.empty() || interest.empty()) return std::vector<double>(interest.size(), 0.0);
  Host const space;
  auto const& grid = covariance.matrix.grid();
  auto const m = static_cast<std::int64_t>(group.size());
  SharedMatrix const members(space, "kovar::fit::members", grid, m, m,
                             dist::square_blocks(grid, m));
  auto const shared = dist::columns_beside(space, "kovar::fit::shared_with_members", members,
                                           static_cast<std::int64_t>(interest.size()));
  space.fence();  // the host fills both
  fill_part(covariance, group, group, members);
  fill_part(covariance, group, interest, shared);
  if (!dist::cholesky(space, members))
    return std::vector<double>(interest.size(), std::numeric_limits<double>::quiet_NaN());
  dist::triangular_solve(space, dist::Side::factor, members, shared);
  return column_norms(shared);
}

}  // namespace kovar::fit
