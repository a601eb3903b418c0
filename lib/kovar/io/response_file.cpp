// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/hdf5_native.hpp>
#include <kovar/io/response_dataset.hpp>
#include <kovar/io/response_file.hpp>

#include <hdf5.h>

#if defined(KOVAR_ENABLE_MPI) && defined(H5_HAVE_PARALLEL)
#define KOVAR_HAS_MPI_IO
#include <kovar/dist/backend/mpi.hpp>
#endif

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace kovar::io {
namespace {

/// The file and its dataset, opened by all ranks together or by each for itself.
struct OpenDataset {
  Hdf5Handle file;
  Hdf5Handle dataset;
  Hdf5Handle transfer;  ///< how to read
};

OpenDataset open_together(dist::Communicator const& comm, std::string const& path,
                          std::string const& name, bool mpi_io)
{
  OpenDataset open;
  std::string reason;
#ifdef KOVAR_HAS_MPI_IO
  if (mpi_io) {
    Hdf5Handle const access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
    H5Pset_fapl_mpio(access.id(), comm.backend().comm, MPI_INFO_NULL);
    open.file = Hdf5Handle(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
    if (!open.file.valid()) reason = hdf5_message();
  }
#endif
  dist::agree(comm, [&] {
    if (!mpi_io) open.file = open_hdf5_file(path);
    if (!open.file.valid())
      throw BackendError("'" + path + "' cannot be opened through MPI-IO (HDF5: " + reason + ")");
  });

  open.dataset = Hdf5Handle(H5Dopen2(open.file.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  if (!open.dataset.valid()) reason = hdf5_message();
  open.transfer = Hdf5Handle(H5Pcreate(H5P_DATASET_XFER), H5Pclose);
#ifdef KOVAR_HAS_MPI_IO
  if (mpi_io) H5Pset_dxpl_mpio(open.transfer.id(), H5FD_MPIO_COLLECTIVE);
#endif
  dist::agree(comm, [&] {
    if (!open.dataset.valid())
      throw BackendError("'" + name + "' in '" + path + "' cannot be opened (HDF5: " + reason +
                         ")");
  });
  return open;
}

/// Extents of the pieces in which a block is read: full in the fast axes, and in the slow ones as
/// far as the limit goes; whole chunks where they fit, for each is unpacked once per piece.
Extents piece_extents(Extents const& block, Extents const& chunk, std::int64_t element_bytes,
                      std::int64_t limit)
{
  Extents piece = block;
  std::int64_t fast = element_bytes;
  for (std::size_t axis = 3; axis-- > 0;) {
    std::int64_t const fitting = std::max<std::int64_t>(1, limit / fast);
    if (block[axis] > fitting)
      piece[axis] = fitting < chunk[axis] ? fitting : fitting - fitting % chunk[axis];
    fast *= std::max<std::int64_t>(1, piece[axis]);
  }
  return piece;
}

std::array<hsize_t, 3> as_hsize(Extents const& extents)
{
  std::array<hsize_t, 3> result{};
  std::copy(extents.begin(), extents.end(), result.begin());
  return result;
}

/// Read [first, first + count) of the file into the same box of the block, which begins at origin.
/// An empty box takes part and reads nothing. Negative if HDF5 failed.
herr_t read_piece(OpenDataset const& open, hid_t memory_type, Extents const& block,
                  Extents const& origin, Extents const& first, Extents const& count, void* values)
{
  Hdf5Handle const in_file(H5Dget_space(open.dataset.id()), H5Sclose);
  auto const block_extents = as_hsize(block);
  Hdf5Handle const in_memory(H5Screate_simple(3, block_extents.data(), nullptr), H5Sclose);
  if (count[0] > 0 && count[1] > 0 && count[2] > 0) {
    auto const extents = as_hsize(count);
    auto const from = as_hsize({origin[0] + first[0], origin[1] + first[1], origin[2] + first[2]});
    auto const to = as_hsize(first);
    H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, from.data(), nullptr, extents.data(),
                        nullptr);
    H5Sselect_hyperslab(in_memory.id(), H5S_SELECT_SET, to.data(), nullptr, extents.data(),
                        nullptr);
  } else {
    H5Sselect_none(in_file.id());
    H5Sselect_none(in_memory.id());
  }
  return H5Dread(open.dataset.id(), memory_type, in_memory.id(), in_file.id(), open.transfer.id(),
                 values);
}

/// Place of the shared axis in the file.
std::size_t axis_in_file(SharedAxis shared, AxisOrder order)
{
  if (shared == SharedAxis::conditions) return 1;
  return order == AxisOrder::units_conditions_trials ? 0 : 2;
}

/// Read this rank's block of an axis into values, axes as in the file. Every rank makes the same number
/// of calls, also after one of them failed: the others wait in it.
void read_block(dist::Communicator const& comm, std::string const& path, std::string const& name,
                StoredResponses const& found, std::size_t shared_axis, hid_t memory_type,
                std::int64_t bytes_per_call, void* values)
{
  dist::Blocks const blocks{found.extents[shared_axis], comm.size()};
  Extents origin = {0, 0, 0};
  origin[shared_axis] = blocks.begin(comm.rank());
  Extents mine = found.extents;
  mine[shared_axis] = blocks.size(comm.rank());
  Extents largest = found.extents;
  largest[shared_axis] = blocks.size(0);
  Extents const piece =
      piece_extents(largest, found.chunk, static_cast<std::int64_t>(H5Tget_size(memory_type)),
                    std::max<std::int64_t>(1, bytes_per_call));

  bool mpi_io = false;
#ifdef KOVAR_HAS_MPI_IO
  mpi_io = comm.size() > 1 && found.mpi_io;
#endif
  OpenDataset const open = open_together(comm, path, name, mpi_io);
  std::string reason;
  Extents at{};
  for (at[0] = 0; at[0] < largest[0]; at[0] += piece[0])
    for (at[1] = 0; at[1] < largest[1]; at[1] += piece[1])
      for (at[2] = 0; at[2] < largest[2]; at[2] += piece[2]) {
        Extents count{};
        for (std::size_t axis = 0; axis < 3; ++axis)
          count[axis] = std::max<std::int64_t>(0, std::min(piece[axis], mine[axis] - at[axis]));
        if (!mpi_io && !reason.empty()) continue;
        if (read_piece(open, memory_type, mine, origin, at, count, values) < 0 && reason.empty())
          reason = hdf5_message();
      }
  dist::agree(comm, [&] {
    if (!reason.empty())
      throw BackendError("reading '" + name + "' from '" + path + "' failed in H5Dread (" + reason +
                         "); the file may be damaged: try h5dump on it");
  });
}

template <class Scalar>
HostResponses<Scalar> allocate_responses(std::int64_t n_units, std::int64_t n_conditions,
                                         std::int64_t n_trials, AxisOrder order)
{
  std::string const label = "kovar::io::responses";
  require_memory<Kokkos::DefaultHostExecutionSpace>(
      "reading the responses",
      static_cast<double>(n_units) * static_cast<double>(n_conditions) *
          static_cast<double>(n_trials) * sizeof(Scalar),
      "spread the conditions over more ranks and machines, or read them in single precision");
  Kokkos::DefaultHostExecutionSpace const space;
  auto const uninitialized = Kokkos::view_alloc(space, Kokkos::WithoutInitializing, label);
  if (order == AxisOrder::units_conditions_trials)
    return Kokkos::View<Scalar***, Kokkos::LayoutRight, Kokkos::HostSpace>(uninitialized, n_units,
                                                                           n_conditions, n_trials);
  return Kokkos::View<Scalar***, Kokkos::LayoutLeft, Kokkos::HostSpace>(uninitialized, n_units,
                                                                        n_conditions, n_trials);
}

}  // namespace

template <class Scalar>
HostResponses<Scalar> read_responses(dist::Communicator const& comm, std::string const& path,
                                     std::string const& dataset, AxisOrder order,
                                     std::int64_t bytes_per_call, SharedAxis shared)
{
  QuietHdf5 const quiet;
  Region const region("kovar::io::read_responses[HDF5]");
  StoredResponses const found = examine_responses(comm, path, dataset, order);
  ResponseDataset const& content = found.content;
  bool const by_units = shared == SharedAxis::units;
  dist::Blocks const blocks{by_units ? content.n_units : content.n_conditions, comm.size()};
  std::int64_t const n_mine = blocks.size(comm.rank());
  HostResponses<Scalar> responses;
  dist::agree(comm, [&] {
    responses = allocate_responses<Scalar>(by_units ? n_mine : content.n_units,
                                           by_units ? content.n_conditions : n_mine,
                                           content.n_trials, order);
  });
  hid_t const memory_type = native_type<Scalar>();
  read_block(comm, path, dataset, found, axis_in_file(shared, order), memory_type, bytes_per_call,
             responses.data());
  return responses;
}

template HostResponses<double> read_responses(dist::Communicator const&, std::string const&,
                                              std::string const&, AxisOrder, std::int64_t,
                                              SharedAxis);
template HostResponses<float> read_responses(dist::Communicator const&, std::string const&,
                                             std::string const&, AxisOrder, std::int64_t,
                                             SharedAxis);

}  // namespace kovar::io
