// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/fit/name_order.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <string_view>

namespace kovar::fit {

namespace {

// std::isdigit and std::tolower depend on the locale.
bool is_digit(char c) { return c >= '0' && c <= '9'; }
unsigned char lower_case(char c)
{
  return static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

// The digits, or what is not digits, from the place `at` on, which moves behind it.
std::string_view next_run(std::string const& name, std::size_t& at, bool digits)
{
  std::size_t const first = at;
  while (at < name.size() && is_digit(name[at]) == digits) ++at;
  return std::string_view(name).substr(first, at - first);
}

int compared_texts(std::string_view a, std::string_view b)
{
  std::size_t const n = std::min(a.size(), b.size());
  for (std::size_t i = 0; i < n; ++i)
    if (lower_case(a[i]) != lower_case(b[i])) return lower_case(a[i]) < lower_case(b[i]) ? -1 : 1;
  return a.size() == b.size() ? 0 : a.size() < b.size() ? -1 : 1;
}

int compared_numbers(std::string_view a, std::string_view b)
{
  a.remove_prefix(std::min(a.find_first_not_of('0'), a.size()));
  b.remove_prefix(std::min(b.find_first_not_of('0'), b.size()));
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  return a.compare(b);
}

}  // namespace

bool stands_before(std::string const& a, std::string const& b)
{
  std::size_t at_a = 0;
  std::size_t at_b = 0;
  while (true) {
    int const texts = compared_texts(next_run(a, at_a, false), next_run(b, at_b, false));
    if (texts != 0) return texts < 0;
    if (at_a == a.size() || at_b == b.size()) break;
    int const numbers = compared_numbers(next_run(a, at_a, true), next_run(b, at_b, true));
    if (numbers != 0) return numbers < 0;
  }
  bool const a_ends = at_a == a.size();
  bool const b_ends = at_b == b.size();
  return a_ends == b_ends ? a < b : a_ends;
}

std::vector<std::int64_t> natural_order(std::vector<std::string> const& names)
{
  std::vector<std::int64_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::int64_t a, std::int64_t b) {
    return stands_before(names[static_cast<std::size_t>(a)], names[static_cast<std::size_t>(b)]);
  });
  return order;
}

}  // namespace kovar::fit
