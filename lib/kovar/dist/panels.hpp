// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PANELS_HPP
#define KOVAR_DIST_PANELS_HPP

#include <kovar/core/views.hpp>
#include <kovar/dist/block_cyclic_matrix.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

/// \file
/// Panels of block-cyclic matrices: some consecutive rows or columns, sent to all ranks that multiply by them.

namespace kovar::dist {

/// Rows or columns first .. end - 1 of a matrix.
struct IndexRange {
  std::int64_t first = 0;
  std::int64_t end = 0;

  std::int64_t size() const { return end - first; }
};

/// Of how many columns panels are, unless told: products of that many terms run at the full rate of BLAS, where
/// the blocks of ScaLAPACK, 64 wide, reach half of it.
constexpr std::int64_t n_panel_columns = 256;

/// The same for factors and inverses, where others wait for what is made of a panel: a factor of order 4,000 on two
/// ranks takes 6 % less time by 128 columns than by 256.
constexpr std::int64_t n_factor_columns = 128;

/// The indices of a range that a part owns, as places where it keeps them.
inline IndexRange owned_places(BlockCyclic const& all, std::int64_t part, IndexRange range)
{
  return {all.size_before(part, range.first), all.size_before(part, range.end)};
}

/// Some rows and columns of a share.
template <class Scalar>
Matrix<Scalar, Host> part_of(Matrix<Scalar, Host> const& a, IndexRange rows, IndexRange columns)
{
  return Kokkos::subview(a, std::make_pair(rows.first, rows.end),
                         std::make_pair(columns.first, columns.end));
}

/// Memory for panels, taken once and given out in the shape that each step needs.
template <class Scalar>
class PanelMemory {
 public:
  /// \throws BackendError if there is not the memory: within agree()
  PanelMemory(Host const& space, std::string const& label, std::int64_t n_numbers)
      : numbers_(allocate<Vector<Scalar, Host>>(space, label, n_numbers))
  {
  }

  /// n_rows x n_columns, without gaps, from a number on.
  Matrix<Scalar, Host> matrix(std::int64_t n_rows, std::int64_t n_columns,
                              std::int64_t first = 0) const
  {
    return Matrix<Scalar, Host>(numbers_.data() + first, n_rows, n_columns);
  }

 private:
  Vector<Scalar, Host> numbers_;
};

/// Sends panels along the rows and columns of a process grid. All members are collective, over the whole grid.
template <class Scalar>
class PanelExchange {
 public:
  /// \param n_message  numbers that a message has at most
  /// \throws BackendError if there is not the memory: within agree()
  PanelExchange(Host const& space, ProcessGrid const& grid, std::int64_t n_message)
      : space_(space), grid_(grid), message_(space, "kovar::dist::message", n_message)
  {
  }

  /// Some columns, on all ranks of a row of the grid.
  /// \param mine  this rank's columns of the range; any rows, the same on all ranks of the row
  /// \param to    as many rows x range.size(), without gaps
  void columns_along_row(BlockCyclic const& columns, IndexRange range,
                         Matrix<Scalar, Host> const& mine, Matrix<Scalar, Host> const& to) const;

  /// The same, begun: `to` is not touched before all of the messages have come.
  std::vector<PendingMessages> start_columns_along_row(BlockCyclic const& columns, IndexRange range,
                                                       Matrix<Scalar, Host> const& mine,
                                                       Matrix<Scalar, Host> const& to) const;

  /// Write the columns that this rank has of a panel: the end of columns_along_row(). No communication.
  /// \param panel  rows x range.size()
  void keep_columns(BlockCyclic const& columns, IndexRange range, Matrix<Scalar, Host> const& panel,
                    Matrix<Scalar, Host> const& mine) const;

  /// Some rows, on all ranks of a column of the grid. A message has a block of rows.
  /// \param mine  this rank's rows of the range; any columns, the same on all ranks of the column
  /// \param to    range.size() x (as many columns), without gaps
  void rows_along_column(BlockCyclic const& rows, IndexRange range,
                         Matrix<Scalar, Host> const& mine, Matrix<Scalar, Host> const& to) const;

  /// Write the rows that this rank has of a panel: the end of rows_along_column(). No communication.
  /// \param panel  range.size() x columns
  void keep_rows(BlockCyclic const& rows, IndexRange range, Matrix<Scalar, Host> const& panel,
                 Matrix<Scalar, Host> const& mine) const;

  /// A square on the diagonal, on all ranks. \param to  range.size() x range.size(), without gaps
  void diagonal_square(BlockCyclicMatrix<Scalar> const& a, IndexRange range,
                       PanelMemory<Scalar> const& memory, Matrix<Scalar, Host> const& to) const;

  /// Columns of a panel that the ranks own as columns of a matrix, given to those that own them as its rows.
  /// \param mine  width x (this rank's columns of the range), the same on all ranks of a column of the grid
  /// \param to    width x (this rank's rows of the range)
  void columns_to_rows(BlockCyclic const& columns, BlockCyclic const& rows, IndexRange range,
                       Matrix<Scalar, Host> const& mine, Matrix<Scalar, Host> const& to) const;

  /// The other way round: rows of a panel, given to those that own them as columns.
  /// \param mine  (this rank's rows of the range) x width, the same on all ranks of a row of the grid
  /// \param to    (this rank's columns of the range) x width
  void rows_to_columns(BlockCyclic const& rows, BlockCyclic const& columns, IndexRange range,
                       Matrix<Scalar, Host> const& mine, Matrix<Scalar, Host> const& to) const;

 private:
  /// Call send(part of `to`, owner) for each block of columns, those of this rank being there.
  template <class Send>
  void send_columns(BlockCyclic const& columns, IndexRange range, Matrix<Scalar, Host> const& mine,
                    Matrix<Scalar, Host> const& to, Send const& send) const;

  Host space_;
  ProcessGrid grid_;
  PanelMemory<Scalar> message_;
};

/// Numbers of a message of columns_to_rows(), or rows_to_columns(), at most: no part has more than part 0.
inline std::int64_t largest_message(BlockCyclic const& from, BlockCyclic const& to,
                                    std::int64_t width)
{
  return to.parts == 1 && from.parts == 1 ? 0 : width * std::min(from.size(0), to.size(0));
}

/// Numbers of a message of rows_along_column() at most.
inline std::int64_t largest_block_message(BlockCyclic const& rows, BlockCyclic const& columns,
                                          std::int64_t width)
{
  return rows.parts == 1 ? 0 : std::min(width, rows.block) * columns.size(0);
}

}  // namespace kovar::dist

#endif
