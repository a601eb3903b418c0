// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/disk_room.hpp>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

namespace kovar::io {

namespace fs = std::filesystem;

int sync_to_disk(std::string const& path)
{
  int const descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int const code = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  return code == EINVAL ? 0 : code;  // EINVAL: this file system has nothing to do
}

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

}  // namespace kovar::io
