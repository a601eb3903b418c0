// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_FULL_DISK_HPP
#define KOVAR_TESTS_IO_FULL_DISK_HPP

#include <sys/resource.h>

#include <csignal>

/// \file
/// A disk that takes only so much.

namespace kovar::test {

/// Files of this process may not grow beyond a limit while an object of this type lives: a full
/// disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes)
  {
    getrlimit(RLIMIT_FSIZE, &before_);
    previous_ = std::signal(SIGXFSZ, SIG_IGN);
    rlimit const limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk()
  {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, previous_);
  }
  FullDisk(FullDisk const&) = delete;
  FullDisk& operator=(FullDisk const&) = delete;

 private:
  rlimit before_{};
  void (*previous_)(int) = nullptr;
};

}  // namespace kovar::test

#endif
