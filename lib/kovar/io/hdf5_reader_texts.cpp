// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/hdf5_reader.hpp>
#include <kovar/io/utf8.hpp>

#include <hdf5.h>

#include <algorithm>
#include <utility>

namespace kovar::io {

namespace {

constexpr std::int64_t largest_attribute = 1 << 16;

}  // namespace

std::string Hdf5Reader::checked_text(std::string const& object, std::string text) const
{
  require(is_text(text), object, "holds a text that is no UTF-8");
  return text;
}

std::vector<std::string> Hdf5Reader::read_fixed_texts(std::string const& name,
                                                      Dataset const& found) const
{
  std::int64_t const bytes = found.bytes();
  require_room(name, bounded_product(bytes, 2));
  std::vector<char> raw(static_cast<std::size_t>(bytes));
  bool const is_read = raw.empty() || H5Dread(found.handle.id(), found.type.id(), H5S_ALL, H5S_ALL,
                                              H5P_DEFAULT, raw.data()) >= 0;
  require(is_read, name, "cannot be read (HDF5: " + hdf5_message() + ")");
  std::vector<std::string> texts;
  auto const length = static_cast<std::size_t>(found.item_bytes);
  for (std::size_t first = 0; first < raw.size(); first += length) {
    auto const begin = raw.begin() + static_cast<std::ptrdiff_t>(first);
    auto const end = begin + static_cast<std::ptrdiff_t>(length);
    texts.push_back(checked_text(name, {begin, std::find(begin, end, '\0')}));
  }
  return texts;
}

std::vector<std::string> Hdf5Reader::read_variable_texts(std::string const& name,
                                                         Dataset const& found) const
{
  std::vector<char*> raw(static_cast<std::size_t>(found.n_entries), nullptr);
  if (raw.empty()) return {};
  bool const is_read =
      H5Dread(found.handle.id(), found.type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) >= 0;
  require(is_read, name, "cannot be read (HDF5: " + hdf5_message() + ")");
  std::vector<std::string> texts;
  for (char const* const text : raw) texts.emplace_back(text != nullptr ? text : "");
  Hdf5Handle const space(H5Dget_space(found.handle.id()), H5Sclose);
  H5Dvlen_reclaim(found.type.id(), space.id(), H5P_DEFAULT, raw.data());
  for (auto const& text : texts) checked_text(name, text);
  return texts;
}

std::vector<std::string> Hdf5Reader::texts(std::string const& name) const
{
  Dataset const found = open(name);
  require(found.extents.size() == 1, name,
          "has the shape " + shape_text(found.extents) + " (a list is needed)");
  require(H5Tget_class(found.type.id()) == H5T_STRING, name, "holds no texts");
  require_stored(name, found, 0);
  require_room(name,
               bounded_product(found.n_entries, static_cast<std::int64_t>(sizeof(std::string))));
  return H5Tis_variable_str(found.type.id()) > 0 ? read_variable_texts(name, found)
                                                 : read_fixed_texts(name, found);
}

std::vector<std::vector<std::int64_t>> Hdf5Reader::lists(std::string const& name) const
{
  Dataset const found = open(name);
  require(found.extents.size() == 1, name,
          "has the shape " + shape_text(found.extents) + " (a list is needed)");
  Hdf5Handle const base(
      H5Tget_class(found.type.id()) == H5T_VLEN ? H5Tget_super(found.type.id()) : -1, H5Tclose);
  require(base.valid() && is_plain_integer(base), name, "holds no lists of integers");
  require_stored(name, found, 0);
  require_room(name, bounded_product(found.n_entries, sizeof(hvl_t)));
  std::vector<hvl_t> raw(static_cast<std::size_t>(found.n_entries), hvl_t{0, nullptr});
  if (raw.empty()) return {};
  Hdf5Handle const type(H5Tvlen_create(H5T_NATIVE_INT64), H5Tclose);
  bool const is_read =
      H5Dread(found.handle.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, raw.data()) >= 0;
  require(is_read, name, "cannot be read (HDF5: " + hdf5_message() + ")");
  std::vector<std::vector<std::int64_t>> lists;
  for (hvl_t const& list : raw) {
    auto const* const begin = static_cast<std::int64_t const*>(list.p);
    lists.emplace_back(begin, begin + (begin != nullptr ? list.len : 0));
  }
  Hdf5Handle const space(H5Dget_space(found.handle.id()), H5Sclose);
  H5Dvlen_reclaim(type.id(), space.id(), H5P_DEFAULT, raw.data());
  return lists;
}

Hdf5Handle Hdf5Reader::open_attribute(std::string const& object, std::string const& name) const
{
  Hdf5Handle found(
      H5Aopen_by_name(file_.id(), object.c_str(), name.c_str(), H5P_DEFAULT, H5P_DEFAULT),
      H5Aclose);
  require(found.valid(), object, "has no attribute '" + name + "' (no whole file of its kind)");
  Hdf5Handle const type(H5Aget_type(found.id()), H5Tclose);
  Hdf5Handle const space(H5Aget_space(found.id()), H5Sclose);
  hssize_t const n = H5Sget_simple_extent_npoints(space.id());
  auto const item = static_cast<std::int64_t>(H5Tget_size(type.id()));
  require(n >= 0 && bounded_product(n, item) <= largest_attribute, object,
          "has an attribute '" + name + "' of more than " + std::to_string(largest_attribute) +
              " bytes");
  return found;
}

std::vector<std::int64_t> Hdf5Reader::integers(std::string const& object,
                                               std::string const& name) const
{
  Hdf5Handle const found = open_attribute(object, name);
  Hdf5Handle const type(H5Aget_type(found.id()), H5Tclose);
  require(is_plain_integer(type), object, "has an attribute '" + name + "' that is no integer");
  Hdf5Handle const space(H5Aget_space(found.id()), H5Sclose);
  std::vector<std::int64_t> values(
      static_cast<std::size_t>(H5Sget_simple_extent_npoints(space.id())));
  bool const is_read = values.empty() || H5Aread(found.id(), H5T_NATIVE_INT64, values.data()) >= 0;
  require(is_read, object, "has an attribute '" + name + "' that cannot be read");
  return values;
}

std::int64_t Hdf5Reader::integer(std::string const& object, std::string const& name) const
{
  auto const values = integers(object, name);
  require(values.size() == 1, object,
          "has an attribute '" + name + "' of " + std::to_string(values.size()) +
              " numbers (one is needed)");
  return values.front();
}

std::string Hdf5Reader::text(std::string const& object, std::string const& name) const
{
  Hdf5Handle const found = open_attribute(object, name);
  Hdf5Handle const type(H5Aget_type(found.id()), H5Tclose);
  Hdf5Handle const space(H5Aget_space(found.id()), H5Sclose);
  require(H5Tget_class(type.id()) == H5T_STRING && H5Sget_simple_extent_npoints(space.id()) == 1,
          object, "has an attribute '" + name + "' that is not one text");
  if (H5Tis_variable_str(type.id()) > 0) {
    auto const texts = read_texts(file_, object, name);
    require(texts && texts->size() == 1, object,
            "has an attribute '" + name + "' that cannot be read");
    return checked_text(object, texts->front());
  }
  std::string text(H5Tget_size(type.id()), '\0');
  require(H5Aread(found.id(), type.id(), text.data()) >= 0, object,
          "has an attribute '" + name + "' that cannot be read");
  text.resize(std::min(text.size(), text.find('\0')));
  return checked_text(object, text);
}

}  // namespace kovar::io
