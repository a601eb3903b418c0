// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/io/hdf5_file.hpp>

#include <hdf5.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <type_traits>

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>,
              "kovar needs HDF5 1.10 or newer");

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

extern "C" herr_t take_innermost(unsigned /*depth*/, H5E_error2_t const* entry, void* message)
{
  *static_cast<std::string*>(message) = entry->desc != nullptr ? entry->desc : "";
  return 1;  // stop here
}

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

/// File access that does without locks where the file system has none.
Hdf5Handle file_access()
{
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access.id(), true, true);
#endif
  return access;
}

}  // namespace

QuietHdf5::QuietHdf5()
{
  H5Eget_auto2(H5E_DEFAULT, &print_, &client_);
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

QuietHdf5::~QuietHdf5() { H5Eset_auto2(H5E_DEFAULT, print_, client_); }

std::string hdf5_message()
{
  std::string message;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take_innermost, &message);
  // Failed reads and writes come with time, address and descriptor; the reason is in quotes.
  std::string const key = "error message = '";
  if (auto const begin = message.find(key); begin != std::string::npos) {
    auto const first = begin + key.size();
    message = message.substr(first, message.find('\'', first) - first);
  }
  return message.empty() ? "HDF5 gives no reason" : message;
}

Hdf5Handle open_hdf5_file(std::string const& path)
{
  struct stat status {};
  int const missing = stat(path.c_str(), &status) == 0 ? 0 : errno;
  KOVAR_REQUIRE(missing != ENOENT, "'" << path << "' does not exist; check the path");
  KOVAR_REQUIRE(missing == 0,
                "'" << path << "' cannot be read (" << system_message(missing) << ")");
  KOVAR_REQUIRE(!S_ISDIR(status.st_mode), "'" << path << "' is a folder; name an HDF5 file in it");
  KOVAR_REQUIRE(S_ISREG(status.st_mode), "'" << path
                                             << "' is no ordinary file (HDF5 cannot read "
                                                "from a pipe or a device)");

  int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int const code = errno;
  KOVAR_REQUIRE(descriptor >= 0,
                "'" << path << "' cannot be read (" << system_message(code) << ")");
  close(descriptor);

  KOVAR_REQUIRE(H5Fis_hdf5(path.c_str()) > 0,
                "'" << path << "' is not an HDF5 file ("
                    << (status.st_size == 0 ? "it is empty" : "its signature is missing")
                    << "); h5py writes such files, and MATLAB with save -v7.3");

  Hdf5Handle const access = file_access();
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!file.valid()) {
    std::string const reason = hdf5_message();
    bool const is_truncated = reason.find("truncated") != std::string::npos;
    KOVAR_REQUIRE(!is_truncated,
                  "'" << path << "' is incomplete (" << reason << "); copy or write it again");
    KOVAR_REQUIRE(false, "'" << path << "' cannot be opened (HDF5: " << reason << ")");
  }
  return file;
}

std::string shape_text(std::vector<std::int64_t> const& extents)
{
  std::string text;
  for (std::int64_t const extent : extents)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

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
  std::int64_t const bytes = expected_bytes + metadata_bytes;
  if (int const code = obstacle(part_, bytes); code != 0) {
    std::remove(part_.c_str());
    throw BackendError(
        "'" + path_ + "' cannot be written (" + readable_bytes(static_cast<double>(bytes)) +
        " are needed: " + system_message(code) + "); make room or choose another folder");
  }
  Hdf5Handle const access = file_access();
  file_ = checked(H5Fcreate(part_.c_str(), H5F_ACC_TRUNC, H5P_DEFAULT, access.id()), H5Fclose,
                  "H5Fcreate");
  reserve(part_, bytes);  // keep the room that there was
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
  constexpr std::int64_t buffer_bytes = std::int64_t{1} << 25;
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

    hsize_t const start[2] = {static_cast<hsize_t>(first), 0};
    hsize_t const count[2] = {static_cast<hsize_t>(rows), static_cast<hsize_t>(n_cols)};
    Hdf5Handle const in_file = checked(H5Dget_space(dataset.id()), H5Sclose, "H5Dget_space");
    check(H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, start, nullptr, count, nullptr),
          "H5Sselect_hyperslab");
    Hdf5Handle const in_memory =
        checked(H5Screate_simple(2, count, nullptr), H5Sclose, "H5Screate_simple");
    check(H5Dwrite(dataset.id(), native(type), in_memory.id(), in_file.id(), H5P_DEFAULT,
                   panel.data()),
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
