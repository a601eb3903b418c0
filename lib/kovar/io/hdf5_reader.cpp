// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/memory.hpp>
#include <kovar/io/hdf5_filters.hpp>
#include <kovar/io/hdf5_native.hpp>
#include <kovar/io/hdf5_reader.hpp>

#include <hdf5.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <exception>
#include <limits>
#include <utility>

namespace kovar::io {

namespace {

// Deflate makes at most 1032 bytes of one (zlib's documentation), LZ4 and the Bloscs fewer.
constexpr std::int64_t largest_expansion = 1032;
// Zeros of a dataset that need not be in the file.
constexpr std::int64_t most_unwritten = std::int64_t{1} << 30U;
// HDF5 holds whole chunks while it decompresses them.
constexpr std::int64_t largest_chunk = std::int64_t{1} << 30;

bool is_one_of(hid_t type, std::initializer_list<hid_t> known)
{
  return std::any_of(known.begin(), known.end(),
                     [&](hid_t other) { return H5Tequal(type, other) > 0; });
}

// Only numbers as machines have them: HDF5 can also describe others.
bool is_float(hid_t type)
{
  return is_one_of(type, {H5T_IEEE_F64LE, H5T_IEEE_F64BE, H5T_IEEE_F32LE, H5T_IEEE_F32BE});
}

// Of all readers of this process.
std::atomic<std::int64_t> read_bytes{0};

template <class Number>
void count_read(std::int64_t n)
{
  read_bytes += n * static_cast<std::int64_t>(sizeof(Number));
}

extern "C" herr_t collect_member(hid_t /*group*/, char const* name, H5L_info_t const* /*link*/,
                                 void* names)
{
  try {
    static_cast<std::vector<std::string>*>(names)->emplace_back(name);
    return 0;
  } catch (std::exception const&) {
    return -1;
  }
}

}  // namespace

std::int64_t numbers_read_bytes() { return read_bytes; }

bool is_plain_integer(Hdf5Handle const& type)
{
  if (H5Tget_class(type.id()) == H5T_ENUM)
    return is_plain_integer(Hdf5Handle(H5Tget_super(type.id()), H5Tclose));
  return is_one_of(type.id(), {H5T_STD_I8LE, H5T_STD_I8BE, H5T_STD_I16LE, H5T_STD_I16BE,
                               H5T_STD_I32LE, H5T_STD_I32BE, H5T_STD_I64LE, H5T_STD_I64BE,
                               H5T_STD_U8LE, H5T_STD_U8BE, H5T_STD_U16LE, H5T_STD_U16BE,
                               H5T_STD_U32LE, H5T_STD_U32BE, H5T_STD_U64LE, H5T_STD_U64BE});
}

Hdf5Reader::Hdf5Reader(std::string path, std::string remedy, Unwritten unwritten)
    : path_(std::move(path)),
      remedy_(std::move(remedy)),
      unwritten_(unwritten),
      file_(open_hdf5_file(path_))
{
  hsize_t bytes = 0;
  if (H5Fget_filesize(file_.id(), &bytes) >= 0) file_bytes_ = static_cast<std::int64_t>(bytes);
}

void Hdf5Reader::refuse(std::string const& object, std::string const& problem) const
{
  throw InputError("'" + path_ + "': '" + object + "' " + problem + "; " + remedy_);
}

bool Hdf5Reader::has(std::string const& name) const
{
  // H5Lexists wants all but the last part of a name to exist.
  for (std::size_t end = name.find('/', 1);; end = name.find('/', end + 1)) {
    if (H5Lexists(file_.id(), name.substr(0, end).c_str(), H5P_DEFAULT) <= 0) return false;
    if (end == std::string::npos) return true;
  }
}

bool Hdf5Reader::is_dataset(std::string const& name) const
{
  Hdf5Handle const object(H5Oopen(file_.id(), name.c_str(), H5P_DEFAULT), H5Oclose);
  return object.valid() && H5Iget_type(object.id()) == H5I_DATASET;
}

bool Hdf5Reader::has_attribute(std::string const& object, std::string const& name) const
{
  return H5Aexists_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT) > 0;
}

