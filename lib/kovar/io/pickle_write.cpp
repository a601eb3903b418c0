// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/pickle.hpp>

#include <cstring>
#include <limits>

namespace kovar::io {

PickleWriter::PickleWriter() { bytes_ = {'\x80', '\x04'}; }

void PickleWriter::little_endian(std::uint64_t value, int n_bytes)
{
  for (int i = 0; i < n_bytes; ++i) bytes_ += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void PickleWriter::text(std::string const& value)
{
  bytes_ += 'X';  // BINUNICODE
  little_endian(value.size(), 4);
  bytes_ += value;
}

void PickleWriter::integer(std::int64_t value)
{
  bool const is_short = value >= std::numeric_limits<std::int32_t>::min() &&
                        value <= std::numeric_limits<std::int32_t>::max();
  bytes_ += is_short ? "J" : "\x8a\x08";  // BININT, LONG1
  little_endian(static_cast<std::uint64_t>(value), is_short ? 4 : 8);
}

void PickleWriter::real(double value)
{
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  bytes_ += 'G';  // BINFLOAT, the highest byte first
  for (int i = 7; i >= 0; --i) bytes_ += static_cast<char>((bits >> (8 * i)) & 0xFFU);
}

void PickleWriter::boolean(bool value) { bytes_ += value ? '\x88' : '\x89'; }
void PickleWriter::none() { bytes_ += 'N'; }
void PickleWriter::open_list() { bytes_ += "]("; }
void PickleWriter::close_list() { bytes_ += 'e'; }
void PickleWriter::open_tuple() { bytes_ += '('; }
void PickleWriter::close_tuple() { bytes_ += 't'; }
void PickleWriter::open_map() { bytes_ += "}("; }
void PickleWriter::close_map() { bytes_ += 'u'; }

void PickleWriter::global(std::string const& module, std::string const& name)
{
  text(module);
  text(name);
  bytes_ += '\x93';  // STACK_GLOBAL
}

void PickleWriter::call() { bytes_ += 'R'; }
void PickleWriter::set_state() { bytes_ += 'b'; }

std::string PickleWriter::finish()
{
  bytes_ += '.';
  return bytes_;
}

}  // namespace kovar::io
