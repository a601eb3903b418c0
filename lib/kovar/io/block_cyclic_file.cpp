// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/region.hpp>
#include <kovar/dist/redistribute.hpp>
#include <kovar/io/block_cyclic_file.hpp>
#include <kovar/io/hdf5_native.hpp>

#include <hdf5.h>

#if defined(KOVAR_ENABLE_MPI) && defined(H5_HAVE_PARALLEL)
#define KOVAR_HAS_MPI_IO
#include <kovar/dist/backend/mpi.hpp>
#endif

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kovar::io {
namespace {

/// Rows are gathered in pieces of this size.
constexpr std::int64_t piece_bytes = std::int64_t{1} << 25;

Hdf5Handle open_for_writing(dist::Communicator const& comm, std::string const& path, bool together)
{
  Hdf5Handle const access = hdf5_file_access();
#ifdef KOVAR_HAS_MPI_IO
  if (together) H5Pset_fapl_mpio(access.id(), comm.backend().comm, MPI_INFO_NULL);
#endif
  if (!together && !comm.is_root()) return {};
  return {H5Fopen(path.c_str(), H5F_ACC_RDWR, access.id()), H5Fclose};
}

Hdf5Handle transfer_properties([[maybe_unused]] bool together)
{
  Hdf5Handle transfer(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
#ifdef KOVAR_HAS_MPI_IO
  if (together) H5Pset_dxpl_mpio(transfer.id(), H5FD_MPIO_COLLECTIVE);
#endif
  return transfer;
}

/// Column-major rows as HDF5 wants them, tile by tile.
template <class View, class Scalar>
void transpose(View const& from, std::int64_t n_rows, std::int64_t n_columns,
               std::vector<Scalar>& to)
{
  constexpr std::int64_t tile = 32;
  for (std::int64_t i0 = 0; i0 < n_rows; i0 += tile)
    for (std::int64_t j0 = 0; j0 < n_columns; j0 += tile)
      for (std::int64_t j = j0; j < std::min(j0 + tile, n_columns); ++j)
        for (std::int64_t i = i0; i < std::min(i0 + tile, n_rows); ++i)
          to[static_cast<std::size_t>(i * n_columns + j)] = from(i, j);
}

/// Rows [first, first + n_rows) of a dataset; none is a choice too. Negative if HDF5 fails.
int write_rows(Hdf5Handle const& dataset, Hdf5Handle const& transfer, hid_t type,
               std::int64_t first, std::int64_t n_rows, std::int64_t n_columns, void const* values)
{
  Hdf5Handle const in_file(H5Dget_space(dataset.id()), H5Sclose);
  hsize_t const start[2] = {static_cast<hsize_t>(first), 0};
  hsize_t const count[2] = {static_cast<hsize_t>(n_rows), static_cast<hsize_t>(n_columns)};
  Hdf5Handle const in_memory(H5Screate_simple(2, count, nullptr), H5Sclose);
  if (n_rows == 0) {
    H5Sselect_none(in_file.id());
    H5Sselect_none(in_memory.id());
  } else {
    H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr);
  }
  return H5Dwrite(dataset.id(), type, in_memory.id(), in_file.id(), transfer.id(), values);
}

}  // namespace

SharedHdf5File::SharedHdf5File(dist::Communicator const& comm, std::string const& path)
    : comm_(comm), path_(path)
{
#ifdef KOVAR_HAS_MPI_IO
  together_ = comm.size() > 1;
#endif
  file_ = open_for_writing(comm, path, together_);
  require(file_.valid() || (!together_ && !comm.is_root()), "H5Fopen");
}

int SharedHdf5File::n_writers() const { return together_ ? comm_.size() : 1; }

void SharedHdf5File::require(bool is_good, char const* routine)
{
  std::string const reason = is_good ? "" : hdf5_message();
  dist::agree(comm_, [&] {
    if (!is_good)
      throw BackendError("writing '" + path_ + "' failed in " + routine + " (" + reason + ")");
  });
}

template <class Scalar>
void SharedHdf5File::write(std::string const& name, dist::BlockCyclicMatrix<Scalar> const& a)
{
  Region const region("kovar::io::write_block_cyclic[HDF5]");
  dist::Host const space;
  Hdf5Handle dataset;
  if (writes()) dataset = Hdf5Handle(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  require(!writes() || dataset.valid(), "H5Dopen");
  std::int64_t const n_rows = a.n_rows();
  std::int64_t const n_columns = a.n_columns();
  if (n_rows == 0 || n_columns == 0) return;

  // A panel has as many rows for each rank that writes as fit a piece.
  std::int64_t const n_panels_rows = (n_rows + n_writers() - 1) / n_writers();
  std::int64_t const rows_each = std::clamp<std::int64_t>(
      piece_bytes / (n_columns * static_cast<std::int64_t>(sizeof(Scalar))), 1, n_panels_rows);
  std::int64_t const panel_rows = rows_each * n_writers();
  dist::BlockCyclicMatrix<Scalar> const panel(space, "kovar::io::rows_to_write",
                                              dist::ProcessGrid(a.grid().comm(), {comm_.size(), 1}),
                                              panel_rows, n_columns, {rows_each, n_columns});
  std::vector<Scalar> buffer;
  dist::agree(comm_, [&] { buffer.resize(panel.local().size()); });
  Hdf5Handle const transfer = transfer_properties(together_);
  for (std::int64_t first = 0; first < n_rows; first += panel_rows) {
    std::int64_t const extent = std::min(panel_rows, n_rows - first);
    dist::copy_block(space, a, {first, 0}, panel, {}, {extent, n_columns});
    space.fence();  // HDF5 reads the rows on the host
    std::int64_t const begin = std::min(extent, comm_.rank() * rows_each);
    std::int64_t const n_mine = writes() ? std::min(extent - begin, rows_each) : 0;
    transpose(panel.local(), n_mine, n_columns, buffer);
    int status = 0;
    if (writes())
      status = write_rows(dataset, transfer, native_type<Scalar>(), first + begin, n_mine,
                          n_columns, buffer.data());
    require(status >= 0, "H5Dwrite");
  }
  require(dataset.close() >= 0, "H5Dclose");
}

void SharedHdf5File::close() { require(file_.close() >= 0, "H5Fclose"); }

template void SharedHdf5File::write(std::string const&, dist::BlockCyclicMatrix<double> const&);
template void SharedHdf5File::write(std::string const&, dist::BlockCyclicMatrix<float> const&);

}  // namespace kovar::io
