// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/io/new_hdf5_file.hpp>

#include <hdf5.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

std::string system_message(int code) { return std::strerror(code); }

/// Bring a file or folder to the disk. An error code, or 0.
int sync_to_disk(std::string const& path)
{
  int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int const code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return code == EINVAL ? 0 : code;  // EINVAL: this file system has nothing to do
}

/// Data are gathered in pieces of this size.
constexpr std::int64_t buffer_bytes = std::int64_t{1} << 25;

/// Room for what HDF5 writes besides the data.
constexpr std::int64_t metadata_bytes = 1 << 20;

/// Reserve room for a file without changing its size. An error code, or 0.
int reserve(std::string const& path, std::int64_t bytes)
{
  int const descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor < 0) return errno;
#ifdef __linux__
  int const code = fallocate(descriptor, FALLOC_FL_KEEP_SIZE, 0, bytes) == 0 ? 0 : errno;
#else
  int const code = EOPNOTSUPP;
  static_cast<void>(bytes);
#endif
  close(descriptor);
  return code;
}

/// Why a file of this size cannot be written, as an error code; 0 if nothing speaks against it.
int obstacle(std::string const& path, std::int64_t bytes)
{
  rlimit limit{};
  bool const is_limited = getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  if (is_limited && static_cast<rlim_t>(bytes) > limit.rlim_cur) return EFBIG;
  int const code = reserve(path, bytes);
  bool const can_reserve = code != EOPNOTSUPP && code != ENOSYS && code != EINVAL && code != ENODEV;
  if (can_reserve) return code;
  std::error_code unknown;
  fs::path const folder = fs::path(path).parent_path();
  fs::space_info const space = fs::space(folder.empty() ? "." : folder, unknown);
  return !unknown && space.available < static_cast<std::uintmax_t>(bytes) ? ENOSPC : 0;
}

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

}  // namespace

std::string part_of(std::string const& path) { return path + ".part"; }

std::string target_of(std::string const& path)
{
  std::error_code no_link;
  if (!fs::is_symlink(path, no_link)) return path;
  fs::path const target = fs::weakly_canonical(path, no_link);
  return no_link ? path : target.string();
}

NewHdf5File::NewHdf5File(std::string const& path, std::int64_t expected_bytes)
    : path_(target_of(path)), part_(part_of(path_))
{
  try {
    make_room(expected_bytes);
  } catch (BackendError const&) {
    std::remove(part_.c_str());
    throw;
  }
  Hdf5Handle const access = hdf5_file_access();
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
        " are needed: " + system_message(code) + "); make room or choose another folder");
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

template <>
NewHdf5File::Type NewHdf5File::type_of<float>()
{
  return Type::float32;
}
template <>
NewHdf5File::Type NewHdf5File::type_of<double>()
{
  return Type::float64;
}
template <>
NewHdf5File::Type NewHdf5File::type_of<std::int64_t>()
{
  return Type::int64;
}

NewHdf5File::Type NewHdf5File::type_of(Hdf5Handle const& dataset)
{
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  if (H5Tget_class(type.id()) == H5T_INTEGER) return Type::int64;
  return H5Tget_size(type.id()) == sizeof(float) ? Type::float32 : Type::float64;
}

std::int64_t NewHdf5File::native(Type type)
{
  switch (type) {
    case Type::float32:
      return H5T_NATIVE_FLOAT;
    case Type::float64:
      return H5T_NATIVE_DOUBLE;
    case Type::int64:
      break;
  }
  return H5T_NATIVE_INT64;
}

