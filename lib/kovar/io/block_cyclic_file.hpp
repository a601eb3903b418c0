// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_BLOCK_CYCLIC_FILE_HPP
#define KOVAR_IO_BLOCK_CYCLIC_FILE_HPP

#include <kovar/dist/block_cyclic_matrix.hpp>
#include <kovar/io/hdf5_file.hpp>

#include <string>

/// \file
/// Matrices over ranks in HDF5 datasets.

namespace kovar::io {

/// An HDF5 file that ranks fill together: through MPI-IO where HDF5 can do that, else through rank 0.
class SharedHdf5File {
 public:
  /// Open a file that is there, on all ranks. Collective.
  /// \throws BackendError, on all ranks, if it cannot be opened
  SharedHdf5File(dist::Communicator const& comm, std::string const& path);
  SharedHdf5File(SharedHdf5File const&) = delete;
  SharedHdf5File& operator=(SharedHdf5File const&) = delete;

  /// Write a matrix into a dataset of its shape, such that element (i, j) of the dataset is entry (i, j).
  /// Collective. Memory: 64 MB, or two rows if that is more.
  /// \throws BackendError, on all ranks, if writing fails on one (disk full ...)
  template <class Scalar>
  void write(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a);

  /// Collective. \throws BackendError, on all ranks, if closing fails on one
  void close();

 private:
  bool writes() const { return file_.valid(); }
  int n_writers() const;
  /// \throws BackendError, on all ranks, if an id is negative on one that writes
  void require(bool is_good, char const* routine);

  QuietHdf5 quiet_;
  dist::Communicator comm_;
  std::string path_;
  bool together_ = false;  ///< through MPI-IO
  Hdf5Handle file_;
};

}  // namespace kovar::io

#endif
