// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_DIST_PROCESS_GRID_HPP
#define KOVAR_DIST_PROCESS_GRID_HPP

#include <kovar/dist/communicator.hpp>

#include <memory>

/// \file
/// Ranks in rows and columns, over which matrices are spread.

namespace kovar::dist {

struct GridShape {
  int rows = 1;
  int columns = 1;
};

/// The shape of n_ranks ranks with the fewest more columns than rows: 1 x 2, 1 x 3, 2 x 2, 2 x 3, 3 x 3. A
/// prime number of ranks makes one row, on which factorizations wait longer for each other.
GridShape nearly_square(int n_ranks);

/// All ranks of a communicator, row after row; copies share it. More than one rank need ScaLAPACK.
/// MPI errors inside ScaLAPACK and ELPA, which look at none, end the run.
class ProcessGrid {
 public:
  /// This process alone.
  ProcessGrid() : ProcessGrid(Communicator()) {}

  /// Collective; so is the end of the last copy.
  /// \throws InputError, on all ranks, where the shape does not have as many places as there are ranks, or
  ///         kovar was built without ScaLAPACK and there is more than one rank
  ProcessGrid(Communicator const& comm, GridShape shape);
  explicit ProcessGrid(Communicator const& comm) : ProcessGrid(comm, nearly_square(comm.size())) {}

  Communicator const& comm() const { return comm_; }
  int n_rows() const { return shape_.rows; }
  int n_columns() const { return shape_.columns; }
  int row() const { return rank_ / shape_.columns; }  ///< of this rank
  int column() const { return rank_ % shape_.columns; }
  /// The ranks of this rank's row, in order of columns, and those of its column.
  Communicator const& along_row() const { return along_row_; }
  Communicator const& along_column() const { return along_column_; }
  bool is_alone() const { return shape_.rows * shape_.columns == 1; }

  /// The parts that only dist/backend may look into.
  struct Backend;
  Backend const* backend() const { return backend_.get(); }

  friend bool operator==(ProcessGrid const& a, ProcessGrid const& b)
  {
    return (a.is_alone() && b.is_alone()) || a.backend_ == b.backend_;
  }
  friend bool operator!=(ProcessGrid const& a, ProcessGrid const& b) { return !(a == b); }

 private:
  Communicator comm_;
  Communicator along_row_;
  Communicator along_column_;
  GridShape shape_;
  int rank_ = 0;
  std::shared_ptr<Backend const> backend_;  ///< none on one rank
};

}  // namespace kovar::dist

#endif
