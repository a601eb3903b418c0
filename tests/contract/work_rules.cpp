// SPDX-License-Identifier: BSD-3-Clause
#include "work_rules.hpp"

#include "source_text.hpp"

#include <map>
#include <regex>
#include <set>
#include <string>
#include <utility>

namespace kovar::test {
namespace {

using Names = std::set<std::string>;

Names const launches = {"parallel_for", "parallel_reduce", "parallel_scan"};

bool is_variable(std::string const& expression)
{
  static std::regex const word(R"(\w+)");
  return std::regex_match(expression, word);
}

/// Does the code before a call end so? Looked at are a few words.
bool is_preceded_by(SourceText const& text, Call const& call, std::regex const& pattern)
{
  std::size_t const n_before = call.begin < 60 ? call.begin : 60;
  return std::regex_search(text.bare().substr(call.begin - n_before, n_before), pattern);
}

/// The instance is known by its name: space, space_, host_space, options.space, this->space() ...
bool names_instance(std::string const& expression)
{
  static std::regex const instance(R"((\w+(\.|->))*(\w+_)?(space|instance)_?(\(\))?)");
  return std::regex_match(expression, instance);
}

/// Follow an expression to its first argument, through variables, until an instance is met:
/// policy -> Policy(space, n) -> space.
bool is_made_with_instance(SourceText const& text, std::string const& expression,
                           std::size_t offset)
{
  std::string next = expression;
  for (int depth = 0; depth < 5 && !next.empty(); ++depth) {
    if (names_instance(next)) return true;
    Call const call = leading_call(next);
    if (!call.name.empty())
      next = call.arguments.empty() ? "" : call.arguments[0];
    else
      next = is_variable(next) ? text.initializer(next, offset) : "";
  }
  return false;
}

/// A range over the members of a team: work within a kernel.
bool is_nested_range(SourceText const& text, std::string const& expression, std::size_t offset)
{
  static std::regex const range("(Team|Thread)(Thread|Vector)(MD)?Range");
  return std::regex_search(
      is_variable(expression) ? text.initializer(expression, offset) : expression, range);
}

/// A parameter of a function that takes a label.
bool declares_label(std::string const& argument)
{
  static std::regex const parameter(
      R"((std::string const ?&|char const ?\*|std::string_view) ?label)");
  return std::regex_match(argument, parameter);
}

/// Functions with a parameter named `label`, and its place.
std::map<std::string, std::size_t> label_parameters(std::vector<SourceText> const& texts)
{
  std::map<std::string, std::size_t> places;
  for (SourceText const& text : texts)
    for (Call const& call : text.calls())
      for (std::size_t k = 0; k < call.arguments.size(); ++k)
        if (declares_label(call.arguments[k])) places[call.name] = k;
  return places;
}

/// The rules applied to one file.
class Check {
 public:
  Check(std::string const& path, SourceText const& text,
        std::map<std::string, std::size_t> const& labels)
      : path_(path), text_(text), label_places_(labels)
  {
    std::string const folder = path.substr(0, path.find('/'));
    prefix_ = folder == "core" ? "kovar::" : "kovar::" + folder + "::";
  }

  std::vector<Violation> run()
  {
    for (Call const& call : text_.calls()) {
      if (launches.count(call.name) != 0) check_launch(call);
      if (call.name == "deep_copy") check_copy(call);
      if (call.name == "create_mirror_view_and_copy")
        report(call,
               "create_mirror_view_and_copy works on the default instance; take "
               "create_mirror_view and deep_copy(space, ...)");
      if (call.name == "view_alloc") check_view_alloc(call);
      if (call.name == "fence") check_fence(call);
      check_forwarded_label(call);
      check_region(call);
      check_constructor(call);
    }
    return violations_;
  }

 private:
  void report(Call const& call, std::string const& message)
  {
    violations_.push_back({path_, text_.line_of(call.begin), message});
  }

  void check_label(Call const& call, std::string const& expression, std::string const& what)
  {
    static std::regex const handed_through(R"(^(label|std::string\(label\)|(\w+\.)+label\(\)))");
    if (std::regex_search(expression, handed_through)) return;
    if (leading_literal(expression).compare(0, prefix_.size(), prefix_) != 0)
      report(call,
             what + " is labelled " + expression + "; its label must begin with \"" + prefix_);
  }

