// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/fit/bin_map.hpp>
#include <kovar/fit/booking_lookup.hpp>
#include <kovar/fit/systematic_booking.hpp>
#include <kovar/fit/tensor_bookings.hpp>
#include <kovar/fit/tensor_builder.hpp>
#include <kovar/fit/variation_slices.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <map>
#include <utility>

namespace kovar::fit {

namespace {

std::vector<double> given_variances(std::vector<double> const& variances, std::int64_t n_bins,
                                    std::string const& what)
{
  KOVAR_REQUIRE(static_cast<std::int64_t>(variances.size()) == n_bins,
                what << ": there are " << variances.size() << " variances for " << n_bins
                     << " bins (one each is needed)");
  return variances;
}

void require_variances(std::vector<double> const& variances, std::string const& what)
{
  for (std::size_t b = 0; b < variances.size(); ++b)
    KOVAR_REQUIRE(std::isfinite(variances[b]) && variances[b] >= 0,
                  what << ": the variance of bin " << b << " is " << variances[b]
                       << " (it is finite and not negative)");
}

}  // namespace

// Upper and lower factors of a systematic.
struct FactorPairs {
  int n = 0;
  int n_falling = 0;  // the upper one is below 1, the lower one above
};

struct TensorBuilder::State {
  TensorBookings booked;
  NegativeYields negative_yields = NegativeYields::clipped;
  std::vector<std::string> warnings;
  std::map<std::string, FactorPairs> factor_pairs;

  BookedData data_of(std::string const& channel, Histogram const& data,
                     std::vector<double> const& variances, std::string const& what) const;
  void clip(BookedYields& yields, std::string const& what);

