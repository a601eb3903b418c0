// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_file.hpp>

#include <hdf5.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <type_traits>

static_assert(std::is_same_v<hid_t, std::int64_t> && std::is_same_v<herr_t, int>,
              "kovar needs HDF5 1.10 or newer");

namespace kovar::io {
namespace {

extern "C" herr_t take_innermost(unsigned /*depth*/, H5E_error2_t const* entry, void* message)
{
  *static_cast<std::string*>(message) = entry->desc != nullptr ? entry->desc : "";
  return 1;  // stop here
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

Hdf5Handle hdf5_file_access()
{
  Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS), H5Pclose);
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access.id(), true, true);
#endif
  return access;
}

Hdf5Handle open_hdf5_file(std::string const& path, Hdf5Remedies const& remedies)
{
  struct stat status {};
  int const missing = stat(path.c_str(), &status) == 0 ? 0 : errno;
  KOVAR_REQUIRE(missing != ENOENT, "'" << path << "' does not exist; check the path");
  KOVAR_REQUIRE(missing == 0, "'" << path << "' cannot be read (" << std::strerror(missing) << ")");
  KOVAR_REQUIRE(!S_ISDIR(status.st_mode), "'" << path << "' is a folder; name an HDF5 file in it");
  KOVAR_REQUIRE(S_ISREG(status.st_mode), "'" << path
                                             << "' is no ordinary file (HDF5 cannot read "
                                                "from a pipe or a device)");

  int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  int const code = errno;
  KOVAR_REQUIRE(descriptor >= 0, "'" << path << "' cannot be read (" << std::strerror(code) << ")");
  close(descriptor);

  KOVAR_REQUIRE(H5Fis_hdf5(path.c_str()) > 0,
                "'" << path << "' is not an HDF5 file ("
                    << (status.st_size == 0 ? "it is empty" : "its signature is missing") << "); "
                    << remedies.foreign);

  Hdf5Handle const access = hdf5_file_access();
  Hdf5Handle file(H5Fopen(path.c_str(), H5F_ACC_RDONLY, access.id()), H5Fclose);
  if (!file.valid()) {
    std::string const reason = hdf5_message();
    bool const is_truncated = reason.find("truncated") != std::string::npos;
    KOVAR_REQUIRE(!is_truncated,
                  "'" << path << "' is incomplete (" << reason << "); " << remedies.incomplete);
    KOVAR_REQUIRE(false, "'" << path << "' cannot be opened (HDF5: " << reason << ")");
  }
  return file;
}

std::vector<std::int64_t> extents_of(Hdf5Handle const& dataset)
{
  Hdf5Handle const space(H5Dget_space(dataset.id()), H5Sclose);
  int const rank = std::max(0, H5Sget_simple_extent_ndims(space.id()));
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  if (rank > 0) H5Sget_simple_extent_dims(space.id(), extents.data(), nullptr);
  return {extents.begin(), extents.end()};
}

std::optional<std::vector<std::string>> read_texts(Hdf5Handle const& file,
                                                   std::string const& object,
                                                   std::string const& attribute)
{
  Hdf5Handle const found(
      H5Aopen_by_name(file.id(), object.c_str(), attribute.c_str(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  if (!found.valid()) return {};
  Hdf5Handle const stored(H5Aget_type(found.id()), H5Tclose);
  if (H5Tis_variable_str(stored.id()) <= 0) return {};
  Hdf5Handle const space(H5Aget_space(found.id()), H5Sclose);
  hssize_t const n_texts = H5Sget_simple_extent_npoints(space.id());
  if (n_texts < 0) return {};
  std::vector<char*> raw(static_cast<std::size_t>(n_texts), nullptr);
  if (n_texts > 0 && H5Aread(found.id(), stored.id(), raw.data()) < 0) return {};
  std::vector<std::string> texts;
  for (char const* const text : raw) texts.emplace_back(text != nullptr ? text : "");
  if (n_texts > 0) H5Dvlen_reclaim(stored.id(), space.id(), H5P_DEFAULT, raw.data());
  return texts;
}

std::string shape_text(std::vector<std::int64_t> const& extents)
{
  std::string text;
  for (std::int64_t const extent : extents)
    text += (text.empty() ? "" : " x ") + std::to_string(extent);
  return text.empty() ? "scalar" : text;
}

}  // namespace kovar::io
