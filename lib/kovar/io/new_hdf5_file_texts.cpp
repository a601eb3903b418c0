// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/new_hdf5_file.hpp>
#include <kovar/io/utf8.hpp>

#include <hdf5.h>

#include <algorithm>

namespace kovar::io {

namespace {

// Texts of one length, padded with zeros.
Hdf5Handle padded_text(NewHdf5File const& file, std::size_t length)
{
  Hdf5Handle type = file.checked(H5Tcopy(H5T_C_S1), H5Tclose, "H5Tcopy");
  file.check(H5Tset_size(type.id(), std::max<std::size_t>(1, length)), "H5Tset_size");
  file.check(H5Tset_strpad(type.id(), H5T_STR_NULLPAD), "H5Tset_strpad");
  file.check(H5Tset_cset(type.id(), H5T_CSET_UTF8), "H5Tset_cset");
  return type;
}

}  // namespace

void NewHdf5File::write_names(std::string const& name, std::vector<std::string> const& texts,
                              Annotation const& annotation, Compression compression)
{
  std::size_t longest = 1;
  for (std::string const& text : texts) {
    KOVAR_REQUIRE(is_text(text), "'" << name << "' of '" << path_ << "': '" << text
                                     << "' is no UTF-8 text; use another name");
    longest = std::max(longest, text.size());
  }
  std::vector<char> padded(longest * texts.size(), '\0');
  for (std::size_t i = 0; i < texts.size(); ++i)
    std::copy(texts[i].begin(), texts[i].end(),
              padded.begin() + static_cast<std::ptrdiff_t>(i * longest));
  Hdf5Handle const type = padded_text(*this, longest);
  Hdf5Handle dataset = create_dataset(name, {static_cast<std::int64_t>(texts.size())}, type.id(),
                                      annotation, compression);
  if (!texts.empty())
    check(H5Dwrite(dataset.id(), type.id(), H5S_ALL, H5S_ALL, H5P_DEFAULT, padded.data()),
          "H5Dwrite");
  check(dataset.close(), "H5Dclose");
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

void NewHdf5File::write_number_attribute(std::string const& object, std::string const& name,
                                         Hdf5Handle const& space, std::int64_t const* values)
{
  Hdf5Handle attribute =
      checked(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), H5T_NATIVE_INT64,
                                space.id(), H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              H5Aclose, "H5Acreate");
  if (values != nullptr) check(H5Awrite(attribute.id(), H5T_NATIVE_INT64, values), "H5Awrite");
  check(attribute.close(), "H5Aclose");
}

void NewHdf5File::write_integer(std::string const& object, std::string const& name,
                                std::int64_t value)
{
  Hdf5Handle const scalar = checked(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  write_number_attribute(object, name, scalar, &value);
}

void NewHdf5File::write_integers(std::string const& object, std::string const& name,
                                 std::vector<std::int64_t> const& values)
{
  hsize_t const n = values.size();
  Hdf5Handle const list = checked(H5Screate_simple(1, &n, nullptr), H5Sclose, "H5Screate_simple");
  write_number_attribute(object, name, list, values.empty() ? nullptr : values.data());
}

void NewHdf5File::write_label(std::string const& object, std::string const& name,
                              std::string const& text)
{
  Hdf5Handle const scalar = checked(H5Screate(H5S_SCALAR), H5Sclose, "H5Screate");
  Hdf5Handle const type = padded_text(*this, text.size());
  Hdf5Handle attribute =
      checked(H5Acreate_by_name(file_.id(), object.c_str(), name.c_str(), type.id(), scalar.id(),
                                H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT),
              H5Aclose, "H5Acreate");
  check(H5Awrite(attribute.id(), type.id(), text.c_str()), "H5Awrite");
  check(attribute.close(), "H5Aclose");
}

}  // namespace kovar::io
