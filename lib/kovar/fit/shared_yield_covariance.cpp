// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/host_list.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/fit/shared_yield_covariance.hpp>
#include <kovar/fit/yield_covariance.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>

namespace kovar::fit {
namespace {

using dist::Host;
using linalg::Op;
using HostMatrix = Matrix<double, Host>;
using SharedMatrix = dist::BlockCyclicMatrix<double>;

constexpr std::int64_t n_block_rows = 256;

/// Rows of J that are worked on together, and the places that they touch.
struct TouchedRows {
  std::int64_t first;
  std::int64_t end;
  std::vector<std::int64_t> places;  ///< ascending
};

std::vector<TouchedRows> touched_rows(linalg::HostSparseMatrix const& j,
                                      std::vector<std::int64_t> const& place)
{
  std::vector<TouchedRows> found;
  for (std::int64_t first = 0; first < j.n_rows(); first += n_block_rows) {
    std::int64_t const end = std::min(first + n_block_rows, j.n_rows());
    found.push_back({first, end, touched_places(j, place, first, end)});
  }
  return found;
}

/// Rows of some columns.
HostMatrix chosen_rows(HostMatrix const& columns, std::vector<std::int64_t> const& rows,
                       std::int64_t first_column, std::int64_t n_columns)
{
  Host const space;
  auto const list = to_space(space, rows, "kovar::fit::chosen");
  auto const n_rows = static_cast<std::int64_t>(rows.size());
  auto const found = allocate<HostMatrix>(space, "kovar::fit::chosen_rows", n_rows, n_columns);
  Kokkos::parallel_for(
      "kovar::fit::chosen_rows", each_of(space, n_rows * n_columns), KOKKOS_LAMBDA(std::int64_t k) {
        std::int64_t const column = k / n_rows;
        std::int64_t const row = k - column * n_rows;
        found(row, column) = columns(list(row), first_column + column);
      });
  return found;
}

/// What some columns of C add to the variances of rows: those columns alone that the rows touch.
void add_variances(linalg::HostSparseMatrix const& j, std::vector<std::int64_t> const& place,
                   TouchedRows const& block, std::int64_t first_column, HostMatrix const& columns,
                   std::vector<double>& variances)
{
  Host const space;
  auto const& touched = block.places;
  auto const at = [&](std::int64_t column) {
    return std::lower_bound(touched.begin(), touched.end(), column) - touched.begin();
  };
  std::int64_t const first = at(first_column);
  std::int64_t const end = at(first_column + static_cast<std::int64_t>(columns.extent(1)));
  if (first == end) return;
  auto const rows = dense_rows(space, j, place, touched, block.first, block.end);
  std::int64_t const n_rows = block.end - block.first;
  // The columns of the pack from the first to the last that are touched; those between may not be.
  std::int64_t const low = touched[static_cast<std::size_t>(first)] - first_column;
  std::int64_t const high = touched[static_cast<std::size_t>(end) - 1] - first_column;
  auto const among = chosen_rows(columns, touched, low, high - low + 1);
  auto const times =
      allocate<HostMatrix>(space, "kovar::fit::rows_times_columns", n_rows, high - low + 1);
  linalg::gemm(space, Op::none, Op::none, 1.0, rows, among, 0.0, times);
  space.fence();  // the host reads the product
  for (std::int64_t k = first; k < end; ++k) {
    std::int64_t const column = touched[static_cast<std::size_t>(k)] - first_column - low;
    for (std::int64_t i = 0; i < n_rows; ++i)
      variances[static_cast<std::size_t>(block.first + i)] += times(i, column) * rows(i, k);
  }
}

/// An entry of a sparse row, by the place of its parameter.
struct PlacedEntry {
  std::int64_t place;
  double value;
};

/// Some rows of J, with entries by place.
std::vector<std::vector<PlacedEntry>> placed_rows(linalg::HostSparseMatrix const& j,
                                                  std::vector<std::int64_t> const& place,
                                                  std::vector<std::int64_t> const& rows)
{
  std::vector<std::vector<PlacedEntry>> found;
  for (std::int64_t const row : rows) {
    found.emplace_back();
    for (std::int64_t k = j.row_start(row); k < j.row_start(row + 1); ++k)
      if (std::int64_t const at = place[static_cast<std::size_t>(j.column(k))]; at >= 0)
        found.back().push_back({at, j.value(k)});
  }
  return found;
}

/// The share of J C J^T, to which columns of C add one pack after the other.
class YieldCovarianceShare {
 public:
  YieldCovarianceShare(Host const& space, SharedMatrix const& sum,
                       linalg::HostSparseMatrix const& j, std::vector<std::int64_t> const& place)
      : sum_(sum.local()),
        rows_(placed_rows(j, place, sum.owned_rows())),
        columns_(placed_rows(j, place, sum.owned_columns())),
        times_(Kokkos::view_alloc(space, "kovar::fit::rows_times_columns"), rows_.size(),
               pack_of_columns)
  {
  }

