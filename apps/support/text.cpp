// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/nearest_name.hpp>
#include <support/text.hpp>

#include <algorithm>
#include <sstream>

namespace kovar::apps {
namespace {

std::string trim(std::string const& text)
{
  char const* const blanks = " \t\n";
  std::size_t const first = text.find_first_not_of(blanks);
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

}  // namespace

std::vector<std::string> split_at_commas(std::string const& text)
{
  std::vector<std::string> parts;
  if (trim(text).empty()) return parts;
  std::size_t first = 0;
  for (std::size_t comma = text.find(','); comma != std::string::npos;
       comma = text.find(',', first)) {
    parts.push_back(trim(text.substr(first, comma - first)));
    first = comma + 1;
  }
  parts.push_back(trim(text.substr(first)));
  return parts;
}

std::vector<std::string> split_at_outer_commas(std::string const& text)
{
  std::vector<std::string> parts;
  int depth = 0;
  bool continues = false;
  std::size_t first = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    bool const is_end = i == text.size();
    if (!is_end && text[i] == '(') ++depth;
    if (!is_end && text[i] == ')') --depth;
    if (!is_end && (text[i] != ',' || depth > 0)) continue;
    std::string const part = trim(text.substr(first, i - first));
    if (!is_end || continues || !part.empty()) parts.push_back(part);
    continues = true;
    first = i + 1;
  }
  return parts;
}

std::string join(std::vector<std::string> const& words, std::string const& between)
{
  std::string result;
  for (std::string const& word : words) result += (result.empty() ? "" : between) + word;
  return result;
}

std::string wrap(std::string const& text, std::size_t width, std::size_t indent)
{
  std::istringstream words(text);
  std::string result;
  std::string word;
  std::size_t column = indent;
  while (words >> word) {
    if (column > indent && column + 1 + word.size() > width) {
      result += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      result += ' ';
      ++column;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string advice(std::string const& word, std::vector<std::string> const& valid,
                   std::string const& prefix, std::string const& else_see)
{
  constexpr std::size_t longest = 8;
  std::string const nearest = nearest_name(word, valid);
  std::string const question = nearest.empty() ? "" : "did you mean '" + prefix + nearest + "'? ";
  if (valid.size() > longest && !else_see.empty())
    return "; " + question + "see " + else_see + " for all";
  return "; " + question + "valid: " + prefix + join(valid, ", " + prefix);
}

std::string quote_for_shell(std::string const& argument)
{
  bool const plain =
      !argument.empty() && std::all_of(argument.begin(), argument.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string("_-./=,:+@%").find(static_cast<char>(c)) != std::string::npos;
      });
  if (plain) return argument;
  std::string quoted = "'";
  for (char const c : argument) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace kovar::apps
