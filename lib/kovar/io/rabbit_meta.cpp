// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/pickle.hpp>
#include <kovar/io/rabbit_meta.hpp>
#include <kovar/io/utf8.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace kovar::io {

namespace {

using Kind = PickleNode::Kind;
using Node = PickleNode const*;

bool is_global(Node node, std::string const& name)
{
  return node != nullptr && node->kind == Kind::global && node->text == name;
}

bool ends_with(std::string const& text, std::string const& end)
{
  return text.size() >= end.size() && text.compare(text.size() - end.size(), end.size(), end) == 0;
}

bool is_true(Node node)
{
  return node != nullptr && node->kind == Kind::boolean && node->integer == 1;
}

std::string text_of(Node node) { return node != nullptr && node->is_text() ? node->text : ""; }

// n + 1 edges at equal distances, or nothing where these are no edges or more than there can be.
std::vector<double> even_edges(double n, double low, double high, std::int64_t most)
{
  std::vector<double> edges;
  if (!(n >= 1 && n <= static_cast<double>(most)) || !(low < high) || !std::isfinite(high - low))
    return edges;
  auto const n_bins = static_cast<std::int64_t>(n);
  for (std::int64_t i = 0; i < n_bins; ++i)
    edges.push_back(low + static_cast<double>(i) * (high - low) / static_cast<double>(n_bins));
  edges.push_back(high);
  return edges;
}

// Items of a list of numbers or texts.
std::vector<double> numbers_of(Node list)
{
  std::vector<double> numbers;
  if (list == nullptr || list->kind != Kind::list) return {};
  for (Node const item : list->items) {
    if (!item->is_number()) return {};
    numbers.push_back(item->number());
  }
  return numbers;
}

std::vector<std::string> labels_of(Node list, std::size_t first, std::size_t end)
{
  std::vector<std::string> labels;
  for (std::size_t i = first; i < end; ++i) {
    Node const item = list->items[i];
    if (item->is_number())
      labels.push_back(std::to_string(item->integer));
    else
      labels.push_back(text_of(item));
  }
  return labels;
}

// The numbers of an array of numpy, whose bytes are among the arguments of the call that makes it.
std::vector<double> array_of(Node node)
{
  if (node == nullptr || node->kind != Kind::call || node->items[1]->kind != Kind::list) return {};
  auto const& arguments = node->items[1]->items;
  auto const bytes = std::find_if(arguments.begin(), arguments.end(),
                                  [](Node item) { return item->kind == Kind::bytes; });
  if (bytes == arguments.end() || (*bytes)->text.size() % sizeof(double) != 0) return {};
  std::vector<double> values((*bytes)->text.size() / sizeof(double));
  if (!values.empty()) std::memcpy(values.data(), (*bytes)->text.data(), (*bytes)->text.size());
  return values;
}

using Axis = std::optional<fit::Axis>;

// Ascending edges or labels, a name that is a text.
Axis checked(fit::Axis axis)
{
  bool const is_ascending =
      axis.edges.size() > 1 && std::is_sorted(axis.edges.begin(), axis.edges.end()) &&
      std::all_of(axis.edges.begin(), axis.edges.end(), [](double x) { return !std::isnan(x); });
  bool const is_sound = axis.kind == fit::AxisKind::category ? !axis.labels.empty() : is_ascending;
  if (!is_sound || !is_text(axis.name)) return {};
  for (auto const& label : axis.labels)
    if (!is_text(label)) return {};
  return axis;
}

// hist.axis.Regular(n, low, high, name=..., underflow=..., overflow=...) and its like.
Axis axis_of_call(std::string const& type, Node arguments, Node keywords, std::int64_t most)
{
  auto const keyword = [&](char const* name) {
    return keywords == nullptr ? nullptr : keywords->find(name);
  };
  auto const flag = [&](char const* name) {
    return keyword(name) == nullptr || is_true(keyword(name));
  };
  fit::Axis axis;
  axis.name = text_of(keyword("name"));
  axis.has_underflow = flag("underflow");
  axis.has_overflow = flag("overflow");
  auto const numbers = numbers_of(arguments);
  if (type == "Regular" && numbers.size() >= 3) {
    axis.edges = even_edges(numbers[0], numbers[1], numbers[2], most);
  } else if (type == "Integer" && numbers.size() >= 2) {
    axis.kind = fit::AxisKind::integer;
    axis.edges = even_edges(numbers[1] - numbers[0], numbers[0], numbers[1], most);
  } else if (type == "Variable" && arguments->at(0) != nullptr) {
    axis.kind = fit::AxisKind::variable;
    axis.edges = numbers_of(arguments->at(0));
  } else if (ends_with(type, "Category") && arguments->at(0) != nullptr) {
    Node const labels = arguments->at(0);
    axis.kind = fit::AxisKind::category;
    axis.has_underflow = false;
    if (labels->kind == Kind::list) axis.labels = labels_of(labels, 0, labels->items.size());
  } else {
    return {};
  }
  return checked(axis);
}

// The state that boost-histogram 1.x gives its axes: a version, sizes, the dictionary of the user, bounds.
Axis axis_of_state(std::string const& type, Node state, std::int64_t most)
{
  if (state == nullptr || state->kind != Kind::list) return {};
  auto const& items = state->items;
  auto const meta =
      std::find_if(items.begin(), items.end(), [](Node item) { return item->kind == Kind::map; });
  if (meta == items.end()) return {};
  auto const i_meta = static_cast<std::size_t>(meta - items.begin());
  auto const number = [&](std::size_t i) {
    return i < items.size() && items[i]->is_number() ? items[i]->number() : std::nan("");
  };
  fit::Axis axis;
  axis.name = text_of((*meta)->find("name"));
  axis.has_underflow = ends_with(type, "_uoflow") || ends_with(type, "_uflow");
  axis.has_overflow = ends_with(type, "_uoflow") || ends_with(type, "_oflow");
  if (type.rfind("regular_", 0) == 0) {  // low and width
    axis.edges = even_edges(number(2), number(4), number(4) + number(5), most);
  } else if (type.rfind("integer_", 0) == 0) {
    axis.kind = fit::AxisKind::integer;
    axis.edges = even_edges(number(1), number(3), number(3) + number(1), most);
  } else if (type == "boolean") {
    axis.kind = fit::AxisKind::integer;
    axis.edges = {0, 1, 2};
  } else if (type.rfind("variable_", 0) == 0 && i_meta >= 1) {
    axis.kind = fit::AxisKind::variable;
    axis.edges = array_of(items[i_meta - 1]);
  } else if (type.rfind("category_str", 0) == 0 && i_meta >= 2) {
    axis.kind = fit::AxisKind::category;
    axis.has_overflow = type == "category_str";
    axis.labels = labels_of(state, 2, i_meta);
  } else {
    return {};
  }
  return checked(axis);
}

std::string last_part(std::string const& name) { return name.substr(name.rfind('.') + 1); }

// An axis of at most so many bins, if this is one.
Axis axis_of(Node node, std::int64_t most)
{
  if (node == nullptr || node->kind != Kind::call) return {};
  Node const called = node->items[0];
  bool const is_partial = called->kind == Kind::call && called->state != nullptr &&
                          is_global(called->items[0], "functools.partial");
  if (is_partial) {  // (what is called, arguments, keywords, ...)
    Node const type = called->state->at(0);
    Node const arguments = called->state->at(1);
    if (type == nullptr || type->kind != Kind::global || arguments == nullptr) return {};
    return axis_of_call(last_part(type->text), arguments, called->state->at(2), most);
  }
  if (called->kind != Kind::global) return {};
  Node const inner = node->state == nullptr ? nullptr : node->state->find("_ax");
  if (inner != nullptr && inner->kind == Kind::call && inner->items[0]->kind == Kind::global)
    return axis_of_state(last_part(inner->items[0]->text), inner->state, most);
  return axis_of_call(last_part(called->text), node->items[1],
                      node->items.size() > 2 ? node->items[2] : nullptr, most);
}

// A channel whose end is the number of its bins; nothing if that is not known or above the most.
std::optional<fit::Channel> channel_of(std::string const& name, Node info, std::int64_t most)
{
  fit::Channel channel;
  channel.name = name;
  channel.is_masked = is_true(info->find("masked"));
  channel.has_flow = is_true(info->find("flow"));
  Node const axes = info->find("axes");
  if (axes == nullptr || axes->kind != Kind::list || !is_text(name)) return {};
  channel.end_bin = 1;
  for (Node const node : axes->items) {
    auto const axis = axis_of(node, most);
    if (!axis) return {};
    std::int64_t const n = channel.has_flow ? axis->extent() : axis->n_bins();
    if (n > most / channel.end_bin) return {};
    channel.end_bin *= n;
    channel.axes.push_back(*axis);
  }
  return channel;
}

// Fitted channels come first, whatever the order in which they were booked.
std::vector<fit::Channel> channels_of(Node info, std::int64_t n_bins, std::int64_t n_all_bins)
{
  std::vector<fit::Channel> channels;
  if (info == nullptr || info->kind != Kind::map) return {};
  std::int64_t n_left = n_all_bins;
  for (std::size_t i = 0; i + 1 < info->items.size(); i += 2) {
    auto const channel = channel_of(text_of(info->items[i]), info->items[i + 1], n_left);
    if (!channel) return {};
    n_left -= channel->end_bin;
    channels.push_back(*channel);
  }
  auto const first_masked = std::stable_partition(
      channels.begin(), channels.end(), [](auto const& channel) { return !channel.is_masked; });
  std::int64_t bin = 0;
  for (auto channel = channels.begin(); channel != channels.end(); ++channel) {
    if (channel == first_masked && bin != n_bins) return {};
    channel->first_bin = bin;
    channel->end_bin += bin;
    bin = channel->end_bin;
  }
  if (bin != n_all_bins || (first_masked == channels.end() && n_bins != n_all_bins)) return {};
  return channels;
}

void write_axis(PickleWriter& out, fit::Axis const& axis)
{
  constexpr char const* types[] = {"Regular", "Variable", "Integer", "StrCategory"};
  auto const write_type = [&] {
    out.global("hist.axis", types[static_cast<std::size_t>(axis.kind)]);
  };
  out.global("functools", "partial");
  out.open_tuple();
  write_type();
  out.close_tuple();
  out.call();
  out.open_tuple();  // the state of a partial call
  write_type();
  out.open_tuple();
  if (axis.kind == fit::AxisKind::regular) {
    out.integer(axis.n_bins());
    out.real(axis.edges.front());
    out.real(axis.edges.back());
  } else if (axis.kind == fit::AxisKind::integer) {
    out.integer(static_cast<std::int64_t>(axis.edges.front()));
    out.integer(static_cast<std::int64_t>(axis.edges.back()));
  } else {
    out.open_list();
    for (auto const& label : axis.labels) out.text(label);
    for (double const edge : axis.edges) out.real(edge);
    out.close_list();
  }
  out.close_tuple();
  out.open_map();
  out.text("name");
  out.text(axis.name);
  if (axis.kind != fit::AxisKind::category) {
    out.text("underflow");
    out.boolean(axis.has_underflow);
  }
  out.text("overflow");
  out.boolean(axis.has_overflow);
  out.close_map();
  out.none();
  out.close_tuple();
  out.set_state();
  out.open_tuple();
  out.close_tuple();
  out.call();
}

// Where a channel says nothing of its axes, one that counts the bins.
std::vector<fit::Axis> axes_of(fit::Channel const& channel)
{
  if (!channel.axes.empty()) return channel.axes;
  fit::Axis bins;
  bins.name = "bin";
  bins.kind = fit::AxisKind::integer;
  bins.edges = {0, static_cast<double>(channel.end_bin - channel.first_bin)};
  return {bins};
}

}  // namespace

