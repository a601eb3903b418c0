// SPDX-License-Identifier: BSD-3-Clause
#include <kovar/core/error.hpp>
#include <kovar/core/nearest_name.hpp>
#include <kovar/core/region.hpp>
#include <kovar/fit/tensor_bookings.hpp>
#include <kovar/fit/tensor_builder.hpp>
#include <kovar/fit/variation_effects.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>

namespace kovar::fit {

namespace {

// Place of what has the name, or the size of the list.
template <class List>
std::size_t find_name(List const& list, std::string const& name)
{
  return static_cast<std::size_t>(
      std::find_if(list.begin(), list.end(), [&](auto const& x) { return x.name == name; }) -
      list.begin());
}

template <class List>
std::string suggestion(List const& list, std::string const& name)
{
  std::vector<std::string> names;
  for (auto const& candidate : list) names.push_back(candidate.name);
  auto const nearest = nearest_name(name, names);
  return nearest.empty() ? "" : ", did you mean '" + nearest + "'?";
}

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

bool is_pair_of_kinds(Histogram const& a, Histogram const& b)
{
  return (a.form == HistogramForm::sparse) != (b.form == HistogramForm::sparse);
}

}  // namespace

struct TensorBuilder::State {
  TensorBookings booked;
  NegativeYields negative_yields = NegativeYields::clipped;
  std::vector<std::string> warnings;

  std::size_t channel(std::string const& name, std::string const& what) const
  {
    auto const c = find_name(booked.channels, name);
    KOVAR_REQUIRE(c < booked.channels.size(), what << ": there is no channel '" << name << "'"
                                                   << suggestion(booked.channels, name)
                                                   << "; add it first");
    return c;
  }

  // Yields of a process that a systematic varies.
  std::size_t yields(std::string const& process, std::size_t channel, std::string const& what) const
  {
    auto const p = find_name(booked.processes, process);
    KOVAR_REQUIRE(p < booked.processes.size(), what << ": there is no process '" << process << "'"
                                                    << suggestion(booked.processes, process)
                                                    << "; add it first");
    auto const y = find_yields(p, channel);
    KOVAR_REQUIRE(y < booked.yields.size(), what << ": channel '" << booked.channels[channel].name
                                                 << "' has no process '" << process
                                                 << "'; add it there first");
    return y;
  }

  std::size_t find_yields(std::size_t process, std::size_t channel) const
  {
    return static_cast<std::size_t>(
        std::find_if(booked.yields.begin(), booked.yields.end(),
                     [&](BookedYields const& y) {
                       return y.process == static_cast<std::int64_t>(process) &&
                              y.channel == static_cast<std::int64_t>(channel);
                     }) -
        booked.yields.begin());
  }

  BookedData data_of(std::string const& channel, Histogram const& data,
                     std::vector<double> const& variances, std::string const& what) const;
  void clip(BookedYields& yields, std::string const& what);

