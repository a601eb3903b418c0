// SPDX-License-Identifier: BSD-3-Clause
#include "gp_parameters.hpp"

#include <kovar/core/error.hpp>
#include <support/option_value_kinds.hpp>
#include <support/text.hpp>

#include <functional>
#include <utility>

namespace kovar::apps {
namespace {

bool is_called(std::string const& full, std::string const& word)
{
  if (full == word) return true;
  std::string const end = "." + word;
  return full.size() > end.size() && full.compare(full.size() - end.size(), end.size(), end) == 0;
}

std::vector<gp::NamedParameter> parameters_called(gp::Model& model, std::string const& option,
                                                  std::string const& word)
{
  auto const all = gp::parameters_of(model);
  std::vector<gp::NamedParameter> chosen;
  std::vector<std::string> names;
  for (gp::NamedParameter const& named : all) {
    names.push_back(named.name);
    if (is_called(named.name, word)) chosen.push_back(named);
  }
  KOVAR_REQUIRE(!chosen.empty(), "gp fit: --" << option << ": the model has no parameter '" << word
                                              << "'; it has: " << join(names));
  return chosen;
}

/// Call f(parameter, text) for every "name=text".
void for_each_word(gp::Model& model, std::string const& option, std::string const& words,
                   std::function<void(gp::NamedParameter const&, std::string const&)> const& f)
{
  for (std::string const& word : split_at_outer_commas(words)) {
    std::size_t const equals = word.find('=');
    KOVAR_REQUIRE(equals != std::string::npos,
                  "gp fit: --" << option << " has '" << word
                               << "' without a value; give it as in NAME=VALUE");
    for (gp::NamedParameter const& named :
         parameters_called(model, option, word.substr(0, equals))) {
      try {
        f(named, word.substr(equals + 1));
      } catch (InputError const& e) {
        throw InputError("gp fit: --" + option + " of '" + named.name + "': " + e.what());
      }
    }
  }
}

void set_constraint(gp::Parameter& parameter, std::string const& text)
{
  parameter.constraint = gp::constraint_of(text);
  if (!parameter.constraint.has_transform()) return;
  for (double& value : parameter.value) value = parameter.constraint.value(0);
}

/// "2" for all entries, or "(1, 2, 3)" for each.
std::vector<double> values_of_text(std::string const& text, std::size_t n)
{
  bool const is_list = text.size() > 1 && text.front() == '(' && text.back() == ')';
  auto const numbers = read_reals(is_list ? text.substr(1, text.size() - 2) : text);
  KOVAR_REQUIRE(numbers && (numbers->size() == 1 || numbers->size() == n),
                "'" << text << "' is neither a number nor a list (a, b ...) of " << n
                    << "; give one of them");
  return numbers->size() == n ? *numbers : std::vector<double>(n, numbers->front());
}

void require_start(gp::NamedParameter const& named)
{
  for (double const value : named.parameter->value)
    KOVAR_REQUIRE(named.parameter->constraint.admits(value),
                  "gp fit: parameter '"
                      << named.name << "' starts at " << value << " (its constraint is "
                      << named.parameter->constraint.text() << "); give --start=" << named.name
                      << "=... inside, or another constraint");
}

}  // namespace

void apply_words(ParameterWords const& words, gp::Model& model)
{
  for_each_word(model, "constraint", words.constraint,
                [](gp::NamedParameter const& named, std::string const& text) {
                  set_constraint(*named.parameter, text);
                });
  for_each_word(model, "start", words.start,
                [](gp::NamedParameter const& named, std::string const& text) {
                  named.parameter->value = values_of_text(text, named.parameter->value.size());
                });
  for_each_word(model, "prior", words.prior,
                [](gp::NamedParameter const& named, std::string const& text) {
                  named.parameter->prior = gp::prior_of(text);
                });
  for (std::string const& word : split_at_outer_commas(words.fix))
    for (gp::NamedParameter const& named : parameters_called(model, "fix", word))
      named.parameter->is_fixed = true;
  for (gp::NamedParameter const& named : gp::parameters_of(model)) require_start(named);
}

}  // namespace kovar::apps
