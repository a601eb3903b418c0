// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_TENSOR_LAYOUT_HPP
#define KOVAR_IO_TENSOR_LAYOUT_HPP

#include <kovar/fit/template_tensor.hpp>

#include <cstdint>
#include <string>

/// \file
/// What reading and writing a file of a tensor have in common.

namespace kovar::io {

constexpr char const* tensor_format = "kovar template tensor";
constexpr std::int64_t tensor_major_version = 1;
constexpr char const* tensor_version = "1.0";

/// A name as that of a group, which must not have a "/" nor be "." or empty.
inline std::string group_of(std::string const& name)
{
  std::string group;
  for (char const c : name) {
    if (c == '/')
      group += "%2F";
    else if (c == '%')
      group += "%25";
    else if (c == '.' && group.empty())
      group += "%2E";
    else
      group += c;
  }
  return group.empty() ? "%" : group;
}

/// Refuse what no file may hold.
/// \throws InputError if a tensor is a rank's part or is not valid
void require_whole(std::string const& path, fit::TemplateTensor const& tensor);

}  // namespace kovar::io

#endif
