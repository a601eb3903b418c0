// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/gp/call_text.hpp>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdlib>

namespace kovar::gp {
namespace {

std::string trimmed(std::string const& text)
{
  auto const is_blank = [](unsigned char c) { return std::isspace(c) != 0; };
  auto const first = std::find_if_not(text.begin(), text.end(), is_blank);
  auto const last = std::find_if_not(text.rbegin(), text.rend(), is_blank).base();
  return first < last ? std::string(first, last) : "";
}

std::string written(CallForm const& form)
{
  return form.arguments.empty() ? form.name : form.name + "(" + form.arguments + ")";
}

/// Numbers between commas. \return false if one is none
bool read_numbers(std::string const& text, std::vector<double>& numbers)
{
  std::size_t start = 0;
  while (true) {
    std::size_t const comma = std::min(text.find(',', start), text.size());
    std::string const word = trimmed(text.substr(start, comma - start));
    char* stop = nullptr;
    numbers.push_back(std::strtod(word.c_str(), &stop));
    if (word.empty() || *stop != '\0' || std::isnan(numbers.back())) return false;
    if (comma == text.size()) return true;
    start = comma + 1;
  }
}

CallForm const& form_named(std::string const& name, std::string const& text,
                           std::string const& what, std::vector<CallForm> const& forms)
{
  std::vector<std::string> names;
  std::string list;
  for (CallForm const& form : forms) {
    if (form.name == name) return form;
    names.push_back(form.name);
    list += (list.empty() ? "" : ", ") + written(form);
  }
  std::string const near = nearest_name(name, names);
  throw InputError("the " + what + " '" + text + "' is unknown" +
                   (near.empty() ? "; " : "; did you mean '" + near + "'? ") + "valid: " + list);
}

}  // namespace

CallText read_call(std::string const& text, std::string const& what,
                   std::vector<CallForm> const& forms)
{
  std::string const whole = trimmed(text);
  std::size_t const open = whole.find('(');
  CallText call{trimmed(whole.substr(0, open)), {}};
  CallForm const& form = form_named(call.name, text, what, forms);
  bool is_good = true;
  if (open != std::string::npos) {
    std::string const inside = whole.back() == ')'
                                   ? trimmed(whole.substr(open + 1, whole.size() - open - 2))
                                   : std::string("?");
    is_good = inside.empty() || read_numbers(inside, call.arguments);
  }
  auto const n_wanted = form.arguments.empty()
                            ? 0
                            : 1 + std::count(form.arguments.begin(), form.arguments.end(), ',');
  KOVAR_REQUIRE(is_good && static_cast<std::ptrdiff_t>(call.arguments.size()) == n_wanted,
                "the " << what << " '" << text << "' is not of the form " << written(form)
                       << " with numbers; give that");
  return call;
}

}  // namespace kovar::gp