  void check_launch(Call const& call)
  {
    if (call.arguments.size() < 2) return;  // a using-declaration or the like
    std::string const& first = call.arguments[0];
    if (is_nested_range(text_, first, call.begin)) return;
    if (is_made_with_instance(text_, first, call.begin)) {
      report(call, call.name + " has no label");
      return;
    }
    check_label(call, first, call.name);
    if (!is_made_with_instance(text_, call.arguments[1], call.begin))
      report(call,
             call.name + " does not run on a given instance: its policy is " + call.arguments[1]);
  }

  void check_copy(Call const& call)
  {
    if (call.arguments.size() < 3 || !names_instance(call.arguments[0]))
      report(call,
             "deep_copy without an instance stops all of the machine; write deep_copy(space, ...)");
  }

  void check_view_alloc(Call const& call)
  {
    bool has_instance = false;
    for (std::string const& argument : call.arguments)
      has_instance = has_instance || is_made_with_instance(text_, argument, call.begin);
    if (!has_instance) report(call, "view_alloc has no instance");

    for (std::string const& argument : call.arguments)
      if (argument.find('"') != std::string::npos || argument.find("label") != std::string::npos)
        return check_label(call, argument, "view_alloc");
    report(call, "view_alloc has no label");
  }

  void check_fence(Call const& call)
  {
    if (text_.is_qualified(call, "Kokkos::")) {
      report(call, "Kokkos::fence() stops all of the machine; write space.fence()");
      return;
    }
    std::string const line = text_.line(text_.line_of(call.begin));
    if (line.find("// ") == std::string::npos)
      report(call, "a fence says on its line what the host waits for: space.fence();  // why");
  }

  /// A call of a function that takes a label.
  void check_forwarded_label(Call const& call)
  {
    auto const place = label_places_.find(call.name);
    if (place == label_places_.end() || call.arguments.size() <= place->second) return;
    std::string const& argument = call.arguments[place->second];
    if (!declares_label(argument)) check_label(call, argument, call.name);
  }

  void check_region(Call const& call)
  {
    static std::regex const type_before(R"(\bRegion( const)? $)");
    if (is_preceded_by(text_, call, type_before))
      check_label(call, call.arguments.empty() ? "" : call.arguments[0], "a region");
    if (call.name == "Region" && !call.arguments.empty() &&
        !leading_literal(call.arguments[0]).empty())
      report(call,
             "a region without a name of its own ends at once; write Region const region(...)");
    if (call.name == "pushRegion" && path_ != "core/region.hpp")
      report(call, "regions are opened by Region, which closes them");
  }

  /// A view that is constructed from a label alone is made on the default instance.
  void check_constructor(Call const& call)
  {
    static Names const take_labels = {"string", "Region",     "region",
                                      "fence",  "pushRegion", "view_alloc"};
    if (call.arguments.empty() || launches.count(call.name) != 0 ||
        take_labels.count(call.name) != 0)
      return;
    bool const is_label = leading_literal(call.arguments[0]).compare(0, 7, "kovar::") == 0;
    bool const is_view = (call.name == "View" || call.name == "Matrix" || call.name == "Vector") &&
                         call.arguments[0].front() == '"';
    auto const place = label_places_.find(call.name);
    bool const is_forwarder = place != label_places_.end() && place->second == 0;
    if ((is_label || is_view) && !is_forwarder)
      report(call,
             "a view is made on the default instance; write allocate<...>(space, label, ...) or "
             "view_alloc(space, label)");
  }

  std::string path_;
  SourceText const& text_;
  std::map<std::string, std::size_t> const& label_places_;
  std::string prefix_;
  std::vector<Violation> violations_;
};

}  // namespace

std::vector<Violation> work_violations(std::vector<SourceFile> const& files)
{
  std::vector<SourceText> texts;
  texts.reserve(files.size());
  for (SourceFile const& file : files) texts.emplace_back(file.text);
  auto const labels = label_parameters(texts);
  std::vector<Violation> violations;
  for (std::size_t k = 0; k < files.size(); ++k)
    for (Violation& violation : Check(files[k].path, texts[k], labels).run())
      violations.push_back(std::move(violation));
  return violations;
}

}  // namespace kovar::test