  void book_effects(std::string const& name, std::vector<std::string> const& suffixes,
                    std::size_t yields, Effects effects, SystematicOptions const& options,
                    std::string const& what);
  std::vector<std::int32_t> book_names(std::string const& name, std::string const& ending,
                                       std::vector<std::string> const& suffixes, std::size_t yields,
                                       SystematicOptions const& options, std::string const& what);
  void require_options(SystematicOptions const& options, bool is_pair,
                       std::string const& what) const;
  EffectRule rule(SystematicOptions const& options) const;
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
  auto const c = state_->channel(channel, what);
  auto const p = find_name(booked.processes, name);
  bool const is_new = p == booked.processes.size();
  KOVAR_REQUIRE(is_new || booked.processes[p].kind == kind,
                what << " is " << (kind == ProcessKind::signal ? "signal" : "background")
                     << ", elsewhere it is not (a process has one strength)");
  KOVAR_REQUIRE(state_->find_yields(p, c) == booked.yields.size(),
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
  auto const c = this->channel(channel, what);
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

void TensorBuilder::State::require_options(SystematicOptions const& options, bool is_pair,
                                           std::string const& what) const
{
  KOVAR_REQUIRE(
      is_pair || options.mirroring == Mirroring::allowed,
      what << ": there is one template and it must not be mirrored (the lower variation is "
           << "missing); give two templates or allow mirroring");
  KOVAR_REQUIRE(std::isfinite(options.kfactor), what << ": the kfactor is " << options.kfactor);
  if (options.destination == Destination::parameter) return;
  std::string const reason = " and is to be folded into the covariance of the data";
  KOVAR_REQUIRE(!is_pair || options.symmetrization != Symmetrization::none,
                what << ": it is asymmetric" << reason << " (which is symmetric); symmetrise it");
  KOVAR_REQUIRE(options.interest == Interest::nuisance,
                what << ": it is of interest" << reason << " (there it is no parameter)");
  KOVAR_REQUIRE(options.constraint == Constraint::normal,
                what << ": it is free" << reason << " (which holds variations of unit width)");
}

EffectRule TensorBuilder::State::rule(SystematicOptions const& options) const
{
  bool const is_folded = options.destination == Destination::data_covariance;
  return {is_folded ? SystematicType::additive : booked.type, options.meaning, options.kfactor};
}

std::vector<std::int32_t> TensorBuilder::State::book_names(
    std::string const& name, std::string const& ending, std::vector<std::string> const& suffixes,
    std::size_t yields, SystematicOptions const& options, std::string const& what)
{
  bool const is_folded = options.destination == Destination::data_covariance;
  auto& table = is_folded ? booked.folded.table : booked.parameters.table;
  auto const& other = is_folded ? booked.parameters.table : booked.folded.table;
  std::vector<std::int32_t> numbers;
  numbers.reserve(suffixes.size());
  for (auto const& suffix : suffixes) {
    std::string const full = name + suffix + ending;
    KOVAR_REQUIRE(!other.has(full), what << ": '" << full
                                         << "' is booked as a parameter and folded into the "
                                         << "covariance of the data (it would count twice)");
    numbers.push_back(
        table.book(full, static_cast<std::int32_t>(yields), options,
                   options.groups.empty() ? std::vector<std::string>{full} : options.groups, what));
  }
  return numbers;
}

void TensorBuilder::State::book_effects(std::string const& name,
                                        std::vector<std::string> const& suffixes,
                                        std::size_t yields, Effects effects,
                                        SystematicOptions const& options, std::string const& what)
{
  bool const is_folded = options.destination == Destination::data_covariance;
  auto& systematics = is_folded ? booked.folded : booked.parameters;
  auto const cell = static_cast<std::int32_t>(yields);
  bool const has_second = effects.second.n_slices() > 0;
  bool const is_split = has_second && options.symmetrization != Symmetrization::none;
  auto const first = book_names(name, is_split ? "SymAvg" : "", suffixes, yields, options, what);
  for (std::size_t s = 0; s < first.size(); ++s)
    systematics.table.count_floors(first[s], effects.n_floors[s]);
  systematics.store.add(std::move(effects.first), first, cell, VariationPart::first);
  if (is_split)
    systematics.store.add(std::move(effects.second),
                          book_names(name, "SymDiff", suffixes, yields, options, what), cell,
                          VariationPart::first);
  else if (has_second)
    systematics.store.add(std::move(effects.second), first, cell, VariationPart::half_difference);
}

namespace {

std::vector<std::string> suffixes_of(BinMap const& map)
{
  std::vector<std::string> suffixes;
  suffixes.reserve(static_cast<std::size_t>(map.n_combinations()));
  for (std::int64_t c = 0; c < map.n_combinations(); ++c) suffixes.push_back(map.suffix(c));
  return suffixes;
}

std::string booking_of(std::string const& name, std::string const& process,
                       std::string const& channel)
{
  return "systematic '" + name + "' of process '" + process + "' in channel '" + channel + "'";
}

}  // namespace

void TensorBuilder::add_systematic(std::string const& name, std::string const& process,
                                   std::string const& channel, Histogram const& variation,
                                   SystematicOptions const& options)
{
  Region const region("kovar::fit::add_systematic");
  auto const what = booking_of(name, process, channel);
  state_->require_options(options, false, what);
  auto const c = state_->channel(channel, what);
  auto const y = state_->yields(process, c, what);
  auto const& yields = state_->booked.yields[y].values;
  BinMap const map(variation, state_->booked.channels[c], options.systematic_axes, what);
  auto effects = mirrored_effects(slices_of(variation, map, what), yields, state_->rule(options));
  state_->book_effects(name, suffixes_of(map), y, std::move(effects), options, what);
}

void TensorBuilder::add_systematic(std::string const& name, std::string const& process,
                                   std::string const& channel, Histogram const& up,
                                   Histogram const& down, SystematicOptions const& options)
{
  Region const region("kovar::fit::add_systematic");
  auto const what = booking_of(name, process, channel);
  state_->require_options(options, true, what);
  KOVAR_REQUIRE(!is_pair_of_kinds(up, down),
                what << ": one of the templates is a sparse histogram and one is not (a pair is of "
                     << "one kind)");
  auto const c = state_->channel(channel, what);
  auto const y = state_->yields(process, c, what);
  auto const& yields = state_->booked.yields[y].values;
  auto const& layout = state_->booked.channels[c];
  BinMap const up_map(up, layout, options.systematic_axes, what);
  BinMap const down_map(down, layout, options.systematic_axes, what);
  auto const suffixes = suffixes_of(up_map);
  KOVAR_REQUIRE(suffixes == suffixes_of(down_map),
                what << ": the templates have different axes of systematics (a pair has the same)");
  auto effects = paired_effects(slices_of(up, up_map, what), slices_of(down, down_map, what),
                                yields, state_->rule(options), options.symmetrization);
  if (options.symmetrization == Symmetrization::none) state_->booked.is_symmetric = false;
  state_->book_effects(name, suffixes, y, std::move(effects), options, what);
}

namespace {

// The yields times a factor, as one slice.
VariationSlices scaled(std::vector<double> const& yields, double factor)
{
  VariationSlices slices;
  for (std::size_t b = 0; b < yields.size(); ++b)
    if (yields[b] != 0) {
      slices.bin.push_back(static_cast<std::int32_t>(b));
      slices.value.push_back(yields[b] * factor);
    }
  slices.start.push_back(static_cast<std::int64_t>(slices.bin.size()));
  return slices;
}

void require_uncertainty(std::vector<double> const& uncertainty, std::string const& what)
{
  KOVAR_REQUIRE(uncertainty.size() == 1 || uncertainty.size() == 2,
                what << ": an uncertainty has " << uncertainty.size()
                     << " numbers (one, or an upper and a lower one, are needed)");
  for (double const u : uncertainty)
    KOVAR_REQUIRE(std::isfinite(u),
                  what << ": an uncertainty is " << u << " (finite numbers are needed)");
}

}  // namespace

void TensorBuilder::add_norm_systematic(std::string const& name,
                                        std::vector<std::string> const& processes,
                                        std::string const& channel,
                                        std::vector<std::vector<double>> const& uncertainties,
                                        SystematicOptions const& options)
{
  KOVAR_REQUIRE(uncertainties.size() == 1 || uncertainties.size() == processes.size(),
                "systematic '" << name << "' in channel '" << channel << "': there are "
                               << uncertainties.size() << " uncertainties for " << processes.size()
                               << " processes (one for all or one each is needed)");
  auto own = options;
  own.kfactor = 1;
  own.meaning = TemplateMeaning::absolute;
  for (std::size_t p = 0; p < processes.size(); ++p) {
    auto const what = booking_of(name, processes[p], channel);
    auto const& uncertainty = uncertainties[uncertainties.size() == 1 ? 0 : p];
    require_uncertainty(uncertainty, what);
    bool const is_pair = uncertainty.size() == 2;
    own.mirroring = Mirroring::allowed;  // a factor alone stands for its inverse too
    state_->require_options(own, is_pair, what);
    auto const y = state_->yields(processes[p], state_->channel(channel, what), what);
    auto const& yields = state_->booked.yields[y].values;
    auto const rule = state_->rule(own);
    auto effects =
        is_pair ? paired_effects(scaled(yields, uncertainty[0]), scaled(yields, uncertainty[1]),
                                 yields, rule, own.symmetrization)
                : mirrored_effects(scaled(yields, uncertainty[0]), yields, rule);
    if (is_pair && own.symmetrization == Symmetrization::none) state_->booked.is_symmetric = false;
    state_->book_effects(name, {""}, y, std::move(effects), own, what);
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
  return warnings;
}

TemplateTensor TensorBuilder::finish()
{
  SystematicType const type = state_->booked.type;
  auto booked = std::exchange(state_->booked, TensorBookings());
  state_->booked.type = type;
  state_->warnings.clear();
  return tensor_of(std::move(booked));
}

}  // namespace kovar::fit
