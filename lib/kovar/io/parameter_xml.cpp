// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/parameter_text.hpp>

#include <Teuchos_StringInputSource.hpp>
#include <Teuchos_XMLObject.hpp>

#include <cstdlib>
#include <sstream>

namespace kovar::io {
namespace {

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

/// The elements of "{0, 0.5,1}"; false if one is not of the type.
bool split_elements(ParameterType element_type, std::string const& braced,
                    std::vector<std::string>& values)
{
  if (braced.size() < 2 || braced.front() != '{' || braced.back() != '}') return false;
  std::istringstream elements(braced.substr(1, braced.size() - 2));
  for (std::string element; std::getline(elements, element, ',');) {
    values.push_back(trimmed(element));
    if (!is_value_of(element_type, values.back())) return false;
  }
  return true;
}

ParameterNode value_node(std::string const& path, Teuchos::XMLObject const& xml)
{
  for (char const* const attribute : {"name", "type", "value"})
    KOVAR_REQUIRE(xml.hasAttribute(attribute),
                  "a <Parameter> in '" << path << "' has no " << attribute
                                       << "; write <Parameter name=\"...\" type=\"...\" "
                                          "value=\"...\"/>");
  ParameterNode node{xml.getAttribute("name"), ParameterShape::value};
  std::string const type = xml.getAttribute("type");
  std::string const value = xml.getAttribute("value");
  std::string const array = "Array(";
  bool const is_list = type.rfind(array, 0) == 0 && type.back() == ')';
  ParameterType element_type = ParameterType::text;
  KOVAR_REQUIRE(
      type_from_name(is_list ? type.substr(array.size(), type.size() - array.size() - 1) : type,
                     element_type),
      "'" << node.name << "' in '" << path << "' has the unknown type '" << type
          << "'; there are bool, int, double, string and Array(int), Array(double), Array(string)");
  bool is_valid = false;
  if (is_list) {
    node.shape = ParameterShape::values;
    node.type = ParameterType::list;
    is_valid = split_elements(element_type, trimmed(value), node.values);
  } else {
    node.type = element_type;
    node.values = {value};
    is_valid = is_value_of(element_type, value);
  }
  KOVAR_REQUIRE(is_valid, "'" << node.name << "' in '" << path << "' is '" << value
                              << "' (not of its type, " << type << ")");
  return node;
}

/// From the tree and not from Teuchos' own list, which takes 0 for an int that is none, and the
/// last of several entries with one name.
ParameterNode list_node(std::string const& path, Teuchos::XMLObject const& xml)
{
  ParameterNode node{xml.hasAttribute("name") ? xml.getAttribute("name") : ""};
  for (int i = 0; i < xml.numChildren(); ++i) {
    Teuchos::XMLObject const& child = xml.getChild(i);
    if (child.getTag() == "ParameterList") {
      node.entries.push_back(list_node(path, child));
      continue;
    }
    KOVAR_REQUIRE(child.getTag() == "Parameter",
                  "'" << path << "' has a <" << child.getTag()
                      << "> (a parameter file holds <Parameter> only)");
    node.entries.push_back(value_node(path, child));
  }
  return node;
}

}  // namespace

ParameterNode parse_xml(std::string const& path, std::string const& content)
{
  Teuchos::XMLObject root;
  try {
    root = Teuchos::StringInputSource(content).getObject();
  } catch (std::exception const& e) {
    throw InputError("'" + path + "' is not valid XML (" + parser_message(e) + ")");
  }
  KOVAR_REQUIRE(root.getTag() == "ParameterList",
                "'" << path << "' begins with <" << root.getTag()
                    << "> (a parameter file begins with <ParameterList>)");
  return list_node(path, root);
}

}  // namespace kovar::io
