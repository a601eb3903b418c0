// SPDX-License-Identifier: BSD-3-Clause
#include <support/text.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>
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

std::string lower(std::string word)
{
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

/// Fewest insertions, deletions and replacements of a character that turn a into b (Levenshtein).
std::size_t edits(std::string const& a, std::string const& b)
{
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t const replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
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

std::string nearest_name(std::string const& word, std::vector<std::string> const& candidates)
{
  std::string nearest;
  std::size_t fewest = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (std::string const& candidate : candidates) {
    // A word cut short is near too: --shrink for --shrinklevels.
    bool const cut_short = word.size() >= 3 && lower(candidate).rfind(lower(word), 0) == 0;
    std::size_t const distance = cut_short ? 1 : edits(lower(word), lower(candidate));
    if (distance < fewest && distance < std::max(word.size(), candidate.size())) {
      fewest = distance;
      nearest = candidate;
    }
  }
  return nearest;
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
