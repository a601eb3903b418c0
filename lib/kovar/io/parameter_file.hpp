// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_PARAMETER_FILE_HPP
#define KOVAR_IO_PARAMETER_FILE_HPP

#include <string>
#include <utility>
#include <vector>

/// \file
/// Options from a file: a Teuchos parameter list in YAML or XML.

namespace kovar::io {

/// Type of a value as the file states it.
enum class ParameterType { boolean, integer, real, text, list };

/// One entry of a parameter file; the value as it would be typed on a command line
/// (lists joined by commas).
struct Parameter {
  std::string name;
  ParameterType type;
  std::string value;
};

/// Read all entries of a parameter file, YAML (.yaml, .yml) or XML (.xml), in the order of the
/// file. The top level is one list whose name does not matter; sublists are an error. \throws
/// InputError: no such file, other ending, not well-formed (with the parser's own message)
std::vector<Parameter> read_parameter_file(std::string const& path);

}  // namespace kovar::io

#endif
