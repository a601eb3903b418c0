// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/parameter_file.hpp>

#include <Teuchos_Array.hpp>
#include <Teuchos_ParameterList.hpp>
#include <Teuchos_Parser.hpp>
#include <Teuchos_StringInputSource.hpp>
#include <Teuchos_XMLObject.hpp>
#include <Teuchos_YamlParameterListCoreHelpers.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace kovar::io {
namespace {

namespace fs = std::filesystem;

constexpr char const* blanks = " \t\r\n";
constexpr char const* nested = "' is a list within a list (all options are on one level)";

std::string trimmed(std::string const& text)
{
  auto const first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

std::vector<std::string> lines_of(std::string const& text)
{
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::string content_of(std::string const& path)
{
  std::error_code unknown;
  KOVAR_REQUIRE(fs::exists(path, unknown), "'" << path << "' does not exist; check the path");
  KOVAR_REQUIRE(!fs::is_directory(path, unknown),
                "'" << path << "' is a folder; name a parameter file in it");
  std::ifstream file(path, std::ios::binary);
  std::string content{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  KOVAR_REQUIRE(file.is_open() && !file.bad(), "'" << path << "' cannot be read");
  KOVAR_REQUIRE(!trimmed(content).empty(), "'" << path << "' is empty");
  return content;
}

/// What a parser of Teuchos has to say, in one line: without the place in its own source and
/// without the state of its tables.
std::string parser_message(std::exception const& error)
{
  std::string message;
  for (std::string const& raw : lines_of(error.what())) {
    std::string line = trimmed(raw);
    if (line.rfind("Expected one of", 0) == 0 || line.rfind("Got:", 0) == 0) break;
    bool const is_own_source = line.find("pp:") != std::string::npos && line.back() == ':';
    if (line.empty() || line == "^" || is_own_source || line.rfind("Throw ", 0) == 0) continue;
    for (std::string const noise : {"error: ", " of parseYamlStream"})
      if (auto const at = line.find(noise); at != std::string::npos) line.erase(at, noise.size());
    if (!message.empty()) message += message.back() == ':' ? " " : ": ";
    message += line;
  }
  return message;
}

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

/// Fill in a list, if the entry is one of these elements.
template <class Element>
bool take_list(Teuchos::ParameterEntry const& entry, Parameter& parameter)
{
  if (!entry.isType<Teuchos::Array<Element>>()) return false;
  parameter.type = ParameterType::list;
  for (Element const& element : Teuchos::getValue<Teuchos::Array<Element>>(entry))
    parameter.value += (parameter.value.empty() ? "" : ",") + text_of(element);
  return true;
}

template <class Value>
bool take_value(Teuchos::ParameterEntry const& entry, ParameterType type, Parameter& parameter)
{
  if (!entry.isType<Value>()) return false;
  parameter.type = type;
  parameter.value = text_of(Teuchos::getValue<Value>(entry));
  return true;
}

Parameter parameter_of(std::string const& path, std::string const& name,
                       Teuchos::ParameterEntry const& entry)
{
  if (entry.isList()) {
    bool const is_empty = Teuchos::getValue<Teuchos::ParameterList>(entry).numParams() == 0;
    KOVAR_REQUIRE(!is_empty, "'" << name << "' in '" << path << "' has no value");
    KOVAR_REQUIRE(false, "'" << name << "' in '" << path << nested);
  }
  Parameter parameter{name, ParameterType::text, ""};
  if (entry.isType<bool>()) {
    parameter.type = ParameterType::boolean;
    parameter.value = Teuchos::getValue<bool>(entry) ? "true" : "false";
    return parameter;
  }
  bool const is_known =
      take_value<int>(entry, ParameterType::integer, parameter) ||
      take_value<long long>(entry, ParameterType::integer, parameter) ||
      take_value<double>(entry, ParameterType::real, parameter) ||
      take_value<std::string>(entry, ParameterType::text, parameter) ||
      take_list<int>(entry, parameter) || take_list<long long>(entry, parameter) ||
      take_list<double>(entry, parameter) || take_list<std::string>(entry, parameter);
  KOVAR_REQUIRE(is_known, "'" << name << "' in '" << path << nested);
  return parameter;
}

/// Teuchos passes silently over lines of YAML that are indented less than the first entry: refuse
/// them.
void require_one_list(std::string const& path, std::string const& yaml)
{
  auto const is_no_entry = [](std::string const& text) {
    return text.empty() || text[0] == '#' || text[0] == '%' || text == "---" || text == "...";
  };
  bool has_name = false;
  std::size_t indentation = std::string::npos;  // of the first entry
  std::size_t number = 0;
  for (std::string const& line : lines_of(yaml)) {
    ++number;
    std::string const text = trimmed(line);
    if (is_no_entry(text)) continue;
    if (!has_name) {
      has_name = true;
      continue;
    }
    std::size_t const here = line.find_first_not_of(blanks);
    if (indentation == std::string::npos) indentation = here;
    KOVAR_REQUIRE(indentation > 0 && here >= indentation,
                  "'" << path << "', line " << number << ": '" << text
                      << "' is outside of the list of options; the first line names the list "
                         "('gsn:'), all others are indented by the same number of spaces");
  }
}

std::vector<Parameter> read_yaml(std::string const& path, std::string const& content)
{
  require_one_list(path, content);
  Teuchos::RCP<Teuchos::ParameterList> list;
  try {
    bool const has_last_break = content.back() == '\n';  // Teuchos insists on it
    list = Teuchos::getParametersFromYamlString(has_last_break ? content : content + "\n");
  } catch (Teuchos::ParserFail const& e) {
    throw InputError("'" + path + "' is not valid YAML (" + parser_message(e) + ")");
  } catch (std::logic_error const&) {
    throw InputError("'" + path +
                     "' is not a list of options; the first line names the list ('gsn:'), all "
                     "others are indented and say 'name: value'");
  }
  std::vector<Parameter> parameters;
  for (auto const& entry : *list)
    parameters.push_back(parameter_of(path, entry.first, entry.second));
  return parameters;
}

/// Whether all of the text is a value of the type.
bool is_value_of(ParameterType type, std::string const& value)
{
  if (type == ParameterType::text) return true;
  if (type == ParameterType::boolean) return value == "true" || value == "false";
  char* end = nullptr;
  if (type == ParameterType::integer)
    std::strtoll(value.c_str(), &end, 10);
  else
    std::strtod(value.c_str(), &end);
  return !value.empty() && *end == '\0';
}

bool type_from_name(std::string const& name, ParameterType& type)
{
  if (name == "bool")
    type = ParameterType::boolean;
  else if (name == "int" || name == "long" || name == "long long" || name == "short")
    type = ParameterType::integer;
  else if (name == "double" || name == "float")
    type = ParameterType::real;
  else if (name == "string")
    type = ParameterType::text;
  else
    return false;
  return true;
}

/// "{0, 0.5,1}" as "0,0.5,1"; false if an element is not of the type.
bool join_elements(ParameterType element_type, std::string const& braced, std::string& joined)
{
  if (braced.size() < 2 || braced.front() != '{' || braced.back() != '}') return false;
  std::istringstream elements(braced.substr(1, braced.size() - 2));
  for (std::string element; std::getline(elements, element, ',');) {
    element = trimmed(element);
    if (!is_value_of(element_type, element)) return false;
    joined += (joined.empty() ? "" : ",") + element;
  }
  return true;
}

Parameter parameter_of(std::string const& path, Teuchos::XMLObject const& xml)
{
  for (char const* const attribute : {"name", "type", "value"})
    KOVAR_REQUIRE(xml.hasAttribute(attribute),
                  "a <Parameter> in '" << path << "' has no " << attribute
                                       << "; write <Parameter name=\"...\" type=\"...\" "
                                          "value=\"...\"/>");
  Parameter parameter{xml.getAttribute("name"), ParameterType::text, ""};
  std::string const type = xml.getAttribute("type");
  std::string const value = xml.getAttribute("value");
  std::string const array = "Array(";
  bool const is_list = type.rfind(array, 0) == 0 && type.back() == ')';
  ParameterType element_type = ParameterType::text;
  KOVAR_REQUIRE(
      type_from_name(is_list ? type.substr(array.size(), type.size() - array.size() - 1) : type,
                     element_type),
      "'" << parameter.name << "' in '" << path << "' has the unknown type '" << type
          << "'; there are bool, int, double, string and Array(int), Array(double), Array(string)");
  bool is_valid = false;
  if (is_list) {
    parameter.type = ParameterType::list;
    is_valid = join_elements(element_type, trimmed(value), parameter.value);
  } else {
    parameter.type = element_type;
    parameter.value = value;
    is_valid = is_value_of(element_type, value);
  }
  KOVAR_REQUIRE(is_valid, "'" << parameter.name << "' in '" << path << "' is '" << value
                              << "' (not of its type, " << type << ")");
  return parameter;
}

/// From the tree and not from Teuchos' own list, which takes 0 for an int that is none, and the
/// last of several entries with one name.
std::vector<Parameter> read_xml(std::string const& path, std::string const& content)
{
  Teuchos::XMLObject root;
  try {
    root = Teuchos::StringInputSource(content).getObject();
  } catch (std::exception const& e) {
    throw InputError("'" + path + "' is not valid XML (" + parser_message(e) + ")");
  }
  std::string const list = "ParameterList";
  KOVAR_REQUIRE(root.getTag() == list, "'" << path << "' begins with <" << root.getTag()
                                           << "> (a parameter file begins with <ParameterList>)");
  std::vector<Parameter> parameters;
  for (int i = 0; i < root.numChildren(); ++i) {
    Teuchos::XMLObject const& child = root.getChild(i);
    std::string const name = child.hasAttribute("name") ? child.getAttribute("name") : "";
    KOVAR_REQUIRE(child.getTag() != list, "'" << name << "' in '" << path << nested);
    KOVAR_REQUIRE(child.getTag() == "Parameter",
                  "'" << path << "' has a <" << child.getTag()
                      << "> (a parameter file holds <Parameter> only)");
    parameters.push_back(parameter_of(path, child));
  }
  return parameters;
}

}  // namespace

std::vector<Parameter> read_parameter_file(std::string const& path)
{
  std::string ending = fs::path(path).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  bool const is_yaml = ending == ".yaml" || ending == ".yml";
  KOVAR_REQUIRE(is_yaml || ending == ".xml",
                "'" << path
                    << "' ends neither in .yaml or .yml nor in .xml (the ending says how to "
                    << "read a parameter file)");
  std::string const content = content_of(path);
  std::vector<Parameter> parameters = is_yaml ? read_yaml(path, content) : read_xml(path, content);

  for (auto parameter = parameters.begin(); parameter != parameters.end(); ++parameter)
    KOVAR_REQUIRE(
        std::none_of(parameters.begin(), parameter,
                     [&](Parameter const& other) { return other.name == parameter->name; }),
        "'" << parameter->name << "' is set twice in '" << path << "'; remove one");
  return parameters;
}

}  // namespace kovar::io
