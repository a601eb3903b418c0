// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/io/description_parts.hpp>

#include <algorithm>

namespace kovar::io {
namespace {

constexpr Words<fit::SystematicType, 2> types = {{
    {fit::SystematicType::log_normal, "log_normal"},
    {fit::SystematicType::additive, "normal"},
}};
constexpr Words<fit::NegativeYields, 2> negative_yields = {{
    {fit::NegativeYields::clipped, "clipped"},
    {fit::NegativeYields::kept, "kept"},
}};
constexpr Words<fit::HessianSymmetry, 2> symmetries = {{
    {fit::HessianSymmetry::required, "required"},
    {fit::HessianSymmetry::averaged, "averaged"},
}};

void read_terms(DescriptionList const& top, HistogramNames const& names,
                TensorDescription& description)
{
  DescriptionList const terms = top.list("external_terms");
  for (auto const& name : terms.names()) {
    DescriptionList const entry = terms.list(name);
    entry.require_known({"gradient", "hessian", "symmetry"});
    entry.require(entry.has("gradient") || entry.has("hessian"), "",
                  "there is neither 'gradient' nor 'hessian'; give one of them or both");
    TermBooking term;
    term.place = terms.place(name);
    term.name = name;
    term.gradient = names.optional(entry, "gradient", {});
    term.hessian = names.optional(entry, "hessian", {});
    term.symmetry = entry.choice("symmetry", symmetries, term.symmetry);
    description.terms.push_back(term);
  }
}

/// A signal that is no process of any channel would be dropped without a word.
void require_signals(DescriptionList const& top, TensorDescription const& description)
{
  if (!top.has("signals")) return;
  std::vector<std::string> names;
  for (auto const& process : description.processes)
    if (std::find(names.begin(), names.end(), process.name) == names.end())
      names.push_back(process.name);
  for (auto const& signal : top.texts("signals"))
    if (std::find(names.begin(), names.end(), signal) == names.end())
      top.refuse_word("signals", signal, names);
}

}  // namespace

std::int64_t TensorDescription::n_histograms() const
{
  std::int64_t n = data_covariance ? 1 : 0;
  for (auto const& x : processes) n += x.variances ? 2 : 1;
  for (auto const& x : data) n += x.variances ? 2 : 1;
  for (auto const& x : templates) n += x.down ? 2 : 1;
  for (auto const& x : terms) n += (x.gradient ? 1 : 0) + (x.hessian ? 1 : 0);
  return n;
}

TensorDescription read_tensor_description(std::string const& path)
{
  DescriptionList const top(path, "", read_parameter_tree(path).entries);
  std::vector<std::string> known = {"file",           "systematic_type", "negative_yields",
                                    "signals",        "channels",        "systematics",
                                    "external_terms", "data_covariance"};
  known.insert(known.end(), channel_defaults.begin(), channel_defaults.end());
  known.insert(known.end(), template_kinds.begin(), template_kinds.end());
  top.require_known(known);

  TensorDescription description;
  description.path = path;
  description.type = top.choice("systematic_type", types, description.type);
  description.negative_yields =
      top.choice("negative_yields", negative_yields, description.negative_yields);
  HistogramNames const names(path, top.text("file", ""));
  read_channels(top, names, description);
  require_signals(top, description);
  read_systematics(top, names, description);
  read_terms(top, names, description);
  description.data_covariance = names.optional(top, "data_covariance", {});
  return description;
}

}  // namespace kovar::io
