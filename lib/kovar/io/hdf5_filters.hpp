// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_HDF5_FILTERS_HPP
#define KOVAR_IO_HDF5_FILTERS_HPP

#include <kovar/io/hdf5_file.hpp>

#include <string>
#include <vector>

/// \file
/// What HDF5 does with the chunks of a dataset on their way to the disk.

namespace kovar::io {

/// How chunks are compressed. Bytes of equal weight are put side by side before (shuffle).
enum class Compression {
  none,     ///< no chunks either: as fast as the disk
  deflate,  ///< as gzip; every HDF5 reads it
  lz4,      ///< fast; needs the plugin of filter 32004, also to read
};

/// Names of the filters that the chunks of a dataset went through.
/// \throws InputError if one of them is not there to undo it. One that was optional in writing counts
///         too: h5py marks all but HDF5's own in this way, and chunks need them nevertheless.
std::vector<std::string> filters_of(Hdf5Handle const& dataset, std::string const& path,
                                    std::string const& name);

/// Chunks of up to 4 MB along the last axes, compressed, for the creation of a dataset; nothing is done
/// for Compression::none or a dataset without entries.
/// \param creation   property list of the dataset to be
/// \param extents    of it
/// \param item_size  bytes of an entry
/// \throws InputError if the filter is not there; BackendError if HDF5 refuses it
void set_compression(Hdf5Handle const& creation, Compression compression,
                     std::vector<std::int64_t> const& extents, std::int64_t item_size,
                     std::string const& name);

}  // namespace kovar::io

#endif
