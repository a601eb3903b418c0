// SPDX-License-Identifier: BSD-3-Clause
#include <support/format.hpp>

#include <array>
#include <cmath>
#include <cstdio>

namespace kovar::apps {

std::string format_number(double value, int digits)
{
  std::array<char, 64> text{};
  bool const is_long = std::fabs(value) >= std::pow(10, digits) - 0.5 && std::fabs(value) < 1e9;
  if (is_long)
    std::snprintf(text.data(), text.size(), "%.0f", value);  // 34821, not 3.482e+04
  else
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
  return text.data();
}

std::string format_duration(double seconds)
{
  if (!(seconds < 3.6e8)) return "long";  // more than ten years, or not a number
  long const whole = std::lround(seconds);
  std::array<char, 64> text{};
  if (whole < 60)
    std::snprintf(text.data(), text.size(), "%ld s", whole);
  else if (whole < 3600)
    std::snprintf(text.data(), text.size(), "%ld min %02ld s", whole / 60, whole % 60);
  else
    std::snprintf(text.data(), text.size(), "%ld h %02ld min", whole / 3600, whole % 3600 / 60);
  return text.data();
}

std::string format_seconds(double seconds)
{
  std::array<char, 64> text{};
  char const* const pattern = seconds < 1 ? "%.4f" : seconds < 100 ? "%.2f" : "%.0f";
  std::snprintf(text.data(), text.size(), pattern, seconds);
  return text.data();
}

}  // namespace kovar::apps
