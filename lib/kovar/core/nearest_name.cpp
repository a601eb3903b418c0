// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/nearest_name.hpp>

#include <algorithm>
#include <cctype>
#include <numeric>

namespace kovar {
namespace {

std::string lower(std::string word)
{
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return word;
}

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

std::string nearest_name(std::string const& word, std::vector<std::string> const& candidates)
{
  std::string const wanted = lower(word);
  std::string nearest;
  std::size_t fewest = std::max<std::size_t>(2, word.size() / 3) + 1;
  for (std::string const& candidate : candidates) {
    std::string const name = lower(candidate);
    bool const is_cut_short = word.size() >= 3 && name.rfind(wanted, 0) == 0;
    std::size_t const distance = is_cut_short ? 1 : edits(wanted, name);
    if (distance < fewest && distance < std::max(word.size(), candidate.size())) {
      fewest = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace kovar
