// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/io/checkpoint_parts.hpp>

#include <hdf5.h>

namespace kovar::io {
namespace {

std::string text_of(Hdf5Handle const& file, std::string const& object, std::string const& attribute)
{
  auto const texts = read_texts(file, object, attribute);
  return texts && texts->size() == 1 ? texts->front() : "";
}

/// Refuse a file that is something else, or that another kovar wrote in another way.
void require_format(Hdf5Handle const& file, std::string const& path)
{
  KOVAR_REQUIRE(text_of(file, "/", "format") == checkpoint_format,
                "'" << path
                    << "' is no checkpoint of kovar (it would be overwritten); give "
                       "another path");
  std::string const version = text_of(file, "/", "format_version");
  KOVAR_REQUIRE(version == checkpoint_format_version,
                "the checkpoint '" << path << "' has format version " << version << " (kovar "
                                   << KOVAR_VERSION << " reads version "
                                   << checkpoint_format_version << "); go on with kovar "
                                   << text_of(file, "/", "kovar_version")
                                   << ", which wrote it, or remove it to start anew");
}

}  // namespace

std::string dataset_of_array(std::string const& name) { return "arrays/" + name; }

std::string damage_message(std::string const& path, std::string const& what)
{
  return "the checkpoint '" + path + "' is damaged (" + what + "); remove it to start anew";
}

Hdf5Handle open_checkpoint_file(std::string const& path)
{
  return open_hdf5_file(path, {"remove it to start anew",
                               "give another path for the checkpoint, or remove it to start anew"});
}

OpenCheckpoint::OpenCheckpoint(std::string const& path) : file(open_checkpoint_file(path))
{
  require_format(file, path);
}

std::optional<Fingerprint> OpenCheckpoint::fingerprint() const
{
  auto const names = read_texts(file, "/", "fingerprint_names");
  auto const values = read_texts(file, "/", "fingerprint_values");
  if (!names || !values || names->size() != values->size()) return {};
  Fingerprint fingerprint;
  for (std::size_t i = 0; i < names->size(); ++i)
    fingerprint.emplace_back((*names)[i], (*values)[i]);
  return fingerprint;
}

OpenArray::OpenArray(std::string const& path, std::string const& name)
    : file(open_checkpoint_file(path)),
      dataset(H5Dopen2(file.id(), dataset_of_array(name).c_str(), H5P_DEFAULT), H5Dclose)
{
  if (!dataset.valid())
    throw InputError(damage_message(path, "'" + name + "', HDF5: " + hdf5_message()));
  hash = text_of(file, dataset_of_array(name), "hash");
}

void OpenArray::require(std::string const& path, std::string const& name,
                        std::vector<std::int64_t> const& extents, std::size_t bytes_of_number) const
{
  std::vector<std::int64_t> const stored = extents_of(dataset);
  Hdf5Handle const type(H5Dget_type(dataset.id()), H5Tclose);
  KOVAR_REQUIRE(stored == extents && H5Tget_size(type.id()) == bytes_of_number,
                "'" << name << "' in the checkpoint '" << path << "' is " << shape_text(stored)
                    << " of " << H5Tget_size(type.id()) << " bytes (" << shape_text(extents)
                    << " of " << bytes_of_number << " are wanted); remove the file to start anew");
}

}  // namespace kovar::io
