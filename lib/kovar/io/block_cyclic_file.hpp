// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_BLOCK_CYCLIC_FILE_HPP
#define KOVAR_IO_BLOCK_CYCLIC_FILE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/io/hdf5_file.hpp>

#include <cstdint>
#include <string>

/// \file
/// Matrices over ranks in HDF5 datasets.

namespace kovar::io {

/// How the rows of a matrix lie in a dataset.
enum class RowStorage {
  matrix,  ///< a dataset of its shape
  packed,  ///< end to end, in a dataset of one column
  lower    ///< the same of a square matrix, each row up to the diagonal
};

/// Entries that are stored, which is the length of a dataset of one column.
template <class Scalar>
std::int64_t n_stored(dist::BlockCyclicMatrix<Scalar> const& a, RowStorage storage);

/// Hash of the stored entries in their order, on all ranks: the same for all grids and blocks, and that of
/// hash_of_array() of the packed rows. Collective.
template <class Scalar>
std::uint64_t hash_of_rows(dist::BlockCyclicMatrix<Scalar> const& a, RowStorage storage);

/// An HDF5 file that ranks fill or read together: through MPI-IO where HDF5 can do that, else through rank 0.
class SharedHdf5File {
 public:
  enum class Use { write, read };
  enum class Route { automatic, through_root };

  /// Open a file that is there, on all ranks. Collective.
  /// \throws BackendError, on all ranks, if it cannot be opened
  SharedHdf5File(dist::Communicator const& comm, std::string const& path, Use use = Use::write,
                 Route route = Route::automatic);
  SharedHdf5File(SharedHdf5File const&) = delete;
  SharedHdf5File& operator=(SharedHdf5File const&) = delete;

  /// Write a matrix into a dataset, which is there. Collective. Memory: 64 MB, or two rows if that is more.
  /// \throws BackendError, on all ranks, if writing fails on one (disk full ...)
  template <class Scalar>
  void write(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
             RowStorage storage = RowStorage::matrix);

  /// Read a matrix of this shape from a dataset. With RowStorage::lower entries above the diagonal become 0.
  /// Collective. Memory as for write().
  /// \throws BackendError, on all ranks, if reading fails on one
  template <class Scalar>
  void read(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a,
            RowStorage storage = RowStorage::matrix);

  /// Bring all to the disk, and close. Collective.
  /// \throws BackendError, on all ranks, if that fails on one
  void close();

 private:
  bool takes_part() const { return file_.valid(); }
  Hdf5Handle open_dataset(std::string const& name);
  /// \throws BackendError, on all ranks, if something is not good on one that takes part
  void require(bool is_good, char const* routine);

  QuietHdf5 quiet_;
  dist::Communicator comm_;
  std::string path_;
  Use use_;
  bool together_ = false;  ///< through MPI-IO
  Hdf5Handle file_;
};

}  // namespace kovar::io

#endif
