// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/hash.hpp>

#include <iomanip>
#include <sstream>

namespace kovar {

std::string hash_text(std::uint64_t hash)
{
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << hash;
  return text.str();
}

}  // namespace kovar
