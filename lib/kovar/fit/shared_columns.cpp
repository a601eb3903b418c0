// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/region.hpp>
#include <kovar/dist/product.hpp>
#include <kovar/fit/shared_columns.hpp>

#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

namespace kovar::fit {
namespace {

using dist::Host;
using SharedMatrix = dist::BlockCyclicMatrix<double>;
using HostMatrix = Matrix<double, Host>;

/// What this rank has of column k of a symmetric matrix whose lower triangle is given.
/// \param column  filled with 0
void put_own(SharedMatrix const& a, std::int64_t k, std::vector<std::int64_t> const& rows,
             std::vector<std::int64_t> const& columns, double* column)
{
  if (a.rows().owner(k) == a.grid().row())  // row k, left of the diagonal and on it
    for (std::size_t j = 0; j < columns.size() && columns[j] <= k; ++j)
      column[columns[j]] = a.local()(a.rows().local(k), j);
  if (a.columns().owner(k) == a.grid().column())  // below it
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] > k) column[rows[i]] = a.local()(i, a.columns().local(k));
}

/// The first columns of a pack.
HostMatrix first_columns(HostMatrix const& pack, std::int64_t n)
{
  return Kokkos::subview(pack, Kokkos::ALL, std::make_pair(std::int64_t{0}, n));
}

}  // namespace

ColumnPack::ColumnPack(SharedCovariance const& covariance, std::int64_t most_columns)
    : matrix_(covariance.matrix)
{
  dist::agree(matrix_.grid().comm(), [&] {
    owned_rows_ = matrix_.owned_rows();
    owned_columns_ = matrix_.owned_columns();
    pack_ =
        allocate<HostMatrix>(Host(), "kovar::fit::pack_of_columns", matrix_.n_rows(), most_columns);
  });
}

HostMatrix ColumnPack::columns(std::int64_t const* places, std::int64_t n_columns) const
{
  Host const space;
  auto const found = first_columns(pack_, n_columns);
  Kokkos::deep_copy(space, found, 0.0);
  space.fence();  // the host fills what was set to 0
  for (std::int64_t k = 0; k < n_columns; ++k)
    put_own(matrix_, places[k], owned_rows_, owned_columns_, &found(0, k));
  matrix_.grid().comm().sum_to_all(found.data(), static_cast<std::int64_t>(found.size()));
  return found;
}

HostMatrix covariance_columns(SharedCovariance const& covariance,
                              std::vector<std::int64_t> const& places)
{
  auto const n = static_cast<std::int64_t>(places.size());
  return ColumnPack(covariance, n).columns(places.data(), n);
}

void for_covariance_columns(SharedCovariance const& covariance, TakeColumns const& take)
{
  Region const region("kovar::fit::for_covariance_columns");
  std::int64_t const n = covariance.matrix.n_rows();
  ColumnPack const pack(covariance, std::min(pack_of_columns, n));
  std::array<std::int64_t, pack_of_columns> places = {};
  for (std::int64_t first = 0; first < n; first += pack_of_columns) {
    std::int64_t const n_pack = std::min(pack_of_columns, n - first);
    std::iota(places.begin(), places.begin() + n_pack, first);
    take(first, pack.columns(places.data(), n_pack));
  }
}

void for_diagonal_columns(std::vector<double> const& variance, TakeColumns const& take)
{
  Host const space;
  auto const n = static_cast<std::int64_t>(variance.size());
  HostMatrix const pack(Kokkos::view_alloc(space, "kovar::fit::diagonal_columns"), n,
                        std::min(pack_of_columns, n));
  space.fence();  // the host fills what was set to 0
  for (std::int64_t first = 0; first < n; first += pack_of_columns) {
    std::int64_t const n_pack = std::min(pack_of_columns, n - first);
    for (std::int64_t k = 0; k < n_pack; ++k)
      pack(first + k, k) = variance[static_cast<std::size_t>(first + k)];
    take(first, first_columns(pack, n_pack));
    for (std::int64_t k = 0; k < n_pack; ++k) pack(first + k, k) = 0;
  }
}

std::vector<std::int64_t> places_of_parameters(std::vector<std::int64_t> const& free,
                                               std::int64_t n_parameters)
{
  std::vector<std::int64_t> place(static_cast<std::size_t>(n_parameters), -1);
  for (std::size_t k = 0; k < free.size(); ++k)
    place[static_cast<std::size_t>(free[k])] = static_cast<std::int64_t>(k);
  return place;
}

SharedMatrix of_all_parameters(SharedCovariance const& covariance)
{
  Region const region("kovar::fit::of_all_parameters");
  Host const space;
  auto const& grid = covariance.matrix.grid();
  std::int64_t const n = covariance.n_parameters;
  dist::agree(grid.comm(), [&] { require_matrix(covariance, "covariance of all parameters"); });
  if (n == covariance.matrix.n_rows()) {
    dist::fill_upper_triangle(space, covariance.matrix);
    return covariance.matrix;
  }
  SharedMatrix const all(space, "kovar::fit::covariance_of_all", grid, n, n,
                         dist::square_blocks(grid, n));
  Kokkos::deep_copy(space, all.local(), 0.0);
  std::vector<std::int64_t> place, rows;
  dist::agree(grid.comm(), [&] {
    place = places_of_parameters(covariance.free, n);
    rows = all.owned_rows();
  });
  space.fence();  // the host fills what was set to 0
  for_covariance_columns(covariance, [&](std::int64_t first, HostMatrix const& columns) {
    for (std::size_t k = 0; k < columns.extent(1); ++k) {
      std::int64_t const j = covariance.free[static_cast<std::size_t>(first) + k];
      if (all.columns().owner(j) != grid.column()) continue;
      for (std::size_t i = 0; i < rows.size(); ++i)
        if (std::int64_t const at = place[static_cast<std::size_t>(rows[i])]; at >= 0)
          all.local()(i, all.columns().local(j)) = columns(at, k);
    }
  });
  return all;
}

}  // namespace kovar::fit
