// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_COMMAND_HPP
#define KOVAR_APPS_SUPPORT_COMMAND_HPP

#include <kovar/dist/communicator.hpp>
#include <support/option_table.hpp>
#include <support/option_values.hpp>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

/// \file
/// A program is a list of commands; each declares what it does and how it is called.

namespace kovar::apps {

/// What a command runs in.
struct Context {
  dist::Communicator comm;
  std::string command_line;                     ///< as a shell takes it
  std::chrono::steady_clock::time_point start;  ///< of the program
};

/// What a command needs to be started before it runs.
enum class Needs { nothing, kokkos };

struct Command {
  std::string name;                   ///< one or two words: "gsn estimate"
  std::string summary;                ///< half a line
  std::string description;            ///< a paragraph
  std::vector<std::string> examples;  ///< each a line for the shell
  OptionTable options;
  Needs needs;

  /// Runs on every rank and returns an exit code; errors are exceptions.
  std::function<int(Context const&, OptionValues const&)> run;
};

struct Program {
  std::string name;
  std::string summary;
  std::vector<Command> commands;
};

/// The options that every computing command has: json, params, quiet.
OptionGroup common_options();

}  // namespace kovar::apps

#endif
