// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/memory.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <fstream>
#include <limits>

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
std::int64_t number_in(char const* path)
{
  std::ifstream file(path);
  std::int64_t value = 0;
  return file >> value ? value : unlimited;
}

std::int64_t control_group_available()
{
  std::int64_t const limit = number_in("/sys/fs/cgroup/memory.max");
  std::int64_t const used = number_in("/sys/fs/cgroup/memory.current");
  return limit == unlimited || used == unlimited ? unlimited : std::max<std::int64_t>(0, limit - used);
}

}  // namespace

std::int64_t available_host_bytes()
{
  return std::min(meminfo_available(), control_group_available());
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
