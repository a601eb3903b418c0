// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/io/disk_room.hpp>
#include <kovar/io/hdf5_native.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <hdf5.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

/// Data are gathered in pieces of this size.
constexpr std::int64_t buffer_bytes = std::int64_t{1} << 25;

/// Room for what HDF5 writes besides the data.
constexpr std::int64_t metadata_bytes = 1 << 20;

/// Rows [first, first + n_rows) of a dataset, and as many in memory; all of a scalar.
struct RowSelection {
  Hdf5Handle in_file;
  Hdf5Handle in_memory;

  RowSelection(Hdf5Handle const& dataset, std::vector<std::int64_t> const& extents,
               std::int64_t first, std::int64_t n_rows)
      : in_file(H5Dget_space(dataset.id()), H5Sclose)
  {
    std::vector<hsize_t> start(extents.size(), 0);
    std::vector<hsize_t> count(extents.begin(), extents.end());
    if (!extents.empty()) {
      start[0] = static_cast<hsize_t>(first);
      count[0] = static_cast<hsize_t>(n_rows);
      H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(),
                          nullptr);
    }
    in_memory = Hdf5Handle(
        extents.empty() ? H5Screate(H5S_SCALAR)
                        : H5Screate_simple(static_cast<int>(count.size()), count.data(), nullptr),
        H5Sclose);
  }
};

// In memory, of a dataset of numbers that copy_from() takes.
hid_t native_of(Hdf5Handle const& dataset)
{
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  if (H5Tget_class(type.id()) == H5T_INTEGER) return H5T_NATIVE_INT64;
  return H5Tget_size(type.id()) == sizeof(float) ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE;
}

}  // namespace

std::string part_of(std::string const& path) { return path + ".part"; }

std::string target_of(std::string const& path)
{
  std::error_code no_link;
  if (!fs::is_symlink(path, no_link)) return path;
  fs::path const target = fs::weakly_canonical(path, no_link);
  return no_link ? path : target.string();
}

NewHdf5File::NewHdf5File(std::string const& path, std::int64_t expected_bytes, Hdf5Format format)
    : path_(target_of(path)), part_(part_of(path_))
{
  try {
    make_room(expected_bytes);
  } catch (BackendError const&) {
    std::remove(part_.c_str());
    throw;
  }
  Hdf5Handle const access = hdf5_file_access();
  if (format == Hdf5Format::checksummed)
    H5Pset_libver_bounds(access.id(), H5F_LIBVER_V110, H5F_LIBVER_V110);
  file_ = checked(H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose,
                  "H5Fcreate");
  reserve(part_, reserved_bytes_);  // keep the room that there was
}

void NewHdf5File::make_room(std::int64_t data_bytes)
{
  std::int64_t const bytes = data_bytes + metadata_bytes;
  if (bytes <= reserved_bytes_) return;
  if (int const code = obstacle(part_, bytes); code != 0)
    throw BackendError(
        "'" + path_ + "' cannot be written (" + readable_bytes(static_cast<double>(bytes)) +
        " are needed: " + std::strerror(code) + "); make room or choose another folder");
  reserved_bytes_ = bytes;
}

NewHdf5File::~NewHdf5File()
{
  if (!is_committed_) discard();
}

void NewHdf5File::discard()
{
  // Closing writes what HDF5 still holds. An emptied file has room for that even on a full disk,
  // and closing must not fail: HDF5 1.10 would then crash when the process ends.
  static_cast<void>(truncate(part_.c_str(), 0));
  file_.close();
  std::remove(part_.c_str());
}

void NewHdf5File::fail(std::string const& step, std::string const& reason) const
{
  throw BackendError("writing '" + path_ + "' failed in " + step + " (" + reason +
                     "); no file was written");
}

Hdf5Handle NewHdf5File::checked(std::int64_t id, int (*close)(std::int64_t),
                                char const* routine) const
{
  if (id < 0) fail(routine, hdf5_message());
  return {id, close};
}

void NewHdf5File::check(int status, char const* routine) const
{
  if (status < 0) fail(routine, hdf5_message());
}

