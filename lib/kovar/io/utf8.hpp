// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_IO_UTF8_HPP
#define KOVAR_IO_UTF8_HPP

#include <string_view>

/// \file
/// Texts that other programs can read.

namespace kovar::io {

/// True for well-formed UTF-8 (RFC 3629) without the character 0, where C strings end.
bool is_text(std::string_view bytes);

}  // namespace kovar::io

#endif
