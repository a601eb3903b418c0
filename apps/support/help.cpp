// SPDX-License-Identifier: BSD-3-Clause
#include <support/help.hpp>
#include <support/option_value_kinds.hpp>
#include <support/text.hpp>

#include <cctype>

namespace kovar::apps {
namespace {

constexpr std::size_t line_width = 90;
constexpr std::size_t help_column = 26;

std::string pad(std::string const& text, std::size_t width)
{
  return text + std::string(width > text.size() ? width - text.size() : 0, ' ');
}

/// "  word   text", the text wrapped in its own column.
std::string entry(std::string const& word, std::string const& text)
{
  std::string line = pad("  " + word, help_column);
  if (line.size() > help_column) line += '\n' + std::string(help_column, ' ');
  return line + wrap(text, line_width, help_column) + '\n';
}

/// The option as the usage line shows it.
std::string shown(OptionTable const& table, Option const& option)
{
  if (option.name != table.positional)
    return "--" + option.name + facts_of(option.kind).placeholder;
  std::string upper = option.name;
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return upper;
}

std::string help_of(OptionTable const& table, Option const& option)
{
  std::vector<std::string> notes;
  if (option.kind == OptionKind::choice) notes.push_back("one of " + join(option.valid));
  if (option.kind == OptionKind::choices)
    notes.push_back("any of " + join(option.valid) + ", or none");
  if (!option.fallback)
    notes.emplace_back("required");
  else if (option.kind == OptionKind::flag && option.fallback == "true")
    notes.push_back("on by default, off by --no-" + option.name);
  else if (option.kind != OptionKind::flag && !option.fallback->empty())
    notes.push_back("default " + *option.fallback);
  std::string const in_brackets = notes.empty() ? "" : " (" + join(notes, "; ") + ")";
  return entry(shown(table, option), option.help + in_brackets);
}

std::string examples_of(std::vector<std::string> const& examples)
{
  std::string text = "\nExamples\n";
  for (std::string const& example : examples) text += "  " + example + '\n';
  return text;
}

bool starts_with_word(std::string const& name, std::string const& word)
{
  return word.empty() || name == word || name.rfind(word + " ", 0) == 0;
}

}  // namespace

std::string help_of(Program const& program, Command const& command)
{
  OptionTable const& table = command.options;
  std::string const call = program.name + " " + command.name;
  std::string text = call + ": " + command.summary + "\n\nUsage\n  " + call;
  bool optional = false;
  for (OptionGroup const& group : table.groups)
    for (Option const& option : group.options)
      if (option.fallback)
        optional = true;
      else
        text += " " + shown(table, option);
  if (optional) text += " [options]";
  text += "\n\n" + wrap(command.description, line_width, 0) + '\n';

  for (OptionGroup const& group : table.groups) {
    text += '\n' + group.title + '\n';
    for (Option const& option : group.options) text += help_of(table, option);
  }
  text += "\nAlways\n" + entry("--help", "this text");
  if (command.needs == Needs::kokkos)
    text += entry("--kokkos-...",
                  "handed to Kokkos, as --kokkos-num-threads=4 (--kokkos-threads=4 "
                  "before Kokkos 4)");
  if (!table.groups.empty())
    text += "\nWrite --name=value or --name value, and - for _ in names if you like.\n";
  return text + examples_of(command.examples);
}

std::string help_of(Program const& program, std::string const& group)
{
  std::string const call = program.name + (group.empty() ? "" : " " + group);
  std::string text =
      (group.empty() ? program.name + ": " + program.summary + "\n\n" : std::string()) +
      "Usage\n  " + call + " COMMAND [options]\n\nCommands\n";
  std::vector<std::string> examples;
  for (Command const& command : program.commands) {
    if (!starts_with_word(command.name, group)) continue;
    text += entry(command.name, command.summary);
    if (!command.examples.empty()) examples.push_back(command.examples.front());
  }
  text += "\n  " + program.name + " COMMAND --help  tells the options of a command.\n";
  if (group.empty()) text += "  " + program.name + " --version       tells the version.\n";
  text += examples_of(examples);
  text += "\nExit codes: 0 done, 1 error, 2 bad input, 3 stopped early with a checkpoint.\n";
  return text;
}

}  // namespace kovar::apps
