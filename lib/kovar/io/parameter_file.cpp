// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/parameter_file.hpp>
#include <kovar/io/parameter_tree.hpp>

namespace kovar::io {
namespace {

Parameter parameter_of(std::string const& path, ParameterNode const& node)
{
  bool const is_nested =
      node.shape == ParameterShape::entries || node.shape == ParameterShape::table;
  bool const has_nothing = node.shape == ParameterShape::entries && node.entries.empty();
  KOVAR_REQUIRE(!has_nothing, "'" << node.name << "' in '" << path << "' has no value");
  KOVAR_REQUIRE(!is_nested, "'" << node.name << "' in '" << path
                                << "' is a list within a list (all options are on one level)");
  Parameter parameter{node.name, node.type, ""};
  for (std::size_t i = 0; i < node.values.size(); ++i)
    parameter.value += (i == 0 ? "" : ",") + node.values[i];
  return parameter;
}

}  // namespace

std::vector<Parameter> read_parameter_file(std::string const& path)
{
  std::vector<Parameter> parameters;
  for (ParameterNode const& node : read_parameter_tree(path).entries)
    parameters.push_back(parameter_of(path, node));
  return parameters;
}

}  // namespace kovar::io
