// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/core/region.hpp>
#include <kovar/io/hdf5_file.hpp>
#include <kovar/io/response_file.hpp>

#include <hdf5.h>

#if defined(KOVAR_ENABLE_MPI) && defined(H5_HAVE_PARALLEL)
#define KOVAR_HAS_MPI_IO
#include <kovar/dist/backend/mpi.hpp>
#endif

#include <algorithm>
#include <array>
#include <limits>
#include <utility>
#include <vector>

namespace kovar::io {
namespace {

using Extents = std::array<std::int64_t, 3>;

/// A dataset as it lies in the file: axes slowest first, the conditions always in the middle.
struct Dataset {
  ResponseDataset content;
  Extents extents = {0, 0, 0};
  Extents chunk = {1, 1, 1};  ///< ones where it is not chunked
  bool mpi_io = false;        ///< MPI-IO can read it
};

/// Add a link's target to the list if it is a dataset of rank 3.
extern "C" herr_t collect_cube(hid_t group, char const* name, H5L_info_t const* /*link*/,
                               void* list)
{
  try {
    if (H5Oexists_by_name(group, name, H5P_DEFAULT) <= 0) return 0;
    Hdf5Handle const object(H5Oopen(group, name, H5P_DEFAULT), H5Oclose);
    if (!object.valid() || H5Iget_type(object.id()) != H5I_DATASET) return 0;
    std::vector<std::int64_t> const shape = extents_of(object);
    if (shape.size() == 3)
      static_cast<std::vector<std::string>*>(list)->push_back("'/" + std::string(name) + "' (" +
                                                              shape_text(shape) + ")");
    return 0;
  } catch (std::exception const&) {
    return -1;
  }
}

/// "datasets of rank 3 in the file are '/even' (64 x 10 x 174), ...".
std::string list_of_cubes(Hdf5Handle const& file)
{
  constexpr std::size_t longest = 12;
  std::vector<std::string> cubes;
  H5Lvisit(file.id(), H5_INDEX_NAME, H5_ITER_NATIVE, collect_cube, &cubes);
  if (cubes.empty()) return "the file has no dataset of rank 3";
  std::string text = "datasets of rank 3 in the file are ";
  for (std::size_t i = 0; i < std::min(cubes.size(), longest); ++i)
    text += (i == 0 ? "" : ", ") + cubes[i];
  if (cubes.size() > longest) text += " and " + std::to_string(cubes.size() - longest) + " more";
  return text;
}

/// Whether a link has this name; H5Lexists wants all but the last part of it to exist.
bool has_link(Hdf5Handle const& file, std::string const& name)
{
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    std::string const part = name.substr(0, end);
    if (part.empty() || H5Lexists(file.id(), part.c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

Hdf5Handle open_dataset(Hdf5Handle const& file, std::string const& path, std::string const& name)
{
  Hdf5Handle object(H5Oopen(file.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  if (!object.valid()) {
    std::string const reason = hdf5_message();
    KOVAR_REQUIRE(has_link(file, name),
                  "'" << path << "' has no dataset '" << name << "'; " << list_of_cubes(file));
    KOVAR_REQUIRE(false, "'" << name << "' in '" << path
                             << "' is a link that leads nowhere (HDF5: " << reason << ")");
  }
  KOVAR_REQUIRE(H5Iget_type(object.id()) == H5I_DATASET,
                "'" << name << "' in '" << path << "' is a "
                    << (H5Iget_type(object.id()) == H5I_GROUP ? "group" : "type")
                    << ", not a dataset; " << list_of_cubes(file));
  return object;
}

/// "float64", or an empty text where the type is no number.
std::string number_name(Hdf5Handle const& type)
{
  std::string const bits = std::to_string(8 * H5Tget_size(type.id()));
  switch (H5Tget_class(type.id())) {
    case H5T_INTEGER:
      return (H5Tget_sign(type.id()) == H5T_SGN_NONE ? "uint" : "int") + bits;
    case H5T_FLOAT:
      return "float" + bits;
    default:
      return "";
  }
}

char const* type_class_name(Hdf5Handle const& type)
{
  switch (H5Tget_class(type.id())) {
    case H5T_STRING:
      return "text";
    case H5T_ENUM:
      return "booleans or an enumeration";
    case H5T_COMPOUND:
      return "compound values (h5py stores complex numbers in this way)";
    case H5T_REFERENCE:
      return "references";
    case H5T_VLEN:
      return "lists";
    case H5T_ARRAY:
      return "arrays";
    default:
      return "a type that is no number";
  }
}

std::string filter_name(H5Z_filter_t id, std::string const& stored)
{
  switch (id) {
    case H5Z_FILTER_DEFLATE:
      return "gzip";
    case H5Z_FILTER_SHUFFLE:
      return "shuffle";
    case H5Z_FILTER_FLETCHER32:
      return "fletcher32";
    case H5Z_FILTER_SZIP:
      return "szip";
    case H5Z_FILTER_NBIT:
      return "nbit";
    case H5Z_FILTER_SCALEOFFSET:
      return "scaleoffset";
    default:
      return stored.empty() ? "filter " + std::to_string(id) : stored;
  }
}

/// Names of the filters that chunks went through.
/// \throws InputError if one of them is not there to undo it. One that was optional in writing
/// counts
///         too: h5py marks all but HDF5's own in this way, and chunks need them nevertheless.
std::vector<std::string> filters_of(Hdf5Handle const& creation, std::string const& path,
                                    std::string const& name)
{
  std::vector<std::string> names;
  int const n_filters = std::max(0, H5Pget_nfilters(creation.id()));
  for (int i = 0; i < n_filters; ++i) {
    std::array<char, 256> stored{};
    unsigned flags = 0;
    unsigned config = 0;
    std::size_t n_values = 0;
    H5Z_filter_t const id =
        H5Pget_filter2(creation.id(), static_cast<unsigned>(i), &flags, &n_values, nullptr,
                       stored.size() - 1, stored.data(), &config);
    names.push_back(filter_name(id, stored.data()));
    KOVAR_REQUIRE(H5Zfilter_avail(id) > 0,
                  "'" << name << "' in '" << path << "' is compressed with " << names.back()
                      << " (HDF5 filter " << id
                      << ", which is not installed here); set HDF5_PLUGIN_PATH to the folder with "
                         "its plugin, or rewrite the file where it can be read: h5repack -f GZIP=4 "
                         "old.h5 new.h5");
  }
  return names;
}

/// Look at a dataset; by this process alone.
Dataset examine(std::string const& path, std::string const& name, AxisOrder order)
{
  Hdf5Handle const file = open_hdf5_file(path);
  Hdf5Handle const dataset = open_dataset(file, path, name);

  std::vector<std::int64_t> const shape = extents_of(dataset);
  KOVAR_REQUIRE(shape.size() == 3, "'" << name << "' in '" << path << "' has rank " << shape.size()
                                       << " (" << shape_text(shape)
                                       << ", and responses are units x conditions x trials); "
                                       << list_of_cubes(file));
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  std::string const number = number_name(type);
  KOVAR_REQUIRE(!number.empty(), "'" << name << "' in '" << path << "' holds "
                                     << type_class_name(type)
                                     << " (responses are integers or floating-point numbers); "
                                        "convert them first");

  Dataset found;
  std::copy(shape.begin(), shape.end(), found.extents.begin());
  bool const is_units_first = order == AxisOrder::units_conditions_trials;
  found.content.n_units = shape[is_units_first ? 0 : 2];
  found.content.n_conditions = shape[1];
  found.content.n_trials = shape[is_units_first ? 2 : 0];
  found.content.single_precision = number == "float32";
  found.content.description = number;

  Hdf5Handle const creation(H5Dget_create_plist(dataset.id()), H5Pclose);
  H5D_layout_t const layout = H5Pget_layout(creation.id());
  found.mpi_io = layout != H5D_VIRTUAL && H5Pget_external_count(creation.id()) == 0;
  if (layout == H5D_CHUNKED) {
    std::array<hsize_t, 3> chunk{};
    H5Pget_chunk(creation.id(), 3, chunk.data());
    std::copy(chunk.begin(), chunk.end(), found.chunk.begin());
    found.content.description += ", chunked";
  }
  for (std::string const& filter : filters_of(creation, path, name))
    found.content.description += ", " + filter;
  return found;
}

/// Look at a dataset on every rank. All ranks must see the same, or their common calls would hang.
Dataset examine_together(dist::Communicator const& comm, std::string const& path,
                         std::string const& name, AxisOrder order)
{
  Dataset found;
  dist::agree(comm, [&] { found = examine(path, name, order); });

  std::array<std::int64_t, 8> bounds{};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    bounds[axis] = found.extents[axis];
    bounds[axis + 3] = -found.extents[axis];
  }
  bounds[6] = found.mpi_io ? 1 : 0;
  bounds[7] = -bounds[6];
  std::array<std::int64_t, 8> largest = bounds;
  comm.max_to_all(largest.data(), largest.size());
  dist::agree(comm, [&] {
    KOVAR_REQUIRE(largest == bounds, "'" << name << "' in '" << path
                                         << "' differs between ranks; give a path that leads to "
                                            "the same file on every machine");
  });
  return found;
}

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

/// Read this rank's conditions into values, axes as in the file. Every rank makes the same number
/// of calls, also after one of them failed: the others wait in it.
void read_block(dist::Communicator const& comm, std::string const& path, std::string const& name,
                Dataset const& found, hid_t memory_type, std::int64_t bytes_per_call, void* values)
{
  dist::Blocks const blocks{found.extents[1], comm.size()};
  Extents const origin = {0, blocks.begin(comm.rank()), 0};
  Extents const mine = {found.extents[0], blocks.size(comm.rank()), found.extents[2]};
  Extents const largest = {found.extents[0], blocks.size(0), found.extents[2]};
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
HostResponses<Scalar> allocate_responses(Dataset const& found, std::int64_t n_local,
                                         AxisOrder order)
{
  std::string const label = "kovar::io::responses";
  ResponseDataset const& content = found.content;
  require_memory<Kokkos::DefaultHostExecutionSpace>(
      "reading the responses",
      static_cast<double>(content.n_units) * static_cast<double>(n_local) *
          static_cast<double>(content.n_trials) * sizeof(Scalar),
      "spread the conditions over more ranks and machines, or read them in single precision");
  Kokkos::DefaultHostExecutionSpace const space;
  auto const uninitialized = Kokkos::view_alloc(space, Kokkos::WithoutInitializing, label);
  if (order == AxisOrder::units_conditions_trials)
    return Kokkos::View<Scalar***, Kokkos::LayoutRight, Kokkos::HostSpace>(
        uninitialized, content.n_units, n_local, content.n_trials);
  return Kokkos::View<Scalar***, Kokkos::LayoutLeft, Kokkos::HostSpace>(
      uninitialized, content.n_units, n_local, content.n_trials);
}

}  // namespace

ResponseDataset inspect_responses(dist::Communicator const& comm, std::string const& path,
                                  std::string const& dataset, AxisOrder order)
{
  QuietHdf5 const quiet;
  return examine_together(comm, path, dataset, order).content;
}

template <class Scalar>
HostResponses<Scalar> read_responses(dist::Communicator const& comm, std::string const& path,
                                     std::string const& dataset, AxisOrder order,
                                     std::int64_t bytes_per_call)
{
  QuietHdf5 const quiet;
  Region const region("kovar::io::read_responses[HDF5]");
  Dataset const found = examine_together(comm, path, dataset, order);
  dist::Blocks const blocks{found.content.n_conditions, comm.size()};
  HostResponses<Scalar> responses;
  dist::agree(comm, [&] {
    responses = allocate_responses<Scalar>(found, blocks.size(comm.rank()), order);
  });
  hid_t const memory_type = std::is_same_v<Scalar, double> ? H5T_NATIVE_DOUBLE : H5T_NATIVE_FLOAT;
  read_block(comm, path, dataset, found, memory_type, bytes_per_call, responses.data());
  return responses;
}

template HostResponses<double> read_responses(dist::Communicator const&, std::string const&,
                                              std::string const&, AxisOrder, std::int64_t);
template HostResponses<float> read_responses(dist::Communicator const&, std::string const&,
                                             std::string const&, AxisOrder, std::int64_t);

}  // namespace kovar::io
