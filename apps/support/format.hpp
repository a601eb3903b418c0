// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_FORMAT_HPP
#define KOVAR_APPS_SUPPORT_FORMAT_HPP

#include <string>

/// \file
/// Numbers for people.

namespace kovar::apps {

/// "0.35", "12", "34821", "nan": this many significant digits; below a thousand million no power of ten.
std::string format_number(double value, int digits = 4);

/// "12 s", "3 min 05 s", "2 h 10 min".
std::string format_duration(double seconds);

/// "0.0123", "1.23", "123": seconds with enough digits to compare.
std::string format_seconds(double seconds);

}  // namespace kovar::apps

#endif
