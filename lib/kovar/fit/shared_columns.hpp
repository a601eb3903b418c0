// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_FIT_SHARED_COLUMNS_HPP
#define KOVAR_FIT_SHARED_COLUMNS_HPP

#include <kovar/core/views.hpp>
#include <kovar/fit/shared_covariance.hpp>

#include <cstdint>
#include <functional>
#include <vector>

/// \file
/// Whole columns of a covariance of which each rank keeps a share, some at a time on all ranks.

namespace kovar::fit {

/// Called with the number of the first of some columns and these: n x at most pack_of_columns, both triangles,
/// overwritten after it.
using TakeColumns =
    std::function<void(std::int64_t first, Matrix<double, dist::Host> const& columns)>;

/// Wide enough for products by blocks, and small beside a share.
constexpr std::int64_t pack_of_columns = 64;

/// Room for some columns at a time, taken once: no rank can run out of memory while others add up columns.
class ColumnPack {
 public:
  /// Collective.
  /// \param most_columns  at a time
  /// \throws BackendError, on all ranks, if one has no room
  ColumnPack(SharedCovariance const& covariance, std::int64_t most_columns);

  /// Some columns, n free x n_columns, on all ranks; overwritten by the next ones. Collective.
  /// \param places  the same on all ranks: rows of the matrix, not parameters
  /// Cost: n numbers a column are added up over ranks.
  Matrix<double, dist::Host> columns(std::int64_t const* places, std::int64_t n_columns) const;

 private:
  dist::BlockCyclicMatrix<double> matrix_;
  std::vector<std::int64_t> owned_rows_;
  std::vector<std::int64_t> owned_columns_;
  Matrix<double, dist::Host> pack_;
};

/// Some columns alone, n free x their number, on all ranks. Collective.
/// \param places  the same on all ranks: rows of the matrix, not parameters
/// \throws BackendError, on all ranks, if one has no room
/// Cost: as ColumnPack::columns().
Matrix<double, dist::Host> covariance_columns(SharedCovariance const& covariance,
                                              std::vector<std::int64_t> const& places);

/// All columns, pack after pack, on all ranks. Collective, also take() may be: what it needs is to be allocated before,
/// within agree(), as a rank on which it throws leaves the others waiting.
/// \throws BackendError, on all ranks, if one has no room for a pack
void for_covariance_columns(SharedCovariance const& covariance, TakeColumns const& take);

/// Of parameters that are not correlated, without messages.
/// \param variance  of each place
void for_diagonal_columns(std::vector<double> const& variance, TakeColumns const& take);

/// The row of each parameter, -1 of frozen ones.
std::vector<std::int64_t> places_of_parameters(std::vector<std::int64_t> const& free,
                                               std::int64_t n_parameters);

/// n parameters x n parameters, both triangles, 0 for frozen ones. Collective.
/// Cost: the upper triangle of the shares is filled; where parameters are frozen, a second matrix.
dist::BlockCyclicMatrix<double> of_all_parameters(SharedCovariance const& covariance);

}  // namespace kovar::fit

#endif
