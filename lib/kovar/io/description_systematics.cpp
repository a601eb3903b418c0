// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/description_parts.hpp>

#include <algorithm>
#include <map>

namespace kovar::io {
namespace {

using Names = std::vector<std::string>;

constexpr Words<fit::TemplateMeaning, 2> meanings = {{
    {fit::TemplateMeaning::absolute, "absolute"},
    {fit::TemplateMeaning::difference, "difference"},
}};
constexpr Words<fit::Symmetrization, 5> symmetrizations = {{
    {fit::Symmetrization::average, "average"},
    {fit::Symmetrization::conservative, "conservative"},
    {fit::Symmetrization::linear, "linear"},
    {fit::Symmetrization::quadratic, "quadratic"},
    {fit::Symmetrization::none, "none"},
}};
constexpr Words<fit::Mirroring, 2> mirrorings = {{
    {fit::Mirroring::allowed, "allowed"},
    {fit::Mirroring::refused, "refused"},
}};
constexpr Words<fit::Constraint, 2> constraints = {{
    {fit::Constraint::normal, "normal"},
    {fit::Constraint::none, "none"},
}};
constexpr Words<fit::Interest, 2> interests = {{
    {fit::Interest::nuisance, "nuisance"},
    {fit::Interest::of_interest, "of_interest"},
}};
constexpr Words<fit::Destination, 2> destinations = {{
    {fit::Destination::parameter, "parameter"},
    {fit::Destination::data_covariance, "data_covariance"},
}};

Names const options_of_all = {"channels", "processes",   "symmetrization", "constraint",
                              "interest", "destination", "groups"};
Names const options_of_templates = {"meaning", "mirroring", "kfactor", "axes"};

bool has(Names const& names, std::string const& name)
{
  return std::find(names.begin(), names.end(), name) != names.end();
}

Names joined(Names names, Names const& more)
{
  names.insert(names.end(), more.begin(), more.end());
  return names;
}

/// Channels and the processes in them, in the order of the description.
struct Channels {
  Names names;
  std::map<std::string, Names> processes;
};

class SystematicReader {
 public:
  SystematicReader(DescriptionList const& top, HistogramNames const& names,
                   TensorDescription& description)
      : names_(names), description_(description), defaults_(top)
  {
    for (auto const& channel : description.channels) all_.names.push_back(channel.name);
    for (auto const& process : description.processes)
      all_.processes[process.channel].push_back(process.name);
  }

  void read(std::string const& name, DescriptionList const& own)
  {
    name_ = name;
    Names const known =
        joined(joined(options_of_all, options_of_templates), joined(template_kinds, {"rate"}));
    own.require_known(joined(known, {"parts"}));
    if (!own.has("parts")) {
      read_part(own);
      return;
    }
    DescriptionList const parts = own.list("parts");
    own.require(!parts.names().empty(), "parts", "at least one part is needed");
    for (auto const& part : parts.names()) {
      DescriptionList const entries = parts.list(part);
      entries.require_known(known);
      // A part that says where its variation comes from has nothing of that from above.
      read_part(entries.with(own, entries.has("rate") ? options_of_all
                                  : has_kind(entries) ? joined(options_of_all, options_of_templates)
                                                      : known));
    }
  }

 private:
  static bool has_kind(DescriptionList const& list)
  {
    return list.has("rate") || list.has("template") || list.has("up") || list.has("down");
  }

  void read_part(DescriptionList const& own)
  {
    DescriptionList const list = has_kind(own) ? own : own.with(defaults_, template_kinds);
    bool const is_pair = list.has("up") && list.has("down");
    bool const is_half = list.has("up") != list.has("down");
    int const n_kinds = list.has("rate") + list.has("template") + is_pair;
    list.require(n_kinds == 1 && !is_half, "",
                 "there must be 'template', or 'up' and 'down', or 'rate' (it says where the "
                 "variation comes from)");
    fit::SystematicOptions const options = read_options(list);
    Channels const chosen = read_channels(list);
    if (list.has("rate")) {
      for (auto const& name : options_of_templates)
        list.require(!list.has(name), name, "this is of no use with 'rate'; remove it");
      book_rates(list, chosen, options);
      return;
    }
    for (auto const& channel : chosen.names)
      for (auto const& process : chosen.processes.at(channel))
        book_template(list, process, channel, is_pair, options);
  }

  fit::SystematicOptions read_options(DescriptionList const& list) const
  {
    fit::SystematicOptions options;
    options.meaning = list.choice("meaning", meanings, options.meaning);
    options.symmetrization = list.choice("symmetrization", symmetrizations, options.symmetrization);
    options.mirroring = list.choice("mirroring", mirrorings, options.mirroring);
    options.kfactor = list.real("kfactor", options.kfactor);
    options.constraint = list.choice("constraint", constraints, options.constraint);
    options.interest = list.choice("interest", interests, options.interest);
    options.destination = list.choice("destination", destinations, options.destination);
    if (list.has("groups")) options.groups = list.texts("groups");
    if (list.has("axes")) options.systematic_axes = list.texts("axes");
    return options;
  }