RabbitMeta read_rabbit_meta(std::string const& bytes, std::int64_t n_bins, std::int64_t n_all_bins)
{
  RabbitMeta found;
  try {
    Pickle const pickle(bytes);
    std::string const type = text_of(pickle.root().find("systematic_type"));
    if (type == "normal") found.type = fit::SystematicType::additive;
    if (type == "log_normal") found.type = fit::SystematicType::log_normal;
    found.channels = channels_of(pickle.root().find("channel_info"), n_bins, n_all_bins);
  } catch (InputError const&) {
    // A pickle of another kind: the fit can do without names of channels and axes.
  }
  return found;
}

std::string rabbit_meta_of(fit::TemplateTensor const& tensor)
{
  PickleWriter out;
  out.open_map();
  out.text("channel_info");
  out.open_map();
  for (auto const& channel : tensor.channels) {
    out.text(channel.name);
    out.open_map();
    out.text("axes");
    out.open_list();
    for (auto const& axis : axes_of(channel)) write_axis(out, axis);
    out.close_list();
    out.text("masked");
    out.boolean(channel.is_masked);
    out.text("flow");
    out.boolean(channel.has_flow);
    out.close_map();
  }
  out.close_map();
  out.text("symmetric_tensor");
  out.boolean(tensor.is_symmetric);
  out.text("systematic_type");
  out.text(tensor.type == fit::SystematicType::additive ? "normal" : "log_normal");
  out.text("meta_info");
  out.open_map();
  out.close_map();
  out.close_map();
  return out.finish();
}

}  // namespace kovar::io