std::vector<std::string> Hdf5Reader::members(std::string const& group) const
{
  std::vector<std::string> names;
  Hdf5Handle const found(H5Gopen2(file_.id(), group.c_str(), H5P_DEFAULT), H5Gclose);
  bool const is_read = found.valid() && H5Literate(found.id(), H5_INDEX_NAME, H5_ITER_INC, nullptr,
                                                   collect_member, &names) >= 0;
  require(is_read, group, "is no group that can be read (HDF5: " + hdf5_message() + ")");
  return names;
}

void Hdf5Reader::require_room(std::string const& name, std::int64_t bytes) const
{
  constexpr std::int64_t always_there = 1 << 20;
  if (bytes <= always_there) return;
  std::int64_t const available = available_host_bytes();
  require(bytes <= available, name,
          "needs " + readable_bytes(static_cast<double>(bytes)) + " of memory where " +
              readable_bytes(static_cast<double>(available)) +
              " are available (or it is damaged); read it on a larger machine or on more ranks");
}

std::int64_t Hdf5Reader::most_bytes_of(std::string const& name, Dataset const& found) const
{
  Hdf5Handle const creation(H5Dget_create_plist(found.handle.id()), H5Pclose);
  H5D_layout_t const layout = H5Pget_layout(creation.id());
  require(H5Pget_external_count(creation.id()) == 0 &&
              (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS || layout == H5D_CHUNKED),
          name, "keeps its data in other files (all must be in this one)");
  auto const stored = static_cast<std::int64_t>(
      std::min(H5Dget_storage_size(found.handle.id()),
               static_cast<hsize_t>(std::max<std::int64_t>(0, file_bytes_))));
  if (layout != H5D_CHUNKED) return stored;
  std::vector<hsize_t> chunk(found.extents.size());
  H5Pget_chunk(creation.id(), static_cast<int>(chunk.size()), chunk.data());
  std::int64_t chunk_bytes = found.item_bytes;
  for (hsize_t const n : chunk)
    chunk_bytes = bounded_product(chunk_bytes, static_cast<std::int64_t>(n));
  require(chunk_bytes <= largest_chunk, name,
          "has chunks of " + std::to_string(chunk_bytes) + " bytes (1 GiB is the most)");
  bool const is_compressed = !filters_of(found.handle, path_, name).empty();
  return bounded_product(stored, is_compressed ? largest_expansion : 1);
}

void Hdf5Reader::require_stored(std::string const& name, Dataset const& found,
                                std::int64_t unstored) const
{
  if (found.bytes() > unstored && found.bytes() - unstored > found.most_bytes)
    refuse(name, "claims " + std::to_string(found.bytes()) + " bytes (" +
                     shape_text(found.extents) + ") where what the file holds for it makes " +
                     std::to_string(found.most_bytes) + " at most");
}

void Hdf5Reader::require_written(std::string const& name) const
{
  require_stored(name, open_numbers(name, false), 0);
}

Hdf5Reader::Dataset Hdf5Reader::open(std::string const& name) const
{
  require(has(name), name, "is missing (no whole file of its kind)");
  Dataset found;
  found.handle = Hdf5Handle(H5Dopen2(file_.id(), name.c_str(), H5P_DEFAULT), H5Dclose);
  require(found.handle.valid(), name,
          "is no dataset that can be read (HDF5: " + hdf5_message() + ")");
  found.type = Hdf5Handle(H5Dget_type(found.handle.id()), H5Tclose);
  Hdf5Handle const space(H5Dget_space(found.handle.id()), H5Sclose);
  require(H5Sget_simple_extent_type(space.id()) != H5S_NULL, name, "holds nothing");
  found.extents = extents_of(found.handle);
  for (std::int64_t const n : found.extents) {
    require(n >= 0, name, "has an extent beyond 2^63 (" + shape_text(found.extents) + ")");
    found.n_entries = bounded_product(found.n_entries, n);
  }
  found.item_bytes = static_cast<std::int64_t>(H5Tget_size(found.type.id()));
  found.most_bytes = most_bytes_of(name, found);
  if (unwritten_ == Unwritten::nothing) require_stored(name, found, 0);
  return found;
}

