// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_OPTION_VALUES_HPP
#define KOVAR_APPS_SUPPORT_OPTION_VALUES_HPP

#include <kovar/io/parameter_file.hpp>
#include <support/option_table.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

/// \file
/// What the user asked for: the values of an OptionTable, checked.

namespace kovar::apps {

/// Values from the command line, from a parameter file, and defaults, in this order of precedence.
/// Every value is checked when it is taken; the readers below cannot fail.
class OptionValues {
 public:
  /// \param command  "gsn estimate": starts the messages
  OptionValues(std::string command, OptionTable table);

  /// Take --name=value, --name value, -o value, --flag, --no-flag and the positional argument, each
  /// option once.
  /// \throws InputError that names the nearest option or value and lists the valid ones, or the option that is
  /// given twice
  void take_arguments(std::vector<std::string> const& arguments);

  /// Take the entries of a file for what the command line left open.
  /// \throws InputError as take_arguments, and for values of another type than the option's
  void take_parameters(std::string const& path, std::vector<io::Parameter> const& parameters);

  /// What an option that was not given came to mean: its value in the place of the default.
  void settle(std::string const& name, std::string const& value) { given_[name] = value; }

  /// \throws InputError if a required option was not given
  void require_complete() const;

  bool is_given(std::string const& name) const { return given_.count(name) != 0; }
  std::string text(std::string const& name) const;
  bool flag(std::string const& name) const;
  std::int64_t count(std::string const& name) const;
  double real(std::string const& name) const;
  std::vector<double> reals(std::string const& name) const;
  std::vector<std::string> choices(std::string const& name) const;
  std::vector<std::string> names(std::string const& name) const;
  std::int64_t bytes(std::string const& name) const;
  double seconds(std::string const& name) const;

  /// Every option with the value in force, in the order of the table.
  std::vector<std::pair<std::string, std::string>> all() const;

 private:
  Option const& option_named(std::string const& name) const;
  void give(Option const& option, std::string const& value);
  [[noreturn]] void unknown(std::string const& name, std::string const& shown) const;

  std::string command_;
  OptionTable table_;
  std::map<std::string, std::string> given_;
};

}  // namespace kovar::apps

#endif
