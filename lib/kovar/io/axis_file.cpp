// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/io/axis_file.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace kovar::io {
namespace {

constexpr std::array<std::pair<fit::AxisKind, char const*>, 4> kinds = {{
    {fit::AxisKind::regular, "regular"},
    {fit::AxisKind::variable, "variable"},
    {fit::AxisKind::integer, "integer"},
    {fit::AxisKind::category, "category"},
}};

fit::AxisKind read_kind(Hdf5Reader const& file, std::string const& group)
{
  if (!file.has_attribute(group, "kind"))
    return file.has(group + "/labels") ? fit::AxisKind::category : fit::AxisKind::variable;
  auto const name = file.text(group, "kind");
  auto const kind = std::find_if(kinds.begin(), kinds.end(),
                                 [&](auto const& known) { return name == known.second; });
  file.require(kind != kinds.end(), group,
               "is of kind '" + name + "' (regular, variable, integer and category are known)");
  return kind->first;
}

bool has_flow(Hdf5Reader const& file, std::string const& group, std::string const& name)
{
  if (!file.has_attribute(group, name)) return false;
  auto const value = file.integer(group, name);
  file.require(value == 0 || value == 1, group,
               "has an attribute '" + name + "' of " + std::to_string(value) + " (1 is yes, 0 no)");
  return value == 1;
}

}  // namespace

fit::Axis read_axis(Hdf5Reader const& file, std::string const& group)
{
  fit::Axis axis;
  axis.name = file.has_attribute(group, "name") ? file.text(group, "name") : "";
  axis.kind = read_kind(file, group);
  axis.has_underflow = has_flow(file, group, "underflow");
  axis.has_overflow = has_flow(file, group, "overflow");
  if (axis.kind == fit::AxisKind::category) {
    axis.labels = file.texts(group + "/labels");
    return axis;
  }
  axis.edges = file.list<double>(group + "/edges");
  auto const wrong = std::adjacent_find(axis.edges.begin(), axis.edges.end(),
                                        [](double a, double b) { return !(a < b); });
  file.require(wrong == axis.edges.end(), group + "/edges", "does not ascend");
  return axis;
}

std::vector<fit::Axis> read_axes(Hdf5Reader const& file, std::string const& group)
{
  std::vector<fit::Axis> axes;
  for (std::string next = group + "/0"; file.has(next);
       next = group + "/" + std::to_string(axes.size()))
    axes.push_back(read_axis(file, next));
  return axes;
}

void write_axis(NewHdf5File& file, std::string const& group, fit::Axis const& axis)
{
  file.create_group(group);
  if (!axis.name.empty()) file.write_label(group, "name", axis.name);
  for (auto const& [kind, name] : kinds)
    if (kind == axis.kind) file.write_label(group, "kind", name);
  file.write_integer(group, "underflow", axis.has_underflow ? 1 : 0);
  file.write_integer(group, "overflow", axis.has_overflow ? 1 : 0);
  if (axis.kind == fit::AxisKind::category)
    file.write_names(group + "/labels", axis.labels, {"1", "label of each bin", {"bin"}});
  else
    file.write(group + "/edges", {static_cast<std::int64_t>(axis.edges.size())}, axis.edges.data(),
               {"unit of the axis", "lower edges, and the upper one of the last bin", {"edge"}});
}

void write_axes(NewHdf5File& file, std::string const& group, std::vector<fit::Axis> const& axes)
{
  file.create_group(group);
  for (std::size_t i = 0; i < axes.size(); ++i)
    write_axis(file, group + "/" + std::to_string(i), axes[i]);
}

}  // namespace kovar::io
