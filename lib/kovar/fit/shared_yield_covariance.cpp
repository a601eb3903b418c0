// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/each_of.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/fit/shared_yield_covariance.hpp>
#include <kovar/fit/yield_covariance.hpp>
#include <kovar/linalg/product.hpp>

#include <algorithm>
#include <optional>
#include <utility>

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

/// The variances of rows, to which columns of C add one pack after the other: for each block of rows those rows and
/// columns of C alone that it touches.
class YieldVariances {
 public:
  /// Takes all memory.
  YieldVariances(linalg::HostSparseMatrix const& j, std::vector<std::int64_t> place)
      : j_(j),
        place_(std::move(place)),
        blocks_(touched_rows(j_, place_)),
        found_(static_cast<std::size_t>(j.n_rows()), 0.0)
  {
    Host const space;
    std::size_t most = 0;
    for (TouchedRows const& block : blocks_) most = std::max(most, block.places.size());
    std::int64_t const n_rows = std::min(n_block_rows, j.n_rows());
    rows_ = allocate<HostMatrix>(space, "kovar::fit::touched_rows", n_rows, most);
    among_ = allocate<HostMatrix>(space, "kovar::fit::touched_columns", most, pack_of_columns);
    times_ = allocate<HostMatrix>(space, "kovar::fit::rows_times_columns", n_rows, pack_of_columns);
  }

  void add(std::int64_t first_column, HostMatrix const& pack)
  {
    std::int64_t const end_column = first_column + static_cast<std::int64_t>(pack.extent(1));
    for (TouchedRows const& block : blocks_) {
      std::int64_t const first = among(block, first_column);
      std::int64_t const end = among(block, end_column);
      if (first < end) add_block(block, first, end, first_column, pack);
    }
  }

  std::vector<double> const& found() const { return found_; }

 private:
  /// The first of the places of a block that is not before one.
  static std::int64_t among(TouchedRows const& block, std::int64_t place)
  {
    return std::lower_bound(block.places.begin(), block.places.end(), place) - block.places.begin();
  }

  /// Of the places first to end - 1 of a block, which are columns of the pack.
  void add_block(TouchedRows const& block, std::int64_t first, std::int64_t end,
                 std::int64_t first_column, HostMatrix const& pack)
  {
    Host const space;
    std::int64_t const n_rows = block.end - block.first;
    auto const n_touched = static_cast<std::int64_t>(block.places.size());
    auto const rows = corner(rows_, n_rows, n_touched);
    auto const columns = corner(among_, n_touched, end - first);
    auto const times = corner(times_, n_rows, end - first);
    fill_rows(block, rows);
    gather(block, first, first_column, pack, columns);
    linalg::gemm(space, Op::none, Op::none, 1.0, rows, columns, 0.0, times);
    space.fence();  // the host reads the product
    for (std::int64_t k = first; k < end; ++k)
      for (std::int64_t i = 0; i < n_rows; ++i)
        found_[static_cast<std::size_t>(block.first + i)] += times(i, k - first) * rows(i, k);
  }

  static HostMatrix corner(HostMatrix const& a, std::int64_t n_rows, std::int64_t n_columns)
  {
    return Kokkos::subview(a, std::make_pair(std::int64_t{0}, n_rows),
                           std::make_pair(std::int64_t{0}, n_columns));
  }

  /// Rows of J, dense in the columns that they touch.
  void fill_rows(TouchedRows const& block, HostMatrix const& rows) const
  {
    Host const space;
    Kokkos::deep_copy(space, rows, 0.0);
    space.fence();  // the host fills what was set to 0
    for (std::int64_t row = block.first; row < block.end; ++row)
      for (std::int64_t k = j_.row_start(row); k < j_.row_start(row + 1); ++k)
        if (std::int64_t const at = place_[static_cast<std::size_t>(j_.column(k))]; at >= 0)
          rows(row - block.first, among(block, at)) = j_.value(k);
  }

  /// Touched rows of touched columns of a pack, of those from the place first on.
  static void gather(TouchedRows const& block, std::int64_t first, std::int64_t first_column,
                     HostMatrix const& pack, HostMatrix const& to)
  {
    Host const space;
    auto const n_rows = static_cast<std::int64_t>(to.extent(0));
    auto const* const touched = block.places.data();
    Kokkos::parallel_for(
        "kovar::fit::touched_columns",
        each_of(space, n_rows * static_cast<std::int64_t>(to.extent(1))), [=](std::int64_t k) {
          std::int64_t const column = k / n_rows;
          std::int64_t const row = k - column * n_rows;
          to(row, column) = pack(touched[row], touched[first + column] - first_column);
        });
  }

  linalg::HostSparseMatrix j_;
  std::vector<std::int64_t> place_;
  std::vector<TouchedRows> blocks_;
  std::vector<double> found_;
  HostMatrix rows_;
  HostMatrix among_;
  HostMatrix times_;
};

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
  std::optional<YieldVariances> variances;
  dist::agree(c.matrix.grid().comm(),
              [&] { variances.emplace(j, places_of_parameters(c.free, c.n_parameters)); });
  for_covariance_columns(
      c, [&](std::int64_t first, HostMatrix const& columns) { variances->add(first, columns); });
  return variances->found();
}

SharedMatrix shared_yield_covariance(dist::ProcessGrid const& grid,
                                     linalg::HostSparseMatrix const& j,
                                     std::vector<std::int64_t> const& place,
                                     ColumnSource const& source)
{
  Region const region("kovar::fit::shared_yield_covariance");
  Host const space;
  SharedMatrix const sum(space, "kovar::fit::shared_yield_covariance", grid, j.n_rows(), j.n_rows(),
                         dist::square_blocks(grid, j.n_rows()));
  Kokkos::deep_copy(space, sum.local(), 0.0);
  std::optional<YieldCovarianceShare> share;
  dist::agree(grid.comm(), [&] { share.emplace(space, sum, j, place); });
  source([&](std::int64_t first, HostMatrix const& pack) { share->add(first, pack); });
  dist::fill_upper_triangle(space, sum);  // the same bits on both sides of the diagonal
  return sum;
}

}  // namespace kovar::fit
