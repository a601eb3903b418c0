// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <support/option_value_kinds.hpp>
#include <support/option_values.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <cctype>

namespace kovar::apps {
namespace {

/// Options that tell how to read the others make no sense in a parameter file.
bool may_be_in_file(std::string const& name) { return name != "params" && name != "help"; }

/// What an option is; the rest of its help is too long for a message.
std::string first_sentence(std::string const& help) { return help.substr(0, help.find(". ")); }

/// The option that the help gives this name of another program, in brackets; "" if none has it.
std::string same_elsewhere(OptionTable const& table, std::string const& shown)
{
  auto const is_in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  for (OptionGroup const& group : table.groups)
    for (Option const& option : group.options) {
      std::string const& help = option.help;
      std::size_t const bracket = help.find('[');
      if (bracket == std::string::npos) continue;
      for (auto at = help.find(shown, bracket); at != std::string::npos;
           at = help.find(shown, at + 1)) {
        std::size_t const end = at + shown.size();
        if (help[at - 1] != '-' && (end == help.size() || !is_in_word(help[end])))
          return option.name;
      }
    }
  return "";
}

}  // namespace

OptionValues::OptionValues(std::string command, OptionTable table)
    : command_(std::move(command)), table_(std::move(table))
{
}

void OptionValues::unknown(std::string const& name, std::string const& shown) const
{
  std::string const ours = same_elsewhere(table_, shown);
  if (!ours.empty())
    throw InputError(command_ + ": unknown option '" + shown +
                     "' (of another program; here it is --" + ours + "); see kovar " + command_ +
                     " --help");
  throw InputError(command_ + ": unknown option '" + shown + "'" +
                   advice(name, table_.names(), "--", "kovar " + command_ + " --help"));
}

void OptionValues::give(Option const& option, std::string const& value)
{
  auto const [entry, is_first] = given_.emplace(option.name, value);
  KOVAR_REQUIRE(is_first, command_ << ": --" << option.name << " is given twice, as '"
                                   << entry->second << "' and as '" << value
                                   << "' (one of them would count for nothing); give it once");
}

void OptionValues::take_arguments(std::vector<std::string> const& arguments)
{
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string const argument = arguments[i] == "-o" ? "--output" : arguments[i];
    bool const named = argument.rfind("--", 0) == 0;
    if (!named) {
      if (argument.rfind('-', 0) == 0 && !same_elsewhere(table_, argument).empty())
        unknown(argument, argument);
      KOVAR_REQUIRE(argument.rfind('-', 0) != 0, command_
                                                     << ": unknown option '" << argument
                                                     << "' (options start with --); see --help");
      KOVAR_REQUIRE(!table_.positional.empty() && !is_given(table_.positional),
                    command_ << ": unexpected argument '" << argument
                             << "' (a value follows its option, as in --name=value); see --help");
      give(option_named(table_.positional), argument);
      continue;
    }

    std::size_t const equals = argument.find('=');
    bool const has_value = equals != std::string::npos;
    std::string name = argument.substr(2, has_value ? equals - 2 : std::string::npos);
    std::replace(name.begin(), name.end(), '-', '_');

    Option const* option = table_.find(name);
    if (option == nullptr && name.rfind("no_", 0) == 0) {
      option = table_.find(name.substr(3));
      if (option != nullptr && option->kind == OptionKind::flag && !has_value) {
        give(*option, "false");
        continue;
      }
      option = nullptr;
    }
    if (option == nullptr) unknown(name, argument.substr(0, equals));

    std::string value;
    bool const more = i + 1 < arguments.size();
    if (has_value) {
      value = argument.substr(equals + 1);
    } else if (option->kind == OptionKind::flag) {
      value = more && read_flag(arguments[i + 1]) ? arguments[++i] : "true";
    } else {
      KOVAR_REQUIRE(more && arguments[i + 1].rfind("--", 0) != 0,
                    command_ << ": '" << argument << "' has no value; give "
                             << facts_of(option->kind).wanted << " as in " << argument << "=...");
      value = arguments[++i];
    }
    std::string const fault = fault_of(*option, value);
    KOVAR_REQUIRE(fault.empty(),
                  command_ << ": --" << option->name << " is '" << value << "'" << fault);
    give(*option, value);
  }
}

void OptionValues::take_parameters(std::string const& path,
                                   std::vector<io::Parameter> const& parameters)
{
  std::vector<std::string> valid = table_.names();
  valid.erase(std::remove_if(valid.begin(), valid.end(),
                             [](std::string const& name) { return !may_be_in_file(name); }),
              valid.end());
  std::map<std::string, std::string> from_file;
  for (io::Parameter const& parameter : parameters) {
    Option const* const option = table_.find(parameter.name);
    KOVAR_REQUIRE(option != nullptr && may_be_in_file(parameter.name),
                  command_ << ": unknown option '" << parameter.name << "' in '" << path << "'"
                           << advice(parameter.name, valid, "", "kovar " + command_ + " --help"));
    KindFacts const& facts = facts_of(option->kind);
    KOVAR_REQUIRE(std::count(facts.types.begin(), facts.types.end(), parameter.type) != 0,
                  command_ << ": '" << parameter.name << "' in '" << path << "' is "
                           << name_of(parameter.type) << " (" << parameter.value << "); give "
                           << facts.wanted);
    std::string const fault = fault_of(*option, parameter.value);
    KOVAR_REQUIRE(fault.empty(), command_ << ": '" << parameter.name << "' in '" << path << "' is '"
                                          << parameter.value << "'" << fault);
    from_file[parameter.name] = parameter.value;
  }
  given_.insert(from_file.begin(), from_file.end());  // keeps what the command line gave
}

void OptionValues::require_complete() const
{
  for (std::string const& name : table_.names()) {
    Option const& option = option_named(name);
    if (option.fallback || is_given(name)) continue;
    std::string const shown = name == table_.positional ? "the " + name + " file" : "--" + name;
    throw InputError(command_ + ": " + shown + " is missing (" + first_sentence(option.help) +
                     "); see kovar " + command_ + " --help");
  }
}

Option const& OptionValues::option_named(std::string const& name) const
{
  Option const* const option = table_.find(name);
  if (option == nullptr)
    throw Error(command_ + ": the program asks for option '" + name +
                "', which its table lacks (an error in the program)");
  return *option;
}

std::string OptionValues::text(std::string const& name) const
{
  Option const& option = option_named(name);
  auto const given = given_.find(name);
  return given != given_.end() ? given->second : option.fallback.value_or("");
}

bool OptionValues::flag(std::string const& name) const { return *read_flag(text(name)); }
std::int64_t OptionValues::count(std::string const& name) const { return *read_count(text(name)); }
double OptionValues::real(std::string const& name) const { return *read_real(text(name)); }
std::int64_t OptionValues::bytes(std::string const& name) const { return *read_bytes(text(name)); }
double OptionValues::seconds(std::string const& name) const { return *read_duration(text(name)); }

std::vector<double> OptionValues::reals(std::string const& name) const
{
  return *read_reals(text(name));
}

std::vector<std::string> OptionValues::choices(std::string const& name) const
{
  return read_choices(text(name));
}

std::vector<std::string> OptionValues::names(std::string const& name) const
{
  return read_choices(text(name));
}

std::vector<std::pair<std::string, std::string>> OptionValues::all() const
{
  std::vector<std::pair<std::string, std::string>> result;
  for (std::string const& name : table_.names()) result.emplace_back(name, text(name));
  return result;
}

}  // namespace kovar::apps
