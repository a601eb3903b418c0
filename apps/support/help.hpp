// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_HELP_HPP
#define KOVAR_APPS_SUPPORT_HELP_HPP

#include <support/command.hpp>

#include <string>

/// \file
/// The text of --help, made from the tables.

namespace kovar::apps {

/// Help of one command.
std::string help_of(Program const& program, Command const& command);

/// Help of the program, or of the commands that start with the word `group` if it is not empty.
std::string help_of(Program const& program, std::string const& group);

}  // namespace kovar::apps

#endif