  void add(std::int64_t first, HostMatrix const& pack) const
  {
    multiply_rows(pack);
    multiply_columns(first, static_cast<std::int64_t>(pack.extent(1)));
  }

 private:
  /// Rows of J times the columns.
  void multiply_rows(HostMatrix const& pack) const
  {
    Host const space;
    auto const n_rows = static_cast<std::int64_t>(rows_.size());
    auto const* const rows = rows_.data();
    auto const times = times_;
    Kokkos::parallel_for("kovar::fit::rows_times_columns",
                         each_of(space, n_rows * static_cast<std::int64_t>(pack.extent(1))),
                         [=](std::int64_t k) {
                           std::int64_t const column = k / n_rows;
                           std::int64_t const row = k - column * n_rows;
                           double dot = 0;
                           for (PlacedEntry const& entry : rows[row])
                             dot += entry.value * pack(entry.place, column);
                           times(row, column) = dot;
                         });
    space.fence();  // the pack is overwritten
  }

  /// That times the entries of J in these columns.
  void multiply_columns(std::int64_t first, std::int64_t n_pack) const
  {
    Host const space;
    auto const n_rows = static_cast<std::int64_t>(rows_.size());
    auto const* const columns = columns_.data();
    auto const times = times_;
    auto const sum = sum_;
    Kokkos::parallel_for("kovar::fit::add_yield_covariance",
                         each_of(space, static_cast<std::int64_t>(columns_.size())),
                         [=](std::int64_t j) {
                           for (PlacedEntry const& entry : columns[j]) {
                             std::int64_t const k = entry.place - first;
                             if (k < 0 || k >= n_pack) continue;
                             for (std::int64_t i = 0; i < n_rows; ++i)
                               sum(i, j) += entry.value * times(i, k);
                           }
                         });
    space.fence();  // the products are overwritten
  }

  HostMatrix sum_;
  std::vector<std::vector<PlacedEntry>> rows_;
  std::vector<std::vector<PlacedEntry>> columns_;
  HostMatrix times_;
};

}  // namespace

std::vector<double> shared_yield_variances(linalg::HostSparseMatrix const& j,
                                           SharedCovariance const& c)
{
  Region const region("kovar::fit::shared_yield_variances");
  auto const place = places_of_parameters(c.free, c.n_parameters);
  auto const blocks = touched_rows(j, place);
  std::vector<double> found(static_cast<std::size_t>(j.n_rows()), 0.0);
  for_covariance_columns(c, [&](std::int64_t first, HostMatrix const& columns) {
    for (TouchedRows const& block : blocks) add_variances(j, place, block, first, columns, found);
  });
  return found;
}

SharedMatrix shared_yield_covariance(dist::Communicator const& comm,
                                     linalg::HostSparseMatrix const& j,
                                     std::vector<std::int64_t> const& place,
                                     ColumnSource const& source)
{
  Region const region("kovar::fit::shared_yield_covariance");
  Host const space;
  dist::ProcessGrid const grid(comm);
  SharedMatrix const sum(space, "kovar::fit::shared_yield_covariance", grid, j.n_rows(), j.n_rows(),
                         dist::square_blocks(grid, j.n_rows()));
  Kokkos::deep_copy(space, sum.local(), 0.0);
  YieldCovarianceShare const share(space, sum, j, place);
  source([&](std::int64_t first, HostMatrix const& pack) { share.add(first, pack); });
  dist::fill_upper_triangle(space, sum);  // the same bits on both sides of the diagonal
  return sum;
}

}  // namespace kovar::fit
