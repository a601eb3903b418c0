// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/parameter_text.hpp>

#include <Teuchos_Array.hpp>
#include <Teuchos_ParameterList.hpp>
#include <Teuchos_Parser.hpp>
#include <Teuchos_YamlParameterListCoreHelpers.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace kovar::io {
namespace {

/// The shortest decimal that reads back as the same number.
std::string text_of(double value)
{
  std::array<char, 32> text{};
  for (int digits = 1; digits <= 17; ++digits) {
    std::snprintf(text.data(), text.size(), "%.*g", digits, value);
    if (std::strtod(text.data(), nullptr) == value) break;
  }
  return text.data();
}

std::string text_of(int value) { return std::to_string(value); }
std::string text_of(long long value) { return std::to_string(value); }
std::string text_of(std::string const& value) { return value; }
std::string text_of(bool value) { return value ? "true" : "false"; }

/// Fill in the values, if the entry is some of these elements.
template <class Element>
bool take_values(Teuchos::ParameterEntry const& entry, ParameterNode& node)
{
  if (!entry.isType<Teuchos::Array<Element>>()) return false;
  node.shape = ParameterShape::values;
  node.type = ParameterType::list;
  for (Element const& element : Teuchos::getValue<Teuchos::Array<Element>>(entry))
    node.values.push_back(text_of(element));
  return true;
}

template <class Value>
bool take_value(Teuchos::ParameterEntry const& entry, ParameterType type, ParameterNode& node)
{
  if (!entry.isType<Value>()) return false;
  node.shape = ParameterShape::value;
  node.type = type;
  node.values = {text_of(Teuchos::getValue<Value>(entry))};
  return true;
}

ParameterNode node_of(std::string const& name, Teuchos::ParameterEntry const& entry)
{
  ParameterNode node{name};
  if (entry.isList()) {
    for (auto const& inner : Teuchos::getValue<Teuchos::ParameterList>(entry))
      node.entries.push_back(node_of(inner.first, inner.second));
    return node;
  }
  bool const is_known = take_value<bool>(entry, ParameterType::boolean, node) ||
                        take_value<int>(entry, ParameterType::integer, node) ||
                        take_value<long long>(entry, ParameterType::integer, node) ||
                        take_value<double>(entry, ParameterType::real, node) ||
                        take_value<std::string>(entry, ParameterType::text, node) ||
                        take_values<int>(entry, node) || take_values<long long>(entry, node) ||
                        take_values<double>(entry, node) || take_values<std::string>(entry, node);
  if (!is_known) node.shape = ParameterShape::table;
  return node;
}

bool is_entry(std::string const& text)
{
  return !text.empty() && text[0] != '#' && text[0] != '%' && text != "---" && text != "...";
}

void require_ascii(std::string const& path, std::vector<std::string> const& lines)
{
  for (std::size_t i = 0; i < lines.size(); ++i)
    KOVAR_REQUIRE(std::none_of(lines[i].begin(), lines[i].end(),
                               [](char c) { return static_cast<unsigned char>(c) > 127; }),
                  "'" << path << "', line " << i + 1
                      << ": there is a character beyond ASCII (the parser of YAML takes none, not "
                         "in comments either); write the file as XML, or without it");
}

void require_no_tabs(std::string const& path, std::vector<std::string> const& lines)
{
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const text = trimmed(lines[i]);
    std::size_t const tab = lines[i].find('\t');
    KOVAR_REQUIRE(!is_entry(text) || tab >= lines[i].find_first_not_of(parameter_blanks),
                  "'" << path << "', line " << i + 1 << ": there is a tab before '" << text
                      << "' (YAML indents by spaces); write spaces in its place");
  }
}

/// Teuchos passes silently over lines of YAML that are indented less than the first entry: refuse
/// them.
void require_one_list(std::string const& path, std::vector<std::string> const& lines)
{
  bool has_name = false;
  std::size_t indentation = std::string::npos;  // of the first entry
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const text = trimmed(lines[i]);
    if (!is_entry(text)) continue;
    if (!has_name) {
      has_name = true;
      continue;
    }
    std::size_t const here = lines[i].find_first_not_of(parameter_blanks);
    if (indentation == std::string::npos) indentation = here;
    KOVAR_REQUIRE(indentation > 0 && here >= indentation,
                  "'" << path << "', line " << i + 1 << ": '" << text
                      << "' is outside of the list of options; the first line names the list "
                         "('options:'), all others are indented by the same number of spaces");
  }
}

/// Further in it takes a line that is indented like no list above it for one of an outer list.
void require_indentation(std::string const& path, std::vector<std::string> const& lines)
{
  std::vector<std::size_t> open;  // indentations of the lists that a line may go on with
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string const text = trimmed(lines[i]);
    if (!is_entry(text)) continue;
    std::size_t const here = lines[i].find_first_not_of(parameter_blanks);
    bool const goes_in = open.empty() || here > open.back();
    while (!open.empty() && here < open.back()) open.pop_back();
    if (goes_in) open.push_back(here);
    KOVAR_REQUIRE(!open.empty() && here == open.back(),
                  "'" << path << "', line " << i + 1 << ": '" << text << "' is indented by " << here
                      << " spaces (no list above it is); entries of a list stand below each other");
  }
}

}  // namespace

ParameterNode parse_yaml(std::string const& path, std::string const& content)
{
  auto const lines = lines_of(content);
  require_ascii(path, lines);
  require_no_tabs(path, lines);
  require_one_list(path, lines);
  Teuchos::RCP<Teuchos::ParameterList> list;
  try {
    bool const has_last_break = content.back() == '\n';  // Teuchos insists on it
    list = Teuchos::getParametersFromYamlString(has_last_break ? content : content + "\n");
  } catch (Teuchos::ParserFail const& e) {
    throw InputError("'" + path + "' is not valid YAML (" + parser_message(e) + ")");
  } catch (std::logic_error const&) {
    throw InputError("'" + path +
                     "' is not a list of options; the first line names the list ('options:'), all "
                     "others are indented and say 'name: value'");
  }
  require_indentation(path, lines);
  ParameterNode node{list->name()};
  for (auto const& entry : *list) node.entries.push_back(node_of(entry.first, entry.second));
  return node;
}

}  // namespace kovar::io
