// SPDX-License-Identifier: BSD-3-Clause
#include "fit_inspect_summary.hpp"

#include <kovar/core/memory.hpp>
#include <kovar/linalg/column_runs.hpp>
#include <support/format.hpp>
#include <support/text.hpp>

#include <nlohmann/json.hpp>

#include <numeric>

namespace kovar::apps {
namespace {

constexpr std::size_t most_lines = 200;  // of yields: beyond, a line for each channel

std::string axes_text(fit::Channel const& channel)
{
  std::string text;
  for (auto const& axis : channel.axes)
    text += (text.empty() ? "" : " x ") + axis.name + " (" +
            std::to_string(channel.has_flow ? axis.extent() : axis.n_bins()) + ")";
  return text;
}

std::vector<ChannelSummary> channels_of(fit::TemplateTensor const& tensor)
{
  std::vector<ChannelSummary> channels;
  for (auto const& channel : tensor.channels) {
    ChannelSummary found;
    found.name = channel.name;
    found.n_bins = channel.end_bin - channel.first_bin;
    found.is_masked = channel.is_masked;
    found.axes = axes_text(channel);
    found.yields.assign(tensor.processes.size(), 0);
    auto const first = static_cast<std::size_t>(channel.first_bin);
    auto const end = static_cast<std::size_t>(channel.end_bin);
    for (auto e = static_cast<std::size_t>(tensor.bin_start[first]);
         e < static_cast<std::size_t>(tensor.bin_start[end]); ++e)
      found.yields[static_cast<std::size_t>(tensor.entry_process[e])] += tensor.entry_yield[e];
    if (!channel.is_masked)
      found.data = std::accumulate(tensor.data.begin() + channel.first_bin,
                                   tensor.data.begin() + channel.end_bin, 0.0);
    channels.push_back(found);
  }
  return channels;
}

std::vector<TermSummary> terms_of(fit::TemplateTensor const& tensor)
{
  std::vector<TermSummary> terms;
  for (auto const& term : tensor.external_terms) {
    TermSummary found;
    found.name = term.name;
    found.n_parameters = static_cast<std::int64_t>(term.parameters.size());
    found.has_gradient = !term.gradient.empty();
    if (term.has_hessian())
      found.n_hessian_entries = found.n_parameters + 2 * term.hessian.upper.n_entries();
    terms.push_back(found);
  }
  return terms;
}

std::int64_t bytes_of(fit::TemplateTensor const& tensor)
{
  auto const csr = [](std::int64_t n_rows, std::int64_t n_entries) {
    return 8 * (n_rows + 1) + 12 * n_entries;
  };
  std::int64_t bytes = csr(tensor.n_all_bins(), tensor.n_entries()) +
                       csr(tensor.variations.n_rows(), tensor.variations.n_entries());
  for (auto const& term : tensor.external_terms)
    if (term.has_hessian())
      bytes += csr(term.hessian.upper.n_rows(), term.hessian.upper.n_entries()) +
               8 * term.hessian.upper.n_rows();
  return bytes;
}

std::string percent(double share) { return format_number(100 * share, 3) + " %"; }

void add_yields(TensorSummary const& summary, SummaryTable& table)
{
  bool const is_long = summary.channels.size() * (summary.processes.size() + 2) > most_lines;
  if (is_long) table.heading("Yields: predicted, data");
  for (auto const& channel : summary.channels) {
    std::string const masked = channel.is_masked ? ", masked" : "";
    std::string const data = channel.is_masked ? "" : format_number(channel.data, 6);
    if (is_long) {
      table.line(channel.name + masked, format_number(channel.predicted(), 6) + "  " + data);
      continue;
    }
    table.heading("Channel " + channel.name + ": " + std::to_string(channel.n_bins) +
                  (channel.n_bins == 1 ? " bin" : " bins") + masked +
                  (channel.axes.empty() ? "" : ", " + channel.axes));
    for (std::size_t p = 0; p < summary.processes.size(); ++p) {
      bool const is_signal = static_cast<std::int64_t>(p) < summary.n_signals;
      table.line(summary.processes[p] + (is_signal ? " (signal)" : ""),
                 format_number(channel.yields[p], 6));
    }
    table.line("predicted", format_number(channel.predicted(), 6));
    if (!channel.is_masked) table.line("data", data);
  }
}

}  // namespace

double ChannelSummary::predicted() const
{
  return std::accumulate(yields.begin(), yields.end(), 0.0);
}

TensorSummary summary_of(fit::TemplateTensor const& tensor)
{
  TensorSummary summary;
  summary.channels = channels_of(tensor);
  summary.processes = tensor.processes;
  summary.n_signals = tensor.n_signals;
  summary.n_bins = tensor.n_bins;
  summary.n_all_bins = tensor.n_all_bins();
  summary.n_systematics = tensor.n_systematics();
  for (double const weight : tensor.constraint_weights) summary.n_free += weight == 0;
  summary.n_nois = static_cast<std::int64_t>(tensor.nois.size());
  summary.n_groups = static_cast<std::int64_t>(tensor.groups.size());
  summary.n_pseudodata = static_cast<std::int64_t>(tensor.pseudodata.size());
  summary.n_yields = tensor.n_entries();
  summary.n_variations = tensor.variations.n_entries();
  double const all =
      static_cast<double>(tensor.n_entries()) * static_cast<double>(tensor.variations.n_columns);
  if (all > 0) summary.variation_share = static_cast<double>(summary.n_variations) / all;
  std::int64_t const n_runs = linalg::count_runs(tensor.variations);
  if (n_runs > 0)
    summary.mean_run = static_cast<double>(summary.n_variations) / static_cast<double>(n_runs);
  summary.bytes = bytes_of(tensor);
  summary.type =
      std::string(tensor.type == fit::SystematicType::additive ? "normal" : "log-normal") +
      (tensor.is_symmetric ? ", symmetric" : ", not symmetric");
  summary.has_data_covariance = !tensor.data_covariance_inverse.empty();
  summary.terms = terms_of(tensor);
  return summary;
}

void add_summary(TensorSummary const& summary, SummaryTable& table)
{
  table.line("channels", static_cast<std::int64_t>(summary.channels.size()));
  table.line("bins", summary.n_all_bins == summary.n_bins
                         ? std::to_string(summary.n_bins)
                         : std::to_string(summary.n_bins) + " fitted, " +
                               std::to_string(summary.n_all_bins - summary.n_bins) + " masked");
  table.line("processes", std::to_string(summary.processes.size()) + ", " +
                              std::to_string(summary.n_signals) + " of them signals");
  table.line("systematics", std::to_string(summary.n_systematics) + ", " +
                                std::to_string(summary.n_free) + " of them free, " +
                                std::to_string(summary.n_nois) + " of interest");
  table.line("type of systematics", summary.type);
  table.line("groups", summary.n_groups);
  if (summary.n_pseudodata > 0) table.line("sets of pseudodata", summary.n_pseudodata);
  if (summary.has_data_covariance) table.line("covariance of the data", std::string("yes"));
  table.line("yields that are not 0", summary.n_yields);
  table.line("variations that are not 0", std::to_string(summary.n_variations) + ", " +
                                              percent(summary.variation_share) + " of all");
  table.line("mean run of neighbouring columns", summary.mean_run);
  table.line("memory", readable_bytes(static_cast<double>(summary.bytes)));
  for (auto const& term : summary.terms)
    table.line("external term " + term.name,
               std::to_string(term.n_parameters) + " parameters" +
                   (term.has_gradient ? ", gradient" : "") +
                   (term.n_hessian_entries > 0
                        ? ", Hessian of " + std::to_string(term.n_hessian_entries) + " entries"
                        : ""));
  add_yields(summary, table);
}

nlohmann::ordered_json record_of_summary(TensorSummary const& summary)
{
  nlohmann::ordered_json record;
  record["bins"] = summary.n_bins;
  record["masked_bins"] = summary.n_all_bins - summary.n_bins;
  record["processes"] = summary.processes;
  record["signals"] = summary.n_signals;
  record["systematics"] = {{"all", summary.n_systematics},
                           {"free", summary.n_free},
                           {"of_interest", summary.n_nois},
                           {"groups", summary.n_groups},
                           {"type", summary.type}};
  record["pseudodata"] = summary.n_pseudodata;
  record["yields"] = summary.n_yields;
  record["variations"] = {{"entries", summary.n_variations},
                          {"share", summary.variation_share},
                          {"mean_run", summary.mean_run}};
  record["bytes"] = summary.bytes;
  record["channels"] = nlohmann::ordered_json::array();
  for (auto const& channel : summary.channels) {
    nlohmann::ordered_json yields;
    for (std::size_t p = 0; p < summary.processes.size(); ++p)
      yields[summary.processes[p]] = channel.yields[p];
    nlohmann::ordered_json one = {{"name", channel.name},
                                  {"bins", channel.n_bins},
                                  {"masked", channel.is_masked},
                                  {"axes", channel.axes},
                                  {"predicted", channel.predicted()}};
    if (!channel.is_masked) one["data"] = channel.data;
    one["yields"] = yields;
    record["channels"].push_back(one);
  }
  record["external_terms"] = nlohmann::ordered_json::array();
  for (auto const& term : summary.terms)
    record["external_terms"].push_back({{"name", term.name},
                                        {"parameters", term.n_parameters},
                                        {"gradient", term.has_gradient},
                                        {"hessian_entries", term.n_hessian_entries}});
  return record;
}

nlohmann::ordered_json add_oddities(std::vector<Oddity> const& oddities, SummaryTable& table)
{
  table.heading(oddities.empty() ? "Nothing odd" : "Oddities");
  auto list = nlohmann::ordered_json::array();
  for (auto const& oddity : oddities) {
    auto const n = static_cast<std::size_t>(oddity.count);
    table.line(oddity.what, std::to_string(n) + ": " + join(oddity.names) +
                                (n > oddity.names.size() ? ", ..." : ""));
    list.push_back({{"what", oddity.what}, {"count", oddity.count}, {"first", oddity.names}});
  }
  return list;
}

}  // namespace kovar::apps
