// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_DISK_ROOM_HPP
#define KOVAR_IO_DISK_ROOM_HPP

#include <cstdint>
#include <string>

/// \file
/// Room on the disk for a file to come, and the way there. Error codes are those of errno, 0 for none.

namespace kovar::io {

/// Bring a file or folder to the disk. An error code, or 0.
int sync_to_disk(std::string const& path);

/// Reserve room for a file without changing its size. An error code, or 0.
int reserve(std::string const& path, std::int64_t bytes);

/// Why a file of this size cannot be written, as an error code; 0 if nothing speaks against it.
int obstacle(std::string const& path, std::int64_t bytes);

}  // namespace kovar::io

#endif
