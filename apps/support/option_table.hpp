// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_OPTION_TABLE_HPP
#define KOVAR_APPS_SUPPORT_OPTION_TABLE_HPP

#include <optional>
#include <string>
#include <vector>

/// \file
/// The options of a command, declared once: parsing, checks, parameter files and --help read this.

namespace kovar::apps {

/// What the value of an option looks like.
enum class OptionKind {
  flag,      ///< true or false
  count,     ///< integer, 0 or more
  real,      ///< number
  reals,     ///< numbers joined by commas, may be empty
  choice,    ///< one of Option::valid
  choices,   ///< some of Option::valid joined by commas; "none" or nothing is the empty list
  names,     ///< any words joined by commas; "none" or nothing is the empty list
  bytes,     ///< amount of memory: 800MB, 2GB, 1.5GiB
  duration,  ///< HH:MM:SS or seconds
  text,      ///< anything
  file,      ///< path
  folder,    ///< path
};

/// In the place of a default: the option must be given.
constexpr std::nullopt_t required = std::nullopt;

struct Option {
  std::string name;  ///< words joined by _; on a command line - does as well; -o is --output
  OptionKind kind;
  std::optional<std::string> fallback;  ///< value if it is not given, as it would be typed
  std::string help;
  std::vector<std::string> valid = {};  ///< for choice and choices
};

/// Options under one heading of the help text.
struct OptionGroup {
  std::string title;
  std::vector<Option> options;
};

struct OptionTable {
  std::vector<OptionGroup> groups;
  std::string positional = {};  ///< the option that an argument without a name stands for, if any

  /// The option of this name, or a null pointer.
  Option const* find(std::string const& name) const;

  std::vector<std::string> names() const;
};

}  // namespace kovar::apps

#endif
