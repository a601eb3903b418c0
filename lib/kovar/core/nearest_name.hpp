// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_CORE_NEAREST_NAME_HPP
#define KOVAR_CORE_NEAREST_NAME_HPP

#include <string>
#include <vector>

/// \file
/// The name that a mistyped word most likely meant, for messages.

namespace kovar {

/// The candidate with the fewest insertions, deletions and replacements of a character (Levenshtein),
/// upper and lower case being equal; a word cut short is near to what it begins. Empty if none is
/// near: more than two changes, or a third of the word. Cost: lengths multiplied, per candidate.
std::string nearest_name(std::string const& word, std::vector<std::string> const& candidates);

}  // namespace kovar

#endif
