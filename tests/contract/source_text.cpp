// SPDX-License-Identifier: BSD-3-Clause
#include "source_text.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <utility>

namespace kovar::test {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

bool is_blank(char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; }

std::string trimmed(std::string const& text)
{
  auto const first = std::find_if_not(text.begin(), text.end(), is_blank);
  auto const last = std::find_if_not(text.rbegin(), text.rend(), is_blank).base();
  return first < last ? std::string(first, last) : std::string();
}

/// An angle bracket that opens template arguments touches the name before it; "less than" does not.
bool opens_template(std::string const& bare, std::size_t at)
{
  return bare[at] == '<' && at > 0 && is_word(bare[at - 1]) && at + 1 < bare.size() &&
         !is_blank(bare[at + 1]) && bare[at + 1] != '<' && bare[at + 1] != '=';
}

/// Offset behind the bracket that closes the one at `open`, or npos. With `commas`, the commas
/// between its arguments are noted there.
std::size_t closing(std::string const& bare, std::size_t open,
                    std::vector<std::size_t>* commas = nullptr)
{
  std::string stack;
  for (std::size_t at = open; at < bare.size(); ++at) {
    char const c = bare[at];
    if (c == '(' || c == '[' || c == '{' || opens_template(bare, at)) {
      stack += c;
    } else if (c == '>' && stack.back() == '<' && bare[at - 1] != '-') {
      stack.pop_back();
    } else if (c == ')' || c == ']' || c == '}') {
      while (!stack.empty() && stack.back() == '<') stack.pop_back();  // it was "less than"
      if (stack.empty()) return std::string::npos;
      stack.pop_back();
    } else if (c == ',' && stack.size() == 1 && commas != nullptr) {
      commas->push_back(at);
    }
    if (stack.empty()) return at + 1;
  }
  return std::string::npos;
}

/// The call whose name begins at an offset; its name is empty if there is none.
Call call_at(std::string const& code, std::string const& bare, std::size_t begin)
{
  std::size_t at = begin;
  while (at < bare.size() && is_word(bare[at])) ++at;
  std::size_t const end_of_name = at;
  if (at < bare.size() && opens_template(bare, at)) at = closing(bare, at);
  if (at == std::string::npos || at >= bare.size() || (bare[at] != '(' && bare[at] != '{'))
    return {};

  std::vector<std::size_t> commas;
  std::size_t const end = closing(bare, at, &commas);
  if (end == std::string::npos) return {};
  Call call = {code.substr(begin, end_of_name - begin), {}, begin};
  commas.push_back(end - 1);
  std::size_t first = at + 1;
  for (std::size_t const comma : commas) {
    call.arguments.push_back(trimmed(code.substr(first, comma - first)));
    first = comma + 1;
  }
  if (call.arguments.size() == 1 && call.arguments[0].empty()) call.arguments.clear();
  return call;
}

bool begins_word(std::string const& bare, std::size_t at)
{
  return is_word(bare[at]) && std::isdigit(static_cast<unsigned char>(bare[at])) == 0 &&
         (at == 0 || !is_word(bare[at - 1]));
}

}  // namespace

SourceText::SourceText(std::string text) : text_(std::move(text)), code_(text_), bare_(text_)
{
  blank_comments_and_literals();
  find_calls();
}

void SourceText::blank_comments_and_literals()
{
  std::size_t const size = text_.size();
  for (std::size_t at = 0; at < size; ++at) {
    char const c = text_[at];
    bool const line_comment = text_.compare(at, 2, "//") == 0;
    bool const block_comment = text_.compare(at, 2, "/*") == 0;
    if (line_comment || block_comment) {
      std::size_t end = line_comment ? text_.find('\n', at) : text_.find("*/", at + 2);
      end = end == std::string::npos ? size : end + (line_comment ? 0 : 2);
      for (; at < end; ++at)
        if (text_[at] != '\n') code_[at] = bare_[at] = ' ';
      --at;
    } else if (c == '"' || (c == '\'' && (at == 0 || !is_word(text_[at - 1])))) {
      for (++at; at < size && text_[at] != c; ++at) {
        bare_[at] = '_';
        if (text_[at] == '\\') bare_[++at] = '_';
      }
    } else if (c == '\\') {
      code_[at] = bare_[at] = ' ';  // a macro goes on in the next line
    }
  }
}

void SourceText::find_calls()
{
  for (std::size_t at = 0; at < bare_.size(); ++at) {
    if (bare_[at] == '"') {
      at = bare_.find('"', at + 1);
      continue;
    }
    if (!begins_word(bare_, at)) continue;
    Call call = call_at(code_, bare_, at);
    if (!call.name.empty()) calls_.push_back(std::move(call));
    while (at + 1 < bare_.size() && is_word(bare_[at + 1])) ++at;
  }
}

int SourceText::line_of(std::size_t offset) const
{
  auto const end = text_.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text_.size()));
  return 1 + static_cast<int>(std::count(text_.begin(), end, '\n'));
}

std::string SourceText::line(int number) const
{
  std::size_t begin = 0;
  for (int i = 1; i < number && begin != std::string::npos; ++i)
    begin = text_.find('\n', begin) + 1;
  return text_.substr(begin, text_.find('\n', begin) - begin);
}

bool SourceText::is_qualified(Call const& call, std::string const& qualification) const
{
  std::size_t const size = qualification.size();
  return call.begin >= size && code_.compare(call.begin - size, size, qualification) == 0;
}

std::string SourceText::initializer(std::string const& variable, std::size_t offset) const
{
  // A declaration has a type (or const, or a reference) before the name.
  std::regex const declaration(R"([\w>&]\s+)" + variable + R"(\s*([=({]))");
  std::string const before = bare_.substr(0, offset);
  std::string found;
  for (std::sregex_iterator match(before.begin(), before.end(), declaration), end; match != end;
       ++match) {
    auto const bracket = static_cast<std::size_t>(match->position(1));
    if (before[bracket] == '=') {
      found = trimmed(code_.substr(bracket + 1, bare_.find(';', bracket) - bracket - 1));
    } else {
      std::size_t const close = closing(bare_, bracket);
      if (close != std::string::npos) found = "T" + code_.substr(bracket, close - bracket);
    }
  }
  return found;
}

Call leading_call(std::string const& expression)
{
  SourceText const text(expression);
  std::size_t begin = 0;
  for (std::size_t at = 0; at + 1 < expression.size() && is_word(expression[at]); ++at)
    if (expression.compare(at + 1, 2, "::") == 0) begin = at + 3, at += 2;
  for (Call const& call : text.calls())
    if (call.begin == begin) return call;
  return {};
}

std::string leading_literal(std::string const& expression)
{
  static std::regex const literal(R"re(^(std::string\()?"([^"]*)")re");
  std::smatch match;
  return std::regex_search(expression, match, literal) ? match[2].str() : std::string();
}

}  // namespace kovar::test
