// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/fit/frozen_parameters.hpp>

#include <regex>

namespace kovar::fit {

namespace {

std::regex expression(std::string const& pattern)
{
  try {
    return std::regex(pattern);
  } catch (std::regex_error const& error) {
    throw InputError("frozen parameters: '" + pattern + "' is no regular expression (" +
                     error.what() +
                     "); give the name of a parameter or an expression for the whole of it");
  }
}

}  // namespace

std::vector<std::int64_t> free_parameters(std::vector<std::string> const& names,
                                          std::vector<std::string> const& frozen)
{
  std::vector<bool> is_frozen(names.size(), false);
  for (auto const& pattern : frozen) {
    auto const match = expression(pattern);
    bool has_matched = false;
    for (std::size_t i = 0; i < names.size(); ++i)
      // A name stands for itself, whatever its characters mean in an expression.
      if (names[i] == pattern || std::regex_match(names[i], match))
        is_frozen[i] = has_matched = true;
    if (has_matched) continue;
    auto const nearest = nearest_name(pattern, names);
    KOVAR_REQUIRE(false, "frozen parameters: no parameter matches '"
                             << pattern << "' (an expression matches whole names)"
                             << (nearest.empty() ? "" : "; did you mean '" + nearest + "'?"));
  }
  std::vector<std::int64_t> free;
  for (std::size_t i = 0; i < names.size(); ++i)
    if (!is_frozen[i]) free.push_back(static_cast<std::int64_t>(i));
  return free;
}

std::string exact_pattern(std::string const& name)
{
  static std::string const special = R"(\^$.*+?()[]{}|)";
  std::string pattern;
  for (char const c : name) {
    if (special.find(c) != std::string::npos) pattern += '\\';
    pattern += c;
  }
  return pattern;
}

}  // namespace kovar::fit
