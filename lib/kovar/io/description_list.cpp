// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/io/description_list.hpp>

#include <algorithm>
#include <cstdlib>

namespace kovar::io {
namespace {

bool read_real(std::string const& text, double& value)
{
  char* end = nullptr;
  value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == '\0';
}

}  // namespace

DescriptionList::DescriptionList(std::string path, std::string place,
                                 std::vector<ParameterNode> entries)
    : path_(std::move(path)), place_(std::move(place)), entries_(std::move(entries))
{
}

std::string DescriptionList::place(std::string const& name) const
{
  if (place_.empty() || name.empty()) return place_ + name;
  return place_ + "/" + name;
}

void DescriptionList::refuse(std::string const& name, std::string const& problem) const
{
  std::string const where = place(name);
  throw InputError("'" + path_ + "': " + (where.empty() ? "" : where + ": ") + problem);
}

void DescriptionList::refuse_word(std::string const& name, std::string const& word,
                                  std::vector<std::string> const& valid) const
{
  std::string all;
  for (auto const& known : valid) all += (all.empty() ? "" : ", ") + known;
  auto const nearest = nearest_name(word, valid);
  refuse(name, "'" + word + "' is not known" +
                   (nearest.empty() ? "" : "; did you mean '" + nearest + "'?") +
                   (valid.empty() ? " (there is none)" : "; there are: " + all));
}

void DescriptionList::require_known(std::vector<std::string> const& names) const
{
  for (auto const& entry : entries_)
    if (std::find(names.begin(), names.end(), entry.name) == names.end())
      refuse_word("", entry.name, names);
}

std::vector<std::string> DescriptionList::names() const
{
  std::vector<std::string> names;
  for (auto const& entry : entries_) names.push_back(entry.name);
  return names;
}

ParameterNode const* DescriptionList::find(std::string const& name) const
{
  auto const found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](ParameterNode const& entry) { return entry.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

ParameterNode const& DescriptionList::at(std::string const& name) const
{
  ParameterNode const* const found = find(name);
  require(found != nullptr, "", "there is no '" + name + "' (it is needed here); add it");
  return *found;
}

bool DescriptionList::is_list(std::string const& name) const
{
  ParameterNode const* const found = find(name);
  return found != nullptr && found->shape == ParameterShape::entries;
}

std::string DescriptionList::text(std::string const& name) const
{
  ParameterNode const& node = at(name);
  require(node.shape == ParameterShape::value, name, "one text is needed here");
  require(node.type == ParameterType::text, name,
          "'" + node.values.front() + "' was read as a number or a truth value (yes, no, on and " +
              "off are such); put it in quotes");
  require(!node.values.front().empty(), name, "the text is empty; write one or leave it out");
  return node.values.front();
}

std::string DescriptionList::text(std::string const& name, std::string const& fallback) const
{
  return has(name) ? text(name) : fallback;
}

std::vector<std::string> DescriptionList::texts(std::string const& name) const
{
  ParameterNode const& node = at(name);
  if (node.shape == ParameterShape::values) return node.values;
  std::string const word = text(name);
  return word == "none" ? std::vector<std::string>{} : std::vector<std::string>{word};
}

std::vector<double> DescriptionList::reals(std::string const& name) const
{
  ParameterNode const& node = at(name);
  bool const is_some = node.shape == ParameterShape::value || node.shape == ParameterShape::values;
  require(is_some, name, "a number, or several as [1.5, 2.0], are needed here");
  std::vector<double> values;
  for (auto const& text : node.values) {
    double value = 0;
    require(node.type != ParameterType::boolean && read_real(text, value), name,
            "'" + text + "' is no number");
    values.push_back(value);
  }
  return values;
}

double DescriptionList::real(std::string const& name, double fallback) const
{
  if (!has(name)) return fallback;
  auto const values = reals(name);
  require(values.size() == 1, name, "one number is needed here");
  return values.front();
}

std::int64_t DescriptionList::integer(std::string const& name) const
{
  ParameterNode const& node = at(name);
  require(node.shape == ParameterShape::value && node.type == ParameterType::integer, name,
          "a whole number is needed here");
  return std::strtoll(node.values.front().c_str(), nullptr, 10);
}

bool DescriptionList::flag(std::string const& name) const
{
  ParameterNode const* const node = find(name);
  if (node == nullptr) return false;
  require(node->shape == ParameterShape::value && node->type == ParameterType::boolean, name,
          "true or false is needed here");
  return node->values.front() == "true";
}

DescriptionList DescriptionList::list(std::string const& name) const
{
  ParameterNode const* const node = find(name);
  require(node == nullptr || node->shape == ParameterShape::entries, name,
          "entries with names are needed here, one below the other");
  return {path_, place(name), node == nullptr ? std::vector<ParameterNode>{} : node->entries};
}

DescriptionList DescriptionList::with(DescriptionList const& other,
                                      std::vector<std::string> const& names) const
{
  DescriptionList both = *this;
  for (auto const& entry : other.entries_)
    if (!has(entry.name) && std::find(names.begin(), names.end(), entry.name) != names.end())
      both.entries_.push_back(entry);
  return both;
}

}  // namespace kovar::io
