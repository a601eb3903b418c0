// SPDX-License-Identifier: BSD-3-Clause
#ifndef KOVAR_APPS_SUPPORT_TEXT_HPP
#define KOVAR_APPS_SUPPORT_TEXT_HPP

#include <string>
#include <vector>

/// \file
/// Small work on words and lines.

namespace kovar::apps {

/// The parts between commas, without blanks around them; nothing for a blank text.
std::vector<std::string> split_at_commas(std::string const& text);

/// The same, but commas in parentheses divide nothing: "a=f(1, 2), b".
std::vector<std::string> split_at_outer_commas(std::string const& text);

/// "a, b, c".
std::string join(std::vector<std::string> const& words, std::string const& between = ", ");

/// Text in lines of at most width characters, the second and later ones indented.
std::string wrap(std::string const& text, std::size_t width, std::size_t indent);

/// What to do about a word that is none of these: "; did you mean 'fast'? valid: fast, missing". The
/// prefix ("--") goes before every name. A list of more than eight is not shown; `else_see` ("kovar
/// --help") says where it stands.
std::string advice(std::string const& word, std::vector<std::string> const& valid,
                   std::string const& prefix = "", std::string const& else_see = "");

/// The argument as a shell takes it.
std::string quote_for_shell(std::string const& argument);

}  // namespace kovar::apps

#endif
