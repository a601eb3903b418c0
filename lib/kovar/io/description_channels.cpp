// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/description_parts.hpp>

#include <algorithm>
#include <filesystem>

namespace kovar::io {
namespace {

using Placeholders = HistogramNames::Placeholders;

constexpr Words<fit::ChannelKind, 2> channel_kinds = {{
    {fit::ChannelKind::fitted, "fitted"},
    {fit::ChannelKind::masked, "masked"},
}};
constexpr Words<fit::FlowBins, 2> flow_bins = {{
    {fit::FlowBins::dropped, "dropped"},
    {fit::FlowBins::kept, "kept"},
}};

/// "a$channel/b" with what stands for it.
std::string filled(DescriptionList const& list, std::string const& entry, std::string const& text,
                   Placeholders const& placeholders)
{
  std::string result;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] != '$') {
      result += text[i++];
      continue;
    }
    auto const found =
        std::find_if(placeholders.begin(), placeholders.end(), [&](auto const& placeholder) {
          return text.compare(i + 1, placeholder.first.size(), placeholder.first) == 0;
        });
    if (found == placeholders.end()) {
      std::string there;
      for (auto const& placeholder : placeholders)
        there += (there.empty() ? "; there are: $" : ", $") + placeholder.first;
      list.refuse(
          entry, "'" + text.substr(i) + "' begins with a '$' that stands for nothing here" + there);
    }
    result += found->second;
    i += 1 + found->first.size();
  }
  return result;
}

fit::Axis read_axis(DescriptionList const& axes, std::string const& name)
{
  DescriptionList const entry = axes.list(name);
  entry.require_known(
      {"bins", "low", "high", "edges", "start", "stop", "labels", "underflow", "overflow"});
  int const n_kinds =
      entry.has("bins") + entry.has("edges") + entry.has("start") + entry.has("labels");
  entry.require(n_kinds == 1, "",
                "an axis has either bins, low and high; or edges; or start and stop; or labels");
  fit::Axis axis;
  if (entry.has("bins")) {
    std::int64_t const n = entry.integer("bins");
    entry.require(n > 0 && n <= 1'000'000'000, "bins", "from 1 to 10^9 bins are possible");
    entry.require(entry.has("low") && entry.has("high"), "", "'low' and 'high' are needed");
    axis = fit::regular_axis(name, n, entry.real("low", 0), entry.real("high", 0));
  } else if (entry.has("start")) {
    std::int64_t const start = entry.integer("start");
    std::int64_t const stop = entry.integer("stop");
    constexpr std::int64_t largest = std::int64_t{1} << 53U;  // edges are doubles
    entry.require(start >= -largest && start <= largest, "start",
                  "whole numbers from -2^53 to 2^53 are possible");
    entry.require(stop > start && stop <= largest && stop - start <= 1'000'000'000, "stop",
                  "it is behind 'start', by 10^9 at most");
    axis = fit::integer_axis(name, start, stop);
  } else if (entry.has("labels")) {
    axis = fit::category_axis(name, entry.texts("labels"));
  } else {
    axis.name = name;
    axis.kind = fit::AxisKind::variable;
    axis.edges = entry.reals("edges");
  }
  bool const ascends =
      std::adjacent_find(axis.edges.begin(), axis.edges.end(),
                         [](double a, double b) { return !(a < b); }) == axis.edges.end();
  entry.require(ascends, "", "the edges do not ascend");
  axis.has_underflow = entry.flag("underflow");
  axis.has_overflow = entry.flag("overflow");
  return axis;
}

class ChannelReader {
 public:
  ChannelReader(DescriptionList const& top, HistogramNames const& names,
                TensorDescription& description)
      : names_(names), description_(description)
  {
    if (top.has("signals")) signals_ = top.texts("signals");
  }

  /// \param own   entries of the channel itself
  /// \param list  with those of the top
  void read(std::string const& name, DescriptionList const& own, DescriptionList const& list)
  {
    ChannelBooking channel;
    channel.place = own.place("");
    channel.name = name;
    channel.kind = own.choice("kind", channel_kinds, channel.kind);
    channel.flow = own.choice("flow", flow_bins, channel.flow);
    channel_ = {{"channel", name}};
    std::size_t const first_process = description_.processes.size();
    std::size_t const first_data = description_.data.size();
    read_processes(name, list);
    if (channel.kind == fit::ChannelKind::masked)
      for (char const* const entry : {"data", "data_variances", "pseudodata"})
        own.require(!own.has(entry), entry, "a masked channel has no data; remove the entry");
    else
      read_data(name, list);

    if (own.is_list("axes"))
      for (auto const& axis : own.list("axes").names())
        channel.axes.push_back(read_axis(own.list("axes"), axis));
    else if (own.has("axes"))
      channel.axes_of = names_.name(own, "axes", channel_);
    else
      channel.axes_of = first_data < description_.data.size()
                            ? description_.data[first_data].data
                            : description_.processes[first_process].yields;
    description_.channels.push_back(channel);
  }

 private:
  void read_processes(std::string const& channel, DescriptionList const& list)
  {
    bool const is_list = list.is_list("processes");
    auto const processes = is_list ? list.list("processes").names() : list.texts("processes");
    list.require(!processes.empty(), "processes", "at least one process is needed");
    for (auto const& process : processes) {
      ProcessBooking booking;
      booking.place = list.place("processes/" + process);
      booking.name = process;
      booking.channel = channel;
      bool const is_signal = std::find(signals_.begin(), signals_.end(), process) != signals_.end();
      booking.kind = is_signal ? fit::ProcessKind::signal : fit::ProcessKind::background;
      read_yields(list, process, is_list, booking);
      description_.processes.push_back(booking);
    }
  }

  void read_yields(DescriptionList const& list, std::string const& process, bool is_list,
                   ProcessBooking& booking) const
  {
    Placeholders placeholders = channel_;
    placeholders.emplace_back("process", process);
    booking.variances = names_.optional(list, "yield_variances", placeholders);
    if (is_list && !list.list("processes").is_list(process)) {
      booking.yields = names_.name(list.list("processes"), process, placeholders);
      return;
    }
    bool has_yields = false;
    if (is_list) {
      DescriptionList const own = list.list("processes").list(process);
      own.require_known({"yields", "variances"});
      if (own.has("variances")) booking.variances = names_.name(own, "variances", placeholders);
      has_yields = own.has("yields");
      if (has_yields) booking.yields = names_.name(own, "yields", placeholders);
    }
    if (!has_yields) booking.yields = names_.name(list, "yields", placeholders);
  }

  void read_data(std::string const& channel, DescriptionList const& list)
  {
    DataBooking data;
    data.place = list.place("data");
    data.channel = channel;
    data.data = names_.name(list, "data", channel_);
    data.variances = names_.optional(list, "data_variances", channel_);
    description_.data.push_back(data);
    DescriptionList const sets = list.list("pseudodata");
    for (auto const& name : sets.names()) {
      DataBooking set;
      set.place = sets.place(name);
      set.name = name;
      set.channel = channel;
      bool const is_list = sets.is_list(name);
      if (is_list) sets.list(name).require_known({"data", "variances"});
      set.data = is_list ? names_.name(sets.list(name), "data", channel_)
                         : names_.name(sets, name, channel_);
      if (is_list) set.variances = names_.optional(sets.list(name), "variances", channel_);
      description_.data.push_back(set);
    }
  }

  HistogramNames const& names_;
  TensorDescription& description_;
  std::vector<std::string> signals_;
  Placeholders channel_;
};

}  // namespace

