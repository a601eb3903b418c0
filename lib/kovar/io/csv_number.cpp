// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/csv_number.hpp>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

namespace kovar::io {
namespace {

bool is_not_available(std::string_view text)
{
  return text.size() == 2 && (text[0] == 'N' || text[0] == 'n') &&
         (text[1] == 'A' || text[1] == 'a');
}

}  // namespace

CsvNumber csv_number(std::string_view text)
{
  using Kind = CsvNumber::Kind;
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  if (text.empty() || is_not_available(text)) return {Kind::missing, nan};
  std::string_view digits = text;
  if (digits.front() == '+') digits.remove_prefix(1);
  if (digits.empty() || (digits.size() < text.size() && digits.front() == '-'))
    return {Kind::text, 0};
  char const* const end = digits.data() + digits.size();
  double value = 0;
  auto const [stop, fault] = std::from_chars(digits.data(), end, value);
  if (stop != end || fault == std::errc::invalid_argument) return {Kind::text, 0};
  if (fault == std::errc::result_out_of_range) return {Kind::out_of_range, 0};
  if (std::isnan(value)) return {Kind::missing, nan};
  if (std::isinf(value)) return {Kind::infinite, 0};
  return {Kind::number, value};
}

bool has_decimal_comma(std::string_view text)
{
  std::string with_point(text);
  if (std::count(text.begin(), text.end(), ',') != 1) return false;
  std::replace(with_point.begin(), with_point.end(), ',', '.');
  return csv_number(with_point).kind == CsvNumber::Kind::number;
}

std::string shown(std::string_view text)
{
  constexpr std::size_t longest = 40;
  std::size_t end = std::min(text.size(), longest);
  // A character of UTF-8 is kept whole: its later bytes are 10xxxxxx.
  while (end < text.size() && end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
    --end;
  std::string result = "'";
  for (char const c : text.substr(0, end))
    result += std::iscntrl(static_cast<unsigned char>(c)) != 0 ? '?' : c;
  return result + (end < text.size() ? "...'" : "'");
}

}  // namespace kovar::io