  void add_term(ExternalTerm&& term);
};

TensorBuilder::TensorBuilder(SystematicType type, NegativeYields negative_yields)
    : state_(std::make_unique<State>())
{
  state_->booked.type = type;
  state_->negative_yields = negative_yields;
}
TensorBuilder::~TensorBuilder() = default;
TensorBuilder::TensorBuilder(TensorBuilder&&) noexcept = default;
TensorBuilder& TensorBuilder::operator=(TensorBuilder&&) noexcept = default;

void TensorBuilder::add_channel(std::string const& name, std::vector<Axis> const& axes,
                                ChannelKind kind, FlowBins flow)
{
  auto& channels = state_->booked.channels;
  KOVAR_REQUIRE(find_name(channels, name) == channels.size(),
                "channel '" << name << "' is there already (names tell channels apart)");
  channels.push_back(channel_layout(name, axes, kind, flow));
}

void TensorBuilder::State::clip(BookedYields& yields, std::string const& what)
{
  if (negative_yields == NegativeYields::kept) return;
  std::int64_t n = 0;
  for (auto& x : yields.values)
    if (x < 0) {
      x = 0;
      ++n;
    }
  if (n > 0) warnings.push_back(what + ": " + std::to_string(n) + " negative yields are set to 0");
}

void TensorBuilder::add_process(std::string const& name, std::string const& channel,
                                Histogram const& yields, ProcessKind kind,
                                std::vector<double> const& variances)
{
  auto& booked = state_->booked;
  std::string const what = "process '" + name + "' of channel '" + channel + "'";
  auto const c = channel_of(booked, channel, what);
  auto const p = find_name(booked.processes, name);
  bool const is_new = p == booked.processes.size();
  KOVAR_REQUIRE(is_new || booked.processes[p].kind == kind,
                what << " is " << (kind == ProcessKind::signal ? "signal" : "background")
                     << ", elsewhere it is not (a process has one strength)");
  KOVAR_REQUIRE(find_yields(booked, p, c) == booked.yields.size(),
                what << " is there already (its yields come from one histogram)");
  auto const& layout = booked.channels[c];
  BinMap const map(yields, layout, what);
  BookedYields found;
  found.channel = static_cast<std::int64_t>(c);
  found.process = static_cast<std::int64_t>(p);
  found.values = bins_of(yields, yields.values, map, layout.n_bins, "yield", what);
  state_->clip(found, what);
  found.squared_weights = !variances.empty() ? given_variances(variances, layout.n_bins, what)
                          : !yields.variances.empty() ? bins_of(yields, yields.variances, map,
                                                                layout.n_bins, "variance", what)
                                                      : found.values;
  require_variances(found.squared_weights, what);
  if (is_new) booked.processes.push_back({name, kind});
  booked.yields.push_back(std::move(found));
}

BookedData TensorBuilder::State::data_of(std::string const& channel, Histogram const& data,
                                         std::vector<double> const& variances,
                                         std::string const& what) const
{
  auto const c = channel_of(booked, channel, what);
  auto const& layout = booked.channels[c];
  KOVAR_REQUIRE(layout.kind == ChannelKind::fitted,
                what << ": the channel is masked (it is predicted and has no data)");
  BinMap const map(data, layout, what);
  BookedData found;
  found.channel = static_cast<std::int64_t>(c);
  found.values = bins_of(data, data.values, map, layout.n_bins, "value", what);
  found.variances = !variances.empty() ? given_variances(variances, layout.n_bins, what)
                    : !data.variances.empty()
                        ? bins_of(data, data.variances, map, layout.n_bins, "variance", what)
                        : found.values;
  if (!variances.empty() || !data.variances.empty()) require_variances(found.variances, what);
  return found;
}

void TensorBuilder::add_data(std::string const& channel, Histogram const& data,
                             std::vector<double> const& variances)
{
  std::string const what = "data of channel '" + channel + "'";
  auto part = state_->data_of(channel, data, variances, what);
  for (auto const& other : state_->booked.data)
    KOVAR_REQUIRE(other.channel != part.channel, what << " are there already");
  state_->booked.data.push_back(std::move(part));
}

void TensorBuilder::add_pseudodata(std::string const& name, std::string const& channel,
                                   Histogram const& data, std::vector<double> const& variances)
{
  std::string const what = "pseudodata '" + name + "' of channel '" + channel + "'";
  auto part = state_->data_of(channel, data, variances, what);
  auto& sets = state_->booked.pseudodata;
  auto const s = find_name(sets, name);
  if (s == sets.size()) sets.push_back({name, {}});
  for (auto const& other : sets[s].parts)
    KOVAR_REQUIRE(other.channel != part.channel, what << " are there already");
  sets[s].parts.push_back(std::move(part));
}

void TensorBuilder::add_data_covariance(std::vector<double> covariance)
{
  KOVAR_REQUIRE(state_->booked.data_covariance.empty(),
                "the covariance of the data is there already");
  state_->booked.data_covariance = std::move(covariance);
}

void TensorBuilder::add_systematic(std::string const& name, std::string const& process,
                                   std::string const& channel, Histogram const& variation,
                                   SystematicOptions const& options)
{
  book_systematic(state_->booked, name, process, channel, variation, options);
}

void TensorBuilder::add_systematic(std::string const& name, std::string const& process,
                                   std::string const& channel, Histogram const& up,
                                   Histogram const& down, SystematicOptions const& options)
{
  book_systematic(state_->booked, name, process, channel, up, down, options);
}

void TensorBuilder::add_norm_systematic(std::string const& name,
                                        std::vector<std::string> const& processes,
                                        std::string const& channel,
                                        std::vector<std::vector<double>> const& uncertainties,
                                        SystematicOptions const& options)
{
  book_norm_systematic(state_->booked, name, processes, channel, uncertainties, options);
  for (auto const& uncertainty : uncertainties) {
    if (uncertainty.size() != 2) continue;
    FactorPairs& pairs = state_->factor_pairs[name];
    ++pairs.n;
    if (uncertainty[0] < 1 && uncertainty[1] > 1) ++pairs.n_falling;
  }
}

void TensorBuilder::State::add_term(ExternalTerm&& term)
{
  auto const& terms = booked.external_terms;
  std::string const what = "external term '" + term.name + "'";
  KOVAR_REQUIRE(find_name(terms, term.name) == terms.size(),
                what << " is there already (names tell terms apart)");
  KOVAR_REQUIRE(!term.gradient.empty() || term.has_hessian(),
                what << " has neither gradient nor Hessian (one of them is needed)");
  KOVAR_REQUIRE(term.gradient.empty() || term.gradient.size() == term.parameters.size(),
                what << ": the gradient has " << term.gradient.size() << " entries for "
                     << term.parameters.size() << " parameters (one each is needed)");
  booked.external_terms.push_back(std::move(term));
}

void TensorBuilder::add_external_term(std::string const& name, Histogram const* gradient,
                                      Histogram const* hessian, HessianSymmetry symmetry)
{
  state_->add_term(term_of_histograms(name, gradient, hessian, symmetry));
}

void TensorBuilder::add_external_term(std::string const& name, std::vector<std::string> parameters,
                                      std::vector<double> gradient,
                                      linalg::HostSparseMatrix const& hessian,
                                      HessianSymmetry symmetry)
{
  ExternalTerm term;
  term.name = name;
  term.parameters = std::move(parameters);
  term.gradient = std::move(gradient);
  if (hessian.n_rows() > 0)
    term.hessian = hessian_half(hessian, static_cast<std::int64_t>(term.parameters.size()),
                                symmetry, "external term '" + name + "'");
  state_->add_term(std::move(term));
}

void TensorBuilder::add_external_term(std::string const& name, std::vector<std::string> parameters,
                                      std::vector<double> gradient,
                                      std::vector<double> const& hessian, HessianSymmetry symmetry)
{
  linalg::HostSparseMatrix matrix;
  if (!hessian.empty())
    matrix = sparse_hessian(hessian, static_cast<std::int64_t>(parameters.size()),
                            "external term '" + name + "'");
  add_external_term(name, std::move(parameters), std::move(gradient), matrix, symmetry);
}

void TensorBuilder::add_external_term(ExternalTerm term) { state_->add_term(std::move(term)); }

std::vector<std::string> TensorBuilder::warnings() const
{
  auto warnings = state_->warnings;
  for (auto const* table : {&state_->booked.parameters.table, &state_->booked.folded.table})
    for (std::size_t s = 0; s < table->names().size(); ++s)
      if (table->n_floors()[s] > 0)
        warnings.push_back(
            "systematic '" + table->names()[s] + "': " + std::to_string(table->n_floors()[s]) +
            " variations have not the sign of the yield, or are 0, and are taken as a "
            "factor of 0.001 (give sparse templates as differences)");
  // One that raises some processes and lowers others is meant so.
  for (auto const& [name, pairs] : state_->factor_pairs)
    if (pairs.n > 0 && pairs.n_falling == pairs.n)
      warnings.push_back("systematic '" + name +
                         "': the upper factor is below 1 and the lower one above, wherever there "
                         "are two (datacards of Combine have the lower one first, here it is the "
                         "second)");
  return warnings;
}

TemplateTensor TensorBuilder::finish()
{
  SystematicType const type = state_->booked.type;
  auto booked = std::exchange(state_->booked, TensorBookings());
  state_->booked.type = type;
  state_->warnings.clear();
  state_->factor_pairs.clear();
  return tensor_of(std::move(booked));
}

}  // namespace kovar::fit
