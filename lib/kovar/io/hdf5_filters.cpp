// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/hdf5_filters.hpp>

#include <hdf5.h>

#include <algorithm>
#include <array>

namespace kovar::io {
namespace {

constexpr H5Z_filter_t lz4_filter = 32004;  // registered with The HDF Group
constexpr std::int64_t chunk_bytes = 4 << 20;

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

// As many of the last axes whole as fit into a chunk, and as much of the one before.
std::vector<hsize_t> chunk_of(std::vector<std::int64_t> const& extents, std::int64_t item_size)
{
  std::vector<hsize_t> chunk(extents.size(), 1);
  std::int64_t room = std::max<std::int64_t>(1, chunk_bytes / item_size);
  for (std::size_t axis = extents.size(); axis-- > 0 && room > 0;) {
    std::int64_t const n = std::min(extents[axis], room);
    chunk[axis] = static_cast<hsize_t>(n);
    room = n < extents[axis] ? 0 : room / n;
  }
  return chunk;
}

void check(herr_t status, char const* routine, std::string const& name)
{
  if (status < 0)
    throw BackendError("'" + name + "' cannot be compressed: " + routine + " failed (" +
                       hdf5_message() + ")");
}

}  // namespace

std::vector<std::string> filters_of(Hdf5Handle const& dataset, std::string const& path,
                                    std::string const& name)
{
  Hdf5Handle const creation(H5Dget_create_plist(dataset.id()), H5Pclose);
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

void set_compression(Hdf5Handle const& creation, Compression compression,
                     std::vector<std::int64_t> const& extents, std::int64_t item_size,
                     std::string const& name)
{
  bool const is_empty = std::any_of(extents.begin(), extents.end(), [](auto n) { return n == 0; });
  if (compression == Compression::none || extents.empty() || is_empty) return;
  KOVAR_REQUIRE(
      compression != Compression::lz4 || H5Zfilter_avail(lz4_filter) > 0,
      "'" << name << "' is to be compressed with LZ4 (HDF5 filter " << lz4_filter
          << ", which is not installed here); set HDF5_PLUGIN_PATH to the folder with its "
             "plugin, or compress with deflate");
  auto const chunk = chunk_of(extents, item_size);
  check(H5Pset_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data()), "H5Pset_chunk",
        name);
  check(H5Pset_shuffle(creation.id()), "H5Pset_shuffle", name);
  if (compression == Compression::deflate)
    check(H5Pset_deflate(creation.id(), 4), "H5Pset_deflate", name);
  else
    check(H5Pset_filter(creation.id(), lz4_filter, H5Z_FLAG_MANDATORY, 0, nullptr), "H5Pset_filter",
          name);
}

}  // namespace kovar::io
