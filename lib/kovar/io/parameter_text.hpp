// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_PARAMETER_TEXT_HPP
#define KOVAR_IO_PARAMETER_TEXT_HPP

#include <kovar/io/parameter_tree.hpp>

#include <exception>
#include <string>
#include <vector>

/// \file
/// What the readers of YAML and of XML share.

namespace kovar::io {

constexpr char const* parameter_blanks = " \t\r\n";

/// Without blanks around it.
std::string trimmed(std::string const& text);

std::vector<std::string> lines_of(std::string const& text);

/// What a parser of Teuchos has to say, in one line: without the place in its own source and
/// without the state of its tables.
std::string parser_message(std::exception const& error);

/// \param path  for messages
ParameterNode parse_yaml(std::string const& path, std::string const& content);
ParameterNode parse_xml(std::string const& path, std::string const& content);

}  // namespace kovar::io

#endif