Hdf5Reader::Dataset Hdf5Reader::open_numbers(std::string const& name, bool want_integers) const
{
  Dataset found = open(name);
  bool const is_wanted =
      is_plain_integer(found.type) || (!want_integers && is_float(found.type.id()));
  require(is_wanted, name,
          want_integers ? "holds no integers (they are needed here)"
                        : "holds no numbers (they are needed here)");
  return found;
}

std::vector<std::int64_t> Hdf5Reader::extents(std::string const& name) const
{
  return open_numbers(name, false).extents;
}

template <class Number>
std::vector<Number> Hdf5Reader::list(std::string const& name) const
{
  Dataset const found = open_numbers(name, std::is_integral_v<Number>);
  require_stored(name, found, unwritten_ == Unwritten::nothing ? 0 : most_unwritten);
  require_room(name, bounded_product(found.n_entries, sizeof(Number)));
  std::vector<Number> values(static_cast<std::size_t>(found.n_entries));
  bool const is_read = values.empty() || H5Dread(found.handle.id(), native_type<Number>(), H5S_ALL,
                                                 H5S_ALL, H5P_DEFAULT, values.data()) >= 0;
  require(is_read, name, "cannot be read (HDF5: " + hdf5_message() + ")");
  count_read<Number>(found.n_entries);
  return values;
}

template <class Number>
std::vector<Number> Hdf5Reader::list(std::string const& name,
                                     std::vector<std::int64_t> const& expected) const
{
  auto const found = extents(name);
  require(found == expected, name,
          "has the shape " + shape_text(found) + " (" + shape_text(expected) + " is needed)");
  return list<Number>(name);
}

template <class Number>
void Hdf5Reader::read(std::string const& name, std::int64_t first, std::int64_t n, Number* to) const
{
  Dataset const found = open_numbers(name, std::is_integral_v<Number>);
  require(found.extents.size() == 1 && first >= 0 && n >= 0 && n <= found.n_entries &&
              first <= found.n_entries - n,
          name,
          "has the shape " + shape_text(found.extents) + " (entries " + std::to_string(first) +
              " to " + std::to_string(first + n) + " are needed)");
  if (n == 0) return;
  auto const start = static_cast<hsize_t>(first);
  auto const count = static_cast<hsize_t>(n);
  Hdf5Handle const in_file(H5Dget_space(found.handle.id()), H5Sclose);
  Hdf5Handle const in_memory(H5Screate_simple(1, &count, nullptr), H5Sclose);
  bool const is_read =
      H5Sselect_hyperslab(in_file.id(), H5S_SELECT_SET, &start, nullptr, &count, nullptr) >= 0 &&
      H5Dread(found.handle.id(), native_type<Number>(), in_memory.id(), in_file.id(), H5P_DEFAULT,
              to) >= 0;
  require(is_read, name, "cannot be read (HDF5: " + hdf5_message() + ")");
  count_read<Number>(n);
}

#define KOVAR_INSTANTIATE(Number)                                                        \
  template std::vector<Number> Hdf5Reader::list(std::string const&) const;               \
  template std::vector<Number> Hdf5Reader::list(std::string const&,                      \
                                                std::vector<std::int64_t> const&) const; \
  template void Hdf5Reader::read(std::string const&, std::int64_t, std::int64_t, Number*) const;
KOVAR_INSTANTIATE(double)
KOVAR_INSTANTIATE(std::int64_t)
KOVAR_INSTANTIATE(std::int32_t)
KOVAR_INSTANTIATE(std::uint8_t)
#undef KOVAR_INSTANTIATE

}  // namespace kovar::io
