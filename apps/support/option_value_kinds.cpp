// SPDX-License-Identifier: BSD-3-Clause
#include <support/option_value_kinds.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>

namespace kovar::apps {

KindFacts const& facts_of(OptionKind kind)
{
  using Type = io::ParameterType;
  // In the order of OptionKind.
  static std::vector<KindFacts> const facts = {
      {"", "true or false", {Type::boolean}},
      {"=N", "an integer, 0 or more", {Type::integer}},
      {"=X", "a number", {Type::real, Type::integer}},
      {"=X,X,...", "a list of numbers such as 0,0.5,1", {Type::list, Type::real, Type::integer}},
      {"=NAME", "a name", {Type::text}},
      {"=NAME,...", "a list of names", {Type::list, Type::text}},
      {"=NAME,...", "a list of names", {Type::list, Type::text}},
      {"=SIZE", "an amount of memory such as 800MB or 2GB", {Type::text, Type::integer}},
      {"=TIME", "HH:MM:SS or a number of seconds", {Type::text, Type::real, Type::integer}},
      {"=TEXT", "a text", {Type::text}},
      {"=FILE", "a path", {Type::text}},
      {"=DIR", "a path", {Type::text}},
  };
  return facts.at(static_cast<std::size_t>(kind));
}

std::optional<bool> read_flag(std::string const& text)
{
  if (text == "true") return true;
  if (text == "false") return false;
  return {};
}

std::optional<std::int64_t> read_count(std::string const& text)
{
  std::int64_t value = 0;
  char const* const end = text.data() + text.size();
  auto const [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end || value < 0) return {};
  return value;
}

std::optional<double> read_real(std::string const& text)
{
  char* stop = nullptr;
  double const value = std::strtod(text.c_str(), &stop);
  if (text.empty() || *stop != '\0') return {};
  return value;
}

std::optional<std::vector<double>> read_reals(std::string const& text)
{
  std::vector<double> values;
  for (std::string const& part : split_at_commas(text)) {
    std::optional<double> const value = read_real(part);
    if (!value) return {};
    values.push_back(*value);
  }
  return values;
}

std::vector<std::string> read_choices(std::string const& text)
{
  return text == "none" ? std::vector<std::string>() : split_at_commas(text);
}

std::optional<std::int64_t> read_bytes(std::string const& text)
{
  struct Suffix {
    char const* name;
    double factor;
  };
  static constexpr std::array<Suffix, 15> suffixes = {{{"", 1},
                                                       {"B", 1},
                                                       {"k", 1e3},
                                                       {"K", 1e3},
                                                       {"kB", 1e3},
                                                       {"KB", 1e3},
                                                       {"M", 1e6},
                                                       {"MB", 1e6},
                                                       {"G", 1e9},
                                                       {"GB", 1e9},
                                                       {"TB", 1e12},
                                                       {"KiB", 1024.},
                                                       {"MiB", 1048576.},
                                                       {"GiB", 1073741824.},
                                                       {"TiB", 1099511627776.}}};
  char* stop = nullptr;
  double const number = std::strtod(text.c_str(), &stop);
  if (stop == text.c_str()) return {};
  while (*stop == ' ') ++stop;
  auto const* const suffix = std::find_if(suffixes.begin(), suffixes.end(), [&](Suffix const& s) {
    return std::string(stop) == s.name;
  });
  double const value = suffix == suffixes.end() ? -1 : number * suffix->factor;
  // Written so that NaN is refused too.
  if (!(value >= 0 && value < static_cast<double>(std::numeric_limits<std::int64_t>::max())))
    return {};
  return static_cast<std::int64_t>(value);
}

std::optional<double> read_duration(std::string const& text)
{
  std::size_t const first = text.find(':');
  if (first == std::string::npos) {
    std::optional<double> const seconds = read_real(text);
    return seconds && *seconds >= 0 && std::isfinite(*seconds) ? seconds : std::nullopt;
  }
  std::size_t const second = text.find(':', first + 1);
  if (second == std::string::npos) return {};  // MM:SS and HH:MM look alike
  std::optional<std::int64_t> const hours = read_count(text.substr(0, first));
  std::optional<std::int64_t> const minutes =
      read_count(text.substr(first + 1, second - first - 1));
  std::optional<std::int64_t> const seconds = read_count(text.substr(second + 1));
  if (!hours || !minutes || !seconds || *minutes > 59 || *seconds > 59) return {};
  return 3600.0 * static_cast<double>(*hours) + static_cast<double>(60 * *minutes + *seconds);
}

namespace {

/// Fewer bytes than this without a unit are rather gigabytes whose unit was forgotten.
constexpr std::int64_t least_without_unit = 1000000;

/// What is wrong with an amount of memory; "" if nothing is.
std::string fault_of_bytes(std::string const& text)
{
  std::optional<std::int64_t> const bytes = read_bytes(text);
  if (!bytes) return "; give " + facts_of(OptionKind::bytes).wanted;
  bool const has_unit = text.find_first_not_of("0123456789.eE+- ") != std::string::npos;
  if (*bytes == 0 || *bytes >= least_without_unit || has_unit) return "";
  return ", which is " + std::to_string(*bytes) + " bytes; write " + text + "GB or " + text +
         "MB, or " + text + "B if bytes are meant";
}

}  // namespace

std::string fault_of(Option const& option, std::string const& text)
{
  bool good = true;
  switch (option.kind) {
    case OptionKind::flag:
      good = read_flag(text).has_value();
      break;
    case OptionKind::count:
      good = read_count(text).has_value();
      break;
    case OptionKind::real:
      good = read_real(text).has_value();
      break;
    case OptionKind::reals:
      good = read_reals(text).has_value();
      break;
    case OptionKind::bytes:
      return fault_of_bytes(text);
    case OptionKind::duration:
      good = read_duration(text).has_value();
      break;
    case OptionKind::text:
    case OptionKind::file:
    case OptionKind::folder:
      good = !text.empty();
      break;
    case OptionKind::choice:
      if (std::count(option.valid.begin(), option.valid.end(), text) == 0)
        return advice(text, option.valid);
      break;
    case OptionKind::names:
      break;
    case OptionKind::choices:
      for (std::string const& item : read_choices(text))
        if (std::count(option.valid.begin(), option.valid.end(), item) == 0)
          return " ('" + item + "' is unknown)" + advice(item, option.valid);
      break;
  }
  return good ? "" : "; give " + facts_of(option.kind).wanted;
}

std::string name_of(io::ParameterType type)
{
  using Type = io::ParameterType;
  switch (type) {
    case Type::boolean:
      return "a boolean";
    case Type::integer:
      return "an integer";
    case Type::real:
      return "a real number";
    case Type::text:
      return "a text";
    case Type::list:
      return "a list";
  }
  return "";
}

}  // namespace kovar::apps
