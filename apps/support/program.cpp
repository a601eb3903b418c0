// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/checkpoint.hpp>
#include <kovar/core/config.hpp>
#include <kovar/core/error.hpp>
#include <kovar/dist/communicator.hpp>
#include <kovar/dist/environment.hpp>
#include <support/exit_code.hpp>
#include <support/help.hpp>
#include <support/kokkos_runtime.hpp>
#include <support/program.hpp>
#include <support/signals.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <iostream>
#include <new>
#include <optional>

namespace kovar::apps {
namespace {

/// The command line, taken apart.
struct Invocation {
  Command const* command = nullptr;  ///< null: only `answer` is wanted
  std::string answer;                ///< text of --help or --version
  std::vector<std::string>
      arguments;  ///< what follows the command's name, without Kokkos' arguments
  std::vector<std::string> for_kokkos;
};

bool asks_for_help(std::vector<std::string> const& arguments)
{
  return std::any_of(arguments.begin(), arguments.end(), [](std::string const& argument) {
    return argument == "--help" || argument == "-h";
  });
}

std::vector<std::string> names_of(std::vector<Command> const& commands)
{
  std::vector<std::string> names;
  for (Command const& command : commands) names.push_back(command.name);
  return names;
}

/// The leading arguments that are words: up to two name a command.
std::vector<std::string> leading_words(std::vector<std::string> const& arguments)
{
  std::vector<std::string> words;
  for (std::string const& argument : arguments) {
    if (words.size() == 2 || argument.rfind('-', 0) == 0) break;
    words.push_back(argument);
  }
  return words;
}

Invocation take_apart(std::vector<std::string> arguments, Program const& program)
{
  Invocation result;
  auto const kokkos = std::stable_partition(
      arguments.begin(), arguments.end(),
      [](std::string const& argument) { return argument.rfind("--kokkos-", 0) != 0; });
  result.for_kokkos.assign(kokkos, arguments.end());
  arguments.erase(kokkos, arguments.end());

  if (!arguments.empty() && arguments.front() == "--version") {
    result.answer = program.name + " " + KOVAR_VERSION + "\n";
    return result;
  }
  std::vector<std::string> const words = leading_words(arguments);
  for (std::size_t n = words.size(); n > 0; --n) {
    std::string const name =
        join({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(n)}, " ");
    for (Command const& command : program.commands) {
      if (command.name != name) continue;
      result.arguments.assign(arguments.begin() + static_cast<std::ptrdiff_t>(n), arguments.end());
      if (asks_for_help(result.arguments))
        result.answer = help_of(program, command);
      else
        result.command = &command;
      return result;
    }
  }

  std::vector<std::string> const names = names_of(program.commands);
  std::string const group = words.empty() ? "" : words.front();
  std::vector<std::string> of_group;
  for (std::string const& name : names)
    if (group.empty() || name.rfind(group + " ", 0) == 0) of_group.push_back(name);
  if (words.size() <= 1 && !of_group.empty()) {
    if (asks_for_help(arguments)) {
      result.answer = help_of(program, group);
      return result;
    }
    std::string const unread = arguments.size() > words.size() ? arguments[words.size()] : "";
    throw InputError(
        (unread.empty() ? "no command is given" : "'" + unread + "' comes before a command") +
        "; see " + program.name + (group.empty() ? "" : " " + group) +
        " --help (commands: " + join(of_group) + ")");
  }
  throw InputError("unknown command '" + join(words, " ") + "'" + advice(join(words, " "), names));
}

OptionValues read_options(Command const& command, std::vector<std::string> const& arguments)
{
  OptionValues values(command.name, command.options);
  values.take_arguments(arguments);
  if (values.is_given("params")) {
#ifdef KOVAR_ENABLE_TEUCHOS
    std::string const path = values.text("params");
    values.take_parameters(path, io::read_parameter_file(path));
#else
    throw InputError(
        command.name +
        ": --params needs Teuchos (this kovar was built with KOVAR_ENABLE_TEUCHOS=OFF); "
        "give the options on the command line");
#endif
  }
  values.require_complete();
  return values;
}

int run(dist::Communicator const& comm, std::vector<std::string> const& arguments,
        Program const& program, std::chrono::steady_clock::time_point start)
{
  Invocation invocation;
  std::optional<OptionValues> values;
  dist::agree(comm, [&] {
    invocation = take_apart(arguments, program);
    if (invocation.command != nullptr)
      values = read_options(*invocation.command, invocation.arguments);
  });
  if (invocation.command == nullptr) {
    if (comm.is_root()) std::cout << invocation.answer;
    return exit_done;
  }

  Command const& command = *invocation.command;
  Context context{comm, program.name, start};
  for (std::string const& argument : arguments)
    context.command_line += " " + quote_for_shell(argument);
  if (command.needs == Needs::nothing) return command.run(context, *values);
  KokkosRuntime const kokkos(comm, invocation.for_kokkos);
  return command.run(context, *values);
}

int end_with_error(dist::Communicator const& comm, Program const& program, std::string const& what,
                   ExitCode code, bool on_all_ranks)
{
  if (comm.is_root() || !on_all_ranks)
    std::cerr << program.name << ": error: " << what << std::endl;
  if (comm.size() > 1 && !on_all_ranks) dist::Environment::abort(code);
  return code;
}

}  // namespace

int run_program(int argc, char** argv, Program const& program)
{
  auto const start = std::chrono::steady_clock::now();
  end_cleanly_on_signals();
  std::optional<dist::Environment> environment;
  dist::Communicator comm;
  try {
    environment.emplace(argc, argv);
    comm = dist::Communicator::world();
    return run(comm, {argv + 1, argv + argc}, program, start);
  } catch (Stopped const& e) {
    if (comm.is_root())
      std::cerr << program.name << ": " << e.what() << "; run the same command again to go on"
                << std::endl;
    return exit_stopped_early;
  } catch (InputError const& e) {
    return end_with_error(comm, program, e.what(), exit_bad_input, e.on_all_ranks());
  } catch (Error const& e) {
    return end_with_error(comm, program, e.what(), exit_error, e.on_all_ranks());
  } catch (std::bad_alloc const&) {
    return end_with_error(comm, program, "out of memory", exit_error, false);
  } catch (std::exception const& e) {
    return end_with_error(comm, program, e.what(), exit_error, false);
  }
}

}  // namespace kovar::apps