Hdf5Handle NewHdf5File::create_dataset(std::string const& name,
                                       std::vector<std::int64_t> const& extents, std::int64_t type,
                                       Annotation const& annotation, Compression compression,
                                       Room room)
{
  // HDF5 1.10 crashes at the end of the process if it cannot close a file that it has enlarged: a full
  // disk is noticed before that.
  auto bytes = static_cast<std::int64_t>(H5Tget_size(type));
  for (std::int64_t const extent : extents) bytes *= extent;
  data_bytes_ += bytes;
  make_room(data_bytes_);

  std::vector<hsize_t> const shape(extents.begin(), extents.end());
  Hdf5Handle const space =
      shape.empty()
          ? checked(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate")
          : checked(H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr),
                    H5Sclose, "H5Screate_simple");
  Hdf5Handle const link = checked(H5Pcreate(H5P_LINK_CREATE), H5Pclose, "H5Pcreate");
  check(H5Pset_create_intermediate_group(link.id(), 1), "H5Pset_create_intermediate_group");
  Hdf5Handle const creation = checked(H5Pcreate(H5P_DATASET_CREATE), H5Pclose, "H5Pcreate");
  set_compression(creation, compression, extents, static_cast<std::int64_t>(H5Tget_size(type)),
                  name);
  if (room == Room::at_once)
    check(H5Pset_alloc_time(creation.id(), H5D_ALLOC_TIME_EARLY), "H5Pset_alloc_time");
  Hdf5Handle dataset = checked(
      H5Dcreate2(file_.id(), name.c_str(), type, space.id(), link.id(), creation.id(), H5P_DEFAULT),
      H5Dclose, "H5Dcreate");

  write_text(name, "units", annotation.units);
  write_text(name, "description", annotation.description);
  if (!annotation.dimensions.empty()) {
    // The form that HDF5's dimension scales give to labels; h5py shows them as dims[i].label.
    KOVAR_ASSERT(annotation.dimensions.size() == shape.size());
    std::vector<char const*> labels;
    for (std::string const& label : annotation.dimensions) labels.push_back(label.c_str());
    hsize_t const n_labels = labels.size();
    Hdf5Handle const list =
        checked(H5Screate_simple(1, &n_labels, nullptr), H5Sclose, "H5Screate_simple");
    write_attribute(name, "DIMENSION_LABELS", list, labels, false);
  }
  return dataset;
}

template <class Number>
void NewHdf5File::write(std::string const& name, std::vector<std::int64_t> const& extents,
                        Number const* values, Annotation const& annotation, Compression compression)
{
  hid_t const type = native_type<Number>();
  Hdf5Handle dataset = create_dataset(name, extents, type, annotation, compression);
  // An empty list has no address, which HDF5 would take for a mistake.
  if (values != nullptr)
    check(H5Dwrite(dataset.id(), type, H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "H5Dwrite");
  check(dataset.close(), "H5Dclose");
}

template <class Number>
void NewHdf5File::write_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                               Number const* values, std::int64_t stride,
                               Annotation const& annotation)
{
  constexpr std::int64_t tile = 32;
  hid_t const type = native_type<Number>();
  Hdf5Handle dataset = create_dataset(name, {n_rows, n_cols}, type, annotation);
  if (n_rows == 0 || n_cols == 0) return;

  auto const row_bytes = n_cols * static_cast<std::int64_t>(sizeof(Number));
  std::int64_t const panel_rows = std::clamp(buffer_bytes / row_bytes, std::int64_t{1}, n_rows);
  std::vector<Number> panel(static_cast<std::size_t>(panel_rows * n_cols));
  for (std::int64_t first = 0; first < n_rows; first += panel_rows) {
    std::int64_t const rows = std::min(panel_rows, n_rows - first);
    for (std::int64_t i0 = 0; i0 < rows; i0 += tile)
      for (std::int64_t j0 = 0; j0 < n_cols; j0 += tile)
        for (std::int64_t j = j0; j < std::min(j0 + tile, n_cols); ++j)
          for (std::int64_t i = i0; i < std::min(i0 + tile, rows); ++i)
            panel[static_cast<std::size_t>(i * n_cols + j)] = values[first + i + j * stride];

    RowSelection const selection(dataset, {n_rows, n_cols}, first, rows);
    check(H5Dwrite(dataset.id(), type, selection.in_memory.id(), selection.in_file.id(),
                   H5P_DEFAULT, panel.data()),
          "H5Dwrite");
  }
  check(dataset.close(), "H5Dclose");
}