HistogramNames::HistogramNames(std::string const& path, std::string file)
    : folder_(std::filesystem::path(path).parent_path().string()), file_(std::move(file))
{
}

HistogramName HistogramNames::name(DescriptionList const& list, std::string const& entry,
                                   Placeholders const& placeholders) const
{
  std::string const text = filled(list, entry, list.text(entry), placeholders);
  auto const colon = text.rfind(':');
  std::string const file = colon == std::string::npos ? file_ : text.substr(0, colon);
  std::string const name = colon == std::string::npos ? text : text.substr(colon + 1);
  list.require(!file.empty(), entry,
               "no file is given for '" + text + "'; write 'file.h5:" + text +
                   "' in quotes, or 'file: file.h5' at the top");
  list.require(!name.empty(), entry, "no histogram is named after '" + file + ":'");
  return {(std::filesystem::path(folder_) / file).string(), name};
}

std::optional<HistogramName> HistogramNames::optional(DescriptionList const& list,
                                                      std::string const& entry,
                                                      Placeholders const& placeholders) const
{
  if (!list.has(entry)) return {};
  return name(list, entry, placeholders);
}

void read_channels(DescriptionList const& top, HistogramNames const& names,
                   TensorDescription& description)
{
  top.require(top.has("channels"), "", "there is no 'channels' (a fit has at least one); add it");
  ChannelReader reader(top, names, description);
  bool const is_list = top.is_list("channels");
  DescriptionList const channels =
      is_list ? top.list("channels") : DescriptionList(top.path(), "channels", {});
  auto const all = is_list ? channels.names() : top.texts("channels");
  top.require(!all.empty(), "channels", "at least one channel is needed");
  std::vector<std::string> known = {"kind", "flow", "axes"};
  known.insert(known.end(), channel_defaults.begin(), channel_defaults.end());
  for (auto const& name : all) {
    DescriptionList const own = channels.list(name);
    own.require_known(known);
    reader.read(name, own, own.with(top, channel_defaults));
  }
}

}  // namespace kovar::io
