// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_PARAMETER_TREE_HPP
#define KOVAR_IO_PARAMETER_TREE_HPP

#include <kovar/io/parameter_file.hpp>

#include <string>
#include <vector>

/// \file
/// Parameter files with lists of entries within lists of entries.

namespace kovar::io {

/// What stands behind a name.
enum class ParameterShape {
  value,    ///< one
  values,   ///< some of one type: [1.5, 2]
  entries,  ///< entries with names, or nothing
  table,    ///< values within values; they are not kept
};

/// An entry of a parameter file.
struct ParameterNode {
  std::string name;
  ParameterShape shape = ParameterShape::entries;
  ParameterType type = ParameterType::text;  ///< of a value; list for some
  std::vector<std::string> values = {};      ///< as they would be typed
  std::vector<ParameterNode> entries = {};   ///< in the order of the file, no two of one name
};

/// Read a parameter file, YAML (.yaml, .yml) or XML (.xml). The result is its one list at the top.
/// \throws InputError: no such file, other ending, not well-formed (with the parser's own message),
///         lines of YAML that are indented like none above them or are not ASCII, a name twice in one
///         list
ParameterNode read_parameter_tree(std::string const& path);

}  // namespace kovar::io

#endif