template <class Number>
void NewHdf5File::make_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                              Annotation const& annotation)
{
  Hdf5Handle dataset = create_dataset(name, {n_rows, n_cols}, native_type<Number>(), annotation,
                                      Compression::none, Room::at_once);
  check(dataset.close(), "H5Dclose");
}

void NewHdf5File::create_group(std::string const& name)
{
  Hdf5Handle group =
      checked(H5Gcreate2(file_.id(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT), H5Gclose,
              "H5Gcreate");
  check(group.close(), "H5Gclose");
}

void NewHdf5File::copy_from(Hdf5Handle const& source, std::string const& name,
                            std::vector<std::string> const& attributes)
{
  // Not by H5Ocopy: that of HDF5 1.10 crashes when the disk is full.
  Hdf5Handle const from =
      checked(H5Dopen2(source.id(), name.c_str(), H5P_DEFAULT), H5Dclose, "H5Dopen");
  std::vector<std::int64_t> const extents = extents_of(from);
  hid_t const type = native_of(from);
  Hdf5Handle dataset = create_dataset(name, extents, type, {});
  std::int64_t const n_rows = extents.empty() ? 1 : extents[0];
  std::int64_t row_bytes = static_cast<std::int64_t>(H5Tget_size(type));
  for (std::size_t axis = 1; axis < extents.size(); ++axis) row_bytes *= extents[axis];
  std::int64_t const n_at_once =
      std::max<std::int64_t>(1, buffer_bytes / std::max<std::int64_t>(1, row_bytes));
  std::vector<char> rows(static_cast<std::size_t>(std::min(n_rows, n_at_once) * row_bytes));
  for (std::int64_t first = 0; first < n_rows; first += n_at_once) {
    RowSelection const selection(from, extents, first, std::min(n_at_once, n_rows - first));
    check(H5Dread(from.id(), type, selection.in_memory.id(), selection.in_file.id(), H5P_DEFAULT,
                  rows.data()),
          "H5Dread");
    check(H5Dwrite(dataset.id(), type, selection.in_memory.id(), selection.in_file.id(),
                   H5P_DEFAULT, rows.data()),
          "H5Dwrite");
  }
  check(dataset.close(), "H5Dclose");
  for (std::string const& attribute : attributes)
    if (auto const texts = read_texts(source, name, attribute); texts)
      write_texts(name, attribute, *texts);
}

void NewHdf5File::remove(std::string const& name)
{
  check(H5Ldelete(file_.id(), name.c_str(), H5P_DEFAULT), "H5Ldelete");
}

void NewHdf5File::close_part()
{
  if (!file_.valid()) return;
  check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "H5Fflush");
  check(file_.close(), "H5Fclose");
}

void NewHdf5File::commit()
{
  close_part();
  // Give back what was reserved and not needed.
  std::error_code unknown;
  if (auto const size = fs::file_size(part_, unknown); !unknown)
    fs::resize_file(part_, size, unknown);
  if (int const code = sync_to_disk(part_); code != 0) fail("fsync", std::strerror(code));
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail("rename", std::strerror(errno));
  is_committed_ = true;
  fs::path const folder = fs::path(path_).parent_path();
  sync_to_disk(folder.empty() ? "." : folder.string());  // the name; too late to fail
}

#define KOVAR_INSTANTIATE(Number)                                                        \
  template void NewHdf5File::write(std::string const&, std::vector<std::int64_t> const&, \
                                   Number const*, Annotation const&, Compression);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
KOVAR_INSTANTIATE(std::int64_t)
KOVAR_INSTANTIATE(std::int32_t)
KOVAR_INSTANTIATE(std::uint8_t)
#undef KOVAR_INSTANTIATE

#define KOVAR_INSTANTIATE(Number)                                                         \
  template void NewHdf5File::write_matrix(std::string const&, std::int64_t, std::int64_t, \
                                          Number const*, std::int64_t, Annotation const&);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
KOVAR_INSTANTIATE(std::int64_t)
#undef KOVAR_INSTANTIATE

template void NewHdf5File::make_matrix<double>(std::string const&, std::int64_t, std::int64_t,
                                               Annotation const&);
template void NewHdf5File::make_matrix<float>(std::string const&, std::int64_t, std::int64_t,
                                              Annotation const&);

}  // namespace kovar::io