Hdf5Handle NewHdf5File::create_dataset(std::string const& name,
                                       std::vector<std::int64_t> const& extents, Type type,
                                       Annotation const& annotation)
{
  // HDF5 1.10 crashes at the end of the process if it cannot close a file that it has enlarged: a full
  // disk is noticed before that.
  auto bytes = static_cast<std::int64_t>(H5Tget_size(native(type)));
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
  Hdf5Handle dataset = checked(H5Dcreate2(file_.id(), name.c_str(), native(type), space.id(),
                                          link.id(), H5P_DEFAULT, H5P_DEFAULT),
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
                        Number const* values, Annotation const& annotation)
{
  Type const type = type_of<Number>();
  Hdf5Handle dataset = create_dataset(name, extents, type, annotation);
  check(H5Dwrite(dataset.id(), native(type), H5S_ALL, H5S_ALL, H5P_DEFAULT, values), "H5Dwrite");
  check(dataset.close(), "H5Dclose");
}

template <class Number>
void NewHdf5File::write_matrix(std::string const& name, std::int64_t n_rows, std::int64_t n_cols,
                               Number const* values, std::int64_t stride,
                               Annotation const& annotation)
{
  constexpr std::int64_t tile = 32;
  Type const type = type_of<Number>();
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
    check(H5Dwrite(dataset.id(), native(type), selection.in_memory.id(), selection.in_file.id(),
                   H5P_DEFAULT, panel.data()),
          "H5Dwrite");
  }
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
  Type const type = type_of(from);
  Hdf5Handle dataset = create_dataset(name, extents, type, {});
  std::int64_t const n_rows = extents.empty() ? 1 : extents[0];
  std::int64_t row_bytes = static_cast<std::int64_t>(H5Tget_size(native(type)));
  for (std::size_t axis = 1; axis < extents.size(); ++axis) row_bytes *= extents[axis];
  std::int64_t const n_at_once =
      std::max<std::int64_t>(1, buffer_bytes / std::max<std::int64_t>(1, row_bytes));
  std::vector<char> rows(static_cast<std::size_t>(std::min(n_rows, n_at_once) * row_bytes));
  for (std::int64_t first = 0; first < n_rows; first += n_at_once) {
    RowSelection const selection(from, extents, first, std::min(n_at_once, n_rows - first));
    check(H5Dread(from.id(), native(type), selection.in_memory.id(), selection.in_file.id(),
                  H5P_DEFAULT, rows.data()),
          "H5Dread");
    check(H5Dwrite(dataset.id(), native(type), selection.in_memory.id(), selection.in_file.id(),
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

void NewHdf5File::write_attribute(std::string const& object, std::string const& name,
                                  Hdf5Handle const& space, std::vector<char const*> const& texts,
                                  bool utf8)
{
  Hdf5Handle const type = checked(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
  check(H5Tset_size(type.id(), H5T_VARIABLE), "H5Tset_size");
  if (utf8) check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "H5Tset_cset");
  Hdf5Handle attribute =
      checked(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type.id(), space.id(),
                                H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              H5Aclose, "H5Acreate");
  if (!texts.empty()) check(H5Awrite(attribute.id(), type.id(), texts.data()), "H5Awrite");
  check(attribute.close(), "H5Aclose");
}

void NewHdf5File::write_text(std::string const& object, std::string const& name,
                             std::string const& text)
{
  Hdf5Handle const scalar = checked(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  write_attribute(object, name, scalar, {text.c_str()}, true);
}

void NewHdf5File::write_texts(std::string const& object, std::string const& name,
                              std::vector<std::string> const& texts)
{
  std::vector<char const*> pointers;
  pointers.reserve(texts.size());
  for (std::string const& text : texts) pointers.push_back(text.c_str());
  hsize_t const n_texts = texts.size();
  Hdf5Handle const list =
      checked(H5Screate_simple(1, &n_texts, nullptr), H5Sclose, "H5Screate_simple");
  write_attribute(object, name, list, pointers, true);
}

void NewHdf5File::commit()
{
  check(H5Fflush(file_.id(), H5F_SCOPE_GLOBAL), "H5Fflush");
  check(file_.close(), "H5Fclose");
  // Give back what was reserved and not needed.
  std::error_code unknown;
  if (auto const size = fs::file_size(part_, unknown); !unknown)
    fs::resize_file(part_, size, unknown);
  if (int const code = sync_to_disk(part_); code != 0) fail("fsync", system_message(code));
  if (std::rename(part_.c_str(), path_.c_str()) != 0) fail("rename", system_message(errno));
  is_committed_ = true;
  fs::path const folder = fs::path(path_).parent_path();
  sync_to_disk(folder.empty() ? "." : folder.string());  // the name; too late to fail
}

#define KOVAR_INSTANTIATE(Number)                                                         \
  template void NewHdf5File::write(std::string const&, std::vector<std::int64_t> const&,  \
                                   Number const*, Annotation const&);                     \
  template void NewHdf5File::write_matrix(std::string const&, std::int64_t, std::int64_t, \
                                          Number const*, std::int64_t, Annotation const&);
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(float)
KOVAR_INSTANTIATE(std::int64_t)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
