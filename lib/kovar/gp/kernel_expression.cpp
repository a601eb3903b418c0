// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/gp/kernel_expression.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace kovar::gp {
namespace {

constexpr std::array<KernelKind, 8> leaf_kinds = {
    KernelKind::rbf, KernelKind::matern12, KernelKind::matern32,         KernelKind::matern52,
    KernelKind::rq,  KernelKind::periodic, KernelKind::periodic_squared, KernelKind::linear};

Kernel make_leaf(KernelKind kind, int n_scales)
{
  switch (kind) {
    case KernelKind::rbf:
      return rbf(n_scales);
    case KernelKind::matern12:
      return matern12(n_scales);
    case KernelKind::matern32:
      return matern32(n_scales);
    case KernelKind::matern52:
      return matern52(n_scales);
    case KernelKind::rq:
      return rq(n_scales);
    case KernelKind::periodic:
      return periodic(n_scales);
    case KernelKind::periodic_squared:
      return periodic_squared(n_scales);
    default:
      return linear(n_scales);
  }
}

/// A reader of one expression, left to right (recursive descent).
class Reader {
 public:
  Reader(std::string const& text, std::int64_t n_columns, std::vector<std::string> const& names)
      : text_(text), n_columns_(n_columns), names_(names)
  {
  }

  Kernel whole()
  {
    Kernel kernel = sum();
    if (peek() != '\0') fail("an end, '+' or '*' is expected");
    return kernel;
  }

 private:
  Kernel sum()
  {
    Kernel kernel = product();
    while (accept('+')) kernel = std::move(kernel) + product();
    return kernel;
  }

  Kernel product()
  {
    Kernel kernel = factor();
    while (accept('*')) kernel = std::move(kernel) * factor();
    return kernel;
  }

  Kernel factor()
  {
    if (accept('(')) {
      Kernel kernel = sum();
      close(')');
      return kernel;
    }
    peek();
    std::size_t const start = place_;
    std::string const name = word();
    if (name == "scale") {
      if (!accept('(')) fail("'scale' takes a kernel in parentheses");
      Kernel base = sum();
      close(')');
      return scale(std::move(base));
    }
    return leaf(name, start);
  }

  Kernel leaf(std::string const& name, std::size_t start)
  {
    std::vector<std::string> known = {"scale"};
    for (KernelKind const kind : leaf_kinds) {
      known.emplace_back(name_of(kind));
      if (name != known.back()) continue;
      bool is_ard = false;
      std::vector<int> columns;
      if (accept('('))
        options(')', is_ard, columns);
      else if (accept('['))
        options(']', is_ard, columns);
      auto const n_seen =
          columns.empty() ? static_cast<int>(n_columns_) : static_cast<int>(columns.size());
      Kernel const made = make_leaf(kind, is_ard ? n_seen : 1);
      return columns.empty() ? made : made.on_columns(columns);
    }
    place_ = start;
    if (name.empty()) fail("a kernel is expected");
    std::string const near = nearest_name(name, known);
    fail("there is no kernel '" + name + "'" +
         (near.empty() ? "" : "; did you mean '" + near + "'?"));
  }

  void options(char end, bool& is_ard, std::vector<int>& columns)
  {
    while (!accept(end)) {
      std::string const option = word();
      if (option == "ard")
        is_ard = true;
      else if (option == "columns")
        read_columns(end, columns);
      else
        fail("'ard' or 'columns' is expected");
      if (peek() != end && !accept(',')) fail(std::string("',' or '") + end + "' is expected");
    }
  }

  void read_columns(char end, std::vector<int>& columns)
  {
    while (peek() != end && peek() != ',' && peek() != '\0') {
      std::string const name = word();
      auto const named = std::find(names_.begin(), names_.end(), name);
      if (named != names_.end()) {
        columns.push_back(static_cast<int>(named - names_.begin()));
        continue;
      }
      int const first = column_number(name);
      int const last = accept('-') ? column_number(word()) : first;
      if (last < first) fail("a range of columns goes up");
      for (int c = first; c <= last; ++c) columns.push_back(c);
    }
    if (columns.empty()) fail("a column is expected");
  }

  int column_number(std::string const& name)
  {
    bool const is_number =
        !name.empty() && name.size() < 8 &&
        std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
    if (!is_number || std::stoi(name) >= n_columns_) {
      std::string const near = nearest_name(name, names_);
      fail("there is no column '" + name + "' among " + std::to_string(n_columns_) +
           (near.empty() ? "" : "; did you mean '" + near + "'?"));
    }
    return std::stoi(name);
  }

  char peek()
  {
    while (place_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[place_])))
      ++place_;
    return place_ < text_.size() ? text_[place_] : '\0';
  }

  bool accept(char c)
  {
    if (peek() != c) return false;
    ++place_;
    return true;
  }

  void close(char c)
  {
    if (!accept(c)) fail(std::string("'") + c + "' is expected");
  }

  std::string word()
  {
    peek();
    std::size_t const start = place_;
    while (place_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[place_])) ||
                                     text_[place_] == '_' || text_[place_] == '.'))
      ++place_;
    return text_.substr(start, place_ - start);
  }

  [[noreturn]] void fail(std::string const& what)
  {
    throw InputError("kernel '" + text_ + "', character " + std::to_string(place_ + 1) + ": " +
                     what);
  }

  std::string const& text_;
  std::int64_t n_columns_;
  std::vector<std::string> const& names_;
  std::size_t place_ = 0;
};

std::string joined(Kernel const& kernel, char const* with)
{
  std::string text;
  for (Kernel const& child : kernel.children) {
    bool const needs_parentheses =
        child.kind == kernel.kind ||
        (kernel.kind == KernelKind::product && child.kind == KernelKind::sum);
    std::string const part = expression_of(child);
    text += (text.empty() ? "" : with) + (needs_parentheses ? "(" + part + ")" : part);
  }
  return text;
}

}  // namespace

Kernel kernel_of_expression(std::string const& text, std::int64_t n_columns,
                            std::vector<std::string> const& names)
{
  return Reader(text, n_columns, names).whole();
}

std::string expression_of(Kernel const& kernel)
{
  if (kernel.kind == KernelKind::scale)
    return "scale(" + expression_of(kernel.children.at(0)) + ")";
  if (kernel.kind == KernelKind::sum) return joined(kernel, " + ");
  if (kernel.kind == KernelKind::product) return joined(kernel, " * ");
  std::string options;
  if (kernel.parameters.at(0).value.size() > 1) options = "ard";
  if (!kernel.columns.empty()) {
    options += options.empty() ? "columns" : ", columns";
    for (int const column : kernel.columns) options += " " + std::to_string(column);
  }
  return name_of(kernel.kind) + (options.empty() ? "" : "(" + options + ")");
}

}  // namespace kovar::gp
