// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <limits>
#include <string>

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif
#if defined(KOVAR_ENABLE_CUDA)
#include <cuda_runtime_api.h>
#elif defined(KOVAR_ENABLE_HIP)
#include <hip/hip_runtime_api.h>
#endif

namespace kovar {
namespace {

constexpr std::int64_t unlimited = std::numeric_limits<std::int64_t>::max();

std::int64_t meminfo_available()
{
  std::ifstream meminfo("/proc/meminfo");
  std::string key;
  std::int64_t kilobytes = 0;
  std::string unit;
  while (meminfo >> key >> kilobytes && std::getline(meminfo, unit))
    if (key == "MemAvailable:") return 1024 * kilobytes;
  return unlimited;
}

/// A number from a one-line file, or unlimited ("max", missing file).
std::int64_t number_in(std::string const& path)
{
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? value : unlimited;
}

/// File pages that the kernel gives up before it refuses memory: they count as used, and are not.
std::int64_t reclaimable_bytes(std::string const& folder)
{
  std::ifstream statistics(folder + "/memory.stat");
  std::string key;
  std::int64_t bytes = 0;
  while (statistics >> key >> bytes)
    if (key == "inactive_file") return bytes;
  return 0;
}

/// What the control groups (version 2) of this process leave: its own and all above it.
std::int64_t control_group_available()
{
  std::ifstream own("/proc/self/cgroup");
  std::string line;
  std::string group = "/";
  while (std::getline(own, line))
    if (line.rfind("0::", 0) == 0) group = line.substr(3);
  std::int64_t available = unlimited;
  for (;;) {
    std::string const folder = "/sys/fs/cgroup" + (group == "/" ? std::string() : group);
    std::int64_t const limit = number_in(folder + "/memory.max");
    std::int64_t const used = number_in(folder + "/memory.current");
    if (limit != unlimited && used != unlimited)
      available =
          std::min(available, std::max<std::int64_t>(0, limit - used + reclaimable_bytes(folder)));
    if (group.empty() || group == "/") return available;
    group.resize(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
  }
}

}  // namespace

#if defined(KOVAR_ENABLE_CUDA) || defined(KOVAR_ENABLE_HIP)
std::int64_t available_device_bytes()
{
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
#ifdef KOVAR_ENABLE_CUDA
  bool const known = cudaMemGetInfo(&free_bytes, &total_bytes) == cudaSuccess;
#else
  bool const known = hipMemGetInfo(&free_bytes, &total_bytes) == hipSuccess;
#endif
  return known ? static_cast<std::int64_t>(free_bytes) : unlimited;
}
#else
std::int64_t available_device_bytes() { return unlimited; }
#endif

std::int64_t available_host_bytes()
{
  return std::min(meminfo_available(), control_group_available());
}

std::int64_t host_page_bytes()
{
  std::string const folder = "/sys/kernel/mm/transparent_hugepage/";
  std::ifstream choice(folder + "enabled");
  std::string words;
  std::getline(choice, words);
  std::int64_t const large = number_in(folder + "hpage_pmd_size");
  if (words.find("[always]") != std::string::npos && large != unlimited) return large;
  constexpr std::int64_t usual = 4096;
#if defined(__unix__) || defined(__APPLE__)
  std::int64_t const small = sysconf(_SC_PAGESIZE);
  return small > 0 ? small : usual;
#else
  return usual;
#endif
}

std::string readable_bytes(double bytes)
{
  constexpr std::array<char const*, 6> units = {"B", "kB", "MB", "GB", "TB", "PB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < units.size()) {
    bytes /= 1000;
    ++unit;
  }
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), bytes < 9.95 && unit > 0 ? "%.1f %s" : "%.0f %s", bytes,
                units[unit]);
  return text.data();
}

}  // namespace kovar
