// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_CHECKPOINT_PARTS_HPP
#define KOVAR_IO_CHECKPOINT_PARTS_HPP

#include <kovar/io/fingerprint.hpp>
#include <kovar/io/hdf5_file.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// \file
/// What checkpoint files are made of, for those that read and write them.

namespace kovar::io {

constexpr char const* checkpoint_format = "kovar checkpoint";
constexpr char const* checkpoint_format_version = "1";

/// Where an array stands in the file.
std::string dataset_of_array(std::string const& name);

/// That the checkpoint is damaged, and what to do.
std::string damage_message(std::string const& path, std::string const& what);

/// open_hdf5_file() with what to do about a checkpoint that cannot be read.
Hdf5Handle open_checkpoint_file(std::string const& path);

/// A checkpoint, opened for reading by this process alone.
/// \throws InputError if it is something else, or another kovar wrote it in another way
struct OpenCheckpoint {
  QuietHdf5 const quiet;
  Hdf5Handle const file;
  explicit OpenCheckpoint(std::string const& path);

  /// Nothing if it is not whole.
  std::optional<Fingerprint> fingerprint() const;
};

/// An array of the checkpoint, opened for reading by this process alone.
/// \throws InputError if it cannot be opened
struct OpenArray {
  QuietHdf5 const quiet;
  Hdf5Handle const file;
  Hdf5Handle const dataset;
  std::string hash;  ///< that was stored with it
  OpenArray(std::string const& path, std::string const& name);

  /// \throws InputError if it has another shape or numbers of another size
  void require(std::string const& path, std::string const& name,
               std::vector<std::int64_t> const& extents, std::size_t bytes_of_number) const;
};

}  // namespace kovar::io

#endif
