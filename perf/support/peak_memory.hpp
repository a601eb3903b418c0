// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_PERF_SUPPORT_PEAK_MEMORY_HPP
#define KOVAR_PERF_SUPPORT_PEAK_MEMORY_HPP

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#ifdef __GLIBC__
#include <malloc.h>
#endif

/// \file
/// Memory of this process, as Linux tells it; memory.py reads the same.

namespace kovar::perf {

/// Bytes of a line of /proc/self/status; 0 where there is none.
inline std::int64_t status_bytes(std::string const& name)
{
  std::ifstream file("/proc/self/status");
  for (std::string line; std::getline(file, line);) {
    if (line.compare(0, name.size() + 1, name + ":") != 0) continue;
    std::int64_t kibibytes = 0;
    std::istringstream(line.substr(name.size() + 1)) >> kibibytes;
    return kibibytes * 1024;
  }
  return 0;
}

/// How far the resident memory rises above what it is now.
class PeakMemory {
 public:
  PeakMemory()
  {
#ifdef __GLIBC__
    malloc_trim(0);  // what is free goes back
#endif
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak so far is forgotten, where possible
    start_ = status_bytes("VmRSS");
  }
  std::int64_t bytes() const { return std::max<std::int64_t>(0, status_bytes("VmHWM") - start_); }

 private:
  std::int64_t start_;
};

}  // namespace kovar::perf

#endif
