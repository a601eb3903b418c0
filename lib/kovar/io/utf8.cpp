// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/utf8.hpp>

#include <cstdint>

namespace kovar::io {

namespace {

// Bytes that a character has whose first byte this is; 0 for none.
std::size_t length_from(unsigned char first)
{
  if (first < 0x80) return 1;
  if (first < 0xC2) return 0;  // a later byte, or a character written too long
  if (first < 0xE0) return 2;
  if (first < 0xF0) return 3;
  return first < 0xF5 ? 4 : 0;
}

}  // namespace

bool is_text(std::string_view bytes)
{
  constexpr std::uint32_t smallest[] = {0, 1, 0x80, 0x800, 0x10000};  // that needs so many bytes
  constexpr unsigned mask[] = {0, 0x7F, 0x1F, 0x0F, 0x07};            // of the first byte
  while (!bytes.empty()) {
    auto const first = static_cast<unsigned char>(bytes.front());
    std::size_t const length = length_from(first);
    if (length == 0 || length > bytes.size()) return false;
    std::uint32_t character = first & mask[length];
    for (std::size_t i = 1; i < length; ++i) {
      auto const next = static_cast<unsigned char>(bytes[i]);
      if ((next & 0xC0U) != 0x80U) return false;
      character = (character << 6U) | (next & 0x3FU);
    }
    bool const is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < smallest[length] || character > 0x10FFFF || is_surrogate) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

}  // namespace kovar::io
