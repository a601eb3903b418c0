// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_TESTS_IO_SCRATCH_FOLDER_HPP
#define KOVAR_TESTS_IO_SCRATCH_FOLDER_HPP

#include "support/message_of.hpp"

#include <kovar/dist/communicator.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

/// \file
/// A folder for the files of one test.

namespace kovar::test {

/// An empty folder that all ranks know; removed with its files when the last rank is done.
class ScratchFolder {
 public:
  explicit ScratchFolder(dist::Communicator comm = dist::Communicator()) : comm_(std::move(comm))
  {
    path_ = testing::TempDir() + "/kovar_io_XXXXXX";
    if (comm_.is_root() && mkdtemp(path_.data()) == nullptr) path_.back() = '?';
    comm_.broadcast(path_.data(), static_cast<std::int64_t>(path_.size()));
  }
  ~ScratchFolder()
  {
    comm_.barrier();
    std::error_code ignored;
    if (comm_.is_root()) std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(ScratchFolder const&) = delete;
  ScratchFolder& operator=(ScratchFolder const&) = delete;

  std::string path() const { return path_; }
  std::string operator/(std::string const& name) const { return path_ + "/" + name; }

 private:
  dist::Communicator comm_;
  std::string path_;
};

/// All bytes of a file.
inline std::string content_of(std::string const& path)
{
  std::ostringstream content;
  content << std::ifstream(path, std::ios::binary).rdbuf();
  return content.str();
}

}  // namespace kovar::test

#endif