  /// Where the systematic acts: no channel without a process, no named process without a channel.
  Channels read_channels(DescriptionList const& list) const
  {
    bool const is_by_channel = list.is_list("processes");
    list.require(!is_by_channel || !list.has("channels"), "channels",
                 "'processes' says for each channel already what is varied; remove one of them");
    Names const channels = is_by_channel          ? list.list("processes").names()
                           : list.has("channels") ? list.texts("channels")
                                                  : all_.names;
    Channels chosen;
    for (auto const& channel : channels) {
      if (!has(all_.names, channel))
        list.refuse_word(is_by_channel ? "processes" : "channels", channel, all_.names);
      auto const& there = all_.processes.at(channel);
      bool const is_named = is_by_channel || list.has("processes");
      Names const wanted = is_by_channel ? list.list("processes").texts(channel)
                           : is_named    ? list.texts("processes")
                                         : there;
      Names found;
      for (auto const& process : wanted) {
        if (has(there, process))
          found.push_back(process);
        else if (is_by_channel)
          list.refuse_word("processes/" + channel, process, there);
      }
      if (!found.empty()) chosen.names.push_back(channel);
      chosen.processes[channel] = found;
    }
    if (!is_by_channel && list.has("processes")) require_found(list, channels, chosen);
    list.require(!chosen.names.empty(), "", "there is no process that it could vary");
    return chosen;
  }

  void require_found(DescriptionList const& list, Names const& channels,
                     Channels const& chosen) const
  {
    Names there;
    for (auto const& channel : channels)
      for (auto const& process : all_.processes.at(channel))
        if (!has(there, process)) there.push_back(process);
    for (auto const& process : list.texts("processes"))
      if (!has(there, process)) list.refuse_word("processes", process, there);
    for (auto const& channel : channels)
      list.require(!list.has("channels") || has(chosen.names, channel), "channels",
                   "channel '" + channel + "' has none of the processes; take it out");
  }

  void book_template(DescriptionList const& list, std::string const& process,
                     std::string const& channel, bool is_pair,
                     fit::SystematicOptions const& options)
  {
    HistogramNames::Placeholders const placeholders = {
        {"channel", channel}, {"process", process}, {"systematic", name_}};
    TemplateBooking booking;
    booking.place = list.place("");
    booking.name = name_;
    booking.process = process;
    booking.channel = channel;
    booking.up = names_.name(list, is_pair ? "up" : "template", placeholders);
    booking.down = names_.optional(list, "down", placeholders);
    booking.options = options;
    description_.templates.push_back(booking);
  }

  std::vector<double> read_rate(DescriptionList const& list, std::string const& name) const
  {
    auto rate = list.reals(name);
    list.require(rate.size() == 1 || rate.size() == 2, name,
                 "a factor or two of them, [up, down], are needed here");
    return rate;
  }

  void book_rates(DescriptionList const& list, Channels const& chosen,
                  fit::SystematicOptions const& options)
  {
    bool const is_by_process = list.is_list("rate");
    list.require(!is_by_process || !list.has("processes"), "processes",
                 "'rate' names the processes already; remove one of them");
    Names const rates = is_by_process ? list.list("rate").names() : Names{};
    Names left = rates;
    for (auto const& channel : chosen.names) {
      RateBooking booking;
      booking.place = list.place("");
      booking.name = name_;
      booking.channel = channel;
      booking.options = options;
      for (auto const& process : chosen.processes.at(channel)) {
        if (is_by_process && !has(rates, process)) continue;
        left.erase(std::remove(left.begin(), left.end(), process), left.end());
        booking.processes.push_back(process);
        booking.rates.push_back(is_by_process ? read_rate(list.list("rate"), process)
                                              : read_rate(list, "rate"));
      }
      if (!booking.processes.empty()) description_.rates.push_back(booking);
    }
    list.require(left.empty(), "rate",
                 left.empty() ? "" : "no channel has a process '" + left.front() + "'; check it");
  }

  HistogramNames const& names_;
  TensorDescription& description_;
  DescriptionList const& defaults_;
  Channels all_;
  std::string name_;
};

}  // namespace

void read_systematics(DescriptionList const& top, HistogramNames const& names,
                      TensorDescription& description)
{
  SystematicReader reader(top, names, description);
  DescriptionList const systematics = top.list("systematics");
  for (auto const& name : systematics.names()) reader.read(name, systematics.list(name));
}

}  // namespace kovar::io
